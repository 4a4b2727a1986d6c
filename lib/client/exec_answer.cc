#include "lib/client/exec_answer.h"

#include <utility>

#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

constexpr size_t kVersionShown = 80;

Error Wrong(std::string what) { return MakeError(Code::kUnauthorized, std::move(what)); }

Result<json::Value> ReadDocument(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return Wrong("answered nothing on its standard output");
  const auto document = text[start] == '{' ? json::Parse(text) : ParseYaml(text);
  if (document && document->IsObject()) return *document;
  return Wrong("answered something that is no JSON object");
}

// A field that is absent, null or text.
Result<std::string> ReadText(const json::Value& status, std::string_view field) {
  const json::Value& value = status[field];
  if (!value.IsNull() && !value.IsString())
    return Wrong("answered a status." + std::string(field) + " that is no text");
  return value.Text();
}

// What another program wrote, fit for a message.
std::string Shown(const json::Value& value) {
  std::string text = value.IsString() ? value.Text() : "";
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.empty() ? "none" : Shorten(text, kVersionShown);
}

}  // namespace

std::string BuildExecInfo(const ExecCommand& command, bool interactive) {
  json::Object spec;
  if (!command.cluster_info.empty()) {
    if (auto cluster = json::Parse(command.cluster_info)) spec.Set("cluster", std::move(*cluster));
  }
  spec.Set("interactive", interactive);
  return json::Write(
      json::Object{{"kind", "ExecCredential"}, {"apiVersion", command.api_version}, {"spec", std::move(spec)}});
}

Result<ExecAnswer> ParseExecAnswer(std::string_view text, const std::string& api_version) {
  TRY(const json::Value document, ReadDocument(text));
  if (document["kind"].Text() != "ExecCredential") {
    return Wrong("answered kind " + Shown(document["kind"]) + ", not ExecCredential");
  }
  if (document["apiVersion"].Text() != api_version) {
    return Wrong("answered apiVersion " + Shown(document["apiVersion"]) + ", but its kubeconfig entry says " +
                 api_version + ": make them the same");
  }
  const json::Value& status = document["status"];
  if (!status.IsObject()) return Wrong("answered without a status");
  TRY(const std::string token, ReadText(status, "token"));
  ExecAnswer answer;
  TRY(answer.credential.certificate, ReadText(status, "clientCertificateData"));
  TRY(answer.credential.key, ReadText(status, "clientKeyData"));
  TRY(const std::string expires, ReadText(status, "expirationTimestamp"));
  if (answer.credential.certificate.empty() != answer.credential.key.empty()) {
    return Wrong("answered only one of clientCertificateData and clientKeyData");
  }
  if (token.empty() && answer.credential.key.empty()) return Wrong("answered neither a token nor a certificate");
  if (!token.empty()) {
    TRY(const std::string clean, CleanToken(token, "answered a token that"));
    answer.credential.authorization = "Bearer " + clean;
  }
  if (expires.empty()) return answer;
  answer.expires = ParseTime(expires);
  if (!answer.expires) return Wrong("answered a status.expirationTimestamp that is no RFC 3339 time");
  return answer;
}

}  // namespace muster::client
