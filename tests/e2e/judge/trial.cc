#include "tests/e2e/judge/trial.h"

#include <algorithm>

#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/eventually.h"

namespace muster::e2e {
namespace {

struct Turn {
  const RandomRole* role;
  int64_t index;
};

std::vector<Turn> Turns(const RandomGroup& group, Order order) {
  std::vector<Turn> turns;
  for (const RandomRole& role : group.roles) {
    for (int64_t i = 0; i < role.members; ++i) turns.push_back({&role, i});
  }
  switch (order) {
    case Order::kSmallFirst:
      std::stable_sort(turns.begin(), turns.end(),
                       [](const Turn& a, const Turn& b) { return a.role->size < b.role->size; });
      break;
    case Order::kLargeFirst:
      std::stable_sort(turns.begin(), turns.end(),
                       [](const Turn& a, const Turn& b) { return a.role->size > b.role->size; });
      break;
    case Order::kInTurns:
      std::stable_sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) { return a.index < b.index; });
      break;
    case Order::kReversed:
      std::reverse(turns.begin(), turns.end());
      break;
  }
  return turns;
}

// What kube-scheduler says is kept of members alone; these are nobody's.
Result<api::Pod> Decode(const json::Value& object) {
  TRY(api::Pod pod, api::DecodePod(object));
  for (const json::Value& condition : object["status"]["conditions"].Items()) {
    const bool scheduled = condition["type"].Text() == "PodScheduled";
    if (scheduled && condition["status"].Text() == "False") pod.unschedulable = true;
  }
  return pod;
}

}  // namespace

Trial::Trial(client::Api& api, wire::Transport& transport, const std::string& ns)
    : api_(api),
      ns_(ns),
      pods_(transport, {.resource = api::kPods, .ns = ns, .label_selector = {}, .field_selector = {}}, Decode) {
  const json::Value space =
      json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", ns_}}}};
  made_ = api_.Create(kNamespaces, "", space).has_value();
}

Trial::~Trial() {
  pods_.Stop();
  (void)api_.Delete(kNamespaces, {"", ns_}, {});
}

void Trial::Create(const RandomRole& role, int64_t index) {
  const json::Value pod = json::Object{{"apiVersion", "v1"},
                                       {"kind", "Pod"},
                                       {"metadata", json::Object{{"name", PrefixOf(role) + std::to_string(index)}}},
                                       {"spec", role.pod_spec}};
  const auto made = api_.Create(api::kPods, ns_, pod);
  EXPECT_TRUE(made.has_value()) << made.error().message;
}

Trial::Places Trial::PlacesOf(const RandomRole& role) const {
  Places places;
  for (const api::Pod& pod : pods_.Live()) {
    if (!pod.meta.name.starts_with(PrefixOf(role))) continue;
    places.bound += pod.IsBound() ? 1 : 0;
    places.without += !pod.IsBound() && pod.unschedulable ? 1 : 0;
  }
  return places;
}

std::string Trial::Undecided(const RandomGroup& group) const {
  bool all = true;
  for (const RandomRole& role : group.roles) {
    const Places places = PlacesOf(role);
    if (places.without > role.members - role.needed) return {};
    all = all && places.bound + places.without == role.members;
  }
  return all ? "" : "kube-scheduler has not looked at every pod of the trial of " + group.name;
}

bool Trial::AllArePlaced(const RandomGroup& group, Order order) {
  ++trials_;
  for (const Turn& turn : Turns(group, order)) Create(*turn.role, turn.index);
  EXPECT_TRUE(Eventually(std::chrono::seconds(15), [&] { return Undecided(group); }));
  const bool placed = std::all_of(group.roles.begin(), group.roles.end(),
                                  [&](const RandomRole& role) { return PlacesOf(role).bound >= role.needed; });
  Clear();
  return placed;
}

void Trial::Clear() {
  const auto there = api_.List(api::kPods, ns_);
  EXPECT_TRUE(there.has_value());
  for (const json::Value& pod : there ? (*there)["items"].Items() : json::Array()) {
    (void)api_.Delete(api::kPods, {ns_, pod["metadata"]["name"].Text()}, {.grace_seconds = 0});
  }
  EXPECT_TRUE(Eventually(std::chrono::seconds(15),
                         [&] { return pods_.Live().empty() ? std::string() : "pods of the trial are there"; }));
}

}  // namespace muster::e2e
