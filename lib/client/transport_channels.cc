#include "lib/client/transport_channels.h"

#include "lib/client/transport_tls.h"

namespace muster::client {
namespace {

Result<Channels::Pair> MakePair(const Connection& connection, const ServerAddress& address) {
  const std::string host = connection.tls_server_name.empty() ? address.host : connection.tls_server_name;
  TRY(const std::shared_ptr<TlsMaterial> tls, TlsMaterial::Load(connection, host));
  Channels::Pair pair;
  TRY(pair.unary, HttpClient::Create(connection, address, tls));
  TRY(pair.streams, HttpClient::Create(connection, address, tls));
  return pair;
}

}  // namespace

Result<std::unique_ptr<Channels>> Channels::Create(const Connection& connection, const ServerAddress& address) {
  TRY(Pair pair, MakePair(connection, address));
  return std::unique_ptr<Channels>(new Channels(connection, address, std::move(pair)));
}

Result<Channels::Pair> Channels::For(const Credential& credential) {
  const std::scoped_lock lock(mutex_);
  if (credential.certificate == certificate_ && credential.key == key_) return pair_;
  Connection connection = connection_;
  if (!credential.certificate.empty()) {
    connection.client_certificate = {.text = credential.certificate, .file = ""};
    connection.client_key = {.text = credential.key, .file = ""};
    connection.origin = "the answer of credentials command " + connection_.exec.command;
  }
  auto pair = MakePair(connection, address_);
  if (!pair) return MakeError(Code::kUnauthorized, pair.error().message);
  pair_ = std::move(*pair);
  certificate_ = credential.certificate;
  key_ = credential.key;
  return pair_;
}

}  // namespace muster::client
