#include "kubectl-plugin/cmd/change_each.h"

#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {

int ChangeEach(Session& session, std::string_view verb,
               const std::function<Result<Changed>(Reader& reader, const json::Value& workload)>& change) {
  const Result<OutputFormat> format = OutputFormat::Of(session.options());
  if (!format.has_value()) return session.Fail(format.error());
  const Result<Selection> chosen = SelectToChange(session, verb);
  if (!chosen.has_value()) return session.Fail(chosen.error());
  const Result<Reader*> reader = session.reader();
  int code = kExitOk;
  std::vector<json::Value> documents;
  for (const json::Value& workload : chosen->workloads) {
    Result<Changed> changed = change(**reader, workload);
    if (!changed.has_value()) {
      code = session.Fail(changed.error());
    } else if (format->is_picture()) {
      session.OutLine(changed->text);
    } else {
      documents.push_back(std::move(changed->workload));
    }
  }
  const bool single = session.options().names.size() == 1;
  if (!format->is_picture() && (!single || !documents.empty())) {
    session.OutBytes(PrintDocuments(std::move(documents), single, *format));
  }
  for (const Error& error : chosen->missing) code = session.Fail(error);
  return code;
}

}  // namespace muster::plugin
