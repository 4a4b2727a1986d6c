// The roots that the system trusts, read once. Layer: client; internal to transport*.cc. Thread-safe.
//
// cpprestsdk has OpenSSL read them for every connection it makes, before anybody can say whose certificates count: some
// 140 certificates, 27 ms of CPU, on a thread that all connections share. transport_roots.cc stands in OpenSSL's place
// there and reads nothing; TlsMaterial then sets these, or our own CA alone.
#pragma once

struct x509_st;        // OpenSSL's X509
struct x509_store_st;  // OpenSSL's X509_STORE

namespace muster::client {

// Where OpenSSL looks by default (SSL_CERT_FILE, SSL_CERT_DIR, /etc/ssl). Owned by the process; SSL_CTX_set1_cert_store
// shares it.
x509_store_st* SystemRoots();

// OpenSSL decodes a certificate's extensions when it first verifies with it, and other threads may read them meanwhile
// without a lock. Called before threads share the certificate, this decodes them.
void DecodeExtensions(x509_st* certificate);

}  // namespace muster::client
