#include "lib/api/pod_spec.h"

#include <gtest/gtest.h>

#include "lib/api/node.h"
#include "lib/json/text.h"

namespace muster::api {
namespace {

json::Value ParsedJson(std::string_view text) { return json::Parse(text).value(); }
PodShape ShapeOfText(std::string_view text) { return *DecodePodShape(ParsedJson(text)); }

TEST(Requests, SumTheContainers) {
  const Resources r = EffectiveRequests(ParsedJson(R"({"containers":[
      {"resources":{"requests":{"cpu":"500m","memory":"1Gi"}}},
      {"resources":{"requests":{"cpu":1,"nvidia.com/gpu":"2"}}}]})"));
  EXPECT_EQ(r.Get("cpu"), 1500);
  EXPECT_EQ(r.Get("memory"), int64_t{1} << 30U);
  EXPECT_EQ(r.Get("nvidia.com/gpu"), 2);
}

TEST(Requests, ALimitStandsForAMissingRequest) {
  const Resources r = EffectiveRequests(ParsedJson(R"({"containers":[
      {"resources":{"limits":{"cpu":"2","memory":"1Gi"},"requests":{"cpu":"1"}}}]})"));
  EXPECT_EQ(r.Get("cpu"), 1000);
  EXPECT_EQ(r.Get("memory"), int64_t{1} << 30U);
}

TEST(Requests, TakeTheGreatestInitContainer) {
  const Resources r = EffectiveRequests(ParsedJson(R"({
      "initContainers":[{"resources":{"requests":{"cpu":"3"}}},{"resources":{"requests":{"memory":"2Gi"}}}],
      "containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]})"));
  EXPECT_EQ(r.Get("cpu"), 3000);
  EXPECT_EQ(r.Get("memory"), int64_t{2} << 30U);
}

// The example of KEP-753: an init container runs with the sidecars before it, the containers with all of them.
TEST(Requests, CountSidecarsBesideWhatComesAfterThem) {
  const char* const kSpec = R"({
      "initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}},
                        {"resources":{"requests":{"cpu":"%d"}}},
                        {"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}],
      "containers":[{"resources":{"requests":{"cpu":"4"}}}]})";
  char spec[1000];
  (void)snprintf(spec, sizeof spec, kSpec, 3);
  EXPECT_EQ(EffectiveRequests(ParsedJson(spec)).Get("cpu"), 7000);
  (void)snprintf(spec, sizeof spec, kSpec, 6);
  EXPECT_EQ(EffectiveRequests(ParsedJson(spec)).Get("cpu"), 8000);
}

TEST(Requests, PodLevelOverridesCpuAndMemoryAndOverheadComesOnTop) {
  const Resources r = EffectiveRequests(ParsedJson(R"({
      "resources":{"requests":{"cpu":"5"},"limits":{"memory":"8Gi"}},"overhead":{"cpu":"250m"},
      "containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi","nvidia.com/gpu":"1"}}}]})"));
  EXPECT_EQ(r.Get("cpu"), 5250);
  EXPECT_EQ(r.Get("memory"), int64_t{1} << 30U) << "the containers ask for some, so the pod's limit is not its request";
  EXPECT_EQ(r.Get("nvidia.com/gpu"), 1);
  EXPECT_EQ(
      EffectiveRequests(ParsedJson(R"({"resources":{"limits":{"memory":"8Gi"}},"containers":[{}]})")).Get("memory"),
      int64_t{8} << 30U);
}

TEST(Requests, OfNonsenseAreNothing) {
  for (const char* text : {"null", "{}", R"({"containers":3})", R"({"containers":[{"resources":{"requests":[]}}]})"}) {
    EXPECT_TRUE(EffectiveRequests(ParsedJson(text)).empty()) << text;
  }
}

struct TolerationCase {
  Toleration toleration;
  bool tolerates;
};

TEST(Tolerations, MatchAsComponentHelpersDoes) {
  const Taint taint{"dedicated", "infra", "NoSchedule"};
  const TolerationCase cases[] = {
      {{"dedicated", "Equal", "infra", "NoSchedule"}, true},
      {{"dedicated", "", "infra", ""}, true},
      {{"dedicated", "Equal", "db", "NoSchedule"}, false},
      {{"dedicated", "Exists", "", "NoSchedule"}, true},
      {{"dedicated", "Exists", "", "NoExecute"}, false},
      {{"", "Exists", "", ""}, true},
      {{"other", "Exists", "", ""}, false},
      {{"dedicated", "Gt", "1", ""}, false},
  };
  for (const TolerationCase& test : cases) {
    EXPECT_EQ(Tolerates(test.toleration, taint), test.tolerates) << test.toleration.key << test.toleration.op;
  }
}

Node ReadyNode() {
  Node node;
  node.meta.name = "n1";
  node.meta.labels = {{"zone", "a"}, {"disks", "4"}, {"text", "x"}};
  node.ready = true;
  return node;
}

