// What we tell a credentials command and what it answers: ExecCredential of client.authentication.k8s.io. Layer:
// client. Pure. Errors are parts of a sentence that begins with the command's name; nothing of the answer's content is
// in them, for it may be secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/client/credentials.h"

namespace muster::client {

// The value of KUBERNETES_EXEC_INFO.
std::string BuildExecInfo(const ExecCommand& command, bool interactive);

struct ExecAnswer {
  Credential credential;
  std::optional<Instant> expires;  // from then on the command is asked again
};

// `text` is JSON or YAML, as kubectl takes both. kUnauthorized for anything that is no credential of api_version.
Result<ExecAnswer> ParseExecAnswer(std::string_view text, const std::string& api_version);

}  // namespace muster::client
