#include "kubectl-plugin/core/versions.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "lib/api/meta.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr const char* kVersionLabel = "app.kubernetes.io/version";

struct Release {
  int64_t major = 0;
  int64_t minor = 0;
};

// "v0.1.0", "0.1.0-rc.1"
std::optional<Release> ParseRelease(std::string_view text) {
  if (text.starts_with("v")) text.remove_prefix(1);
  const std::vector<std::string> parts = Split(text, '.');
  Release release;
  if (parts.size() < 2 || !ParseInteger(parts[0], release.major) || !ParseInteger(parts[1], release.minor)) {
    return std::nullopt;
  }
  return release;
}

std::string WithNote(const std::string& value, const std::string& note) {
  if (value.empty()) return note.empty() ? "unknown" : note;
  return note.empty() ? value : value + " (" + note + ")";
}

}  // namespace

std::string ReleaseLabel(const json::Value& object) { return object["metadata"]["labels"][kVersionLabel].Text(); }

std::string ReleaseOf(const json::Value& deployment) {
  if (std::string label = ReleaseLabel(deployment); !label.empty()) return label;
  const std::string image = deployment["spec"]["template"]["spec"]["containers"].At(0)["image"].Text();
  const std::string_view name = std::string_view(image).substr(0, image.find('@'));
  const size_t colon = name.rfind(':');
  if (colon == std::string_view::npos || name.find('/', colon) != std::string_view::npos) return "";
  return std::string(name.substr(colon + 1));
}

std::vector<std::string> ServedVersions(const json::Value& crd) {
  std::vector<std::string> versions;
  for (const json::Value& version : crd["spec"]["versions"].Items()) {
    if (version["served"].Bool()) versions.push_back(version["name"].Text());
  }
  return versions;
}

std::vector<std::string> SkewOf(const Versions& versions) {
  std::vector<std::string> skew;
  const std::string wanted(api::kWorkloads.version);
  const auto& served = versions.crd_versions;
  if (!served.empty() && std::find(served.begin(), served.end(), wanted) == served.end()) {
    skew.push_back("This plugin uses muster.dev/" + wanted +
                   ", which the CRDs do not serve: use the plugin of the CRDs' release, or apply the crds/ of this "
                   "release.");
  }
  const std::optional<Release> ours = ParseRelease(versions.plugin);
  const std::optional<Release> theirs = ParseRelease(versions.operator_version);
  // The operator relies on its CRDs most; where it is not known, this plugin is what they must go with.
  const std::optional<Release> crds = ParseRelease(versions.crd_release);
  const std::optional<Release>& beside = theirs ? theirs : ours;
  if (crds && beside && (crds->major != beside->major || crds->minor != beside->minor)) {
    skew.push_back("The CRDs have version " + versions.crd_release + ", " +
                   (theirs ? "the operator " + versions.operator_version : "this plugin " + versions.plugin) +
                   ": apply the crds/ of the same release.");
  }
  if (!ours || !theirs) return skew;
  if (ours->major == theirs->major && ours->minor == theirs->minor) return skew;
  const bool newer = ours->major != theirs->major ? ours->major > theirs->major : ours->minor > theirs->minor;
  const bool near = ours->major == theirs->major && std::abs(ours->minor - theirs->minor) == 1;
  skew.push_back(std::string("This plugin is ") + (newer ? "newer" : "older") + " than the operator (" +
                 versions.plugin + ", " + versions.operator_version + "): " +
                 (near ? "a difference of one minor version works." : "use the plugin of the operator's release."));
  return skew;
}

Page RenderVersions(const Versions& versions) {
  Table table(2);
  table.Add({{"Plugin"}, {versions.plugin}});
  table.Add({{"CRDs"},
             {WithNote(Join(versions.crd_versions, ", "),
                       versions.crd_versions.empty() ? versions.crd_note : versions.crd_release)}});
  table.Add({{"Operator"}, {WithNote(versions.operator_version, versions.operator_note)}});
  table.Add({{"Kubernetes"}, {WithNote(versions.server, "")}});
  Page page = table.Lines();
  for (const std::string& sentence : SkewOf(versions)) page.push_back({{sentence, Tone::kBusy}});
  return page;
}

json::Value VersionsJson(const Versions& versions) {
  const std::vector<std::string> skew = SkewOf(versions);
  return json::Object{
      {"apiVersion", "cli.muster.dev/v1alpha1"},
      {"kind", "Versions"},
      {"plugin", versions.plugin},
      {"crds", json::Object{{"served", json::Array(versions.crd_versions.begin(), versions.crd_versions.end())},
                            {"release", versions.crd_release},
                            {"message", versions.crd_note}}},
      {"operator", json::Object{{"version", versions.operator_version}, {"message", versions.operator_note}}},
      {"kubernetes", versions.server},
      {"skew", json::Array(skew.begin(), skew.end())}};
}

}  // namespace muster::plugin
