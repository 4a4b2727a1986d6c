#include "kubectl-plugin/core/role_lint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

const json::Value& Kubernetes() {
  static const json::Value schema = [] {
    std::ifstream file(MUSTER_SOURCE_DIR "/config/kubernetes-schema.json");
    std::stringstream text;
    text << file.rdbuf();
    return json::Parse(text.str()).value();
  }();
  return schema;
}

// What is found, "PATH TEXT" without the path's beginning.
std::string Found(const std::string& role) {
  const auto parsed = json::Parse(role);
  EXPECT_TRUE(parsed.has_value()) << role;
  if (!parsed.has_value()) return {};
  std::vector<std::string> lines;
  static RuleBook book;
  for (const Finding& finding : LintRole(*parsed, "r", Kubernetes(), nullptr, book)) {
    lines.push_back(finding.path.substr(finding.path.find(".spec") + 1) + " " + finding.text);
  }
  return Join(lines, "\n");
}

std::string Job(const std::string& pod, const std::string& more = "") {
  return R"({"name":"a","job":{"spec":{)" + more + R"("template":{"spec":{)" + pod + "}}}}}";
}
std::string Deployment(const std::string& pod, const std::string& more = "") {
  return R"({"name":"a","deployment":{"spec":{)" + more + R"("template":{"spec":{)" + pod + "}}}}}";
}
const std::string kBox = R"("containers":[{"name":"c","image":"i"}])";

TEST(RoleLint, FindsNothingInWhatIsRight) {
  EXPECT_EQ(Found(Job(R"("restartPolicy":"OnFailure",)" + kBox)), "");
  EXPECT_EQ(Found(Deployment(R"("restartPolicy":"Always",)" + kBox)), "");
  EXPECT_EQ(Found(Deployment(kBox)), "");
  EXPECT_EQ(
      Found(R"({"name":"a","statefulSet":{"spec":{"volumeClaimTemplates":[{"metadata":{"name":"d"}}],"template":)"
            R"({"spec":{"containers":[{"name":"c","image":"i","volumeMounts":[{"name":"d","mountPath":"/d"}]}]}}}}})"),
      "");
}

TEST(RoleLint, FindsWhatPeopleGetWrong) {
  const std::pair<std::string, std::string> kCases[] = {
      {Job(kBox), "spec.template.spec.restartPolicy is missing, and its default Always cannot be for a job"},
      {Job(R"("restartPolicy":"Always",)" + kBox),
       "spec.template.spec.restartPolicy is Always, which cannot be for a job"},
      {Deployment(R"("restartPolicy":"Never",)" + kBox), "is \"Never\", and these pods restart Always"},
      {Job(R"("restartPolicy":"Never",)" + kBox, R"("backofLimit":1,)"),
       "spec.backofLimit is not a field of Kubernetes 1.37; did you mean backoffLimit?"},
      {Deployment(kBox, R"("nodeSelector":{},)"),
       "spec.nodeSelector is not a field of Kubernetes 1.37; it is a field of pods, move it into template.spec"},
      {Deployment(R"("toleration":[],)" + kBox),
       "spec.template.spec.toleration is not a field of Kubernetes 1.37; did you mean tolerations?"},
      {Deployment(R"("replicas":2,)" + kBox),
       "spec.template.spec.replicas is not a field of Kubernetes 1.37; move it two levels up, beside template"},
      {Deployment(R"("quantum":{},)" + kBox),
       "quantum is not a field of Kubernetes 1.37; remove it; if your cluster is newer, --dry-run=server asks it"},
      {Deployment(R"("containers":[])"), "containers is empty; it takes a list"},
      {Deployment(R"("containers":[{"image":"i"}])"), "containers[0].name is missing"},
      {Deployment(R"("containers":[{"name":"c"}])"), "containers[0].image is missing"},
      {Deployment(R"("containers":[{"name":"c","image":"i","nodeSelector":{}}])"),
       "containers[0].nodeSelector is not a field of Kubernetes 1.37; it is a field of pods, move it beside "
       "containers"},
      {Deployment(R"("initContainers":[{"name":"c","image":"i"}],)" + kBox), "containers[0].name is \"c\" again"},
      {Deployment(R"("containers":[{"name":"c","image":"i","volumeMounts":[{"name":"x","mountPath":"/x"}]}])"),
       "containers[0].volumeMounts[0].name is \"x\", and the pod has no volume of that name"},
      {Deployment(R"("containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1 core"}}}])"),
       "containers[0].resources.requests.cpu is \"1 core\", not a quantity; write it like 2, 500m or 4Gi"},
      {Deployment(
           R"("containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":2},"limits":{"cpu":"1500m"}}}])"),
       "requests.cpu is 2, above its limit \"1500m\""},
      {R"({"name":"a","replicaSet":{"spec":{"selector":{"matchLabels":{"app":"x","tier":"t"}},"template":{"metadata":)"
       R"({"labels":{"app":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}})",
       "spec.selector.matchLabels.app is \"x\", and the template's label is \"y\""},
  };
  for (const auto& [role, text] : kCases) {
    const std::string found = Found(role);
    EXPECT_NE(found.find(text), std::string::npos) << role << "\nfound: " << found;
    EXPECT_EQ(found.find('\n'), std::string::npos) << found;
  }
}

}  // namespace
}  // namespace muster::plugin
