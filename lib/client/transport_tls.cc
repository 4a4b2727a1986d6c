#include "lib/client/transport_tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/client/files.h"
#include "lib/client/transport_roots.h"

namespace muster::client {
namespace {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using CertPtr = std::unique_ptr<X509, Freer<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;

struct Material {
  StorePtr roots;              // null: the system's
  std::vector<CertPtr> chain;  // the client's certificate first
  KeyPtr key;
};

std::string OpenSslError() {
  std::array<char, 200> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no PEM block in it";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Error UnusableField(const Connection& connection, const std::string& field, const Pem& pem, const std::string& why) {
  const std::string place = pem.file.empty() ? field + "-data" : field + " " + pem.file;
  return MakeError(Code::kInvalid, place + " of " + connection.origin + " cannot be used: " + why);
}

Result<std::string> PemText(const Pem& pem) {
  if (pem.file.empty()) return pem.text;
  Result<std::string> text = ReadSmallFile(pem.file);
  if (!text) return MakeError(text.error().code, text.error().message + ": correct the path, or the file's rights");
  return text;
}

// All certificates of the text; a block that holds none, whole or broken, is passed over, as by kubectl.
Result<std::vector<CertPtr>> ReadCertificates(const Connection& connection, const std::string& field, const Pem& pem) {
  const Result<std::string> text = PemText(pem);
  if (!text) return UnusableField(connection, field, pem, text.error().message);
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  std::vector<CertPtr> certificates;
  bool at_end = false;
  std::string broken;
  while (!at_end) {
    X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
    if (certificate != nullptr) {
      certificates.emplace_back(certificate);
      continue;
    }
    at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end) broken = OpenSslError();
  }
  ERR_clear_error();
  if (!certificates.empty()) return certificates;
  return UnusableField(connection, field, pem, broken.empty() ? "it holds no PEM certificate" : broken);
}

Result<KeyPtr> ReadKey(const Connection& connection) {
  constexpr auto kNoPassphrase = [](char*, int, int, void*) { return 0; };  // never ask on the terminal
  const Result<std::string> text = PemText(connection.client_key);
  if (!text) return UnusableField(connection, "client-key", connection.client_key, text.error().message);
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, kNoPassphrase, nullptr));
  if (key) return key;
  return UnusableField(connection, "client-key", connection.client_key,
                       "it holds no PEM key without a passphrase (" + OpenSslError() + ")");
}

Result<StorePtr> ReadRoots(const Connection& connection) {
  TRY(const std::vector<CertPtr> certificates,
      ReadCertificates(connection, "certificate-authority", connection.certificate_authority));
  StorePtr store(X509_STORE_new());
  for (const CertPtr& certificate : certificates) {
    DecodeExtensions(certificate.get());
    X509_STORE_add_cert(store.get(), certificate.get());
  }
  ERR_clear_error();
  return store;
}

Result<Material> ReadMaterial(const Connection& connection) {
  Material material;
  if (!connection.certificate_authority.empty() && !connection.insecure_skip_tls_verify) {
    TRY(material.roots, ReadRoots(connection));
  }
  if (connection.client_certificate.empty() != connection.client_key.empty()) {
    return MakeError(Code::kInvalid,
                     connection.origin + " has only one of client-certificate and client-key: give both");
  }
  if (connection.client_certificate.empty()) return material;
  TRY(material.chain, ReadCertificates(connection, "client-certificate", connection.client_certificate));
  TRY(material.key, ReadKey(connection));
  if (X509_check_private_key(material.chain.front().get(), material.key.get()) != 1) {
    ERR_clear_error();
    return MakeError(Code::kInvalid, "client-certificate and client-key of " + connection.origin +
                                         " do not belong together: take both from the same place");
  }
  return material;
}

Instant Now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

int MaterialIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

class FileTlsMaterial final : public TlsMaterial {
 public:
  FileTlsMaterial(Connection connection, std::string host, Material material)
      : connection_(std::move(connection)), host_(std::move(host)), material_(std::move(material)), stamp_(Stamp()) {}

  void Apply(SSL_CTX* context) override {
    const std::scoped_lock lock(mutex_);
    Refresh();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (material_.roots) {
      SSL_CTX_set1_cert_store(context, material_.roots.get());
    } else if (!connection_.insecure_skip_tls_verify) {
      SSL_CTX_set1_cert_store(context, SystemRoots());
    }
    VerifyHost(context);
    if (material_.key) {
      SSL_CTX_use_certificate(context, material_.chain.front().get());
      for (size_t i = 1; i < material_.chain.size(); ++i) SSL_CTX_add1_chain_cert(context, material_.chain[i].get());
      SSL_CTX_use_PrivateKey(context, material_.key.get());
    }
    SSL_CTX_set_ex_data(context, MaterialIndex(), this);
    SSL_CTX_set_info_callback(context, &FileTlsMaterial::NoteAlert);
    if (!connection_.insecure_skip_tls_verify) {
      SSL_CTX_set_cert_verify_callback(context, &FileTlsMaterial::Verify, this);
    }
  }

