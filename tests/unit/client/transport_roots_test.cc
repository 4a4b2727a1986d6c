#include "lib/client/transport_roots.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

namespace muster::client {
namespace {

size_t CertificatesOf(X509_STORE* store) {
  return static_cast<size_t>(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)));
}

TEST(SystemRoots, AreReadOnceAndShared) {
  ASSERT_NE(SystemRoots(), nullptr);
  EXPECT_EQ(SystemRoots(), SystemRoots());
}

// What cpprestsdk calls for each connection is found in the program first, and reads nothing.
TEST(SystemRoots, AConnectionDoesNotReadThemAgain) {
  void* found = dlsym(RTLD_DEFAULT, "SSL_CTX_set_default_verify_paths");
  ASSERT_EQ(found, reinterpret_cast<void*>(&SSL_CTX_set_default_verify_paths));
  ASSERT_EQ(dlsym(RTLD_NEXT, "SSL_CTX_set_default_verify_paths") == found, false);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  EXPECT_EQ(SSL_CTX_set_default_verify_paths(context.get()), 1);
  EXPECT_EQ(CertificatesOf(SSL_CTX_get_cert_store(context.get())), 0U);
}

}  // namespace
}  // namespace muster::client
