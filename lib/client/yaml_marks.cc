// yaml-cpp's events, with a path kept beside them. What they bring is not looked at again: yaml.cc has.
#include "lib/client/yaml_marks.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <utility>

#include "lib/client/yaml_scalar.h"

namespace muster::client {
namespace {

// What is deeper or comes later than this is found at the next mark above it.
constexpr size_t kPathBytesMax = 4096;
constexpr size_t kMarkedBytesMax = 64UL << 20U;

// An open sequence or mapping.
struct OpenNode {
  std::string path;
  bool is_map = false;
  size_t items = 0;                // of a sequence, so far
  std::optional<std::string> key;  // of the value to come
  int key_line = 1;
};

class Marker final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { OnScalar(mark, "?", anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ExpectsKey()) return TakeKey(mark, anchored_keys_[anchor]);
    Place(mark, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const Result<json::Value> value = ResolveScalar(tag, text);
    const std::string key = value.has_value() ? KeyText(*value).value_or(text) : text;
    if (anchor != YAML::NullAnchor) anchored_keys_[anchor] = key;
    if (ExpectsKey()) return TakeKey(mark, key);
    if (frames_.empty()) is_null_ = value.has_value() && value->IsNull();
    Place(mark, tag == "?" ? text : "");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, false);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, true);
  }
  void OnSequenceEnd() override { frames_.pop_back(); }
  void OnMapEnd() override { frames_.pop_back(); }

  bool is_null() const { return is_null_; }
  YamlMarks Take() { return std::exchange(marks_, {}); }

 private:
  bool ExpectsKey() const { return !frames_.empty() && frames_.back().is_map && !frames_.back().key; }

  void TakeKey(const YAML::Mark& mark, const std::string& key) {
    frames_.back().key = key;
    frames_.back().key_line = mark.line + 1;
  }

  void Open(const YAML::Mark& mark, bool is_map) {
    is_null_ = false;
    OpenNode frame;
    frame.path = Place(mark, "");
    frame.is_map = is_map;
    frames_.push_back(std::move(frame));
  }

  // Marks the value that begins here; its path.
  std::string Place(const YAML::Mark& mark, const std::string& plain) {
    std::string path;
    int line = mark.line + 1;
    if (!frames_.empty()) {
      OpenNode& frame = frames_.back();
      if (frame.path.size() > kPathBytesMax) {  // beyond any field of ours
        frame.key.reset();
        return frame.path;
      }
      path = frame.path;
      if (frame.is_map) {
        path += (path.empty() ? "" : ".") + frame.key.value_or("");
        line = frame.key_line;
        frame.key.reset();
      } else {
        path += "[" + std::to_string(frame.items++) + "]";
      }
    }
    marked_bytes_ += path.size() + plain.size();
    if (marked_bytes_ > kMarkedBytesMax) return frames_.empty() ? path : frames_.back().path;
    marks_.marks[path] = {line, plain};
    return path;
  }

  std::vector<OpenNode> frames_;
  YamlMarks marks_;
  std::map<YAML::anchor_t, std::string> anchored_keys_;
  size_t marked_bytes_ = 0;
  bool is_null_ = true;
};

}  // namespace

int YamlMarks::LineOf(std::string_view path) const {
  for (;;) {
    if (const auto found = marks.find(path); found != marks.end()) return found->second.line;
    const size_t end = path.find_last_of(".[");
    if (path.empty()) return 1;
    path = path.substr(0, end == std::string_view::npos ? 0 : end);
  }
}

std::string YamlMarks::PlainTextOf(std::string_view path) const {
  const auto found = marks.find(path);
  return found == marks.end() ? std::string() : found->second.plain;
}

Result<std::vector<YamlMarks>> MarkYamlDocuments(std::string_view text) {
  std::vector<YamlMarks> documents;
  try {
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    for (;;) {
      Marker marker;
      if (!parser.HandleNextDocument(marker)) return documents;
      if (!marker.is_null()) documents.push_back(marker.Take());
    }
  } catch (const std::exception& e) {
    return MakeError(Code::kInvalid, std::string("invalid YAML: ") + e.what());
  }
}

}  // namespace muster::client
