// yaml-cpp's events become json::Values bottom-up on a stack of our own. Its Node tree is not used: nodes share aliased
// subtrees, so that walking a small document can take for ever, and as<T> reads a quoted "yes" as true.
#include "lib/client/yaml.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "lib/client/yaml_error.h"
#include "lib/client/yaml_scalar.h"

namespace muster::client {
namespace {

constexpr size_t kTextBytesMax = 4UL << 20U;
constexpr size_t kDepthMax = 100;
constexpr size_t kNodesMax = 500'000;      // aliases counted as often as they are used
constexpr size_t kBytesMax = 32UL << 20U;  // of scalars and keys, likewise
constexpr std::string_view kMergeKey = "<<";

struct Size {
  size_t nodes = 0;
  size_t bytes = 0;
};

// An open sequence or mapping.
struct Frame {
  json::Value value;
  YAML::Mark start;
  bool is_map = false;
  bool is_flow = false;  // in brackets
  YAML::anchor_t anchor = YAML::NullAnchor;
  Size before;                     // what the whole document came to when it was opened
  std::optional<std::string> key;  // of the value to come
  bool key_is_merge = false;
  size_t depth = 0;                      // of the collections in it
  std::set<std::string> keys;            // written out here; merged ones may be overwritten
  bool merged = false;                   // a member may already be there
  std::map<std::string, size_t> places;  // of all members, once something was merged

  void Put(std::string name, json::Value member) {
    json::Object& members = value.MutableMembers();
    if (merged) {
      const auto [place, is_new] = places.emplace(name, members.size());
      if (!is_new) {
        std::next(members.begin(), static_cast<std::ptrdiff_t>(place->second))->second = std::move(member);
        return;
      }
    }
    members.Append(std::move(name), std::move(member));
  }