struct AffinityCase {
  const char* terms;  // nodeSelectorTerms
  bool matches;
};

TEST(Affinity, KnowsEveryOperatorAndMatchFields) {
  const AffinityCase cases[] = {
      {R"([{"matchExpressions":[{"key":"zone","operator":"In","values":["a","b"]}]}])", true},
      {R"([{"matchExpressions":[{"key":"zone","operator":"In","values":["b"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"none","operator":"In","values":["b"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"zone","operator":"NotIn","values":["a"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"none","operator":"NotIn","values":["a"]}]}])", true},
      {R"([{"matchExpressions":[{"key":"zone","operator":"Exists"}]}])", true},
      {R"([{"matchExpressions":[{"key":"none","operator":"Exists"}]}])", false},
      {R"([{"matchExpressions":[{"key":"zone","operator":"DoesNotExist"}]}])", false},
      {R"([{"matchExpressions":[{"key":"none","operator":"DoesNotExist"}]}])", true},
      {R"([{"matchExpressions":[{"key":"disks","operator":"Gt","values":["3"]}]}])", true},
      {R"([{"matchExpressions":[{"key":"disks","operator":"Gt","values":["4"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"disks","operator":"Lt","values":["5"]}]}])", true},
      {R"([{"matchExpressions":[{"key":"text","operator":"Lt","values":["5"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"none","operator":"Lt","values":["5"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"zone","operator":"Like","values":["a"]}]}])", false},
      {R"([{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}])", true},
      {R"([{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["n1"]}]}])", false},
      {R"([{"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]}])", false},
      {R"([{"matchExpressions":[{"key":"none","operator":"Exists"}]},{"matchExpressions":[{"key":"zone","operator":"Exists"}]}])",
       true},
      {R"([{"matchExpressions":[{"key":"zone","operator":"Exists"},{"key":"none","operator":"Exists"}]}])", false},
      {R"([{}])", false},
      {R"([])", false},
  };
  for (const AffinityCase& test : cases) {
    const std::string spec =
        R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":)" +
        std::string(test.terms) + "}}}}";
    EXPECT_EQ(MatchesAffinity(ShapeOfText(spec), ReadyNode()), test.matches) << test.terms;
  }
}

TEST(Filters, NameTheFirstThatRefusesTheNode) {
  const PodShape plain = ShapeOfText("{}");
  Node node = ReadyNode();
  EXPECT_EQ(WhyNot(plain, node), NodeRefusal::kNone);
  node.taints = {{"soft", "", "PreferNoSchedule"}};
  EXPECT_EQ(WhyNot(plain, node), NodeRefusal::kNone);
  node.taints.push_back({"hard", "", "NoExecute"});
  EXPECT_EQ(WhyNot(plain, node), NodeRefusal::kTaint);
  EXPECT_EQ(UntoleratedTaint(plain, node)->Text(), "hard");
  EXPECT_EQ(WhyNot(ShapeOfText(R"({"tolerations":[{"operator":"Exists"}]})"), node), NodeRefusal::kNone);
  node = ReadyNode();
  node.ready = false;
  EXPECT_EQ(WhyNot(plain, node), NodeRefusal::kNotReady);
  node = ReadyNode();
  EXPECT_EQ(WhyNot(ShapeOfText(R"({"nodeSelector":{"zone":"b"}})"), node), NodeRefusal::kSelector);
  EXPECT_EQ(WhyNot(ShapeOfText(R"({"nodeName":"n2"})"), node), NodeRefusal::kNodeName);
}

// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename: kube-scheduler never sees such a
// pod. The kubelet refuses it for an untolerated NoExecute taint, a selector or an affinity that does not match.
TEST(Filters, APodThatNamesItsNodeIsTheKubeletsAffair) {
  struct NamedCase {
    const char* spec;
    Taint taint;
    bool cordoned;
    NodeRefusal refusal;
  };
  const NamedCase cases[] = {
      {R"({"nodeName":"n1"})", {"dedicated", "infra", "NoSchedule"}, false, NodeRefusal::kNone},
      {R"({"nodeName":"n1"})", {"node.kubernetes.io/unschedulable", "", "NoSchedule"}, true, NodeRefusal::kNone},
      {R"({"nodeName":"n1"})", {"soft", "", "PreferNoSchedule"}, false, NodeRefusal::kNone},
      {R"({"nodeName":"n1"})", {"broken", "", "NoExecute"}, false, NodeRefusal::kTaint},
      {R"({"nodeName":"n1","tolerations":[{"operator":"Exists"}]})",
       {"broken", "", "NoExecute"},
       false,
       NodeRefusal::kNone},
      {R"({"nodeName":"n2"})", {"broken", "", "NoExecute"}, true, NodeRefusal::kNodeName},
      {R"({"nodeName":"n1","nodeSelector":{"zone":"b"}})",
       {"soft", "", "PreferNoSchedule"},
       false,
       NodeRefusal::kSelector},
  };
  for (const NamedCase& test : cases) {
    Node node = ReadyNode();
    node.taints = {test.taint};
    node.unschedulable = test.cordoned;
    EXPECT_EQ(WhyNot(ShapeOfText(test.spec), node), test.refusal) << test.spec << " " << test.taint.Text();
    node.ready = false;
    const bool elsewhere = test.refusal == NodeRefusal::kNodeName;
    EXPECT_EQ(WhyNot(ShapeOfText(test.spec), node), elsewhere ? NodeRefusal::kNodeName : NodeRefusal::kNotReady);
  }
}