  std::optional<Mistrust> TakeMistrust() override {
    const std::scoped_lock lock(error_mutex_);
    return std::exchange(mistrust_, std::nullopt);
  }

  std::string TakeRefusal() override {
    const std::scoped_lock lock(error_mutex_);
    return std::exchange(refusal_, "");
  }

  std::string OwnExpiry() override {
    const std::scoped_lock lock(mutex_);
    const auto expiry = material_.chain.empty() ? std::nullopt : ExpiryOf(material_.chain.front().get());
    if (!expiry || *expiry >= Now()) return "";
    return "client-certificate of " + connection_.origin + " expired at " + FormatTime(*expiry) + "; renew it";
  }

 private:
  std::string Stamp() const {
    std::string stamp;
    for (const Pem* pem :
         {&connection_.certificate_authority, &connection_.client_certificate, &connection_.client_key}) {
      if (!pem->file.empty()) stamp += FileStamp(pem->file) + ";";
    }
    return stamp;
  }

  // A half-written rotation (certificate new, key old) keeps what we have; the next connection looks again.
  void Refresh() {
    const std::string stamp = Stamp();
    if (stamp == stamp_) return;
    Result<Material> fresh = ReadMaterial(connection_);
    if (!fresh) {
      LogWarning("Changed certificate files unusable, using the last ones", {{"error", fresh.error().message}});
      return;
    }
    material_ = std::move(*fresh);
    stamp_ = stamp;
  }

  // By subject alternative name alone, as Go does; cpprestsdk's own check would take the common name too.
  void VerifyHost(SSL_CTX* context) const {
    if (connection_.insecure_skip_tls_verify) return;
    X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(parameters,
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host_.c_str()) != 1) {
      ERR_clear_error();
      X509_VERIFY_PARAM_set1_host(parameters, host_.c_str(), host_.size());
    }
  }

  // OpenSSL's own verification, with a look at what it found.
  static int Verify(X509_STORE_CTX* verification, void* material) {
    auto* self = static_cast<FileTlsMaterial*>(material);
    const int verified = X509_verify_cert(verification);
    if (verified == 1) return verified;
    const TrustTerms terms{.host = self->host_,
                           .origin = self->connection_.origin,
                           .has_authority = !self->connection_.certificate_authority.empty()};
    const Mistrust mistrust = DescribeMistrust(verification, terms, Now());
    const std::scoped_lock lock(self->error_mutex_);
    self->mistrust_ = mistrust;
    return verified;
  }

  // An alert by which servers turn down the certificate they are shown, or that there is none. In TLS 1.3 it comes only
  // after the handshake.
  static void NoteAlert(const SSL* ssl, int where, int alert) {
    if ((where & SSL_CB_ALERT) == 0 || (where & SSL_CB_READ) == 0) return;
    auto* self = static_cast<FileTlsMaterial*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), MaterialIndex()));
    if (self == nullptr) return;
    switch (alert & 0xff) {
      case SSL_AD_BAD_CERTIFICATE:
      case SSL_AD_UNSUPPORTED_CERTIFICATE:
      case SSL_AD_CERTIFICATE_REVOKED:
      case SSL_AD_CERTIFICATE_EXPIRED:
      case SSL_AD_CERTIFICATE_UNKNOWN:
      case SSL_AD_UNKNOWN_CA:
      case SSL_AD_ACCESS_DENIED:
      case SSL_AD_CERTIFICATE_REQUIRED:
        break;
      default:
        return;
    }
    const std::string refusal = self->Refusal(ssl, alert);
    const std::scoped_lock lock(self->error_mutex_);
    self->refusal_ = refusal;
  }

  std::string Refusal(const SSL* ssl, int alert) const {
    const std::string place = "client-certificate of " + connection_.origin;
    const X509* shown = SSL_get_certificate(ssl);
    if (shown == nullptr)
      return "wants a client certificate: set client-certificate and client-key of " + connection_.origin;
    const std::string what = "does not accept " + place;
    const std::optional<Instant> expiry = ExpiryOf(shown);
    if (expiry && *expiry < Now()) return what + ": it expired at " + FormatTime(*expiry) + "; renew it";
    return what + " (" + SSL_alert_desc_string_long(alert) + "): give one that its authority has signed";
  }

  const Connection connection_;
  const std::string host_;
  std::mutex mutex_;
  Material material_;
  std::string stamp_;
  std::mutex error_mutex_;
  std::optional<Mistrust> mistrust_;
  std::string refusal_;
};

}  // namespace

Result<std::shared_ptr<TlsMaterial>> TlsMaterial::Load(const Connection& connection, const std::string& host) {
  TRY(Material material, ReadMaterial(connection));
  return std::shared_ptr<TlsMaterial>(std::make_shared<FileTlsMaterial>(connection, host, std::move(material)));
}

}  // namespace muster::client