  void ExpectMerged() {
    if (std::exchange(merged, true)) return;
    for (const json::Member& member : value.Members()) places.emplace(member.first, places.size());
  }
};

struct Anchored {
  json::Value value;
  Size size;
  size_t depth = 0;
};

// A key that is set twice in one mapping.
enum class Repeated { kIsAnError, kLastWins };

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text, Repeated repeated = Repeated::kIsAnError)
      : text_(text), repeated_(repeated) {}

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { OnScalar(mark, "?", anchor, ""); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    last_ = mark;
    if (error_) return;
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) return Fail(mark, "an alias stands inside what it refers to");
    if (!Count(mark, found->second.size)) return;
    if (frames_.size() + found->second.depth > kDepthMax) return FailDeep(mark);
    Place(mark, found->second.value, found->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    last_ = mark;
    if (error_ || !Count(mark, {1, text.size()})) return;
    if (!IsUtf8(text)) return Fail(mark, "a text that is not UTF-8");
    if (ExpectsKey() && tag == "?" && text == kMergeKey) {
      frames_.back().key = text;
      frames_.back().key_is_merge = true;
      return;
    }
    Result<json::Value> value = ResolveScalar(tag, text);
    if (!value) return Fail(mark, value.error().message);
    if (!IsUtf8(value->Text())) return Fail(mark, "!!binary that is no text cannot be said in JSON");
    if (anchor != YAML::NullAnchor) anchored_[anchor] = {*value, {1, text.size()}, 0};
    Place(mark, std::move(*value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(mark, json::Array(), anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(mark, json::Object(), anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

  Result<json::Value> Take() {
    if (error_) return *error_;
    return std::exchange(root_, json::Value());
  }
  const YAML::Mark& start() const { return start_; }
  const std::optional<Error>& error() const { return error_; }
  // It is about a bracket where a key belongs, which is also how one looks that nothing closes.
  bool error_is_doubtful() const { return doubtful_.has_value(); }

  // Of what the parser stumbles over. Where something was opened that nothing closes, it notices at the end of the
  // text.
  Error Stumbled(const YAML::Exception& e) const {
    if (e.mark.is_null()) return MakeError(Code::kInvalid, "invalid YAML: " + e.msg);
    if (e.msg == YAML::ErrorMsg::DOC_IN_SCALAR || e.msg == YAML::ErrorMsg::EOF_IN_SCALAR) {
      const auto from = static_cast<size_t>(std::max(0, last_.pos));
      const std::string_view rest = text_.substr(0, static_cast<size_t>(std::max(0, e.mark.pos)));
      const auto quote = FindOpenQuote(rest.substr(std::min(from, rest.size())));
      if (quote) return YamlErrorAt(text_, PlaceOf(text_, from + *quote), "nothing closes the quote that begins here");
    }
    if (static_cast<size_t>(e.mark.pos) >= text_.size()) {
      constexpr const char* kOpen = "nothing closes the bracket that begins here";
      if (doubtful_) return At(*doubtful_, kOpen);
      if (!frames_.empty() && frames_.back().is_flow) return At(frames_.back().start, kOpen);
    }
    YamlPlace place{.line = e.mark.line, .column = e.mark.column};
    if (e.msg.starts_with(YAML::ErrorMsg::INVALID_ESCAPE)) place.column -= 2;  // it has read on
    std::string what = e.msg;
    if (!frames_.empty() && frames_.back().is_flow) {
      what += "; the bracket before it stands in line " + std::to_string(frames_.back().start.line + 1);
    }
    return YamlErrorAt(text_, place, what);
  }

  Error At(const YAML::Mark& mark, const std::string& what) const {
    return YamlErrorAt(text_, {.line = mark.line, .column = mark.column}, what);
  }

 private:
  void Fail(const YAML::Mark& mark, const std::string& what) {
    if (!error_) error_ = At(mark, what);
  }

  void FailDeep(const YAML::Mark& mark) { Fail(mark, "nested deeper than " + std::to_string(kDepthMax)); }

  bool Count(const YAML::Mark& mark, const Size& more) {
    total_.nodes += more.nodes;
    total_.bytes += more.bytes;
    if (total_.nodes <= kNodesMax && total_.bytes <= kBytesMax) return true;
    Fail(mark, "its aliases expand to more than " + std::to_string(kNodesMax) + " values");
    return false;
  }

  // Each anchor keeps a copy, also of what an anchor inside it keeps.
  bool CountKept(const YAML::Mark& mark, const Size& more) {
    kept_.nodes += more.nodes;
    kept_.bytes += more.bytes;
    if (kept_.nodes <= kNodesMax && kept_.bytes <= kBytesMax) return true;
    Fail(mark, "its anchors hold more than " + std::to_string(kNodesMax) + " values");
    return false;
  }

  bool ExpectsKey() const { return !frames_.empty() && frames_.back().is_map && !frames_.back().key; }

  void Open(const YAML::Mark& mark, json::Value value, YAML::anchor_t anchor, bool is_flow) {
    last_ = mark;
    if (error_) return;
    if (frames_.size() >= kDepthMax) return FailDeep(mark);
    if (ExpectsKey()) {
      if (is_flow) doubtful_ = mark;
      return Fail(mark, "a key must be plain text");
    }
    const Size before = total_;
    if (!Count(mark, {1, 0})) return;
    Frame frame;
    frame.start = mark;
    frame.is_map = value.IsObject();
    frame.is_flow = is_flow;
    frame.value = std::move(value);
    frame.anchor = anchor;
    frame.before = before;
    frames_.push_back(std::move(frame));
  }

  void Close() {
    if (error_ || frames_.empty()) return;
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != YAML::NullAnchor) {
      const Size size{total_.nodes - frame.before.nodes, total_.bytes - frame.before.bytes};
      if (!CountKept(frame.start, size)) return;
      anchored_[frame.anchor] = {frame.value, size, frame.depth + 1};
    }
    Place(frame.start, std::move(frame.value), frame.depth + 1);
  }

  // `depth`: of collections in the value, itself among them.
  void Place(const YAML::Mark& mark, json::Value value, size_t depth = 0) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    frame.depth = std::max(frame.depth, depth);
    if (!frame.is_map) {
      frame.value.Append(std::move(value));
    } else if (!frame.key) {
      TakeKey(mark, frame, value);
    } else if (frame.key_is_merge) {
      frame.key.reset();
      frame.key_is_merge = false;
      Merge(mark, frame, value);
    } else {
      frame.Put(std::move(*frame.key), std::move(value));
      frame.key.reset();
    }
  }

  void TakeKey(const YAML::Mark& mark, Frame& frame, const json::Value& value) {
    Result<std::string> key = KeyText(value);
    if (!key) return Fail(mark, key.error().message);
    if (!frame.keys.insert(*key).second) {
      if (repeated_ == Repeated::kIsAnError) return Fail(mark, "key \"" + *key + "\" is set twice: keep one of them");
      frame.ExpectMerged();
    }
    frame.key = std::move(*key);
  }

  // As go-yaml does it: what is merged replaces what stands above it; of several, the first wins.
  void Merge(const YAML::Mark& mark, Frame& frame, const json::Value& value) {
    frame.ExpectMerged();
    if (value.IsObject()) {
      for (const auto& [key, member] : value.Members()) frame.Put(key, member);
      return;
    }
    if (!value.IsArray()) return Fail(mark, "the merge key << needs a mapping or a list of mappings");
    for (auto item = value.Items().rbegin(); item != value.Items().rend(); ++item) {
      if (!item->IsObject()) return Fail(mark, "the merge key << needs a mapping or a list of mappings");
      Merge(mark, frame, *item);
    }
  }

  const std::string_view text_;
  const Repeated repeated_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  Size total_;
  Size kept_;
  json::Value root_;
  YAML::Mark start_;
  YAML::Mark last_;  // of the last event
  std::optional<Error> error_;
  std::optional<YAML::Mark> doubtful_;
};

// kubectl takes the end of the text for a line end, and an open quote there for an error. yaml-cpp does neither, unless
// the end of the document is written out.
std::string WithEndWrittenOut(std::string_view text) {
  std::string whole(text);
  if (!whole.empty() && whole.back() != '\n') whole += '\n';
  return whole + "...\n";
}

struct Document {
  json::Value value;
  YamlPlace start;
};

// The next one into `builder`. What the builder refused stands before what the parser stumbles over.
Result<bool> NextDocument(YAML::Parser& parser, Builder& builder) {
  std::optional<Error> stumbled;
  bool more = false;
  try {
    more = parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& e) {
    stumbled = builder.Stumbled(e);
  } catch (const std::exception& e) {
    stumbled = MakeError(Code::kInvalid, std::string("invalid YAML: ") + e.what());
  }
  if (stumbled && builder.error_is_doubtful()) return *stumbled;
  if (builder.error()) return *builder.error();
  if (stumbled) return *stumbled;
  return more;
}

Status CheckLength(std::string_view text) {
  if (text.size() <= kTextBytesMax) return Ok();
  return MakeError(Code::kInvalid, "YAML of " + std::to_string(text.size()) + " bytes is larger than the limit of " +
                                       std::to_string(kTextBytesMax) + ": split it");
}

// Those that are not empty.
Result<std::vector<Document>> Parse(std::string_view text) {
  TRY_VOID(CheckLength(text));
  std::vector<Document> documents;
  std::istringstream stream(WithEndWrittenOut(text));
  YAML::Parser parser(stream);
  for (int last = -1;;) {
    Builder builder(text);
    TRY(const bool more, NextDocument(parser, builder));
    if (!more) return documents;
    // What can begin no value ("]") it neither takes nor refuses: it finds an empty document there, for ever.
    if (builder.start().pos == last) return builder.At(builder.start(), "nothing can begin with what stands here");
    last = builder.start().pos;
    TRY(json::Value value, builder.Take());
    if (!value.IsNull())
      documents.push_back({std::move(value), {.line = builder.start().line, .column = builder.start().column}});
  }
}

}  // namespace

Result<std::vector<json::Value>> ParseYamlDocuments(std::string_view text) {
  TRY(std::vector<Document> documents, Parse(text));
  std::vector<json::Value> values;
  values.reserve(documents.size());
  for (Document& document : documents) values.push_back(std::move(document.value));
  return values;
}

Result<json::Value> ParseFirstYamlDocument(std::string_view text) {
  TRY_VOID(CheckLength(text));
  std::istringstream stream(WithEndWrittenOut(text));
  YAML::Parser parser(stream);
  Builder builder(text, Repeated::kLastWins);
  TRY([[maybe_unused]] const bool any, NextDocument(parser, builder));
  return builder.Take();
}

Result<json::Value> ParseYaml(std::string_view text) {
  TRY(std::vector<Document> documents, Parse(text));
  if (documents.empty()) return json::Value();
  if (documents.size() > 1)
    return YamlErrorAt(text, documents[1].start, "more than one YAML document, the next begins here: keep one");
  return std::move(documents.front().value);
}

}  // namespace muster::client
