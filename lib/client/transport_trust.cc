#include "lib/client/transport_trust.h"

#include <arpa/inet.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/base/strings.h"

namespace muster::client {
namespace {

constexpr size_t kNameBytesShown = 100;
constexpr size_t kHostNamesShown = 8;

std::string Printable(std::string_view text) {
  std::string printable = Shorten(std::string(text), kNameBytesShown);
  for (char& c : printable) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte >= 0x7f) c = '?';
  }
  return printable;
}

// The common name, or all of a name that has none.
std::string Called(const X509_NAME* name) {
  std::array<char, 256> text{};
  if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), text.size()) <= 0) {
    X509_NAME_oneline(name, text.data(), text.size());
  }
  return "\"" + Printable(text.data()) + "\"";
}

std::optional<Instant> InstantOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Instant(std::chrono::seconds(::timegm(&parts)));
}

std::string ShownTime(std::optional<Instant> time) { return time ? FormatTime(*time) : "a time that cannot be read"; }

std::string AddressText(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return "?";
  return ::inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
}

// The hosts that the certificate is for.
std::vector<std::string> HostNamesOf(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_IPADD) names.push_back(AddressText(name->d.iPAddress));
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(Printable({text, static_cast<size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  if (names.size() > kHostNamesShown) {
    names.resize(kHostNamesShown);
    names.emplace_back("...");
  }
  return names;
}

// `depth`: 0 is the server's own certificate, above it are those of its authorities.
std::string Whose(const X509* certificate, int depth) {
  if (depth == 0) return "its certificate";
  return "the certificate of its authority " + Called(X509_get_subject_name(certificate));
}

Mistrust OutOfTime(const X509* certificate, int depth, bool expired, const TrustTerms& terms, Instant now) {
  const std::optional<Instant> from = InstantOf(X509_get0_notBefore(certificate));
  Mistrust mistrust{.why = Whose(certificate, depth) + (expired ? " expired at " : " is valid only from ")};
  mistrust.why += ShownTime(expired ? ExpiryOf(certificate) : from);
  mistrust.why += expired ? "" : " on";
  const std::string clock = "this machine's clock, which says " + FormatTime(now);
  if (!expired) {
    mistrust.remedy = "set " + clock;
  } else if (depth == 0) {
    mistrust.remedy = "renew it where the server runs, as with kubeadm certs renew apiserver; or set " + clock;
  } else {
    mistrust.remedy =
        "renew it, and put the new one into certificate-authority of " + terms.origin + "; or set " + clock;
  }
  return mistrust;
}

Mistrust Unknown(const X509* certificate, const TrustTerms& terms) {
  const bool by_itself = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  Mistrust mistrust;
  mistrust.why =
      "its certificate is signed by " + (by_itself ? "itself, " + Called(X509_get_subject_name(certificate)) + ","
                                                   : Called(X509_get_issuer_name(certificate)) + ",");
  if (terms.has_authority) {
    mistrust.why += " and certificate-authority of " + terms.origin + " holds another authority";
    mistrust.remedy = "put this cluster's CA there, or correct the server if it is another cluster's";
  } else {
    mistrust.why += " which is none of this system's authorities";
    mistrust.remedy = "put this cluster's CA into certificate-authority of " + terms.origin;
  }
  return mistrust;
}

Mistrust Misnamed(const X509* certificate, const TrustTerms& terms) {
  const std::vector<std::string> names = HostNamesOf(certificate);
  if (names.empty()) {
    return {.why = "its certificate names no host, only " + Called(X509_get_subject_name(certificate)),
            .remedy = "issue one with " + terms.host + " as subject alternative name"};
  }
  return {.why = "its certificate is for " + Join(names, ", ") + ", not for " + terms.host,
          .remedy = "make one of these server or tls-server-name of " + terms.origin};
}

}  // namespace

std::optional<Instant> ExpiryOf(const X509* certificate) { return InstantOf(X509_get0_notAfter(certificate)); }

Mistrust DescribeMistrust(X509_STORE_CTX* verification, const TrustTerms& terms, Instant now) {
  const int error = X509_STORE_CTX_get_error(verification);
  const int depth = X509_STORE_CTX_get_error_depth(verification);
  const X509* own = X509_STORE_CTX_get0_cert(verification);
  const X509* at = X509_STORE_CTX_get_current_cert(verification);
  if (at == nullptr) at = own;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return OutOfTime(at, depth, error == X509_V_ERR_CERT_HAS_EXPIRED, terms, now);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return Unknown(at, terms);
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Misnamed(own, terms);
    default:
      return {.why = X509_verify_cert_error_string(error),
              .remedy = "check certificate-authority and server of " + terms.origin};
  }
}

}  // namespace muster::client
