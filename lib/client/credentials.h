// Who we are to the API server, at the moment: a token, a password or a client certificate, from where they come from.
// Layer: client. Thread-safe. Never log what is in a Credential.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "lib/base/result.h"
#include "lib/client/connection.h"

namespace muster::client {

struct Credential {
  std::string authorization;  // the header's value, "Bearer ..."; empty: none is sent
  std::string certificate;    // PEM of the client certificate and its key; empty: what the connection says
  std::string key;
  bool operator==(const Credential&) const = default;
};

// Fixed, a file, or a command's answer.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // kUnauthorized when there should be one and is not: one line for the user. May take as long as a command takes.
  virtual Result<Credential> Current(std::stop_token stop) = 0;
  // The server refused this one (401). True when another one is to be had now, so that asking again makes sense.
  virtual Result<bool> Refused(const Credential& credential, std::stop_token stop) = 0;
};

// By connection.exec, token_file, token, username, the first that is given.
std::unique_ptr<CredentialSource> MakeCredentialSource(const Connection& connection);

// Without the blanks and line ends around it, and only if it can stand in a header; kUnauthorized, naming `where`, if
// not.
Result<std::string> CleanToken(std::string token, const std::string& where);

// A file that is replaced now and then. Its state is looked at once a second, its content read when that has changed
// and every minute at least. A file that cannot be read leaves the last good token in use.
class FileTokenSource final : public CredentialSource {
 public:
  // `first` is used until the file can be read; empty: there must be a file.
  explicit FileTokenSource(std::string path, std::string first = "")
      : path_(std::move(path)), token_(std::move(first)) {}
  Result<Credential> Current(std::stop_token stop) override;
  Result<bool> Refused(const Credential& credential, std::stop_token stop) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Status ReadLocked();
  Credential Bearer() const { return {.authorization = "Bearer " + token_}; }

  const std::string path_;
  std::mutex mutex_;
  std::string token_;
  std::string stamp_;  // inode, size and time of change, when last read
  Time looked_{};
  Time read_{};
};

}  // namespace muster::client
