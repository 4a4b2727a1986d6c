// The bearer token of the moment. Layer: client. Thread-safe. Never log what Token gives.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "lib/base/result.h"
#include "lib/client/connection.h"

namespace muster::client {

// Where tokens come from: fixed, a file, or (later) an exec plugin.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // Empty: none is needed. kUnauthorized when there should be one and is not.
  virtual Result<std::string> Token() = 0;
  // The server refused this token (401). True when another one is to be had now, so that asking again makes sense.
  virtual bool Refused(const std::string& token) = 0;
};

// By connection.token_file, else connection.token.
std::unique_ptr<TokenSource> MakeTokenSource(const Connection& connection);

// A file that is replaced now and then. Its state is looked at once a second, its content read when that has changed
// and every minute at least. A file that cannot be read leaves the last good token in use.
class FileTokenSource final : public TokenSource {
 public:
  explicit FileTokenSource(std::string path) : path_(std::move(path)) {}
  Result<std::string> Token() override;
  bool Refused(const std::string& token) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Status ReadLocked();

  const std::string path_;
  std::mutex mutex_;
  std::string token_;
  std::string stamp_;  // inode, size and time of change, when last read
  Time looked_{};
  Time read_{};
};

}  // namespace muster::client
