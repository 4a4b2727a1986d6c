#include "tests/scenario/operator/story_file.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "lib/client/yaml.h"
#include "tests/support/sim/world.h"

namespace muster::sim {
namespace {

constexpr api::Resource kAll[] = {api::kWorkloads,   api::kPodGroups,   api::kControllerRevisions,
                                  api::kDeployments, api::kReplicaSets, api::kStatefulSets,
                                  api::kJobs,        api::kPods};

Result<api::Resource> ResourceOfKind(const std::string& kind) {
  for (const api::Resource& resource : kAll) {
    if (resource.kind == kind) return resource;
  }
  return MakeError(Code::kInvalid, "no such kind: " + kind);
}

class Teller {
 public:
  // The tick in which it crashes lasts longer: people wait until somebody acts again.
  explicit Teller(const World::Options& options)
      : crash_at_(options.crash_at_write), wait_(options.restart_after), world_(options) {}

  World& world() { return world_; }
  Result<std::string> Tell(const json::Value& story) {
    std::string text;
    int64_t number = 0;
    for (const json::Value& tick : story["ticks"].Items()) {
      for (const json::Value& step : tick["do"].Items()) {
        for (const auto& [verb, value] : step.Members()) TRY_VOID(Do(verb, value));
      }
      world_.RunFor(std::chrono::milliseconds(static_cast<int64_t>(tick["run"].Number(1) * 1000)));
      if (crash_at_ > 0 && world_.writes() >= crash_at_) {
        crash_at_ = 0;
        world_.RunFor(wait_ + std::chrono::seconds(10));
      }
      text += "# " + std::to_string(++number) + ". " + tick["what"].Text() + "\n" + Deeds() + "\n" + world_.EndState() +
              "\n";
    }
    return text;
  }
  std::string Problems() const { return world_.Problems(); }

 private:
  Status Do(const std::string& verb, const json::Value& value) {
    if (verb == "addNode") {
      world_.nodes().Add(value["name"].Text(), value["cpus"].Integer());
    } else if (verb == "loseNode") {
      world_.nodes().Lose(value.Text());
    } else if (verb == "returnNode") {
      world_.nodes().Return(value.Text());
    } else if (verb == "addForeignPod") {
      world_.nodes().AddForeignPod(value["name"].Text(), value["cpus"].Integer(), value["node"].Text());
    } else if (verb == "removeForeignPod") {
      return world_.api().Delete(api::kPods, {"other", value.Text()});
    } else if (verb == "addPriorityClass") {
      world_.AddPriorityClass(value["name"].Text(), value["value"].Integer());
    } else if (verb == "apply") {
      return Apply(value);
    } else if (verb == "edit") {
      return Edit(value);
    } else if (verb == "delete") {
      TRY(const api::Resource resource, ResourceOfKind(value["kind"].Text()));
      return world_.api().Delete(resource, {"ml", value["name"].Text()});
    } else if (verb == "refuse") {
      Refuse(value);
    } else if (verb == "refusePods") {
      world_.controllers().refuse_pod = [value](const json::Value& pod) {
        return LabelOf(pod, api::kLabelRole) == value["role"].Text() ? value["message"].Text() : std::string();
      };
    } else if (verb == "cordon" || verb == "uncordon") {
      world_.api().Edit(api::kNodes, {"", value.Text()}, [cordon = verb == "cordon"](json::Value& node) {
        node.Mutable("spec").Set("unschedulable", cordon);
      });
    } else if (verb == "quota") {
      LimitCpus(value["cpus"].Integer());
    } else if (verb == "orphan") {
      Orphan(value.Text());
    } else {
      return MakeError(Code::kInvalid, "no such step: " + verb);
    }
    return Ok();
  }

