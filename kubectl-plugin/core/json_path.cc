#include "kubectl-plugin/core/json_path.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

constexpr int kNestedMax = 32;

using Found = std::vector<const json::Value*>;

struct Step {
  enum class Kind { kKey, kAll, kSlice, kFilter } kind = Kind::kKey;
  std::string key;                  // kKey
  std::optional<int64_t> from, to;  // kSlice; [n] is n to n+1
  bool single = false;              // kSlice of one: [n]
  std::vector<Step> left;           // kFilter: the path behind @
  std::string comparison;           // kFilter: "", "==", "!="
  std::string literal;              // kFilter: what to compare with, as text
};

// A missing key gives nothing; a key on a list is looked for in nothing.
void TakeStep(const json::Value& value, const Step& step, Found& found);

Found Walk(const json::Value& root, const std::vector<Step>& steps) {
  Found found{&root};
  for (const Step& step : steps) {
    Found next;
    for (const json::Value* value : found) TakeStep(*value, step, next);
    found = std::move(next);
  }
  return found;
}

std::string Text(const json::Value& value) { return value.IsString() ? value.Text() : json::Write(value); }

bool Matches(const json::Value& item, const Step& step) {
  const Found found = Walk(item, step.left);
  if (step.comparison.empty()) return !found.empty();
  const bool equal = !found.empty() && Text(*found.front()) == step.literal;
  return equal == (step.comparison == "==");
}

void TakeSlice(const json::Array& items, const Step& step, Found& found) {
  const auto size = static_cast<int64_t>(items.size());
  const auto index = [size](int64_t n) { return n < 0 ? n + size : n; };
  int64_t from = index(step.from.value_or(0));
  if (from >= size) return;
  int64_t to = step.single ? from + 1 : index(step.to.value_or(size));
  if (!step.single) from = std::max<int64_t>(0, from);
  to = std::min(size, to);
  if (from < 0) return;
  for (int64_t i = from; i < to; ++i) found.push_back(&items[static_cast<size_t>(i)]);
}

void TakeStep(const json::Value& value, const Step& step, Found& found) {
  switch (step.kind) {
    case Step::Kind::kKey:
      if (const json::Value* member = value.Members().Find(step.key); member != nullptr) found.push_back(member);
      break;
    case Step::Kind::kAll:
      for (const json::Value& item : value.Items()) found.push_back(&item);
      for (const json::Member& member : value.Members()) found.push_back(&member.second);
      break;
    case Step::Kind::kSlice:
      TakeSlice(value.Items(), step, found);
      break;
    case Step::Kind::kFilter:
      for (const json::Value& item : value.Items()) {
        if (Matches(item, step)) found.push_back(&item);
      }
      break;
  }
}

}  // namespace

struct JsonPath::Node {
  enum class Kind { kText, kPath, kRange } kind = Kind::kText;
  std::string text;
  std::vector<Step> path;
  std::vector<Node> inner;  // of a range
};

namespace {

using PathNode = JsonPath::Node;

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  Result<std::vector<PathNode>> Template(bool in_range) {
    std::vector<PathNode> nodes;
    while (at_ < text_.size()) {
      if (text_[at_] != '{') {
        const size_t end = std::min(text_.find('{', at_), text_.size());
        nodes.push_back({PathNode::Kind::kText, std::string(text_.substr(at_, end - at_)), {}, {}});
        at_ = end;
        continue;
      }
      ++at_;
      SkipSpaces();
      if (TakeWord("end")) {
        TRY_VOID(Expect('}'));
        if (!in_range) return Wrong("{end} without {range}");
        return nodes;
      }
      TRY(PathNode node, Braces());
      nodes.push_back(std::move(node));
    }
    if (in_range) return Wrong("{range} without {end}");
    return nodes;
  }