TEST(Requests, ADefaultOfTheNamespaceCountsWhereNeitherRequestNorLimitIsStated) {
  const Resources defaults = DecodeResources(Json(R"({"cpu":"1","memory":"1Gi"})"));
  const auto cpu = [&](std::string_view container) {
    return EffectiveRequests(Json(R"({"containers":[)" + std::string(container) + "]}"), defaults).Get("cpu");
  };
  EXPECT_EQ(cpu("{}"), 1000);
  EXPECT_EQ(cpu("{},{}"), 2000);
  EXPECT_EQ(cpu(R"({"resources":{"requests":{"cpu":"200m"}}})"), 200);
  EXPECT_EQ(cpu(R"({"resources":{"requests":{"cpu":"0"}}})"), 0);
  EXPECT_EQ(cpu(R"({"resources":{"limits":{"cpu":"2"}}})"), 2000);
  EXPECT_EQ(cpu(R"({"resources":{"limits":{"memory":"2Gi"}}})"), 1000);
}

TEST(Filters, ACordonedNodeTakesWhatToleratesTheCordon) {
  Node node = ReadyNode();
  node.unschedulable = true;
  node.taints = {{"node.kubernetes.io/unschedulable", "", "NoSchedule"}};
  EXPECT_EQ(WhyNot(ShapeOfText("{}"), node), NodeRefusal::kUnschedulable);
  const PodShape tolerant =
      ShapeOfText(R"({"tolerations":[{"key":"node.kubernetes.io/unschedulable","operator":"Exists"}]})");
  EXPECT_EQ(WhyNot(tolerant, node), NodeRefusal::kNone);
}

TEST(Shape, NamesWhatIsNotConsidered) {
  const PodShape shape = ShapeOfText(R"({
      "affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{}]},
                  "podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{}]}},
      "topologySpreadConstraints":[{"whenUnsatisfiable":"DoNotSchedule"}],
      "volumes":[{"persistentVolumeClaim":{"claimName":"x"}}], "resourceClaims":[{"name":"gpu"}],
      "containers":[{"ports":[{"hostPort":80}]}], "schedulerName":"volcano", "runtimeClassName":"kata"})");
  EXPECT_EQ(shape.not_considered,
            (std::vector<std::string>{"pod anti-affinity", "topology spread constraints", "persistent volume claims",
                                      "resource claims", "host ports", "the rules of scheduler volcano",
                                      "the overhead and node selector of runtime class kata"}));
  EXPECT_EQ(ShapeOfText(R"({"os":{"name":"windows"}})").not_considered,
            (std::vector<std::string>{"operating system windows (select its nodes by the label kubernetes.io/os)"}));
  EXPECT_TRUE(
      ShapeOfText(R"({"os":{"name":"windows"},"nodeSelector":{"kubernetes.io/os":"windows"}})").not_considered.empty());
  EXPECT_TRUE(ShapeOfText(R"({"os":{"name":"linux"}})").not_considered.empty());
  EXPECT_TRUE(ShapeOfText(R"({"schedulerName":"default-scheduler"})").not_considered.empty());
}

TEST(Shape, KeysTellShapesApart) {
  const char* const kSpecs[] = {
      "{}",
      R"({"containers":[{"resources":{"requests":{"cpu":"1"}}}]})",
      R"({"containers":[{"resources":{"requests":{"memory":"1000"}}}]})",
      R"({"nodeSelector":{"a":"b"}})",
      R"({"nodeSelector":{"a":"","b":""}})",
      R"({"tolerations":[{"key":"a"}]})",
      R"({"tolerations":[{"operator":"a"}]})",
      R"({"nodeName":"a"})",
      R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{}}}})",
      R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{}]}}}})",
  };
  for (const char* a : kSpecs) {
    for (const char* b : kSpecs) EXPECT_EQ(ShapeOfText(a).key == ShapeOfText(b).key, a == b) << a << " " << b;
  }
  EXPECT_EQ(ShapeOfText(R"({"containers":[{"resources":{"requests":{"cpu":"1000m"}}}]})").key,
            ShapeOfText(kSpecs[1]).key);
}

}  // namespace
}  // namespace muster::api
