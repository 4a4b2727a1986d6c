#include "kubectl-plugin/cmd/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/target.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr const char* kConnection = "Connection (as kubectl's)";

// kubectl takes --flag=value, --flag value and, for booleans, --flag=true.
void AddConnectionFlags(CLI::App& app, Options& options) {
  client::ConfigOverrides& to = options.config;
  const auto add = [&app](const char* name, std::string& value, const char* help) {
    app.add_option(name, value, help)->group(kConnection)->take_last();
  };
  app.add_option("-n,--namespace", to.ns, "namespace (default: that of the context)")->take_last();
  app.add_option("--color", options.color, "auto, always or never; auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->take_last();
  add("--kubeconfig", to.kubeconfig, "kubeconfig file (default: KUBECONFIG, then ~/.kube/config)");
  add("--context", to.context, "context of the kubeconfig to use");
  add("--cluster", to.cluster, "cluster of the kubeconfig to use");
  add("--user", to.user, "user of the kubeconfig to use");
  add("-s,--server", to.server, "address of the API server");
  add("--token", to.token, "bearer token; a tokenFile of the user takes precedence");
  add("--username", to.username, "user name for basic authentication");
  add("--password", to.password, "password for basic authentication");
  add("--certificate-authority", to.certificate_authority, "file with the API server's CA");
  add("--client-certificate", to.client_certificate, "client certificate file");
  add("--client-key", to.client_key, "client key file");
  add("--tls-server-name", to.tls_server_name, "name to verify the server's certificate against");
  app.add_flag("--insecure-skip-tls-verify", to.insecure_skip_tls_verify, "do not verify the server's certificate")
      ->group(kConnection);
  add("--proxy-url", to.proxy_url, "proxy to the API server: http://host:port or https://host:port");
  add("--as", to.impersonate_user, "act as this user");
  add("--as-uid", to.impersonate_uid, "act as this uid");
  app.add_option("--as-group", to.impersonate_groups, "act as member of this group; repeatable")
      ->group(kConnection)
      ->allow_extra_args(false);
  app.add_option("--as-user-extra", to.impersonate_extra, "act with this extra attribute, KEY=VALUE; repeatable")
      ->group(kConnection)
      ->allow_extra_args(false);
  add("--request-timeout", to.request_timeout,
      "how long to wait for a response, such as 30s or 2m; 0: no limit (default 10s)");
  // Accepted for compatibility: nothing is cached and no compressed response is requested.
  app.add_option_function<std::string>(
         "--cache-dir", [](const std::string&) {}, "accepted for compatibility; nothing is cached")
      ->group(kConnection)
      ->take_last();
  app.add_flag("--disable-compression")
      ->description("accepted for compatibility; responses are never compressed")
      ->group(kConnection);
}

void AddVerbFlags(CLI::App& app, const Verb& verb, Options& options) {
  const auto has = [&verb](Flag flag) { return (verb.flags & flag) != 0; };
  if (has(kFlagAllNamespaces)) app.add_flag("-A,--all-namespaces", options.all_namespaces, "in all namespaces");
  if (has(kFlagSelector)) {
    app.add_option("-l,--selector", options.selector, "label selector: a=b,c!=d,e in (f,g)")->take_last();
  }
  if (has(kFlagOutput)) {
    const std::string help = "output format: " + std::string(verb.outputs);
    app.add_option("-o,--output", options.output, help)->take_last();
  }
  if (has(kFlagWatch)) app.add_flag("-w,--watch", options.watch, "keep showing changes until Ctrl-C");
  if (has(kFlagNoHeaders)) app.add_flag("--no-headers", options.no_headers, "print no column titles");
  if (has(kFlagFoldNothing)) app.add_flag("--all", options.all, "show every group and role, however many there are");
  if (has(kFlagEvery)) app.add_flag("--all", options.all, "all workloads in the namespace");
  if (has(kFlagDryRun)) {
    app.add_option("--dry-run", options.dry_run, "none, client or server: only print what would be done")
        ->check(CLI::IsMember({"none", "client", "server"}))
        ->take_last();
  }
  if (has(kFlagFiles)) {
    app.add_option("-f,--filename", options.files, "manifest or folder, YAML or JSON; - is standard input; repeatable")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_flag("-R,--recursive", options.recursive, "with -f FOLDER: the folders below it too");
  }
  if (has(kFlagNotes)) {
    app.add_flag("--notes", options.notes,
                 "list each field of a pasted spec that Muster fills in, overrides or ignores");
  }
  if (has(kFlagLive))
    app.add_flag("--live", options.live, "use the current state of the cluster instead of the stored answer");
  if (has(kFlagWaitFor)) {
    app.add_option("--for", options.wait_for, "ready, admitted, complete or rolled-out (default ready)")->take_last();
  }
  if (has(kFlagTimeout))
    app.add_option("--timeout", options.timeout, "give up after this time, such as 30s or 5m; 0: never (default 0)")
        ->take_last();
  if (has(kFlagClient)) app.add_flag("--client", options.client, "only the version of this plugin; asks no server");
  if (has(kFlagReplicas)) app.add_option("--replicas", options.replicas, "number of groups")->take_last();
}

// "[NAME...]", "[SHELL]"; a manifest is given with -f alone.
bool TakesWords(const Verb& verb) { return !verb.arguments.empty() && !verb.arguments.starts_with("-"); }

// One parser for all verbs, so that connection flags may stand before or behind the verb.
std::unique_ptr<CLI::App> MakeParser(Options& options, const std::string& program) {
  auto app = std::make_unique<CLI::App>("", program);
  app->set_help_flag();
  app->require_subcommand(0, 1);  // a workload may be called like a verb
  app->add_flag("-h,--help")->description("show help for this verb");
  AddConnectionFlags(*app, options);
  for (const Verb& verb : Verbs()) {
    CLI::App* sub = app->add_subcommand(std::string(verb.name), std::string(verb.summary));
    sub->fallthrough();
    sub->set_help_flag();
    if (TakesWords(verb)) sub->add_option("names", options.names)->group("");
    AddVerbFlags(*sub, verb, options);
  }
  return app;
}

void AppendFlags(std::string& out, const CLI::App& app, const std::string& group, const std::string& title) {
  std::vector<std::pair<std::string, std::string>> rows;
  size_t width = 0;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group() != group || option->get_positional()) continue;
    std::string name = Join(Split(option->get_name(false, true), ','), ", ");
    if (!name.starts_with("-") || name.starts_with("--")) name.insert(0, "    ");
    width = std::max(width, name.size());
    rows.emplace_back(name, option->get_description());
  }
  if (rows.empty()) return;
  out += "\n" + title + ":\n";
  for (const auto& [name, help] : rows) {
    out.append("  ").append(name).append(width - name.size() + 2, ' ').append(help).append("\n");
  }
}

