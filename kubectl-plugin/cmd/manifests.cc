#include "kubectl-plugin/cmd/manifests.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kubectl-plugin/core/template_text.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"

namespace muster::plugin {
namespace {

bool IsWorkload(const json::Value& document) {
  return document["kind"].Text() == api::kWorkloads.kind &&
         document["apiVersion"].Text().starts_with(std::string(api::kWorkloads.group) + "/");
}

void Take(const json::Value& document, const std::string& origin, Manifests& manifests) {
  if (IsWorkload(document)) {
    manifests.workloads.push_back({origin, document});
  } else if (document["kind"].Text() == "List") {
    for (const json::Value& item : document["items"].Items()) Take(item, origin, manifests);
  } else {
    manifests.others.push_back(document);
  }
}

bool IsManifestName(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

std::string HelmRemedy(Session& session, const std::string& chart) {
  return "render it first: helm template " + chart + " | " + session.world().program + " " + session.options().verb +
         " -f -";
}

// "charts/web/templates/deployment.yaml" -> "charts/web"
std::string ChartOf(const std::string& path) {
  constexpr std::string_view kTemplates = "/templates/";
  const size_t at = path.rfind(kTemplates);
  return at == std::string::npos ? "CHART" : path.substr(0, at);
}

std::vector<ManifestFile> FilesOfFolder(Session& session, const std::string& folder) {
  const auto fail = [&](const std::string& why) {
    return std::vector<ManifestFile>{{folder, MakeError(Code::kInvalid, folder + ": " + why)}};
  };
  Result<std::vector<std::string>> paths = session.world().list_folder(folder, session.options().recursive);
  if (!paths.has_value()) return {{folder, paths.error()}};
  const std::string chart = folder.ends_with("/") ? folder.substr(0, folder.size() - 1) : folder;
  if (std::find(paths->begin(), paths->end(), chart + "/Chart.yaml") != paths->end()) {
    return fail("is a Helm chart; " + HelmRemedy(session, chart));
  }
  std::erase_if(*paths, [](const std::string& path) { return !IsManifestName(path); });
  if (paths->empty()) {
    return fail(std::string("has no .yaml, .yml or .json file; check the path") +
                (session.options().recursive ? "" : ", or add -R for the folders below it"));
  }
  std::vector<ManifestFile> files;
  for (const std::string& path : *paths) files.push_back({path, session.world().read_file(path)});
  return files;
}

// "invalid YAML, line 3: what" of the parser: 3 and "invalid YAML: what".
FileProblem Parsed(const std::string& message) {
  constexpr std::string_view kPrefix = "invalid YAML, line ";
  const size_t colon = message.find(": ");
  FileProblem problem{.text = message};
  if (!message.starts_with(kPrefix) || colon == std::string::npos) return problem;
  if (!ParseInteger(message.substr(kPrefix.size(), colon - kPrefix.size()), problem.line)) problem.line = 0;
  problem.text = "invalid YAML: " + message.substr(colon + 2);
  return problem;
}

std::string WithRemedy(std::string_view text, std::string message) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const size_t yaml = message.find("YAML");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  if (is_json && yaml != std::string::npos) message.replace(yaml, 4, "JSON");
  if (message.ends_with(": split it")) return message + " into several files and repeat -f";
  // Some say what to do themselves: "...: quote it if it is text".
  if (message.find("; ") != std::string::npos || message.find(": quote") != std::string::npos) return message;
  return message + "; the usual causes are indentation, quotes and brackets";
}

}  // namespace

std::vector<ManifestFile> ReadManifestFiles(Session& session) {
  std::vector<ManifestFile> files;
  for (const std::string& path : session.options().files) {
    if (path.starts_with("https://") || path.starts_with("http://")) {
      files.push_back(
          {path, MakeError(Code::kInvalid, path + ": is an address; download it first: curl -sSL " + path + " | " +
                                               session.world().program + " " + session.options().verb + " -f -")});
    } else if (path != "-" && session.world().is_folder(path)) {
      for (ManifestFile& file : FilesOfFolder(session, path)) files.push_back(std::move(file));
    } else {
      files.push_back({path == "-" ? "standard input" : path, session.world().read_file(path)});
    }
  }
  return files;
}

std::optional<FileProblem> ProblemOf(Session& session, const ManifestFile& file, const std::string& message) {
  const std::string& text = *file.text;
  if (const int64_t line = TemplateLine(text, TemplateSign::kHelm); line > 0) {
    return FileProblem{line, "is a Helm template, no manifest; " + HelmRemedy(session, ChartOf(file.name))};
  }
  if (message.empty()) return std::nullopt;
  if (const int64_t line = TemplateLine(text, TemplateSign::kAnyAction); line > 0) {
    return FileProblem{line, "is a template, no manifest; render it first, with Helm: helm template " +
                                 ChartOf(file.name) + " | " + session.world().program + " " + session.options().verb +
                                 " -f -"};
  }
  FileProblem problem = Parsed(message);
  problem.text = WithRemedy(text, problem.text);
  return problem;
}

Result<Manifests> ReadManifests(Session& session) {
  if (session.options().files.empty()) {
    return MakeError(Code::kInvalid, session.options().verb + " needs a manifest: -f FILE");
  }
  Manifests manifests;
  for (const ManifestFile& file : ReadManifestFiles(session)) {
    if (!file.text.has_value()) return file.text.error();
    Result<std::vector<json::Value>> documents = client::ParseYamlDocuments(*file.text);
    if (const auto problem = ProblemOf(session, file, documents.has_value() ? "" : documents.error().message)) {
      const std::string place = problem->line > 0 ? ":" + std::to_string(problem->line) : "";
      return MakeError(Code::kInvalid, file.name + place + ": " + problem->text);
    }
    for (size_t i = 0; i < documents->size(); ++i) {
      const std::string origin = documents->size() == 1 ? file.name : file.name + ", document " + std::to_string(i + 1);
      Take((*documents)[i], origin, manifests);
    }
  }
  if (manifests.workloads.empty()) {
    return MakeError(Code::kInvalid, "no Workload (apiVersion " + api::kWorkloads.ApiVersion() +
                                         ", kind Workload) in " + Join(session.options().files, ", ") +
                                         "; give a file that has one");
  }
  return manifests;
}

}  // namespace muster::plugin
