// That the operator has no more rights than config/ says, works under its own policies, and logs no secret.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr const char* kVerbs[] = {"get",    "list",     "watch",       "create",
                                  "update", "patch",    "delete",      "deletecollection",
                                  "bind",   "escalate", "impersonate", "approve"};

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class OperatorAlone : public People {};

TEST_F(OperatorAlone, WorksUnderItsOwnPolicies) {
  AddNodes({.prefix = "policed", .count = 2});
  OperatorProcess& op = StartOperator();
  BindClusterRole("edit", "edit");
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  const auto text = [](const std::string& image) {
    return json::Write(MakeWorkload("w", {JobRole("j", 1, {.image = image}), StatefulSetRole("s", 1)}));
  };
  Allowed("edit", {"apply", "-f", "-"}, text("one"));
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("w-0", 2); }));
  Allowed("edit", {"scale", "workloads.muster.dev/w", "--replicas=2"});
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("w-1", 2); }));
  Allowed("edit", {"apply", "-f", "-"}, text("two"));
  EXPECT_TRUE(Eventually(30s, [&]() -> std::string {
    const json::Value w = Get(api::kWorkloads, "w");
    if (w["status"]["observedGeneration"].Integer() != w["metadata"]["generation"].Integer()) return "not seen yet";
    return Differs("updated groups", w["status"]["updated"].Integer(), w["spec"]["replicas"].Integer());
  }));
  EXPECT_TRUE(Eventually(30s, [&] { return ConditionProblem("w", "Ready", "True"); }));
  for (const AuditedWrite& write : WritesOf(audit.WritesSince(mark), kOperatorUser)) {
    EXPECT_NE(write.code, 403) << write.Text();
  }
  EXPECT_EQ(op.LogTail(100000).find("orbidden"), std::string::npos) << op.LogTail(20);
}

// "verb group/resource[/subresource] [name]" of each right in config/rbac that is bound to the operator.
std::set<std::string> RightsIn(const std::string& file, const std::string& kind) {
  std::set<std::string> rights;
  const auto documents = client::ParseYamlDocuments(ReadFile(std::string(MUSTER_SOURCE_DIR) + "/config/rbac/" + file));
  EXPECT_TRUE(documents.has_value()) << file;
  if (!documents) return rights;
  for (const json::Value& document : *documents) {
    if (document["kind"].Text() != kind) continue;
    for (const json::Value& rule : document["rules"].Items()) {
      for (const json::Value& group : rule["apiGroups"].Items()) {
        for (const json::Value& resource : rule["resources"].Items()) {
          for (const json::Value& verb : rule["verbs"].Items()) {
            // With a name it is asked for by name alone, below.
            const std::string name = rule["resourceNames"].At(0).Text();
            rights.insert(verb.Text() + " " + group.Text() + "/" + resource.Text() + (name.empty() ? "" : " " + name));
          }
        }
      }
    }
  }
  return rights;
}

struct Asked {
  std::string group;
  std::string resource;  // "pods" or "pods/exec"
};

// Every resource and subresource that the API server serves, and what only RBAC knows of.
std::vector<Asked> Everything(Cluster& cluster) {
  std::vector<Asked> all = {{"", "users"},
                            {"", "groups"},
                            {"authentication.k8s.io", "userextras"},
                            {"*", "*"},
                            {"muster.dev", "workloads/finalizers"},
                            {"muster.dev", "podgroups/finalizers"}};
  const CommandResult listed = cluster.Kubectl({"get", "--raw", "/apis"});
  const auto groups = json::Parse(listed.out);
  EXPECT_TRUE(groups.has_value()) << listed.Text();
  std::vector<std::pair<std::string, std::string>> paths = {{"", "/api/v1"}};
  if (groups) {
    for (const json::Value& group : (*groups)["groups"].Items()) {
      paths.emplace_back(group["name"].Text(), "/apis/" + group["preferredVersion"]["groupVersion"].Text());
    }
  }
  for (const auto& [group, path] : paths) {
    const auto served = json::Parse(cluster.Kubectl({"get", "--raw", path}).out);
    EXPECT_TRUE(served.has_value()) << path;
    if (!served) continue;
    for (const json::Value& resource : (*served)["resources"].Items()) all.push_back({group, resource["name"].Text()});
  }
  return all;
}

