// kubectl workload lint -f: what is wrong with manifests, offline; with --dry-run=server the API server is asked too.
#include "kubectl-plugin/core/lint.h"

#include "kubectl-plugin/cmd/manifests.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

Status AskServer(Session& session, const json::Value& document) {
  TRY(Reader* const reader, session.reader());
  const std::string& given = document["metadata"]["namespace"].Text();
  return reader->TryCreate(api::kWorkloads, given.empty() ? session.Namespace() : given, document);
}

}  // namespace

int RunLint(Session& session) {
  const Result<std::vector<Manifest>> manifests = ReadManifests(session);
  if (!manifests.has_value()) return session.Fail(manifests.error());
  int64_t wrong = 0;
  for (const Manifest& manifest : *manifests) {
    const std::string subject =
        manifest.origin + ": workload/" + SafeText(manifest.document["metadata"]["name"].Text()) + ": ";
    const std::vector<Finding> findings = LintWorkload(manifest.document);
    for (const Finding& finding : findings) session.Out(subject + finding.path + " " + finding.text + "\n");
    wrong += static_cast<int64_t>(findings.size());
    if (session.options().dry_run != "server" || !findings.empty()) continue;
    const Status asked = AskServer(session, manifest.document);
    if (asked.has_value()) continue;
    if (asked.error().code != Code::kInvalid) return session.Fail(asked.error());
    session.Out(subject + asked.error().message + "\n");
    ++wrong;
  }
  if (wrong > 0) return session.Fail(Count(wrong, "problem") + " found");
  session.Out(Count(static_cast<int64_t>(manifests->size()), "workload") + " checked, nothing found\n");
  return kExitOk;
}

}  // namespace muster::plugin
