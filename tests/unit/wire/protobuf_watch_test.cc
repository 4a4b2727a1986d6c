#include "lib/wire/protobuf_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::wire {
namespace {

using ::testing::HasSubstr;
using Type = WatchEvent::Type;

// Protobuf by hand: a field of bytes (a text, or a message made of fields), and one of a number.
std::string Varint(uint64_t n) {
  std::string bytes;
  for (; n >= 0x80; n >>= 7U) bytes += static_cast<char>(n | 0x80U);
  return bytes + static_cast<char>(n);
}
std::string Field(uint64_t number, const std::string& bytes) {
  return Varint(number << 3U | 2U) + Varint(bytes.size()) + bytes;
}
std::string Number(uint64_t number, uint64_t n) { return Varint(number << 3U) + Varint(n); }

std::string Unknown(const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + Field(1, Field(1, "v1") + Field(2, kind)) + Field(2, raw);
}
std::string Event(const std::string& type, const std::string& kind, const std::string& raw) {
  return Field(1, type) + Field(2, Field(1, Unknown(kind, raw)));
}

const std::string kMeta = Field(1, "p") + Field(3, "ns") + Field(5, "u-1") + Field(6, "7");

TEST(ProtobufWatch, APodIsWhatItIsInJson) {
  const std::string cpu = Field(1, "cpu") + Field(2, Field(1, "500m"));
  const std::string meta =
      kMeta + Field(8, Number(1, 1'700'000'000)) + Field(11, Field(1, "muster.dev/pod-group") + Field(2, "g-0")) +
      Field(11, Field(1, "app") + Field(2, "left out")) +
      Field(13, Field(1, "Job") + Field(3, "j") + Field(4, "u-j") + Field(5, "batch/v1") + Number(6, 1)) +
      Field(17, "managed fields");
  const std::string spec = Field(2, Field(1, "c") + Field(8, Field(2, cpu))) + Field(10, "node-1") +
                           Field(20, Field(8, Field(1, cpu)) + Field(24, "Always")) + Number(25, 1000) +
                           Field(38, Field(1, "example.com/gate"));
  const std::string status =
      Field(1, "Running") + Field(2, Field(1, "Ready") + Field(2, "True")) +
      Field(8, Field(1, "c") + Field(2, Field(3, Number(1, 137) + Field(3, "OOMKilled"))) + Number(5, 3));
  const Result<WatchEvent> event =
      ParseProtobufEvent(Event("ADDED", "Pod", Field(1, meta) + Field(2, spec) + Field(3, status)));
  ASSERT_TRUE(event.has_value()) << event.error().message;
  EXPECT_EQ(event->type, Type::kAdded);
  EXPECT_EQ(json::Write(event->object),
            R"({"metadata":{"name":"p","namespace":"ns","uid":"u-1","resourceVersion":"7","generation":0,)"
            R"("creationTimestamp":"2023-11-14T22:13:20Z","labels":{"muster.dev/pod-group":"g-0"},)"
            R"("ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"j","uid":"u-j","controller":true}]},)"
            R"("spec":{"containers":[{"resources":{"requests":{"cpu":"500m"}}}],)"
            R"("initContainers":[{"resources":{"limits":{"cpu":"500m"}},"restartPolicy":"Always"}],)"
            R"("nodeName":"node-1","priority":1000,"schedulingGates":[{"name":"example.com/gate"}]},)"
            R"("status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","reason":"","message":""}],)"
            R"("containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":137,"reason":"OOMKilled",)"
            R"("message":""}},"restartCount":3}]}})");
}

// What the DaemonSet controller writes; the labels that other affinities name are left out.
TEST(ProtobufWatch, OfAnAffinityTheNodesItNamesAreRead) {
  const auto spec_of = [](const std::string& affinity, const std::string& more = "") {
    const std::string spec = Field(18, Field(1, Field(1, Field(1, affinity)))) + more;
    const auto event = ParseProtobufEvent(Event("ADDED", "Pod", Field(1, kMeta) + Field(2, spec)));
    EXPECT_TRUE(event.has_value()) << event.error().message;
    return event.has_value() ? json::Write(event->object["spec"]) : "";
  };
  const std::string requirement = Field(1, "metadata.name") + Field(2, "In") + Field(3, "node-1");
  EXPECT_EQ(
      spec_of(Field(2, requirement)),
      R"({"containers":[],"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
      R"({"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1"]}]}]}}},)"
      R"("priority":0})");
  EXPECT_EQ(spec_of(Field(1, requirement)), R"({"containers":[],"priority":0})");
  EXPECT_EQ(spec_of(Field(2, requirement), Field(10, "node-1")),
            R"({"containers":[],"nodeName":"node-1","priority":0})");
}

TEST(ProtobufWatch, ABookmarkTellsTheEndOfWhatWasThere) {
  const std::string end = Field(12, Field(1, "k8s.io/initial-events-end") + Field(2, "true"));
  const auto last = ParseProtobufEvent(Event("BOOKMARK", "Pod", Field(1, Field(6, "9") + end)));
  ASSERT_TRUE(last.has_value()) << last.error().message;
  EXPECT_EQ(last->type, Type::kBookmark);
  EXPECT_TRUE(last->initial_events_end);
  const auto later = ParseProtobufEvent(Event("BOOKMARK", "Pod", Field(1, Field(6, "12"))));
  ASSERT_TRUE(later.has_value()) << later.error().message;
  EXPECT_FALSE(later->initial_events_end);
  EXPECT_EQ(IdentityOf(later->object).resource_version, "12");
}

TEST(ProtobufWatch, AnExpiredVersionIsGone) {
  const auto event = ParseProtobufEvent(
      Event("ERROR", "Status", Field(3, "too old resource version") + Field(4, "Expired") + Number(6, 410)));
  ASSERT_TRUE(event.has_value()) << event.error().message;
  EXPECT_EQ(event->type, Type::kError);
  EXPECT_EQ(event->error.code, Code::kGone);
  EXPECT_EQ(event->error.message, "too old resource version");
}

TEST(ProtobufWatch, WhatIsNoEventIsSaidToBeNone) {
  const std::string pod = Field(1, kMeta);
  const struct {
    std::string frame;
    const char* why;
  } cases[] = {
      {"", "its type is"},
      {R"({"type":"ADDED"})", "it is not protobuf"},
      {Event("RENAMED", "Pod", pod), "RENAMED"},
      {Field(1, "ADDED") + Field(2, Field(1, "{}")), "its object is not protobuf"},
      {Event("ADDED", "Node", pod), "its object is no Pod"},
      {Event("ADDED", "Pod", Field(1, Field(1, "p"))), "no metadata.resourceVersion"},
      {Event("ADDED", "Pod", Field(1, kMeta + Field(8, "\xff"))), "its object is no Pod"},
      {Event("ADDED", "Pod", Field(1, kMeta) + Field(2, Field(10, "\xff"))), "its object is no Pod"},  // not UTF-8
      {Event("ERROR", "Pod", pod), "its error is no Status"},
  };
  for (const auto& c : cases) {
    const auto event = ParseProtobufEvent(c.frame);
    ASSERT_FALSE(event.has_value()) << c.why;
    EXPECT_EQ(event.error().code, Code::kDecode);
    EXPECT_THAT(event.error().message, HasSubstr(c.why));
  }
  const std::string whole = Event("ADDED", "Pod", pod);
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(ParseProtobufEvent(whole.substr(0, i)).has_value()) << i;
  }
}

}  // namespace
}  // namespace muster::wire
