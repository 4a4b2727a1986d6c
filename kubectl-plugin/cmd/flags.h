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

// What `help` prints: of everything, or of one verb.
std::string HelpText(std::string_view program);
Result<std::string> VerbHelp(std::string_view verb, const std::string& program);

struct FlagWord {
  std::string name;  // "--namespace", "-n"
  std::string help;
  bool takes_value = false;
};
// Every spelling of every flag of a verb, those of all verbs too (these alone when there is no such verb), by name.
std::vector<FlagWord> FlagWords(std::string_view verb);

}  // namespace muster::plugin
