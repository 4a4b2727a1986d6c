// Servers that are there and say nothing: given up within --request-timeout.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "tests/e2e/kubeconfig/matrix.h"
#include "tests/support/raw_http_server.h"

namespace muster::e2e {
namespace {

// A port that swallows what is sent to it, like an address behind a firewall: its queue is full and nobody takes from
// it, so the kernel drops each new connection's packets. (What becomes of packets to 192.0.2.1 is every network's own
// affair; some refuse them at once.)
class BlackHole {
 public:
  BlackHole() {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0 || ::listen(listener_, 0) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &length) != 0) {
      ADD_FAILURE() << "no port is to be had on loopback";
    }
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(filler, reinterpret_cast<sockaddr*>(&address_), sizeof address_);
    }
  }
  ~BlackHole() {
    for (const int filler : fillers_) ::close(filler);
    ::close(listener_);
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

 private:
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address_{};
  int fillers_[4] = {};
};

class Timeouts : public Matrix {
 protected:
  // kubectl gives up too, when it has tried often enough.
  void ExpectGivenUp(const std::string& what, const std::string& url) {
    const Row row{.what = what,
                  .kubeconfig = Config("server: \"" + url + "\"", "token: t"),
                  .flags = {"--request-timeout=1s"},
                  .refusal = "no answer from " + url};
    Compare(row);
    const auto began = std::chrono::steady_clock::now();
    const CommandResult ours = Ours(row);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_NE(ours.err.find(url), std::string::npos) << ours.Text();
    EXPECT_NE(ours.err.find(" within 1s"), std::string::npos) << ours.Text();
    EXPECT_GE(took, 900ms) << "it has not waited";
    EXPECT_LT(took, 6s) << "the flag is not heeded: 10 s are the default";
  }
};

TEST_F(Timeouts, ASilentServerIsGivenUpInTime) {
  const testing::RawHttpServer silent([](testing::RawConnection& c) { c.Stall(); });
  ExpectGivenUp("silent", "https://127.0.0.1:" + std::to_string(silent.port()));
  ExpectGivenUp("silent, without TLS", silent.Url());
}

TEST_F(Timeouts, AnAddressThatSwallowsAllIsGivenUpInTime) {
  const BlackHole hole;
  ExpectGivenUp("black hole", hole.Url());
}

}  // namespace
}  // namespace muster::e2e
