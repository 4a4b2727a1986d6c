// Certificates made on the spot, and a TLS server that answers every request with 200 and the subject of the client's
// certificate. For tests of whom the transport trusts and what it shows.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

struct ssl_st;  // OpenSSL's SSL

namespace muster::client {

// A certificate and its key, as PEM text.
struct Identity {
  std::string certificate;
  std::string key;
};

struct IssueOptions {
  std::string common_name;
  std::string alternative_names;  // "IP:127.0.0.1,DNS:localhost"; empty: none
  int valid_days = 1;             // negative: expired
  int valid_from_days = -2;       // positive: not valid yet
};

// Signed by itself.
Identity MakeAuthority(const std::string& common_name, int valid_days = 1);
Identity Issue(const Identity& authority, const IssueOptions& options);

class TlsServer {
 public:
  // Asks for a client certificate of `client_authority` (PEM) unless that is empty.
  TlsServer(const Identity& identity, const std::string& client_authority);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;

  // From now on it is only the TLS of whatever listens on that port of loopback: bytes are carried both ways, on
  // as many connections as come.
  void StandBefore(int port) { behind_ = port; }

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  int handshakes() const { return handshakes_; }
  std::string server_name() const { return server_name_; }  // SNI of the last one; read when no client is connected

 private:
  struct Context;
  void Accept();
  void Serve(int fd);
  void Carry(int fd, ssl_st* ssl) const;

  std::unique_ptr<Context> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> handshakes_{0};
  std::atomic<int> behind_{0};
  std::string server_name_;
  std::vector<std::thread> carriers_;  // the acceptor's, and the destructor's after it
  std::thread acceptor_;
};

}  // namespace muster::client
