// A watch of pods says the same in protobuf as in JSON: field for field of what we keep of a pod.
#include <gmock/gmock.h>

#include <map>

#include "lib/api/pod.h"
#include "lib/json/text.h"
#include "lib/wire/protobuf_watch.h"
#include "tests/contract/fixture.h"

namespace muster::contract {
namespace {

using wire::WatchEvent;
using Encoding = wire::WatchScope::Encoding;

class Encodings : public Contract {
 protected:
  // All pods of the namespace, by name, as a WatchList of that encoding tells them.
  std::map<std::string, api::Pod> Pods(Encoding encoding) {
    std::map<std::string, api::Pod> pods;
    bool whole = false;
    const wire::WatchScope scope{.resource = api::kPods, .ns = ns_, .encoding = encoding};
    const auto answer = server_->Admin().Stream(wire::WatchListRequest(scope, {.length = std::chrono::seconds(30)}),
                                                [&](std::string_view bytes) {
                                                  const auto event = encoding == Encoding::kProtobuf
                                                                         ? wire::ParseProtobufEvent(bytes)
                                                                         : wire::ParseWatchEvent(bytes);
                                                  EXPECT_TRUE(event.has_value()) << event.error().message;
                                                  if (!event || event->type != WatchEvent::Type::kAdded) {
                                                    whole = event && event->initial_events_end;
                                                    return false;
                                                  }
                                                  const auto pod = api::DecodePod(event->object);
                                                  EXPECT_TRUE(pod.has_value()) << pod.error().message;
                                                  if (pod) pods[pod->meta.name] = *pod;
                                                  return pod.has_value();
                                                },
                                                {});
    EXPECT_OUTCOME(answer, "OK");
    EXPECT_TRUE(whole) << "no bookmark ended it";
    return pods;
  }

  void MakePod(const std::string& name, const std::string& spec, const std::string& labels, const std::string& status) {
    json::Value pod = json::Object{{"apiVersion", "v1"}, {"kind", "Pod"}};
    pod.Set("metadata", json::Object{{"name", name}, {"labels", *json::Parse(labels)}});
    pod.Set("spec", *json::Parse(spec));
    Make(api::kPods, pod);
    const json::Array operations{json::Object{{"op", "add"}, {"path", "/status"}, {"value", *json::Parse(status)}}};
    const auto made = api_->Get(api::kPods, {ns_, name});
    ASSERT_TRUE(made.has_value()) << made.error().message;
    const auto written = api_->JsonPatch(api::kPods, {ns_, name}, (*made)["metadata"]["uid"].Text(), operations,
                                         {.subresource = "status"});
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }
};
INSTANTIATE_TEST_SUITE_P(On, Encodings, ::testing::ValuesIn(Servers()), [](const auto& i) { return i.param.name; });

TEST_P(Encodings, OfPodsSayTheSame) {
  constexpr const char* kMember = R"({"muster.dev/pod-group":"g-0","muster.dev/role":"w","app":"x"})";
  MakePod("plain", R"({"schedulerName":"none","containers":[{"name":"c","image":"i"}]})", "{}",
          R"({"phase":"Pending"})");
  MakePod("rich",
          R"({"nodeName":"no-such-node","priority":0,"terminationGracePeriodSeconds":0,
              "initContainers":[{"name":"s","image":"i","restartPolicy":"Always",
                                 "resources":{"requests":{"cpu":"250m","memory":"1Gi"}}},
                                {"name":"i","image":"i","resources":{"limits":{"cpu":"3","example.com/gpu":"2"}}}],
              "containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1500m","memory":"64Mi"},
                                                                  "limits":{"ephemeral-storage":"1Gi"}}},
                            {"name":"d","image":"i"}]})",
          kMember,
          R"({"phase":"Running","conditions":[{"type":"Ready","status":"True"}],
              "containerStatuses":[{"name":"c","image":"i","imageID":"","ready":true,"restartCount":3,
                                    "state":{"running":{}},"resources":{"requests":{"cpu":"2"}}},
                                   {"name":"d","image":"i","imageID":"","ready":false,"restartCount":1,
                                    "state":{"terminated":{"exitCode":137,"reason":"OOMKilled","message":"größer"}}}]})");
  MakePod("gated", R"({"schedulingGates":[{"name":"example.com/a"},{"name":"example.com/b"}],
                       "containers":[{"name":"c","image":"i"}]})",
          kMember, R"({"phase":"Pending"})");
  MakePod("waits", R"({"schedulerName":"none","containers":[{"name":"c","image":"i"}]})", kMember,
          R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
                                               "message":"0/4 nodes are available"}]})");
  const auto json = Pods(Encoding::kJson);
  const auto protobuf = Pods(Encoding::kProtobuf);
  ASSERT_EQ(json.size(), 4U);
  ASSERT_EQ(protobuf.size(), 4U);
  for (const auto& [name, pod] : json) {
    const api::Pod& same = protobuf.at(name);
    EXPECT_TRUE(pod == same) << name << ": " << pod.problem << " / " << same.problem;
    EXPECT_EQ(pod.meta.resource_version, same.meta.resource_version);
    EXPECT_EQ(pod.meta.created, same.meta.created);
  }
  // So that equal is not equally empty.
  EXPECT_EQ(protobuf.at("rich").restarts, 4);
  EXPECT_TRUE(protobuf.at("rich").ready);
  EXPECT_THAT(protobuf.at("rich").problem, ::testing::HasSubstr("größer"));
  EXPECT_FALSE(protobuf.at("rich").requests.empty());
  EXPECT_TRUE(protobuf.at("waits").unschedulable);
  EXPECT_TRUE(protobuf.at("gated").gated);
}

}  // namespace
}  // namespace muster::contract
