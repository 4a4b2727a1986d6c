#include "tests/support/tls_server.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "tests/support/raw_http_server.h"

namespace muster::client {
namespace {

constexpr long kDaySeconds = 24L * 3600;

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free_all(bio);
  return text;
}

std::string KeyText(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return Drain(bio);
}

std::string CertificateText(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  return Drain(bio);
}

X509* ReadCertificate(const std::string& text) {
  BIO* bio = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free_all(bio);
  return certificate;
}

EVP_PKEY* ReadKey(const std::string& text) {
  BIO* bio = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free_all(bio);
  return key;
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  if (extension == nullptr) std::abort();
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Identity Make(const IssueOptions& options, const Identity* authority) {
  static std::atomic<long> serial{1};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from_days * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_days * kDaySeconds);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1, -1, 0);
  X509* issuer = authority == nullptr ? certificate : ReadCertificate(authority->certificate);
  EVP_PKEY* issuer_key = authority == nullptr ? key : ReadKey(authority->key);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  if (authority == nullptr) AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (!options.alternative_names.empty()) AddExtension(certificate, NID_subject_alt_name, options.alternative_names);
  X509_sign(certificate, issuer_key, EVP_sha256());
  const Identity identity{CertificateText(certificate), KeyText(key)};
  if (authority != nullptr) {
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

std::string PeerSubject(SSL* ssl) {
  X509* peer = SSL_get1_peer_certificate(ssl);
  if (peer == nullptr) return "nobody";
  std::array<char, 200> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, text.data(), text.size());
  X509_free(peer);
  return text.data();
}

}  // namespace

Identity MakeAuthority(const std::string& common_name, int valid_days) {
  return Make({.common_name = common_name, .alternative_names = "", .valid_days = valid_days}, nullptr);
}
Identity Issue(const Identity& authority, const IssueOptions& options) { return Make(options, &authority); }

struct TlsServer::Context {
  SSL_CTX* ssl = SSL_CTX_new(TLS_server_method());
  ~Context() { SSL_CTX_free(ssl); }
};

TlsServer::TlsServer(const Identity& identity, const std::string& client_authority)
    : context_(std::make_unique<Context>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
  X509* certificate = ReadCertificate(identity.certificate);
  EVP_PKEY* key = ReadKey(identity.key);
  SSL_CTX_use_certificate(context_->ssl, certificate);
  SSL_CTX_use_PrivateKey(context_->ssl, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!client_authority.empty()) {
    X509* authority = ReadCertificate(client_authority);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_->ssl), authority);
    X509_free(authority);
    SSL_CTX_set_verify(context_->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0) std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TlsServer::~TlsServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  ::close(listener_);
}

void TlsServer::Accept() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (behind_ != 0) {
      carriers_.emplace_back([this, fd] {
        Serve(fd);
        ::close(fd);
      });
      continue;
    }
    Serve(fd);
    ::close(fd);
  }
}

void TlsServer::Carry(int fd, SSL* ssl) const {
  const int behind = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(behind_));
  std::array<char, 16384> piece{};
  bool open = ::connect(behind, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  while (open && !stopping_) {
    std::array<pollfd, 2> both{pollfd{.fd = fd, .events = POLLIN, .revents = 0},
                               pollfd{.fd = behind, .events = POLLIN, .revents = 0}};
    if (SSL_pending(ssl) == 0 && ::poll(both.data(), both.size(), 50) <= 0) continue;
    if (both[1].revents != 0) {
      const ssize_t got = ::recv(behind, piece.data(), piece.size(), 0);
      open = got > 0 && SSL_write(ssl, piece.data(), static_cast<int>(got)) > 0;
    }
    if (open && (both[0].revents != 0 || SSL_pending(ssl) > 0)) {
      const int got = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()));
      open = got > 0 && ::send(behind, piece.data(), static_cast<size_t>(got), MSG_NOSIGNAL) == got;
    }
  }
  ::close(behind);
}

// One connection at a time, one request on each.
void TlsServer::Serve(int fd) {
  SSL* ssl = SSL_new(context_->ssl);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) == 1) {
    ++handshakes_;
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (behind_ == 0) server_name_ = name == nullptr ? "" : name;
    std::array<char, 8192> request{};
    if (behind_ != 0) {
      Carry(fd, ssl);
    } else if (SSL_read(ssl, request.data(), static_cast<int>(request.size())) > 0) {
      const std::string answer = testing::HttpAnswer(200, PeerSubject(ssl), {"Connection: close"});
      SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
    }
    SSL_shutdown(ssl);
  } else {
    ::shutdown(fd, SHUT_WR);
    // Closed at once, with bytes unread, it would be a reset, which may overtake the alert.
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    std::array<char, 8192> unread{};
    while (!stopping_ && (::poll(&one, 1, 50) <= 0 || ::recv(fd, unread.data(), unread.size(), 0) > 0)) continue;
  }
  SSL_free(ssl);
}

}  // namespace muster::client