  // A ResourceQuota "team" on the cpus that unfinished pods request.
  void LimitCpus(int64_t cpus) {
    world_.controllers().refuse_pod = [this, cpus](const json::Value& pod) {
      const auto cpus_of = [](const json::Value& each) {
        return each["spec"]["containers"].At(0)["resources"]["requests"]["cpu"].Integer();
      };
      int64_t used = 0;
      for (const Document& other : world_.api().List(api::kPods)) {
        const std::string& phase = (*other)["status"]["phase"].Text();
        if (KeyOf(*other).ns == "ml" && phase != "Succeeded" && phase != "Failed") used += cpus_of(*other);
      }
      if (used + cpus_of(pod) <= cpus) return std::string();
      return "pods \"" + KeyOf(pod).name +
             "\" is forbidden: exceeded quota: team, requested: requests.cpu=" + std::to_string(cpus_of(pod)) +
             ", used: requests.cpu=" + std::to_string(used) + ", limited: requests.cpu=" + std::to_string(cpus);
    };
  }

  // kubectl delete workload NAME --cascade=orphan: what it owns loses its owner, then it is removed.
  void Orphan(const std::string& name) {
    const Document workload = world_.api().Find(api::kWorkloads, {"ml", name});
    if (workload == nullptr) return;
    for (const api::Resource& resource : {api::kPodGroups, api::kControllerRevisions}) {
      for (const Document& owned : world_.api().OwnedBy(resource, UidOf(*workload))) {
        world_.api().Edit(resource, KeyOf(*owned),
                          [](json::Value& object) { object.Mutable("metadata").Erase("ownerReferences"); });
      }
    }
    world_.api().Remove(api::kWorkloads, KeyOf(*workload));
  }

  Status Apply(json::Value object) {
    object.Mutable("metadata").Set("namespace", "ml");
    if (object["kind"].Text() == api::kWorkloads.kind) {
      world_.Apply(object);
      return Ok();
    }
    TRY(const api::Resource resource, ResourceOfKind(object["kind"].Text()));
    TRY(const json::Value created, world_.api().Create(resource, object));
    return Ok();
  }

  // Fields of spec, as a merge would set them.
  Status Edit(const json::Value& value) {
    TRY(const api::Resource resource, ResourceOfKind(value["kind"].Text()));
    world_.api().Edit(resource, {"ml", value["name"].Text()}, [&](json::Value& object) {
      for (const auto& [field, content] : value["spec"].Members()) object.Mutable("spec").Set(field, content);
    });
    return Ok();
  }

  // Objects of that name are Invalid as long as their spec has the field, at any depth of the pod's.
  void Refuse(const json::Value& value) {
    world_.api().SetJudge([value](const api::Resource& resource, const json::Value& object) -> std::optional<Error> {
      if (resource.kind != value["kind"].Text()) return std::nullopt;
      if (!object["spec"]["template"]["spec"].Has(value["field"].Text())) return std::nullopt;
      return MakeError(Code::kInvalid, value["message"].Text());
    });
  }

  // What the operator did since the last tick, object by object.
  std::string Deeds() {
    std::map<std::string, std::string> by_object;
    for (const std::string& line : world_.TakeTrace()) {
      const size_t name = line.find(' ') + 1;
      const size_t what = line.find(": ", name);
      by_object[line.substr(name, what - name)] += "  " + line.substr(what + 2) + "\n";
    }
    std::string text;
    for (const auto& [object, deeds] : by_object) text += object + "\n" + deeds;
    return text;
  }

  int64_t crash_at_;
  const Duration wait_;
  World world_;
};

}  // namespace

Result<std::string> TellStory(const std::string& yaml, std::string& problems) {
  TRY(const json::Value story, client::ParseYaml(yaml));
  Teller teller({.seed = 1});
  auto text = teller.Tell(story);
  problems = teller.Problems();
  return text;
}

Result<Ending> EndStory(const std::string& yaml, int64_t crash_at_write, Duration restart_after) {
  TRY(const json::Value story, client::ParseYaml(yaml));
  Teller teller({.seed = 1, .crash_at_write = crash_at_write, .restart_after = restart_after});
  TRY(const std::string text, teller.Tell(story));
  World& world = teller.world();
  world.RunFor(std::chrono::minutes(12));  // back-offs end
  Ending ending{.state = world.EndState(), .writes = world.writes()};
  ending.problems = world.Unrest(std::chrono::seconds(30)) + teller.Problems();
  return ending;
}

}  // namespace muster::sim
