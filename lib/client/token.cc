#include "lib/client/token.h"

#include <utility>

#include "lib/base/log.h"
#include "lib/client/files.h"

namespace muster::client {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr auto kReadEvery = std::chrono::minutes(1);

// Without the line end editors leave, and only if it can stand in a header.
Result<std::string> CleanToken(std::string token, const std::string& where) {
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty()) return MakeError(Code::kUnauthorized, where + " is empty: put a token there or remove the field");
  for (const char c : token) {
    if (c <= ' ' || c == 0x7f) {
      return MakeError(Code::kUnauthorized, where + " holds a blank or control character: it is not a token");
    }
  }
  return token;
}

class FixedTokenSource final : public TokenSource {
 public:
  explicit FixedTokenSource(std::string token) : token_(std::move(token)) {}
  Result<std::string> Token() override {
    if (token_.empty()) return token_;
    return CleanToken(token_, "the token");
  }
  bool Refused(const std::string& /*token*/) override { return false; }

 private:
  const std::string token_;
};

}  // namespace

std::unique_ptr<TokenSource> MakeTokenSource(const Connection& connection) {
  if (!connection.token_file.empty()) return std::make_unique<FileTokenSource>(connection.token_file);
  return std::make_unique<FixedTokenSource>(connection.token);
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

Result<std::string> FileTokenSource::Token() {
  const std::scoped_lock lock(mutex_);
  const Time now = std::chrono::steady_clock::now();
  if (!token_.empty() && now - looked_ < kLookEvery) return token_;
  looked_ = now;
  if (!token_.empty() && now - read_ < kReadEvery && FileStamp(path_) == stamp_) return token_;
  read_ = now;
  if (const Status read = ReadLocked(); !read) {
    if (token_.empty()) return read.error();
    LogWarning("Token file unreadable, using the last token", {{"error", read.error().message}});
  }
  return token_;
}

bool FileTokenSource::Refused(const std::string& token) {
  const std::scoped_lock lock(mutex_);
  if (token_ == token && !ReadLocked()) return false;
  return token_ != token;
}

}  // namespace muster::client
