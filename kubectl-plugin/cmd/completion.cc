// kubectl workload completion: the script that lets kubectl complete this plugin's words; and the words themselves.
#include "kubectl-plugin/cmd/completion.h"

#include <algorithm>

#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kScript =
    "#!/usr/bin/env sh\n"
    "# Completion of `kubectl workload`: kubectl (1.26 or newer) runs this file when it is on PATH. To install it:\n"
    "#   kubectl workload completion > ~/.local/bin/kubectl_complete-workload\n"
    "#   chmod +x ~/.local/bin/kubectl_complete-workload\n"
    "exec kubectl-workload __complete \"$@\"\n";

constexpr Duration kPatience = std::chrono::seconds(3);

const api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};

std::vector<std::string> VerbNames() {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) names.emplace_back(verb.name);
  return names;
}

std::vector<std::string> NamesOf(Session& session, const api::Resource& resource, const std::string& ns,
                                 const std::string& prefix) {
  std::vector<std::string> names;
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return names;
  const Status listed = (*reader)->ForEach(resource, ns, "", [&](const json::Value& document) {
    names.push_back(prefix + SafeText(document["metadata"]["name"].Text()));
  });
  if (!listed.has_value()) names.clear();
  return names;
}

std::vector<std::string> ObjectNames(Session& session, std::string_view word) {
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return {};
  const std::string ns = session.Namespace();
  if (const size_t slash = word.find('/'); slash != std::string_view::npos) {
    const std::string prefix(word.substr(0, slash + 1));
    const bool group = prefix.starts_with("podgroup") || prefix.starts_with("mpg") || prefix.starts_with("pg");
    return NamesOf(session, group ? api::kPodGroups : api::kWorkloads, ns, prefix);
  }
  std::vector<std::string> names = NamesOf(session, api::kWorkloads, ns, "");
  if (session.options().verb == "explain") {
    const std::vector<std::string> groups = NamesOf(session, api::kPodGroups, ns, "");
    names.insert(names.end(), groups.begin(), groups.end());
  }
  return names;
}

// Values of the flag in front of the cursor; nullopt when it takes none we know.
std::optional<std::vector<std::string>> ValuesOf(Session& session, const std::string& flag) {
  const Verb* verb = FindVerb(session.options().verb);
  if (flag == "-o" || flag == "--output") {
    std::vector<std::string> values = Split(verb == nullptr ? "json, yaml" : std::string(verb->outputs), ',');
    for (std::string& value : values) {
      value.erase(0, value.find_first_not_of(' '));
      if (value.starts_with("jsonpath=")) value = "jsonpath=";
    }
    return values;
  }
  if (flag == "--color") return std::vector<std::string>{"auto", "always", "never"};
  if (flag == "--dry-run") return std::vector<std::string>{"none", "client", "server"};
  if (flag == "--for") return std::vector<std::string>{"ready", "admitted", "complete", "rolled-out"};
  if (flag == "-n" || flag == "--namespace") return NamesOf(session, kNamespaces, "", "");
  return std::nullopt;
}

std::vector<std::string> Candidates(World& world, const std::vector<std::string>& words) {
  const std::string word = words.empty() ? "" : words.back();
  std::vector<std::string> before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  const std::string last = before.empty() ? "" : before.back();
  if (last.starts_with("-") && last.find('=') == std::string::npos) before.pop_back();
  Result<CommandLine> line = before.empty() ? CommandLine{} : ParseArguments(before, world.program);
  Options options = line.has_value() ? line->options : Options();
  for (size_t i = 0; options.verb.empty() && i < before.size(); ++i) {
    if (FindVerb(before[i]) != nullptr) options.verb = before[i];
  }
  if (options.config.request_timeout.empty())
    options.config.request_timeout = std::to_string(kPatience.count() / 1000) + "s";
  Session session(world, options);
  if (word.starts_with("-")) return FlagNames(options.verb);
  if (auto values = ValuesOf(session, last); values) return *values;
  const bool no_verb = options.verb.empty() && !before.empty() && !before.front().starts_with("-");
  if (no_verb) return {};  // what was typed is none
  if (options.verb.empty() || options.verb == "help") return VerbNames();
  const Verb* verb = FindVerb(options.verb);
  if (verb == nullptr || verb->arguments.empty()) return {};
  return ObjectNames(session, word);
}

}  // namespace

int RunComplete(World& world, const std::vector<std::string>& words) {
  std::vector<std::string> candidates = Candidates(world, words);
  std::sort(candidates.begin(), candidates.end());
  const std::string word = words.empty() ? "" : words.back();
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(word)) world.out(candidate + "\n");
  }
  world.out(":4\n");
  return kExitOk;
}

int RunCompletion(Session& session) {
  session.Out(kScript);
  return kExitOk;
}

}  // namespace muster::plugin
