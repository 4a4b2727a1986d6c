// Two kubeconfig files, merged, with every flag that chooses among their entries. The files are in memory alone.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "lib/client/kubeconfig.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_(::memfd_create("kubeconfig", MFD_CLOEXEC)) {
    LAW(fd_ >= 0);
    while (!content.empty()) {
      const ssize_t written = ::write(fd_, content.data(), content.size());
      LAW(written > 0);
      content.remove_prefix(static_cast<size_t>(written));
    }
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void LawsOf(const Result<client::Connection>& loaded) {
  if (!loaded) {
    LAW(!loaded.error().message.empty());
    return;
  }
  const client::Connection& connection = *loaded;
  LAW(!connection.server.empty() && connection.server.find("://") != std::string::npos);
  LAW(!connection.ns.empty());
  LAW(connection.ns.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  LAW(!connection.insecure_skip_tls_verify || connection.certificate_authority.empty());
  if (connection.server.starts_with("http://")) {
    LAW(connection.token.empty() && connection.token_file.empty() && connection.password.empty());
    LAW(connection.client_key.empty() && connection.exec.command.empty());
  }
  if (!connection.exec.command.empty()) LAW(connection.token.empty() && connection.client_certificate.empty());
  if (!connection.username.empty()) LAW(connection.token.empty() && connection.token_file.empty());
}

}  // namespace
}  // namespace muster::fuzz

// A byte of flags, then one file, a line "%%%", and another.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  using namespace muster::fuzz;
  Choices choices(data, size);
  const unsigned flags = choices.Byte();
  const MemoryFile first(choices.Until("\n%%%\n"));
  const MemoryFile second(choices.Rest());
  client::ConfigOverrides overrides;
  if ((flags & 1U) != 0) overrides.context = "dev";
  if ((flags & 2U) != 0) overrides.cluster = "dev";
  if ((flags & 4U) != 0) overrides.user = "dev";
  if ((flags & 8U) != 0) overrides.token = "given";
  if ((flags & 16U) != 0) overrides.server = "https://given:6443";
  if ((flags & 32U) != 0) overrides.insecure_skip_tls_verify = true;
  if ((flags & 128U) != 0) {
    overrides.username = "given";
    overrides.impersonate_extra = {"scopes=given"};
  }
  client::Environment environment{.kubeconfig = first.path() + ":" + second.path()};
  if ((flags & 64U) != 0) environment.proxy = {.https_proxy = "http://proxy:3128", .no_proxy = "10.0.0.0/8,.svc"};
  LawsOf(client::LoadConnection(overrides, environment));
  return 0;
}