TEST_F(OperatorAlone, MayDoExactlyWhatConfigSays) {
  const std::set<std::string> everywhere = RightsIn("operator.yaml", "ClusterRole");
  std::set<std::string> at_home = RightsIn("leader_election.yaml", "Role");
  at_home.insert(everywhere.begin(), everywhere.end());
  ASSERT_GT(everywhere.size(), 20U);
  ASSERT_GT(at_home.size(), everywhere.size());
  const std::vector<Asked> all = Everything(cluster());
  ASSERT_GT(all.size(), 100U);
  size_t asked = 0;
  size_t had = 0;
  for (const std::string& where : {ns(), std::string("muster-system")}) {
    const std::set<std::string>& wanted = where == ns() ? everywhere : at_home;
    const auto may = [&](const std::string& user, const std::string& verb, const Asked& what, const std::string& name) {
      const size_t slash = what.resource.find('/');
      json::Object attributes{
          {"verb", verb}, {"group", what.group}, {"resource", what.resource.substr(0, slash)}, {"namespace", where}};
      if (slash != std::string::npos) attributes.Append("subresource", what.resource.substr(slash + 1));
      if (!name.empty()) attributes.Append("name", name);
      ++asked;
      return IsPermitted(api(), user, "resourceAttributes", std::move(attributes));
    };
    for (const Asked& what : all) {
      for (const char* verb : kVerbs) {
        const std::string right = std::string(verb) + " " + what.group + "/" + what.resource;
        const bool is = may(kOperatorUser, verb, what, "");
        if (is == wanted.contains(right)) {
          had += is ? 1 : 0;
          continue;
        }
        // What anybody who has a name may do, such as asking for his own rights, is none of ours.
        EXPECT_TRUE(is && may("system:serviceaccount:default:nobody", verb, what, ""))
            << "the operator may" << (is ? "" : " not") << " " << right << " in " << where;
      }
    }
    for (const std::string& right : wanted) {
      const std::vector<std::string> words = Split(right, ' ');
      if (words.size() < 3) continue;
      const size_t slash = words[1].find('/');
      const Asked what{words[1].substr(0, slash), words[1].substr(slash + 1)};
      EXPECT_TRUE(may(kOperatorUser, words[0], what, words[2])) << right;
      EXPECT_FALSE(may(kOperatorUser, words[0], what, "other")) << right;
      ++had;
    }
    EXPECT_FALSE(IsPermitted(api(), kOperatorUser, "nonResourceAttributes",
                             json::Object{{"verb", "get"}, {"path", "/metrics"}}));
  }
  EXPECT_EQ(had, everywhere.size() + at_home.size()) << "a right in config/ is for nothing that the server serves";
  PrintFigure("rights asked for", std::to_string(asked));
}

// At the most verbose level, with work, refusals, and scrapes with tokens good and bad.
TEST_F(OperatorAlone, LogsNoToken) {
  AddNodes({.prefix = "silent"});
  OperatorProcess& op = StartOperator({.more = {"--log-level=debug"}, .open_metrics = false});
  const auto config = json::Parse(ReadFile(cluster().run_dir() + "/kubeconfig-operator-one"));
  ASSERT_TRUE(config.has_value());
  const std::string own = (*config)["users"].At(0)["user"]["token"].Text();
  ASSERT_GT(own.size(), 200U);
  EXPECT_EQ(Kubectl({"create", "serviceaccount", "scraper"}).exit_code, 0);
  std::string scraper = Kubectl({"create", "token", "scraper"}).out;
  scraper = scraper.substr(0, scraper.find('\n'));
  const std::string bogus = "bogus-token-that-nobody-gave";
  EXPECT_EQ(op.Metrics(scraper).status, 403);
  EXPECT_EQ(op.Metrics(bogus).status, 401);
  Apply(MakeWorkload("runs", {JobRole("w", 1)}));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("runs-0", 1); }));
  // Without an API server every request fails, and failures are what gets logged.
  cluster().Component("stop", "kube-apiserver");
  EXPECT_EQ(op.Metrics("another-" + bogus).status, 503);
  EXPECT_TRUE(Eventually(
      30s, [&] { return op.LogTail(100000).find("cannot connect") != std::string::npos ? "" : "it logs no failure"; }));
  std::vector<CommandResult> answers;
  const std::string server = (*config)["clusters"].At(0)["cluster"]["server"].Text();
  const std::string own_file = cluster().run_dir() + "/kubeconfig-operator-one";
  const auto plugin = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ProgramPath("kubectl-workload"));
    arguments.insert(arguments.end(), {"-n", ns(), "--kubeconfig", own_file});
    answers.push_back(RunCommand(arguments, {.environment = cluster().ProgramEnvironment()}));
  };
  plugin({"status", "runs", "--request-timeout=2s"});
  plugin({"status", "runs", "--request-timeout=2s", "--token", bogus});
  cluster().StartApiServer();
  ASSERT_TRUE(Eventually(60s, [&] { return Kubectl({"get", "pods"}).exit_code == 0 ? "" : "no API server"; }));
  for (const char* verb : {"status", "explain", "timeline"}) plugin({verb, "runs"});
  for (const char* verb : {"version", "check", "get"}) plugin({verb});
  plugin({"status", "runs", "--token", bogus});
  plugin({"suspend", "runs"});
  EXPECT_NE(answers.front().exit_code, 0);
  EXPECT_EQ(answers.back().exit_code, 1) << "the operator may not change Workloads: " << answers.back().Text();
  std::string said = op.LogTail(1000000);
  EXPECT_NE(said.find("Done"), std::string::npos) << "no line of the level debug";
  for (const CommandResult& answer : answers) said += answer.Text();
  for (const std::string& token : {own, scraper, bogus}) {
    EXPECT_EQ(said.find(token), std::string::npos);
    // Nor a part of it: the signature, or the payload.
    if (token == bogus) continue;
    for (const std::string& part : Split(token, '.')) {
      EXPECT_EQ(said.find(part.substr(0, 60)), std::string::npos) << "a part of a token is logged";
    }
  }
}

}  // namespace
}  // namespace muster::e2e
