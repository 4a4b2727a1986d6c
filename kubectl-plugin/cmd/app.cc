#include "kubectl-plugin/cmd/app.h"

#include "kubectl-plugin/cmd/completion.h"
#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {

int RunApp(World& world, const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
    if (arguments.front() == kCompleteVerb) return RunComplete(world, words, Quoting::kNone);
    if (arguments.front() == kCompleteQuotingVerb) return RunComplete(world, words, Quoting::kByCaller);
  }
  Result<CommandLine> line = ParseArguments(arguments, world.program);
  if (!line.has_value()) return Session(world, {}).Fail(line.error());
  if (!line->help.empty()) {
    world.out(line->help);
    return kExitOk;
  }
  const Verb* verb = FindVerb(line->options.verb);
  Session session(world, std::move(line->options));
  return verb->run(session);
}

}  // namespace muster::plugin
