#include "lib/client/credentials.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lib/base/log.h"
#include "lib/client/base64.h"
#include "lib/client/exec_source.h"
#include "lib/client/files.h"

namespace muster::client {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr auto kReadEvery = std::chrono::minutes(1);

class FixedSource final : public CredentialSource {
 public:
  explicit FixedSource(Result<Credential> credential) : credential_(std::move(credential)) {}
  Result<Credential> Current(std::stop_token /*stop*/) override { return credential_; }
  Result<bool> Refused(const Credential& /*credential*/, std::stop_token /*stop*/) override { return false; }

 private:
  const Result<Credential> credential_;
};

Result<Credential> BearerOf(const std::string& token) {
  if (token.empty()) return Credential();
  TRY(const std::string clean, CleanToken(token, "the token"));
  return Credential{.authorization = "Bearer " + clean};
}

}  // namespace

Result<std::string> CleanToken(std::string token, const std::string& where) {
  const auto is_blank = [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == ' '; };
  while (!token.empty() && is_blank(token.back())) token.pop_back();
  token.erase(token.begin(), std::find_if_not(token.begin(), token.end(), is_blank));
  if (token.empty()) return MakeError(Code::kUnauthorized, where + " is empty: put a token there or remove the field");
  for (const char c : token) {
    if (c <= ' ' || c == 0x7f) {
      return MakeError(Code::kUnauthorized, where + " holds a blank or control character: it is not a token");
    }
  }
  return token;
}

std::unique_ptr<CredentialSource> MakeCredentialSource(const Connection& connection) {
  if (!connection.exec.command.empty()) {
    return std::make_unique<ExecSource>(connection.exec, RealExecWorld(connection.request_timeout));
  }
  if (!connection.token_file.empty()) {
    Result<std::string> first = connection.token;
    if (!first->empty()) first = CleanToken(connection.token, "the token");
    if (!first) return std::make_unique<FixedSource>(first.error());
    return std::make_unique<FileTokenSource>(connection.token_file, *first);
  }
  if (connection.username.empty() && connection.password.empty()) {
    return std::make_unique<FixedSource>(BearerOf(connection.token));
  }
  const std::string login = EncodeBase64(connection.username + ":" + connection.password);
  return std::make_unique<FixedSource>(Credential{.authorization = "Basic " + login});
}

Status FileTokenSource::ReadLocked() {
  const std::string stamp = FileStamp(path_);
  Result<std::string> content = ReadSmallFile(path_, 1UL << 20U);
  if (!content) return MakeError(Code::kUnauthorized, content.error().message + " (the token file)");
  TRY(std::string token, CleanToken(std::move(*content), "token file " + path_));
  token_ = std::move(token);
  stamp_ = stamp;
  return Ok();
}

Result<Credential> FileTokenSource::Current(std::stop_token /*stop*/) {
  const std::scoped_lock lock(mutex_);
  const Time now = std::chrono::steady_clock::now();
  if (!token_.empty() && now - looked_ < kLookEvery) return Bearer();
  looked_ = now;
  if (!token_.empty() && now - read_ < kReadEvery && FileStamp(path_) == stamp_) return Bearer();
  read_ = now;
  if (const Status read = ReadLocked(); !read) {
    if (token_.empty()) return read.error();
    LogWarning("Token file unreadable, using the last token", {{"error", read.error().message}});
  }
  return Bearer();
}

Result<bool> FileTokenSource::Refused(const Credential& credential, std::stop_token /*stop*/) {
  const std::scoped_lock lock(mutex_);
  if (Bearer() == credential && !ReadLocked()) return false;
  return Bearer() != credential;
}

}  // namespace muster::client
