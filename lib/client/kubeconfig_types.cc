// The table follows k8s.io/client-go/tools/clientcmd/api/v1/types.go of Kubernetes 1.37.
#include "lib/client/kubeconfig_types.h"

#include <string>
#include <vector>

#include "lib/base/strings.h"
#include "lib/client/base64.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

enum class Type { kText, kBytes, kFlag, kMapping, kList, kTexts };

struct Field {
  // From the top of the file; "[]" is every item of a list, "*" is every member of a mapping.
  std::string_view path;
  Type type;
};

// A parent comes before its fields.
constexpr Field kFields[] = {
    {"kind", Type::kText},
    {"apiVersion", Type::kText},
    {"current-context", Type::kText},
    {"preferences", Type::kMapping},
    {"preferences.colors", Type::kFlag},
    {"extensions", Type::kList},
    {"extensions.[]", Type::kMapping},
    {"extensions.[].name", Type::kText},
    {"clusters", Type::kList},
    {"clusters.[]", Type::kMapping},
    {"clusters.[].name", Type::kText},
    {"clusters.[].cluster", Type::kMapping},
    {"clusters.[].cluster.server", Type::kText},
    {"clusters.[].cluster.tls-server-name", Type::kText},
    {"clusters.[].cluster.insecure-skip-tls-verify", Type::kFlag},
    {"clusters.[].cluster.certificate-authority", Type::kText},
    {"clusters.[].cluster.certificate-authority-data", Type::kBytes},
    {"clusters.[].cluster.proxy-url", Type::kText},
    {"clusters.[].cluster.disable-compression", Type::kFlag},
    {"clusters.[].cluster.extensions", Type::kList},
    {"clusters.[].cluster.extensions.[]", Type::kMapping},
    {"clusters.[].cluster.extensions.[].name", Type::kText},
    {"contexts", Type::kList},
    {"contexts.[]", Type::kMapping},
    {"contexts.[].name", Type::kText},
    {"contexts.[].context", Type::kMapping},
    {"contexts.[].context.cluster", Type::kText},
    {"contexts.[].context.user", Type::kText},
    {"contexts.[].context.namespace", Type::kText},
    {"users", Type::kList},
    {"users.[]", Type::kMapping},
    {"users.[].name", Type::kText},
    {"users.[].user", Type::kMapping},
    {"users.[].user.client-certificate", Type::kText},
    {"users.[].user.client-certificate-data", Type::kBytes},
    {"users.[].user.client-key", Type::kText},
    {"users.[].user.client-key-data", Type::kBytes},
    {"users.[].user.token", Type::kText},
    {"users.[].user.tokenFile", Type::kText},
    {"users.[].user.as", Type::kText},
    {"users.[].user.as-uid", Type::kText},
    {"users.[].user.as-groups", Type::kTexts},
    {"users.[].user.as-user-extra", Type::kMapping},
    {"users.[].user.as-user-extra.*", Type::kTexts},
    {"users.[].user.username", Type::kText},
    {"users.[].user.password", Type::kText},
    {"users.[].user.auth-provider", Type::kMapping},
    {"users.[].user.auth-provider.name", Type::kText},
    {"users.[].user.auth-provider.config", Type::kMapping},
    {"users.[].user.auth-provider.config.*", Type::kText},
    {"users.[].user.exec", Type::kMapping},
    {"users.[].user.exec.command", Type::kText},
    {"users.[].user.exec.args", Type::kTexts},
    {"users.[].user.exec.env", Type::kList},
    {"users.[].user.exec.env.[]", Type::kMapping},
    {"users.[].user.exec.env.[].name", Type::kText},
    {"users.[].user.exec.env.[].value", Type::kText},
    {"users.[].user.exec.apiVersion", Type::kText},
    {"users.[].user.exec.installHint", Type::kText},
    {"users.[].user.exec.provideClusterInfo", Type::kFlag},
    {"users.[].user.exec.interactiveMode", Type::kText},
};

std::string_view NameOf(Type type) {
  switch (type) {
    case Type::kText:
      return "text";
    case Type::kBytes:
      return "base64";
    case Type::kFlag:
      return "true or false";
    case Type::kMapping:
      return "a mapping";
    case Type::kList:
      break;
    case Type::kTexts:
      return "a list of text";
  }
  return "a list";
}

bool Is(const json::Value& value, Type type) {
  switch (type) {
    case Type::kText:
      return value.IsString();
    case Type::kBytes:
      return value.IsString() && DecodeBase64(value.Text()).has_value();
    case Type::kFlag:
      return value.IsBool();
    case Type::kMapping:
      return value.IsObject();
    case Type::kList:
    case Type::kTexts:
      break;
  }
  return value.IsArray();
}

// A value may be a secret, so only what is plainly none is shown.
std::string ShownValue(const json::Value& value) {
  if (value.IsArray()) return "a list";
  if (value.IsObject()) return "a mapping";
  if (value.IsBool()) return value.Bool() ? "true" : "false";
  return value.IsNumber() ? "a number" : "text";
}

Status CheckValue(const json::Value& value, Type type, const std::string& path) {
  if (value.IsNull()) return Ok();
  if (Is(value, type)) {
    if (type != Type::kTexts) return Ok();
    for (size_t i = 0; i < value.Items().size(); ++i) {
      TRY_VOID(CheckValue(value.At(i), Type::kText, path + "[" + std::to_string(i) + "]"));
    }
    return Ok();
  }
  if (type == Type::kBytes && value.IsString()) return MakeError(Code::kInvalid, path + " is not base64");
  const bool quotes = type == Type::kText && (value.IsNumber() || value.IsBool());
  return MakeError(Code::kInvalid, path + " is " + ShownValue(value) + ", not " + std::string(NameOf(type)) +
                                       (quotes ? "; put it in quotes" : "; correct it"));
}

// `rest`: the steps of the field's path that remain below `value`, which is at `path`.
Status CheckField(const json::Value& value, std::string_view rest, Type type, const std::string& path) {
  if (rest.empty()) return CheckValue(value, type, path);
  const size_t end = rest.find('.');
  const std::string_view step = rest.substr(0, end);
  const std::string_view below = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (step == "[]") {
    for (size_t i = 0; i < value.Items().size(); ++i) {
      TRY_VOID(CheckField(value.At(i), below, type, path + "[" + std::to_string(i) + "]"));
    }
    return Ok();
  }
  for (const auto& [key, member] : value.Members()) {
    if (step != "*" && step != key) continue;
    TRY_VOID(CheckField(member, below, type, path.empty() ? key : path + "." + Shorten(key, 63)));
  }
  return Ok();
}

}  // namespace

Status CheckKubeconfigTypes(const json::Value& config) {
  for (const Field& field : kFields) TRY_VOID(CheckField(config, field.path, field.type, ""));
  return Ok();
}

}  // namespace muster::client
