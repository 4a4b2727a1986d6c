// What a credentials command answers: nothing of it may reach a header or a message that does not belong there.
#include <algorithm>
#include <string>

#include "lib/client/exec_answer.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

bool IsOneLine(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

}  // namespace
}  // namespace muster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  using namespace muster::fuzz;
  const std::string_view text = Choices(data, size).Rest();
  const auto answer = client::ParseExecAnswer(text, "client.authentication.k8s.io/v1");
  if (!answer) {
    LAW(answer.error().code == Code::kUnauthorized);
    LAW(!answer.error().message.empty() && IsOneLine(answer.error().message));
    return 0;
  }
  const client::Credential& credential = answer->credential;
  LAW(credential.certificate.empty() == credential.key.empty());
  LAW(!credential.key.empty() || !credential.authorization.empty());
  LAW(credential.authorization.empty() || credential.authorization.starts_with("Bearer "));
  LAW(IsOneLine(credential.authorization));
  return 0;
}
