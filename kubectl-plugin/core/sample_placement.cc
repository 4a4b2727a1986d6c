#include "kubectl-plugin/core/sample_placement.h"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

int64_t SlotsIn(const api::Resources& free, const api::PodShape& shape) {
  int64_t slots = free.Get(api::kPodCount);
  shape.requests.ForEach([&](std::string_view name, int64_t amount) {
    if (amount > 0) slots = std::min(slots, std::max<int64_t>(0, free.Get(name)) / amount);
  });
  return std::max<int64_t>(0, slots);
}

void TakeFrom(api::Resources& free, const api::PodShape& shape) {
  free.Subtract(shape.requests);
  free.Set(api::kPodCount, free.Get(api::kPodCount) - 1);
}

// A name that ends in a number without leading zeros: "gpu-a-" and 7.
struct Numbered {
  std::string stem;
  int64_t number = -1;
};

Numbered NumberedOf(const std::string& name) {
  const size_t last = name.find_last_not_of("0123456789");
  const size_t begin = last == std::string::npos ? 0 : last + 1;
  const std::string digits = name.substr(begin);
  Numbered numbered;
  const bool plain = !digits.empty() && digits.size() < 10 && (digits.size() == 1 || digits.front() != '0');
  if (plain && ParseInteger(digits, numbered.number)) numbered.stem = name.substr(0, begin);
  return numbered;
}

// {0, 1, 2, 5} is "0-2,5".
std::string RangesOf(const std::set<int64_t>& numbers) {
  std::vector<std::string> parts;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const int64_t first = *at;
    int64_t last = first;
    for (++at; at != numbers.end() && *at == last + 1; ++at) last = *at;
    parts.push_back(std::to_string(first) +
                    (last == first ? "" : (last == first + 1 ? "," : "-") + std::to_string(last)));
  }
  return Join(parts, ",");
}

}  // namespace

SamplePlacement::SamplePlacement(const placement::Picture& picture) {
  picture.ForEachNode([this](const placement::NodeRoom& room) {
    Room copy{room.node.get(), room.node->allocatable};
    copy.free.Subtract(room.used);
    copy.free.Set(api::kPodCount, room.Free(api::kPodCount));
    rooms_.push_back(std::move(copy));
  });
}

std::vector<RolePlacement> SamplePlacement::Place(const std::vector<placement::MemberClass>& classes) {
  std::vector<RolePlacement> placed(classes.size());
  // Those that find the fewest places come first.
  std::vector<std::pair<int64_t, size_t>> order;
  for (size_t i = 0; i < classes.size(); ++i) {
    placed[i].role = classes[i].role;
    placed[i].members = classes[i].members;
    if (classes[i].shape == nullptr) continue;
    int64_t slots = 0;
    for (const Room& room : rooms_) {
      if (api::WhyNot(*classes[i].shape, *room.node) == api::NodeRefusal::kNone) {
        slots += SlotsIn(room.free, *classes[i].shape);
      }
    }
    order.emplace_back(slots, i);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [slots, i] : order) {
    const api::PodShape& shape = *classes[i].shape;
    std::priority_queue<std::pair<int64_t, int64_t>> most_room;  // slots, and the index of the node, the first on top
    for (size_t n = 0; n < rooms_.size(); ++n) {
      if (api::WhyNot(shape, *rooms_[n].node) != api::NodeRefusal::kNone) continue;
      const int64_t room = SlotsIn(rooms_[n].free, shape);
      if (room > 0) most_room.emplace(room, -static_cast<int64_t>(n));
    }
    for (int64_t left = classes[i].members; left > 0 && !most_room.empty(); --left) {
      const auto [room, node] = most_room.top();
      most_room.pop();
      Room& taken = rooms_[static_cast<size_t>(-node)];
      TakeFrom(taken.free, shape);
      ++placed[i].nodes[taken.node->meta.name];
      if (room > 1) most_room.emplace(room - 1, node);
    }
  }
  return placed;
}

std::string NodesInWords(const std::map<std::string, int64_t>& nodes, size_t most) {
  std::map<int64_t, std::vector<std::string>, std::greater<>> by_count;
  for (const auto& [name, count] : nodes) by_count[count].push_back(name);
  std::vector<std::string> parts;
  size_t left_out = 0;
  for (const auto& [count, names] : by_count) {
    std::map<std::string, std::set<int64_t>> numbers;
    for (const std::string& name : names) {
      if (const Numbered numbered = NumberedOf(name); numbered.number >= 0)
        numbers[numbered.stem].insert(numbered.number);
    }
    std::vector<std::string> words;
    std::set<std::string> said;
    for (const std::string& name : names) {
      const Numbered numbered = NumberedOf(name);
      const bool several = numbered.number >= 0 && numbers[numbered.stem].size() > 1;
      const std::string word = several ? numbered.stem + "[" + RangesOf(numbers[numbered.stem]) + "]" : name;
      if (!said.contains(word) && parts.size() + words.size() < most) {
        words.push_back(word);
        said.insert(word);
      } else if (!said.contains(word)) {
        ++left_out;
      }
    }
    if (words.empty()) continue;
    const bool one_node = names.size() == 1;
    const std::string each = one_node ? " (" + std::to_string(count) + ")" : " (" + std::to_string(count) + " each)";
    parts.push_back(Join(words, ", ") + (count > 1 ? each : ""));
  }
  if (left_out > 0) parts.push_back("and " + Count(static_cast<int64_t>(left_out), "more node"));
  return Join(parts, ", ");
}

}  // namespace muster::plugin
