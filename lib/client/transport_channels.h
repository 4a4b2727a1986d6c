// The two cpprestsdk clients of a transport, one for unary requests and one for streams, for the client certificate of
// the moment. Layer: client; internal to transport*.cc. Thread-safe.
//
// A certificate is shown once per connection: when a credentials command gives another one, new clients with new
// connections take the place of the old, which end with the exchanges they still carry.
#pragma once

#include <memory>
#include <mutex>

#include "lib/client/credentials.h"
#include "lib/client/transport_http.h"

namespace muster::client {

class Channels {
 public:
  struct Pair {
    std::shared_ptr<HttpClient> unary;
    std::shared_ptr<HttpClient> streams;
  };

  // kInvalid, one line for the user, when the connection cannot be used.
  static Result<std::unique_ptr<Channels>> Create(const Connection& connection, const ServerAddress& address);
  Result<Pair> For(const Credential& credential);

 private:
  Channels(Connection connection, ServerAddress address, Pair pair)
      : connection_(std::move(connection)), address_(std::move(address)), pair_(std::move(pair)) {}

  const Connection connection_;
  const ServerAddress address_;
  std::mutex mutex_;
  std::string certificate_;  // what pair_ shows, when that came from a command
  std::string key_;
  Pair pair_;
};

}  // namespace muster::client
