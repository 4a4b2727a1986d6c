#include "lib/client/transport_expiry.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "lib/base/strings.h"
#include "lib/client/base64.h"
#include "lib/client/transport_trust.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

constexpr size_t kTokenBytesMax = 64UL << 10U;
constexpr int64_t kSecondsMax = 253402300799;  // the year 9999

// Where a new one is to be had.
std::string TokenRemedy(const Connection& connection, const Credential& credential) {
  if (!connection.exec.command.empty()) {
    return "the credentials command " + connection.exec.command + " answered it, log in with that again";
  }
  if (connection.token_file.empty() || credential.authorization == "Bearer " + connection.token) {
    return "put a new one into the user's token";
  }
  return "put a new one into " + connection.token_file;
}

std::string CertificateRemedy(const Connection& connection, const Credential& credential) {
  if (!credential.certificate.empty()) return TokenRemedy(connection, credential);
  const std::string& file = connection.client_certificate.file;
  return "renew it, as with kubeadm certs renew, and put the new one into " +
         (file.empty() ? "client-certificate-data" : file) + " with its key";
}

}  // namespace

std::optional<std::string> WhyRefused(const Connection& connection, const Credential& credential,
                                      const std::string& pem, Instant now) {
  const auto why = [&](const std::string& what, Instant expiry, const std::string& remedy) {
    return what + " of " + connection.origin + ": it expired at " + FormatTime(expiry) + ": " + remedy;
  };
  if (const auto expiry = TokenExpiry(credential.authorization); expiry && *expiry < now) {
    return why("the token", *expiry, TokenRemedy(connection, credential));
  }
  if (const auto expiry = CertificateExpiry(pem); expiry && *expiry < now) {
    return why("the client certificate", *expiry, CertificateRemedy(connection, credential));
  }
  return std::nullopt;
}

std::optional<Instant> CertificateExpiry(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                          &BIO_free_all);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                &X509_free);
  ERR_clear_error();
  return certificate ? ExpiryOf(certificate.get()) : std::nullopt;
}

std::optional<Instant> TokenExpiry(const std::string& authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  if (!authorization.starts_with(kBearer) || authorization.size() > kTokenBytesMax) return std::nullopt;
  const std::vector<std::string> parts = Split(std::string_view(authorization).substr(kBearer.size()), '.');
  if (parts.size() != 3) return std::nullopt;
  std::string claims = parts[1];  // base64url without padding
  for (char& c : claims) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  claims.append((4 - claims.size() % 4) % 4, '=');
  const auto text = DecodeBase64(claims);
  if (!text) return std::nullopt;
  const auto document = json::Parse(*text);
  if (!document || !document->IsObject()) return std::nullopt;
  const int64_t seconds = (*document)["exp"].Integer(0);
  if (seconds <= 0 || seconds > kSecondsMax) return std::nullopt;
  return Instant(std::chrono::seconds(seconds));
}

}  // namespace muster::client
