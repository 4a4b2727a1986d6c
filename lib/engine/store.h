// Store<T>: the last known state of one resource, as projections ordered by key, with secondary indexes. Layer: engine.
// T has a member `meta` of api::ObjectMeta. Values are immutable and shared: a reader may keep one as long as it likes.
// Not thread-safe (runtime::Informer puts a lock around it). It is filled by the list/watch machine alone, never by us
// after a write of ours: what it holds was told by the server.
//
//   Store<Pod> pods({{"node", [](const Pod& p) { return std::vector{p.node}; }}}, on_change);
//   pods.Put(pod);  pods.Get({"ns", "a"});  pods.ByIndex("node", "n1");
//
// A relist replaces by mark and sweep: BeginReplace, Put or Keep what is there, EndReplace removes what was not named.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/check.h"

namespace muster::engine {

template <class T>
class Store {
 public:
  using Pointer = std::shared_ptr<const T>;
  struct Index {
    std::string name;
    std::function<std::vector<std::string>(const T&)> values;  // the index values of one object; may be empty
  };
  // Added: old is null. Deleted: new is null. An object that was deleted and made anew is a deletion and an addition.
  using OnChange = std::function<void(const Pointer& old_value, const Pointer& new_value)>;

  explicit Store(std::vector<Index> indexes = {}, OnChange on_change = {}) : on_change_(std::move(on_change)) {
    for (Index& index : indexes) tables_.push_back({std::move(index), {}});
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void BeginReplace() {
    ++generation_;
    replacing_ = true;
  }
  // The list is complete as of resource_version: everything not named since BeginReplace is gone.
  void EndReplace(std::string resource_version) {
    CHECK(replacing_);
    replacing_ = false;
    resource_version_ = std::move(resource_version);
    for (auto at = entries_.begin(); at != entries_.end();) at = at->generation == generation_ ? ++at : Erase(at);
  }

  void Put(Pointer value) {
    const auto at = entries_.find(Name(value->meta));
    if (at == entries_.end()) return Add(std::move(value));
    at->generation = generation_;
    const Pointer old = std::exchange(at->value, std::move(value));
    Reindex(*at, old.get());
    if (old->meta.uid != at->value->meta.uid) {
      Notify(old, nullptr);
      Notify(nullptr, at->value);
    } else {
      Notify(old, at->value);
    }
  }
  void Remove(const api::Key& key) {
    if (const auto at = entries_.find(Name(key)); at != entries_.end()) Erase(at);
  }
  // Names an object in a relist without decoding it; true when the store has exactly this version of it.
  bool Keep(const api::Key& key, std::string_view uid, std::string_view resource_version) {
    const auto at = entries_.find(Name(key));
    if (at == entries_.end()) return false;
    at->generation = generation_;
    return at->value->meta.uid == uid && at->value->meta.resource_version == resource_version;
  }
  // Everything up to this version has been seen. Ignored during a relist, whose objects come in no such order.
  void Advance(std::string_view resource_version) {
    if (!replacing_) resource_version_ = resource_version;
  }

  Pointer Get(const api::Key& key) const {
    const auto at = entries_.find(Name(key));
    return at == entries_.end() ? nullptr : at->value;
  }
  // In the order of keys. An index of that name must exist.
  std::vector<Pointer> ByIndex(std::string_view index, std::string_view value) const {
    std::vector<Pointer> found;
    const Rows& rows = RowsOf(index);
    if (const auto row = rows.find(value); row != rows.end()) {
      found.reserve(row->second.size());
      for (const Entry* entry : row->second) found.push_back(entry->value);
    }
    return found;
  }
  size_t CountByIndex(std::string_view index, std::string_view value) const {
    const Rows& rows = RowsOf(index);
    const auto row = rows.find(value);
    return row == rows.end() ? 0 : row->second.size();
  }
  // f(const Pointer&) for each object, in the order of keys.
  template <class F>
  void ForEach(F&& f) const {
    for (const Entry& entry : entries_) f(entry.value);
  }
  size_t size() const { return entries_.size(); }
  bool replacing() const { return replacing_; }
  // The version up to which everything has been seen; empty before the first list is complete.
  const std::string& resource_version() const { return resource_version_; }

 private:
  using View = std::pair<std::string_view, std::string_view>;
  struct Entry {  // its place in the set depends on the key alone, which never changes
    mutable Pointer value;
    mutable uint64_t generation;
  };
  struct Order {
    using is_transparent = void;
    static View Of(const View& view) { return view; }
    static View Of(const Entry& entry) { return Name(entry.value->meta); }
    static View Of(const Entry* entry) { return Of(*entry); }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return Of(a) < Of(b);
    }
  };
  using Entries = std::set<Entry, Order>;
  // A row holds pointers to entries (stable in a set), so a change that keeps the index values touches no index.
  using Rows = std::map<std::string, std::vector<const Entry*>, std::less<>>;
  struct Table {
    Index index;
    Rows rows;
  };

  template <class Named>
  static View Name(const Named& named) {
    return {named.ns, named.name};
  }

  void Add(Pointer value) {
    const auto at = entries_.insert(Entry{std::move(value), generation_}).first;
    Reindex(*at, nullptr);
    Notify(nullptr, at->value);
  }

  typename Entries::iterator Erase(typename Entries::iterator at) {
    for (Table& table : tables_) {
      for (const std::string& row : table.index.values(*at->value)) RemoveFromRow(table.rows, row, *at);
    }
    const Pointer old = at->value;
    const auto next = entries_.erase(at);
    Notify(old, nullptr);
    return next;
  }

  void Reindex(const Entry& entry, const T* old) {
    for (Table& table : tables_) {
      const std::vector<std::string> before = old != nullptr ? table.index.values(*old) : std::vector<std::string>();
      const std::vector<std::string> after = table.index.values(*entry.value);
      if (before == after) continue;
      for (const std::string& row : before) RemoveFromRow(table.rows, row, entry);
      for (const std::string& row : after) AddToRow(table.rows[row], entry);
    }
  }

  static void AddToRow(std::vector<const Entry*>& row, const Entry& entry) {
    const auto at = std::lower_bound(row.begin(), row.end(), &entry, Order());
    if (at == row.end() || *at != &entry) row.insert(at, &entry);
  }

  static void RemoveFromRow(Rows& rows, const std::string& name, const Entry& entry) {
    const auto row = rows.find(name);
    if (row == rows.end()) return;  // the same value named twice by one object
    const auto at = std::lower_bound(row->second.begin(), row->second.end(), &entry, Order());
    if (at != row->second.end() && *at == &entry) row->second.erase(at);
    if (row->second.empty()) rows.erase(row);
  }

  const Rows& RowsOf(std::string_view index) const {
    const auto at = std::find_if(tables_.begin(), tables_.end(), [&](const Table& t) { return t.index.name == index; });
    CHECK(at != tables_.end());
    return at->rows;
  }

  void Notify(const Pointer& old_value, const Pointer& new_value) {
    if (on_change_) on_change_(old_value, new_value);
  }

  OnChange on_change_;
  Entries entries_;
  std::vector<Table> tables_;
  std::string resource_version_;
  uint64_t generation_ = 0;
  bool replacing_ = false;
};

}  // namespace muster::engine
