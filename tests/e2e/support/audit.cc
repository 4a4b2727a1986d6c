#include "tests/e2e/support/audit.h"

#include <filesystem>
#include <fstream>

#include "lib/json/text.h"

namespace muster::e2e {
namespace {

AuditedRequest Decode(const json::Value& line) {
  const json::Value& object = line["objectRef"];
  AuditedRequest write{.user = line["user"]["username"].Text(),
                       .verb = line["verb"].Text(),
                       .group = object["apiGroup"].Text(),
                       .resource = object["resource"].Text(),
                       .ns = object["namespace"].Text(),
                       .name = object["name"].Text(),
                       .code = line["responseStatus"]["code"].Integer(),
                       .at = ParseTime(line["requestReceivedTimestamp"].Text()).value_or(Instant())};
  write.credential = line["user"]["extra"]["authentication.kubernetes.io/credential-id"].At(0).Text();
  if (object.Has("subresource")) write.resource += "/" + object["subresource"].Text();
  return write;
}

}  // namespace

std::string AuditedRequest::Text() const {
  return FormatMicroTime(at) + " " + verb + " " + resource + " " + ns + "/" + name + " " + std::to_string(code);
}

int64_t AuditLog::Mark() const {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path_, missing);
  return missing ? 0 : static_cast<int64_t>(size);
}

std::vector<AuditedWrite> AuditLog::WritesSince(int64_t mark) const {
  std::vector<AuditedRequest> writes = RequestsSince(mark);
  std::erase_if(writes, [](const AuditedRequest& one) {
    return one.verb == "get" || one.verb == "list" || one.verb == "watch" || one.resource == "leases";
  });
  return writes;
}

std::vector<AuditedRequest> AuditLog::RequestsSince(int64_t mark) const {
  std::vector<AuditedRequest> requests;
  std::ifstream file(path_);
  file.seekg(mark);
  for (std::string text; std::getline(file, text);) {
    const auto line = json::Parse(text);
    if (line) requests.push_back(Decode(*line));
  }
  return requests;
}

std::vector<AuditedWrite> WritesOf(const std::vector<AuditedWrite>& writes, const std::string& user) {
  std::vector<AuditedWrite> of;
  for (const AuditedWrite& write : writes) {
    if (write.user == user) of.push_back(write);
  }
  return of;
}

}  // namespace muster::e2e
