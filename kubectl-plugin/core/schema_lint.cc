#include "kubectl-plugin/core/schema_lint.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "kubectl-plugin/core/rule_culprits.h"
#include "kubectl-plugin/core/target.h"
#include "kubectl-plugin/core/utf8.h"
#include "lib/api/quantity.h"
#include "lib/base/strings.h"
#include "lib/base/time.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kPreserve = "x-kubernetes-preserve-unknown-fields";
constexpr size_t kFindingsMax = 1000;  // a file can be wrong a million times; nobody reads on

int64_t CodePoints(std::string_view text) {
  int64_t count = 0;
  for (; !text.empty(); ++count) TakeCodePoint(text);
  return count;
}

// "a whole number", "text": the schema's types in words.
std::string TypeText(const std::string& type) {
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "string") return "text";
  if (type == "boolean") return "true or false";
  return type == "array" ? "a list" : "a mapping";
}

// 2.0 is a whole number: kubectl sends 2.
bool IsWhole(const json::Value& value) {
  return value.IsInteger() || (value.IsNumber() && value.Number() == static_cast<double>(value.Integer()));
}

bool HasType(const json::Value& value, const std::string& type) {
  if (type == "integer") return IsWhole(value);
  if (type == "number") return value.IsNumber();
  if (type == "string") return value.IsString();
  if (type == "boolean") return value.IsBool();
  if (type == "array") return value.IsArray();
  return type != "object" || value.IsObject();
}

// What the pattern of a name says, for people.
std::string PatternText(const std::string& pattern) {
  if (pattern == "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$") {
    return "use lower-case letters, digits and '-', beginning and ending with a letter or digit";
  }
  if (pattern == "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$") {
    return "use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit";
  }
  return "it must match " + pattern;
}

// What a format of the built-in kinds takes, in words; "" for a format that is not checked.
std::string FormatText(const std::string& format) {
  if (format == "quantity") return "a quantity";
  if (format == "int-or-string") return "a whole number or text";
  return format == "date-time" ? "a time" : "";
}

bool HasFormat(const json::Value& value, const std::string& format) {
  if (format == "quantity") {
    if (!value.IsString() && !value.IsNumber()) return false;
    return api::ParseQuantity(value.IsString() ? value.Text() : json::Write(value)).has_value();
  }
  if (format == "int-or-string") return IsWhole(value) || value.IsString();
  return ParseTime(value.Text()).has_value();
}

std::string FormatRemedy(const std::string& format) {
  if (format == "quantity") return "write it like 2, 500m or 4Gi";
  return format == "date-time" ? "write it like 2026-01-31T12:00:00Z" : "give one of these";
}

bool IsEmpty(const json::Value& value) {
  return value.IsNull() || (value.IsString() && value.Text().empty()) || (value.IsArray() && value.Items().empty());
}

class Linter {
 public:
  Linter(const Schema& schema, const Written& written, RuleBook& book)
      : schema_(schema), written_(written), book_(book) {}

  void Check(const json::Value& schema, const json::Value& value, const std::string& path) {
    if (findings_.size() > kFindingsMax) return;
    if (const std::string& name = schema["$ref"].Text(); !name.empty() && schema_.definitions != nullptr) {
      const std::string outer = std::exchange(definition_, name);
      Check((*schema_.definitions)[name], value, path);
      definition_ = outer;
      return;
    }
    if (is_built_in() && value.IsNull()) return;
    if (const std::string& format = schema["format"].Text(); is_built_in() && !FormatText(format).empty()) {
      if (!HasFormat(value, format)) WrongFormat(value, format, path);
      return;
    }
    const std::string& type = schema["type"].Text();
    if (!type.empty() && !HasType(value, type)) return WrongType(value, type, path);
    if (value.IsObject()) CheckObject(schema, value, path);
    if (value.IsArray()) CheckArray(schema, value, path);
    if (value.IsString()) CheckText(schema, value, path);
    if (value.IsInteger()) CheckInteger(schema, value, path);
    CheckRules(schema, value, path);
  }

  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  bool is_built_in() const { return schema_.definitions != nullptr; }

  void Add(std::string path, std::string text) {
    if (findings_.size() > kFindingsMax) return;
    if (findings_.size() == kFindingsMax) text = "is wrong too, and so is more; correct what is listed first";
    findings_.push_back({std::move(path), std::move(text)});
  }

  void WrongType(const json::Value& value, const std::string& type, const std::string& path) {
    std::string text = "is " + Shown(value);
    const std::string as_written = written_ ? written_(path) : "";
    if (!as_written.empty() && as_written != json::Write(value)) text += " (written " + as_written + ")";
    text += ", not " + TypeText(type);
    int64_t number = 0;
    if (value.IsNull()) {
      text += "; remove it or give it a value";
    } else if (type == "string" && (value.IsBool() || value.IsNumber())) {
      text += "; put it in quotes";
    } else if (value.IsString() &&
               (value.Text() == "true" || value.Text() == "false" || ParseInteger(value.Text(), number))) {
      text += "; remove the quotes";
    } else {
      text += "; give " + TypeText(type);
    }
    Add(path, std::move(text));
  }