// CLI11 says what is wrong, but not in our words.
std::string Complaint(const CLI::ParseError& error, const std::string& program, const std::string& verb) {
  std::string what = error.what();
  constexpr std::string_view kUnexpected[] = {"The following argument was not expected: ",
                                              "The following arguments were not expected: "};
  for (const std::string_view prefix : kUnexpected) {
    if (!what.starts_with(prefix)) continue;
    const std::string first = what.substr(prefix.size());
    what = (first.starts_with("-") ? "unknown flag " : "unexpected argument ") + first;
    const Verb* known = FindVerb(verb);
    const bool takes_files = known != nullptr && (known->flags & kFlagFiles) != 0;
    if (takes_files && !first.starts_with("-")) what += "; a manifest is given with -f";
  }
  if (!what.empty() && what.back() == '.') what.pop_back();
  return what + "; see " + program + (verb.empty() ? "" : " " + verb) + " --help";
}

// The first word that is a verb, wherever it stands; for error messages.
std::string VerbIn(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (FindVerb(argument) != nullptr) return argument;
  }
  return "";
}

std::string UnknownVerb(const std::string& word, const std::string& program) {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) names.emplace_back(verb.name);
  const std::vector<std::string> near = NearNames(word, names);
  return "unknown verb \"" + word + "\"" + (near.empty() ? "" : "; did you mean " + Join(near, " or ") + "?") +
         (near.empty() ? "; see " : " See ") + program + " help";
}

// kubectl also takes -o=json, which CLI11 reads as the value "=json".
std::string WithLongName(const std::string& argument) {
  static constexpr std::pair<char, std::string_view> kNames[] = {
      {'n', "namespace"}, {'s', "server"},         {'o', "output"}, {'l', "selector"},
      {'f', "filename"},  {'A', "all-namespaces"}, {'w', "watch"}};
  if (argument.size() < 3 || argument[0] != '-' || argument[2] != '=') return argument;
  for (const auto& [letter, name] : kNames) {
    if (argument[1] == letter) return "--" + std::string(name) + argument.substr(2);
  }
  return argument;
}

// "get podgroups a b" is "get podgroup/a podgroup/b". A verb that needs a name takes a kind alone for a name.
void TakeKind(const Verb& verb, Options& options) {
  std::vector<std::string>& names = options.names;
  if (names.empty() || verb.arguments.find("NAME") == std::string_view::npos) return;
  const std::optional<TargetKind> kind = KindOfWord(names.front());
  const bool may_be_alone = verb.arguments.ends_with("[NAME...]") || !options.selector.empty() || options.all;
  if (!kind || (names.size() == 1 && !may_be_alone)) return;
  options.kind = *kind;
  names.erase(names.begin());
  const std::string prefix = *kind == TargetKind::kPodGroup ? "podgroup/" : "workload/";
  for (std::string& name : names) {
    if (name.find('/') == std::string::npos) name.insert(0, prefix);
  }
}

