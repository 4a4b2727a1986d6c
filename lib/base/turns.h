// Turns: a queue in which lanes take turns, so that one lane that floods it does not delay the others. Layer: base.
// Pure; not thread-safe. Items of one lane come out in the order in which they went in. An item waits for at most one
// item of each other lane per item of its own lane that is before it.
//
//   Turns<Job> line;
//   line.Push("team-a", job1), line.Push("team-a", job2), line.Push("team-b", job3);
//   line.Pop() == job1; line.Pop() == job3; line.Pop() == job2;
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "lib/base/check.h"

namespace muster {

template <class Item>
class Turns {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void Push(const std::string& lane, Item item) {
    std::deque<Item>& items = lanes_[lane];
    if (items.empty()) order_.push_back(lane);
    items.push_back(std::move(item));
    ++size_;
  }

  // Not when empty. A lane that has more items goes to the end of the line.
  Item Pop() {
    CHECK(!empty());
    const auto lane = lanes_.find(order_.front());
    order_.pop_front();
    Item item = std::move(lane->second.front());
    lane->second.pop_front();
    --size_;
    if (lane->second.empty()) {
      lanes_.erase(lane);
    } else {
      order_.push_back(lane->first);
    }
    return item;
  }

  // Makes room by dropping the oldest item of the lane that has most. Not when empty.
  void DropOfLongest() {
    CHECK(!empty());
    const auto longest = std::max_element(
        lanes_.begin(), lanes_.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    longest->second.pop_front();
    --size_;
    DropIfEmpty(longest);
  }

  // Takes an item out that is in line. It costs as much as its lane is long.
  void Remove(const std::string& lane_name, const Item& item) {
    const auto lane = lanes_.find(lane_name);
    CHECK(lane != lanes_.end());
    const auto at = std::find(lane->second.begin(), lane->second.end(), item);
    CHECK(at != lane->second.end());
    lane->second.erase(at);
    --size_;
    DropIfEmpty(lane);
  }

  void Clear() {
    lanes_.clear();
    order_.clear();
    size_ = 0;
  }

 private:
  using Lanes = std::map<std::string, std::deque<Item>>;

  void DropIfEmpty(typename Lanes::iterator lane) {
    if (!lane->second.empty()) return;
    order_.erase(std::find(order_.begin(), order_.end(), lane->first));
    lanes_.erase(lane);
  }

  Lanes lanes_;                    // none is empty
  std::deque<std::string> order_;  // the lanes, in the order of their turns
  size_t size_ = 0;
};

}  // namespace muster
