// Why a server's certificate is not trusted, and what to do, in words for the user. Layer: client; internal to
// transport*.cc. Pure: the time is handed in. What stands in a certificate is a stranger's text: it is cut short and
// made printable.
#pragma once

#include <optional>
#include <string>

#include "lib/base/time.h"

struct x509_st;            // OpenSSL's X509
struct x509_store_ctx_st;  // OpenSSL's X509_STORE_CTX

namespace muster::client {

struct Mistrust {
  std::string why;     // "its certificate expired at ..."; a part of a sentence
  std::string remedy;  // "renew it there, ..."
};

struct TrustTerms {
  std::string host;            // what the certificate must be for
  std::string origin;          // for messages: `context "dev" of /home/u/.kube/config`
  bool has_authority = false;  // certificate-authority is given; else the system's roots are trusted
};

// Of a verification that has failed.
Mistrust DescribeMistrust(x509_store_ctx_st* verification, const TrustTerms& terms, Instant now);

// notAfter; nullopt when it cannot be read.
std::optional<Instant> ExpiryOf(const x509_st* certificate);

}  // namespace muster::client
