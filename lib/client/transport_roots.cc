#include "lib/client/transport_roots.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// A program's own symbol goes before that of a shared library: this is the one that cpprestsdk finds. Where it is not
// found, connections only cost more.
extern "C" int SSL_CTX_set_default_verify_paths(SSL_CTX* /*context*/) { return 1; }

namespace muster::client {

x509_store_st* SystemRoots() {
  static X509_STORE* const roots = [] {
    X509_STORE* store = X509_STORE_new();
    X509_STORE_set_default_paths(store);
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
      if (X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i))) DecodeExtensions(certificate);
    }
    ERR_clear_error();  // a place that is not there is no error: then nobody is trusted
    return store;
  }();
  return roots;
}

void DecodeExtensions(X509* certificate) { (void)X509_check_purpose(certificate, -1, 0); }

}  // namespace muster::client