  void WrongFormat(const json::Value& value, const std::string& format, const std::string& path) {
    Add(path, "is " + Shown(value) + ", not " + FormatText(format) + "; " + FormatRemedy(format));
  }

  std::string TypeOf(const json::Value& schema) const {
    const std::string& name = schema["$ref"].Text();
    if (!name.empty() && is_built_in()) return TypeOf((*schema_.definitions)[name]);
    const std::string format = FormatText(schema["format"].Text());
    return format.empty() ? TypeText(schema["type"].Text()) : format;
  }

  void CheckRequired(const json::Value& schema, const json::Value& value, const std::string& path) {
    for (const json::Value& required : schema["required"].Items()) {
      const std::string& name = required.Text();
      const json::Value* member = value.Members().Find(name);
      if (member != nullptr && !(is_built_in() && IsEmpty(*member))) continue;
      const bool absent = member == nullptr || member->IsNull();
      Add(ChildPath(path, name),
          (absent ? "is missing; it takes " : "is empty; it takes ") + TypeOf(schema["properties"][name]));
    }
  }

  void CheckObject(const json::Value& schema, const json::Value& value, const std::string& path) {
    const json::Object& properties = schema["properties"].Members();
    CheckRequired(schema, value, path);
    if (const int64_t most = schema["maxProperties"].Integer(-1);
        most >= 0 && static_cast<int64_t>(value.Members().size()) > most) {
      Add(path,
          "has " + std::to_string(value.Members().size()) + " entries; it takes " + std::to_string(most) + " at most");
    }
    const json::Value& additional = schema["additionalProperties"];
    const bool open = schema[kPreserve].Bool() || (properties.empty() && !additional.IsObject());
    for (const auto& [key, member] : value.Members()) {
      const std::string member_path = ChildPath(path, key);
      if (const json::Value* declared = properties.Find(key); declared != nullptr) {
        // A default stands in for null.
        if (!member.IsNull() || declared->Members().Find("default") == nullptr) Check(*declared, member, member_path);
      } else if (additional.IsObject()) {
        Check(additional, member, member_path);
      } else if (!open) {
        UnknownField(properties, key, path, member_path);
      }
    }
  }

  void UnknownField(const json::Object& properties, const std::string& key, const std::string& path,
                    const std::string& member_path) {
    std::string remedy = schema_.unknown ? schema_.unknown(definition_, path, key) : "";
    if (remedy.empty()) {
      std::vector<std::string> known;
      for (const json::Member& property : properties) known.push_back(property.first);
      const std::vector<std::string> near = NearNames(key, known);
      if (!near.empty()) {
        remedy = "did you mean " + near.front() + "?";
      } else if (is_built_in()) {
        remedy = "remove it; if your cluster is newer, --dry-run=server asks it";
      } else {
        remedy = "known are " + Join(known, ", ");
      }
    }
    Add(member_path, "is not a field of " + schema_.release + "; " + remedy);
  }