// kubectl's plugins are also asked for their version without a verb.
std::vector<std::string> WithVersionVerb(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "--version") {
    arguments.front() = "--client";
    arguments.insert(arguments.begin(), "version");
  }
  return arguments;
}

}  // namespace

std::string HelpText(std::string_view program) {
  std::string out =
      "Muster runs applications made of several built-in resources, which start and stop together.\n\nUsage: " +
      std::string(program) + " VERB [NAME | KIND/NAME | KIND NAME ...] [flags]\n\nVerbs:\n";
  for (const Verb& verb : Verbs()) {
    if (verb.summary.empty()) continue;
    out += "  " + std::string(verb.name) + std::string(12 - std::min<size_t>(11, verb.name.size()), ' ') +
           std::string(verb.summary) + "\n";
  }
  return out + "\nKIND is workload (wl, mwl) or podgroup (pg, mpg). \"" + std::string(program) +
         " help VERB\" describes a verb and\nits flags. kubectl's connection flags work with every verb: -n, "
         "--context, "
         "--kubeconfig, --as, ...\n";
}

Result<std::string> VerbHelp(std::string_view name, const std::string& program) {
  const Verb* verb = FindVerb(name);
  if (verb == nullptr) return MakeError(Code::kInvalid, UnknownVerb(std::string(name), program));
  Options options;
  const std::unique_ptr<CLI::App> parser = MakeParser(options, program);
  std::string out = std::string(verb->summary) + "\n\nUsage: " + program + " " + std::string(name) +
                    (verb->arguments.empty() ? "" : " " + std::string(verb->arguments)) + " [flags]\n";
  if (!verb->details.empty()) out += "\n" + std::string(verb->details) + "\n";
  AppendFlags(out, *parser->get_subcommand(std::string(name)), "Options", "Flags");
  AppendFlags(out, *parser, "Options", "Flags of every verb");
  AppendFlags(out, *parser, kConnection, kConnection);
  return out;
}

std::vector<FlagWord> FlagWords(std::string_view name) {
  Options options;
  const std::unique_ptr<CLI::App> parser = MakeParser(options, "");
  std::vector<FlagWord> flags;
  const auto add = [&flags](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      const bool takes_value = option->get_items_expected_max() > 0;
      for (const std::string& flag : option->get_lnames())
        flags.push_back({"--" + flag, option->get_description(), takes_value});
      for (const std::string& flag : option->get_snames())
        flags.push_back({"-" + flag, option->get_description(), takes_value});
    }
  };
  add(*parser);
  if (FindVerb(name) != nullptr) add(*parser->get_subcommand(std::string(name)));
  std::sort(flags.begin(), flags.end(), [](const FlagWord& a, const FlagWord& b) { return a.name < b.name; });
  return flags;
}

Result<CommandLine> ParseArguments(const std::vector<std::string>& given, const std::string& program) {
  const std::vector<std::string> arguments = WithVersionVerb(given);
  CommandLine line;
  const bool asks_help = std::any_of(arguments.begin(), arguments.end(),
                                     [](const std::string& word) { return word == "-h" || word == "--help"; });
  if (arguments.empty() || asks_help || arguments.front() == "help") {
    const bool asks_verb = arguments.size() > 1 && arguments.front() == "help" && !asks_help;
    const std::string verb = asks_verb ? arguments[1] : (asks_help ? VerbIn(arguments) : "");
    if (verb.empty()) {
      line.help = HelpText(program);
      return line;
    }
    TRY(line.help, VerbHelp(verb, program));
    return line;
  }
  const std::unique_ptr<CLI::App> parser = MakeParser(line.options, program);
  std::vector<std::string> reversed;  // as CLI11 wants them
  for (auto at = arguments.rbegin(); at != arguments.rend(); ++at) reversed.push_back(WithLongName(*at));
  try {
    parser->parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    const std::string verb = VerbIn(arguments);
    if (verb.empty() && !arguments.front().starts_with("-")) {
      return MakeError(Code::kInvalid, UnknownVerb(arguments.front(), program));
    }
    return MakeError(Code::kInvalid, Complaint(error, program, verb));
  }
  if (parser->get_subcommands().empty()) return MakeError(Code::kInvalid, "no verb is given; see " + program + " help");
  line.options.verb = parser->get_subcommands().front()->get_name();
  TakeKind(*FindVerb(line.options.verb), line.options);
  const std::vector<std::string>& files = line.options.files;
  line.options.config.stdin_is_taken = std::find(files.begin(), files.end(), "-") != files.end();
  return line;
}

}  // namespace muster::plugin