  Result<std::vector<Step>> Path() {
    std::vector<Step> steps;
    for (;;) {
      if (at_ >= text_.size()) return steps;
      const char c = text_[at_];
      if (c == '.') {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '.') return Wrong("recursive descent (..) is not supported");
        if (at_ < text_.size() && text_[at_] == '[') continue;
        Step step = Key();
        if (!step.key.empty() || step.kind == Step::Kind::kAll) steps.push_back(std::move(step));
      } else if (c == '[') {
        ++at_;
        TRY(Step step, Bracket());
        steps.push_back(std::move(step));
      } else {
        return steps;
      }
    }
  }

  Result<std::vector<Step>> WholePath() {
    if (at_ < text_.size() && (text_[at_] == '$' || text_[at_] == '@')) ++at_;
    if (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[') {
      Step step = Key();
      TRY(std::vector<Step> rest, Path());
      rest.insert(rest.begin(), std::move(step));
      return rest;
    }
    return Path();
  }

  bool AtEnd() const { return at_ >= text_.size(); }
  Error Wrong(const std::string& what) const {
    return MakeError(Code::kInvalid, "jsonpath: " + what + " at character " + std::to_string(at_ + 1));
  }

 private:
  Result<PathNode> Braces() {
    PathNode node;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      TRY(node.text, Literal());
    } else if (TakeWord("range")) {
      node.kind = PathNode::Kind::kRange;
      SkipSpaces();
      TRY(node.path, WholePath());
      TRY_VOID(Expect('}'));
      if (++nested_ > kNestedMax) return TooDeep();
      TRY(node.inner, Template(true));
      --nested_;
      return node;
    } else {
      node.kind = PathNode::Kind::kPath;
      TRY(node.path, WholePath());
    }
    TRY_VOID(Expect('}'));
    return node;
  }

  Step Key() {
    Step step;
    if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      step.kind = Step::Kind::kAll;
      return step;
    }
    while (at_ < text_.size() && std::string_view(".[]{} )=!<>").find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      step.key += text_[at_++];
    }
    return step;
  }

  Result<Step> Bracket() {
    Step step;
    SkipSpaces();
    if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      step.kind = Step::Kind::kAll;
    } else if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      TRY(step.key, Literal());
    } else if (at_ < text_.size() && text_[at_] == '?') {
      ++at_;
      TRY(step, Filter());
    } else {
      TRY(step, Slice());
    }
    if (at_ < text_.size() && text_[at_] == ',') return Wrong("a union ([a,b]) is not supported");
    TRY_VOID(Expect(']'));
    return step;
  }

  Result<Step> Slice() {
    Step step;
    step.kind = Step::Kind::kSlice;
    TRY(step.from, Number());
    if (at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      TRY(step.to, Number());
      return step;
    }
    step.single = true;
    if (!step.from) return Wrong("expected a number, '*', a quoted key or ?(...) in [ ]");
    return step;
  }

  Result<Step> Filter() {
    if (++nested_ > kNestedMax) return TooDeep();
    Step step;
    step.kind = Step::Kind::kFilter;
    TRY_VOID(Expect('('));
    SkipSpaces();
    if (at_ >= text_.size() || text_[at_] != '@') return Wrong("a filter begins with @: [?(@.name==\"x\")]");
    TRY(step.left, WholePath());
    SkipSpaces();
    if (at_ + 1 < text_.size() && (text_.substr(at_, 2) == "==" || text_.substr(at_, 2) == "!=")) {
      step.comparison = text_.substr(at_, 2);
      at_ += 2;
      SkipSpaces();
      if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
        TRY(step.literal, Literal());
      } else {
        step.literal = Key().key;
      }
      SkipSpaces();
    } else if (at_ < text_.size() && text_[at_] != ')') {
      return Wrong("a filter supports only == and !=");
    }
    TRY_VOID(Expect(')'));
    --nested_;
    return step;
  }

  Result<std::optional<int64_t>> Number() {
    const size_t begin = at_;
    while (at_ < text_.size() && (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9'))) ++at_;
    if (begin == at_) return std::optional<int64_t>();
    int64_t number = 0;
    if (!ParseInteger(text_.substr(begin, at_ - begin), number)) return Wrong("not a number");
    return std::optional<int64_t>(number);
  }

  Result<std::string> Literal() {
    const char quote = text_[at_++];
    std::string literal;
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        c = text_[at_++];
        c = c == 'n' ? '\n' : (c == 't' ? '\t' : (c == 'r' ? '\r' : c));
      }
      literal += c;
    }
    TRY_VOID(Expect(quote));
    return literal;
  }

  Error TooDeep() const { return Wrong("nested deeper than " + std::to_string(kNestedMax)); }

  Status Expect(char c) {
    SkipSpaces();
    if (at_ >= text_.size() || text_[at_] != c) return Wrong(std::string("expected '") + c + "'");
    ++at_;
    return Ok();
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    const size_t after = at_ + word.size();
    if (after < text_.size() && text_[after] != ' ' && text_[after] != '}') return false;
    at_ = after;
    return true;
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
  int nested_ = 0;  // ranges and filters that are open
};

void Append(std::string& out, const std::vector<PathNode>& nodes, const json::Value& document) {
  for (const PathNode& node : nodes) {
    if (node.kind == PathNode::Kind::kText) {
      out += node.text;
      continue;
    }
    const Found found = Walk(document, node.path);
    if (node.kind == PathNode::Kind::kRange) {
      for (const json::Value* item : found) Append(out, node.inner, *item);
      continue;
    }
    std::vector<std::string> texts;
    for (const json::Value* value : found) texts.push_back(Text(*value));
    out += Join(texts, " ");
  }
}

}  // namespace

Result<JsonPath> JsonPath::Parse(std::string_view text) {
  auto root = std::make_shared<PathNode>();
  PathParser parser(text);
  if (text.find('{') == std::string_view::npos) {
    PathNode node;
    node.kind = PathNode::Kind::kPath;
    TRY(node.path, parser.WholePath());
    if (!parser.AtEnd()) return parser.Wrong("unexpected text");
    root->inner.push_back(std::move(node));
  } else {
    TRY(root->inner, parser.Template(false));
  }
  JsonPath path;
  path.root_ = std::move(root);
  return path;
}

std::string JsonPath::Apply(const json::Value& document) const {
  std::string out;
  Append(out, root_->inner, document);
  return out;
}

}  // namespace muster::plugin
