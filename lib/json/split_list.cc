#include <algorithm>
#include <string>

#include "lib/json/text.h"

namespace muster::json {
namespace {

// Walks over the text once; knows strings and the depth, nothing else.
class ListSplitter {
 public:
  explicit ListSplitter(std::string_view text) : text_(text) {}

  ListText Run() {
    for (size_t at = 0; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '"') {
        at = SkipString(at);
      } else if (c == '{' || c == '[') {
        Open(at);
      } else if (c == '}' || c == ']') {
        Close(at);
      } else if (c == ',' && InItems()) {
        Cut(at, at + 1);
      }
    }
    list_.rest += text_.substr(std::min(kept_, text_.size()));
    return std::move(list_);
  }

 private:
  static constexpr size_t kNone = std::string_view::npos;
  static constexpr int kItemsDepth = 2;  // of what is directly in "items"

  bool InItems() const { return in_items_ && depth_ == kItemsDepth; }

  // Returns the place of its closing quote.
  size_t SkipString(size_t begin) {
    size_t end = begin + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (depth_ == 1) key_ = text_.substr(begin + 1, end - begin - 1);
    return end;
  }

  void Open(size_t at) {
    if (depth_ == 1) in_items_ = text_[at] == '[' && key_ == "items";
    if (InItems() && text_[at] == '{') item_begin_ = at;
    ++depth_;
  }

  void Close(size_t at) {
    --depth_;
    if (depth_ == 1) in_items_ = false;
    if (!InItems() || item_begin_ == kNone || text_[at] != '}') return;
    list_.items.push_back(text_.substr(item_begin_, at + 1 - item_begin_));
    Cut(item_begin_, at + 1);
    item_begin_ = kNone;
  }

  // Leaves out of the rest what is from begin to end.
  void Cut(size_t begin, size_t end) {
    list_.rest += text_.substr(kept_, begin - kept_);
    kept_ = end;
  }

  std::string_view text_;
  ListText list_;
  size_t kept_ = 0;  // the rest has everything before it
  int depth_ = 0;
  std::string_view key_;  // the last string at depth 1
  bool in_items_ = false;
  size_t item_begin_ = kNone;
};

}  // namespace

ListText SplitList(std::string_view text) { return ListSplitter(text).Run(); }

}  // namespace muster::json
