// The picture laid out for one planning cycle: numbers by resource index, and nodes that look the same put together.
// Layer: placement. Pure. A Board is a value: a changed copy is how "what if" is asked.
//
// Nodes are told apart by *facts* (whatever a filter that someone uses could look at: readiness, taints, the labels
// that are named in a selector) and by numbers: what they have, have free, and what comes with them (pods of
// DaemonSets). A bucket is all nodes that agree in both, so a cluster of 5,000 equal nodes is one bucket.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/api/node.h"
#include "lib/api/pod_spec.h"
#include "lib/placement/picture.h"

namespace muster::placement {

struct Bucket {
  size_t facts = 0;
  size_t first = 0;  // its nodes are names[first .. first+count), in order of name; kNoName for nodes that do not exist
  int64_t count = 0;
};
inline constexpr size_t kNoName = static_cast<size_t>(-1);
inline constexpr int64_t kNoPriority = std::numeric_limits<int64_t>::min();  // below that of every pod

struct KnownFacts;

class Board {
 public:
  // `shapes` are all that will be asked about: they decide which resources and labels matter.
  Board(const Picture& picture, const std::vector<api::PodShapePtr>& shapes) : Board(picture, shapes, kNoPriority) {}
  // The same, as if the pods whose priority is below this one were not there.
  Board(const Picture& picture, const std::vector<api::PodShapePtr>& shapes, int64_t preempts_below)
      : Board(picture, shapes, Absent{.below = preempts_below}) {}
  // The same, as if all Muster groups had ended.
  static Board WithoutGroups(const Picture& picture, const std::vector<api::PodShapePtr>& shapes) {
    return Board(picture, shapes, Absent{.groups = true});
  }

  size_t width() const { return resources_.size(); }  // number of resources; index 0 is the pod count
  const std::vector<std::string>& resources() const { return resources_; }
  const std::vector<Bucket>& buckets() const { return buckets_; }
  size_t facts_count() const { return facts_.size(); }
  // Any node with these facts.
  const api::Node& FactsNode(size_t facts) const { return *facts_[facts]; }
  const int64_t* Free(size_t bucket) const { return &free_[bucket * width()]; }
  const int64_t* Allocatable(size_t bucket) const { return &allocatable_[bucket * width()]; }
  // What the pods that come with a node (of DaemonSets, static pods) request on each of them.
  const int64_t* WithNode(size_t bucket) const { return &with_node_[bucket * width()]; }
  // What a new node like these has free: all but what comes with it.
  std::vector<int64_t> RoomWhenNew(size_t bucket) const;
  // The name of the bucket's n-th node as the picture shows it ("n1", "a node of pool gpu"); "" when it does not exist.
  std::string_view NodeName(size_t bucket, int64_t n = 0) const;
  int64_t node_count() const { return node_count_; }
  // A shape's requests by resource index; one pod is one of "pods".
  std::vector<int64_t> RequestOf(const api::PodShape& shape) const;

  // --- Changes, to ask what if ---
  // Appends new nodes with the facts and the size of an existing bucket, on which only runs what comes with a node.
  size_t AppendLike(size_t bucket, int64_t count);
  // Appends new nodes like this one, on which what comes with a node takes so much (by resource index).
  size_t AppendNodes(std::shared_ptr<const api::Node> node, std::vector<int64_t> with_node, int64_t count);
  void SetCount(size_t bucket, int64_t count) { buckets_[bucket].count = count; }
  // Takes `count` nodes out of a bucket into one of their own and returns it.
  size_t Split(size_t bucket, int64_t count);
  void AddFree(size_t bucket, size_t resource, int64_t amount);
  // Gives the bucket's nodes the facts of this one.
  void ChangeFacts(size_t bucket, std::shared_ptr<const api::Node> node);

 private:
  // Pods that are left out.
  struct Absent {
    int64_t below = kNoPriority;
    bool groups = false;
    int64_t On(const NodeRoom& room, std::string_view resource) const {
      if (groups) return room.of_groups.Get(resource);
      return below == kNoPriority ? 0 : room.UsedBelow(below, resource);
    }
  };
  Board(const Picture& picture, const std::vector<api::PodShapePtr>& shapes, Absent absent);

  // The facts of such a node: those of others, where no filter can tell it from them.
  size_t FactsOf(std::shared_ptr<const api::Node> node);
  struct Numbers {  // width() each
    std::vector<int64_t> allocatable;
    std::vector<int64_t> free;
    std::vector<int64_t> with_node;
  };
  size_t Append(const Bucket& bucket, const Numbers& numbers);
  Numbers NumbersOf(size_t bucket) const;

  std::vector<std::string> resources_;
  std::vector<std::shared_ptr<const api::Node>> facts_;
  std::shared_ptr<const KnownFacts> known_;                 // of the picture
  std::vector<std::pair<std::string, size_t>> more_facts_;  // of changes, by key
  std::vector<Bucket> buckets_;
  std::vector<int64_t> free_;         // width() numbers per bucket
  std::vector<int64_t> allocatable_;  // the same
  std::vector<int64_t> with_node_;    // the same
  std::shared_ptr<const std::vector<std::string>> names_;
  int64_t node_count_ = 0;
};

}  // namespace muster::placement
