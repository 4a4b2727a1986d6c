// kubectl workload completion: the scripts that complete this plugin's words; and the words themselves.
#include "kubectl-plugin/cmd/completion.h"

#include <algorithm>
#include <iterator>

#include "kubectl-plugin/cmd/completion_scripts.h"
#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/page.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr Duration kPatience = std::chrono::seconds(3);

const api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};

// cobra's ShellCompDirective, as kubectl and the scripts understand it.
enum Directive : int { kFileNames = 0, kNoSpace = 2, kNoFileNames = 4 };

struct Candidate {
  std::string word;
  std::string what;  // may be empty
};

struct Offer {
  std::vector<Candidate> candidates;
  int directive = kNoFileNames;
};

Offer OfferOf(const std::vector<std::string>& words) {
  Offer offer;
  for (const std::string& word : words) offer.candidates.push_back({word, ""});
  return offer;
}

// Where the cursor stands.
struct Cursor {
  Options options;                  // of what stands before it, as far as it can be understood
  std::string flag;                 // whose value is looked for, "--output"; empty: none
  std::string word;                 // what candidates begin with
  bool flags_are_over = false;      // behind "--"
  std::vector<std::string> before;  // words that are neither flags nor their values, the verb's name among them
};

const FlagWord* FindFlag(const std::vector<FlagWord>& flags, const std::string& name) {
  const auto found = std::find_if(flags.begin(), flags.end(), [&name](const FlagWord& f) { return f.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

std::string VerbAmong(const std::vector<std::string>& words) {
  const auto is_verb = [](const std::string& word) { return FindVerb(word) != nullptr; };
  const auto found = std::find_if(words.begin(), words.end(), is_verb);
  return found == words.end() ? "" : *found;
}

Cursor CursorOf(const World& world, const std::vector<std::string>& words) {
  Cursor cursor;
  if (!words.empty()) cursor.word = words.back();
  std::vector<std::string> given(words.begin(), words.empty() ? words.end() : words.end() - 1);
  const std::vector<FlagWord> flags = FlagWords(VerbAmong(given));
  for (size_t i = 0; i < given.size(); ++i) {
    if (cursor.flags_are_over || !given[i].starts_with("-") || given[i] == "-") {
      cursor.before.push_back(given[i]);
    } else if (given[i] == "--") {
      cursor.flags_are_over = true;
    } else if (const FlagWord* flag = FindFlag(flags, given[i]); flag != nullptr && flag->takes_value) {
      if (++i == given.size()) cursor.flag = flag->name;
    }
  }
  if (!cursor.flag.empty()) {
    given.pop_back();
  } else if (const size_t equals = cursor.word.find('=');
             !cursor.flags_are_over && cursor.word.starts_with("-") && equals != std::string::npos) {
    cursor.flag = cursor.word.substr(0, equals);
    cursor.word.erase(0, equals + 1);
  }
  if (const Result<CommandLine> line = ParseArguments(given, world.program); !given.empty() && line.has_value())
    cursor.options = line->options;
  // A kind whose names are still to come.
  if (const std::optional<TargetKind> kind = cursor.before.size() > 1 ? KindOfWord(cursor.before[1]) : std::nullopt)
    cursor.options.kind = *kind;
  // The verb is the first word; what is typed instead of one is none.
  const bool has_verb = !cursor.before.empty() && FindVerb(cursor.before.front()) != nullptr;
  cursor.options.verb = has_verb ? cursor.before.front() : "";
  if (cursor.options.config.request_timeout.empty())
    cursor.options.config.request_timeout = std::to_string(kPatience.count() / 1000) + "s";
  return cursor;
}

std::vector<std::string> NamesOf(Session& session, const api::Resource& resource, const std::string& ns,
                                 const std::string& prefix) {
  std::vector<std::string> names;
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return names;
  const Status listed = (*reader)->ForEach(resource, ns, "", [&](const json::Value& document) {
    names.push_back(prefix + document["metadata"]["name"].Text());
  });
  if (!listed.has_value()) names.clear();
  return names;
}

bool TakesGroups(std::string_view verb) { return verb == "get" || verb == "explain"; }

std::vector<std::string> ObjectNames(Session& session, const std::string& word) {
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return {};
  const std::string ns = session.Namespace();
  const bool groups_too = TakesGroups(session.options().verb);
  if (const size_t slash = word.find('/'); slash != std::string::npos) {
    const std::string prefix = word.substr(0, slash + 1);
    const Result<Target> target = ParseTarget(prefix + "name");
    if (!target.has_value()) return {};
    const bool group = target->kind == TargetKind::kPodGroup;
    if (group && !groups_too) return {};
    return NamesOf(session, group ? api::kPodGroups : api::kWorkloads, ns, prefix);
  }
  // Behind "podgroups" or "workloads".
  const TargetKind kind = session.options().kind;
  if (kind == TargetKind::kPodGroup && !groups_too) return {};
  if (kind == TargetKind::kPodGroup) return NamesOf(session, api::kPodGroups, ns, "");
  std::vector<std::string> names = NamesOf(session, api::kWorkloads, ns, "");
  if (kind == TargetKind::kWorkload) return names;
  if (session.options().verb == "explain") {
    const std::vector<std::string> groups = NamesOf(session, api::kPodGroups, ns, "");
    names.insert(names.end(), groups.begin(), groups.end());
  }
  return names;
}

bool IsOneOf(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Values of a flag. Where files belong the shell completes; where nobody knows what to offer, nobody offers anything.
Offer ValuesOf(Session& session, const std::string& flag) {
  if (IsOneOf(flag, {"-f", "--filename", "--kubeconfig", "--certificate-authority", "--client-certificate",
                     "--client-key"})) {
    return {{}, kFileNames};
  }
  if (IsOneOf(flag, {"-o", "--output"})) {
    const Verb* verb = FindVerb(session.options().verb);
    std::vector<std::string> values = Split(verb == nullptr ? "json, yaml" : std::string(verb->outputs), ',');
    for (std::string& value : values) {
      value.erase(0, std::min(value.size(), value.find_first_not_of(' ')));
      if (value.starts_with("jsonpath=")) value = "jsonpath=";
    }
    std::erase(values, "");
    return OfferOf(values);
  }
  if (flag == "--color") return OfferOf({"auto", "always", "never"});
  if (flag == "--dry-run") return OfferOf({"none", "client", "server"});
  if (flag == "--for") return OfferOf({"ready", "admitted", "complete", "rolled-out"});
  if (IsOneOf(flag, {"-n", "--namespace"})) return OfferOf(NamesOf(session, kNamespaces, "", ""));
  if (!IsOneOf(flag, {"--context", "--cluster", "--user"})) return {};
  const Result<KubeconfigNames> names = session.world().kubeconfig_names(session.options().config);
  if (!names.has_value()) return {};
  return OfferOf(flag == "--context" ? names->contexts : (flag == "--cluster" ? names->clusters : names->users));
}

Offer Flags(const Cursor& cursor) {
  Offer offer;
  for (const FlagWord& flag : FlagWords(cursor.options.verb)) {
    if (flag.name.starts_with("--")) offer.candidates.push_back({flag.name, flag.help});
  }
  return offer;
}

Offer VerbNames() {
  Offer offer;
  for (const Verb& verb : Verbs()) offer.candidates.push_back({std::string(verb.name), std::string(verb.summary)});
  return offer;
}

Offer OfferAt(Session& session, const Cursor& cursor) {
  if (!cursor.flag.empty()) return ValuesOf(session, cursor.flag);
  if (!cursor.flags_are_over && cursor.word.starts_with("-")) return Flags(cursor);
  if (cursor.before.empty()) return VerbNames();
  const std::string& verb = cursor.options.verb;
  const size_t given = cursor.before.size() - 1;
  if (verb == "help") return given == 0 ? VerbNames() : Offer();
  if (verb == "completion") {
    return given == 0 ? OfferOf({std::begin(kCompletionShells), std::end(kCompletionShells)}) : Offer();
  }
  const Verb* known = FindVerb(verb);
  if (known == nullptr || known->arguments.find("NAME") == std::string_view::npos) return {};
  if (verb == "timeline" && given > 0) return {};
  std::vector<std::string> names = ObjectNames(session, cursor.word);
  if (given == 0 && TakesGroups(verb)) names.insert(names.end(), {"podgroups", "workloads"});
  std::erase_if(names, [&cursor](const std::string& name) {
    return std::find(cursor.before.begin() + 1, cursor.before.end(), name) != cursor.before.end();
  });
  return OfferOf(names);
}

// Whether every shell reads the word as it is. Bytes beyond ASCII have no meaning to any of them.
bool NeedsNoQuotes(std::string_view word) {
  static constexpr std::string_view kPlain = "_-./:@%+=,";
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || kPlain.find(c) != std::string_view::npos;
  });
}

}  // namespace

int RunComplete(World& world, const std::vector<std::string>& words, Quoting quoting) {
  const Cursor cursor = CursorOf(world, words);
  Session session(world, cursor.options);
  Offer offer = OfferAt(session, cursor);
  std::erase_if(offer.candidates, [&](const Candidate& one) {
    return !one.word.starts_with(cursor.word) || (quoting == Quoting::kNone && !NeedsNoQuotes(one.word));
  });
  std::sort(offer.candidates.begin(), offer.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.word < b.word; });
  // A jsonpath goes on behind its "=".
  if (offer.candidates.size() == 1 && offer.candidates.front().word.ends_with("=")) offer.directive |= kNoSpace;
  for (const Candidate& one : offer.candidates) {
    world.out(Span(one.word).text + (one.what.empty() ? "" : "\t" + Span(one.what).text) + "\n");
  }
  world.out(":" + std::to_string(offer.directive) + "\n");
  return kExitOk;
}

int RunCompletion(Session& session) {
  const std::vector<std::string>& shells = session.options().names;
  if (shells.empty()) {
    session.OutBytes(KubectlCompletionScript());
    return kExitOk;
  }
  const std::optional<std::string_view> script = ShellCompletionScript(shells.front());
  if (shells.size() > 1 || !script) {
    return session.Fail("unknown shell \"" + Join(shells, " ") + "\"; use one of bash, zsh, fish");
  }
  session.OutBytes(*script);
  return kExitOk;
}

}  // namespace muster::plugin