  void CheckArray(const json::Value& schema, const json::Value& value, const std::string& path) {
    const json::Array& items = value.Items();
    const auto size = static_cast<int64_t>(items.size());
    const int64_t least = schema["minItems"].Integer(0);
    const int64_t most = schema["maxItems"].Integer(std::numeric_limits<int64_t>::max());
    if (size < least) Add(path, "has " + Count(size, "item") + "; it takes " + std::to_string(least) + " at least");
    if (size > most) Add(path, "has " + std::to_string(size) + " items; it takes " + std::to_string(most) + " at most");
    std::map<std::string, size_t> seen;
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string item_path = ChildPath(path, i);
      // A null item is an object of a built-in kind that has no fields.
      const bool no_fields = is_built_in() && items[i].IsNull() && !schema["items"]["$ref"].Text().empty();
      Check(schema["items"], no_fields ? json::Value(json::Object()) : items[i], item_path);
      const json::Array& keys = schema["x-kubernetes-list-map-keys"].Items();
      if (keys.empty()) continue;
      std::string identity;
      for (const json::Value& key : keys) identity += json::Write(items[i][key.Text()]) + " ";
      const auto [first, is_new] = seen.emplace(identity, i);
      if (is_new || items[i][keys.front().Text()].IsNull()) continue;
      Add(ChildPath(item_path, keys.front().Text()), "is " + Shown(items[i][keys.front().Text()]) + ", as that of " +
                                                         ChildPath(path, first->second) + "; give each its own");
    }
  }

  void CheckText(const json::Value& schema, const json::Value& value, const std::string& path) {
    const std::string& text = value.Text();
    const int64_t length = CodePoints(text);
    const int64_t most = schema["maxLength"].Integer(std::numeric_limits<int64_t>::max());
    if (length < schema["minLength"].Integer(0)) return Add(path, "is empty; give it a value or remove it");
    if (length > most) {
      return Add(
          path, "has " + std::to_string(length) + " characters, " + std::to_string(most) + " are the most; shorten it");
    }
    const json::Array& allowed = schema["enum"].Items();
    if (is_built_in() && text.empty()) return;  // like no value
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      std::vector<std::string> words;
      for (const json::Value& word : allowed) words.push_back(word.Text());
      const std::vector<std::string> near = NearNames(text, words);
      return Add(path, "is " + Shown(value) + "; " +
                           (near.empty() ? "it is one of " + Join(words, ", ") : "did you mean " + near.front() + "?"));
    }
    const std::string& pattern = schema["pattern"].Text();
    // std::regex recurses with the text, so a long one is not given to it.
    if (pattern.empty() || text.size() > 1024) return;
    const std::regex& compiled = book_.patterns.try_emplace(pattern, pattern).first->second;
    if (!std::regex_search(text, compiled)) Add(path, "is " + Shown(value) + "; " + PatternText(pattern));
  }

  void CheckInteger(const json::Value& schema, const json::Value& value, const std::string& path) {
    const bool narrow = schema["format"].Text() == "int32";
    using Narrow = std::numeric_limits<int32_t>;
    using Wide = std::numeric_limits<int64_t>;
    const int64_t least = std::max(schema["minimum"].Integer(Wide::min()), narrow ? Narrow::min() : Wide::min());
    const int64_t most = std::min(schema["maximum"].Integer(Wide::max()), narrow ? Narrow::max() : Wide::max());
    const std::string as_written = written_ ? written_(path) : "";
    if (value.Integer() < least || value.Integer() > most) {
      Add(path, "is " + Shown(value) + "; it is a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
    } else if (!is_built_in() && as_written.size() > 1 && as_written.front() == '0') {
      Add(path, "is " + Shown(value) + ", since it is written " + as_written + "; write " + Shown(value) +
                    " if that is meant");
    }
  }

  void CheckRules(const json::Value& schema, const json::Value& value, const std::string& path) {
    for (const json::Value& entry : schema["x-kubernetes-validations"].Items()) {
      const std::string& text = entry["rule"].Text();
      if (text.find("oldSelf") != std::string::npos) continue;
      auto known = book_.rules.find(text);
      if (known == book_.rules.end()) known = book_.rules.emplace(text, CelRule::Parse(text)).first;
      const Result<CelRule>& rule = known->second;
      if (!rule.has_value() || rule->Holds(value) != false) continue;
      const std::string& message = entry["message"].Text();
      for (const std::string& culprit : RuleCulprits(*rule, value, message, path)) {
        BrokenRule(culprit, message, path);
      }
    }
  }

  // The path says already which field it is.
  void BrokenRule(const std::string& culprit, const std::string& message, const std::string& path) {
    const size_t end = message.find(' ');
    const bool named = culprit != path && culprit.ends_with("." + message.substr(0, end));
    Add(culprit, named ? message.substr(end + 1) : message);
  }

  const Schema& schema_;
  const Written& written_;
  RuleBook& book_;
  std::string definition_;  // that is being checked
  std::vector<Finding> findings_;
};

void FillDefaults(const json::Value& schema, json::Value& value) {
  if (value.IsObject()) {
    for (const auto& [name, property] : schema["properties"].Members()) {
      const json::Value* given = property.Members().Find("default");
      if (given != nullptr && !value.Has(name)) value.Set(name, *given);
      if (value.Has(name)) FillDefaults(property, value.Mutable(name));
    }
  }
  if (value.IsArray()) {
    for (json::Value& item : value.MutableItems()) FillDefaults(schema["items"], item);
  }
}

}  // namespace

std::string ChildPath(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

std::string ChildPath(const std::string& parent, size_t index) { return parent + "[" + std::to_string(index) + "]"; }

std::string Shown(const json::Value& value) {
  if (value.IsArray()) return "a list";
  if (value.IsObject()) return "a mapping";
  return Shorten(json::Write(value), 60);
}

const json::Value& SchemaOf(const json::Value& crd, std::string_view version) {
  static const json::Value none;
  for (const json::Value& entry : crd["spec"]["versions"].Items()) {
    if (entry["name"].Text() == version) return entry["schema"]["openAPIV3Schema"];
  }
  return none;
}

json::Value WithDefaults(const json::Value& schema, json::Value value) {
  FillDefaults(schema, value);
  return value;
}

std::vector<Finding> LintSchema(const Schema& schema, const json::Value& value, const std::string& path,
                                const Written& written, RuleBook& book) {
  Linter linter(schema, written, book);
  linter.Check(schema.root, WithDefaults(schema.root, value), path);
  return linter.Take();
}

}  // namespace muster::plugin
