// Where things stand in YAML text, for messages that point at them. Layer: client. Pure; safe from any thread.
//
//   TRY(const std::vector<YamlMarks> marks, MarkYamlDocuments(text));   // one per document of ParseYamlDocuments
//   marks[0].LineOf("spec.roles[1].job.spec.template")
//
// A path is written as API servers write it: "spec.roles[1].name"; keys stand in it as they are. What an alias or a
// merge key brings in stands where these stand.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace muster::client {

class YamlMarks {
 public:
  struct Mark {
    int line = 1;       // of its key, or of the item of a list
    std::string plain;  // the scalar as it is written, when it is not quoted
  };

  // Of the nearest that is there, on the way up; at last of the document.
  int LineOf(std::string_view path) const;
  // "" for what is quoted, no scalar or not there.
  std::string PlainTextOf(std::string_view path) const;

  std::map<std::string, Mark, std::less<>> marks;  // by path; the document's own is ""
};

// The text must be one that ParseYamlDocuments has taken: that is where the guards are.
Result<std::vector<YamlMarks>> MarkYamlDocuments(std::string_view text);

}  // namespace muster::client
