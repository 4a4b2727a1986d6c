// The command line, by kubectl's grammar. Layer: plugin cmd. flags.cc is the one file that sees CLI11.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/options.h"
#include "lib/base/result.h"

namespace muster::plugin {

struct CommandLine {
  Options options;
  std::string help;  // not empty: print this and do nothing else
};

// `arguments` without the program's name. kInvalid with one line that names the flag or verb and where to look.
Result<CommandLine> ParseArguments(const std::vector<std::string>& arguments, const std::string& program);

// What `help` prints: of everything, of one verb, or (for completion) the flags of a verb, "--namespace" and so on.
std::string HelpText(std::string_view program);
Result<std::string> VerbHelp(std::string_view verb, const std::string& program);
std::vector<std::string> FlagNames(std::string_view verb);

}  // namespace muster::plugin
