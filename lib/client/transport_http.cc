#include "lib/client/transport_http.h"

#include <cpprest/http_client.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <atomic>
#include <charconv>
#include <optional>

#include "lib/client/proxy.h"
#include "lib/client/transport.h"
#include "lib/client/transport_relay.h"

// The library's own definition frees nothing on Linux: the password of a proxy would leak with every connection. A
// program's symbol goes before that of a shared library.
namespace web::details {
void zero_memory_deleter::operator()(::utility::string_t* data) const {
  OPENSSL_cleanse(data->data(), data->size());
  delete data;
}
}  // namespace web::details

namespace muster::client {
namespace {

namespace http = web::http;
using boost::asio::ip::tcp;
using ByteStreambuf = concurrency::streams::details::streambuf_state_manager<uint8_t>;

// Our own deadlines are the ones that count; cpprestsdk's would also run while a slow consumer holds a stream back.
constexpr auto kLibraryTimeout = std::chrono::hours(24);
// A chunk header may claim any size, negative ones too, and cpprestsdk believes it.
constexpr size_t kPutBytesMax = 1UL << 30U;

boost::asio::io_service& Service() { return crossplat::threadpool::shared_instance().service(); }

// Runs continuations at once when already on the library's thread, else there. Saves a wake-up per continuation, and
// with one thread it makes all of the library's work sequential: its sockets are not safe against concurrent
// cancelling.
class LibraryThreadScheduler final : public pplx::scheduler_interface {
 public:
  void schedule(pplx::TaskProc_t procedure, void* parameter) override {
    boost::asio::dispatch(Service(), [procedure, parameter] { procedure(parameter); });
  }
};

void InitOnce(int count) {
  static std::atomic<bool> done{false};
  if (done.exchange(true)) return;
  // The library's threads may still use TLS while main returns: OpenSSL must not tidy up under them.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
  try {
    crossplat::threadpool::initialize_with_threads(static_cast<size_t>(std::max(1, count)));
    pplx::set_ambient_scheduler(std::make_shared<LibraryThreadScheduler>());
  } catch (const std::exception&) {
    // Someone else started the library first, with its own 40 threads: slower, not wrong.
  }
}

// Where cpprestsdk writes a body: straight into the exchange, bounded, with backpressure. Write-only.
class BodySink final : public ByteStreambuf {
 public:
  explicit BodySink(std::shared_ptr<Exchange> exchange)
      : ByteStreambuf(std::ios_base::out), exchange_(std::move(exchange)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t buffer_size(std::ios_base::openmode /*direction*/) const override { return 0; }
  void set_buffer_size(size_t /*size*/, std::ios_base::openmode /*direction*/) override {}
  size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode /*direction*/) const override { return pos_type(traits::eof()); }
  pos_type seekpos(pos_type /*pos*/, std::ios_base::openmode /*direction*/) override { return pos_type(traits::eof()); }
  pos_type seekoff(off_type /*offset*/, std::ios_base::seekdir /*way*/, std::ios_base::openmode /*mode*/) override {
    return pos_type(traits::eof());
  }
  bool acquire(uint8_t*& /*ptr*/, size_t& /*count*/) override { return false; }
  void release(uint8_t* /*ptr*/, size_t /*count*/) override {}

 protected:
  pplx::task<size_t> _putn(const uint8_t* bytes, size_t count) override {
    if (count > kPutBytesMax) return Refuse();
    pplx::task_completion_event<size_t> room;
    const auto resume = [room, count] { boost::asio::post(Service(), [room, count] { room.set(count); }); };
    switch (exchange_->BytesArrived({reinterpret_cast<const char*>(bytes), count}, resume)) {
      case Exchange::Taken::kYes:
        return pplx::task_from_result(count);
      case Exchange::Taken::kYesThenWait:
        return pplx::create_task(room);
      case Exchange::Taken::kRefused:
        break;
    }
    return Refuse();
  }
  pplx::task<int_type> _putc(uint8_t byte) override {
    return _putn(&byte, 1).then([byte](size_t) { return static_cast<int_type>(byte); });
  }
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<size_t> _getn(uint8_t* /*ptr*/, size_t /*count*/) override { return pplx::task_from_result<size_t>(0); }
  size_t _scopy(uint8_t* /*ptr*/, size_t /*count*/) override { return 0; }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  uint8_t* _alloc(size_t /*count*/) override { return nullptr; }
  void _commit(size_t /*count*/) override {}

 private:
  static pplx::task<size_t> Refuse() {
    return pplx::task_from_exception<size_t>(std::make_exception_ptr(http::http_exception("body refused")));
  }

  const std::shared_ptr<Exchange> exchange_;
};

// A peer that vanished without a word is noticed by the kernel in 30 + 3 * 5 s, on idle connections too.
void SetKeepAlive(tcp::socket& socket) {
  const int fd = socket.native_handle();
  int is_on = 0;
  socklen_t size = sizeof is_on;
  if (::getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &is_on, &size) == 0 && is_on != 0) return;  // a reused connection
  const int on = 1, idle_s = 30, interval_s = 5, count = 3, unacknowledged_ms = 45000;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
}

// cpprestsdk calls this before it connects. A socket whose family we know is opened here, so that it has its options
// from the start; one behind a host name gets them when it is used again.
void PrepareSocket(tcp::socket& socket, const std::string& host) {
  boost::system::error_code error;
  if (!socket.is_open()) {
    const auto ip = boost::asio::ip::make_address(host, error);
    if (error) return;
    socket.open(ip.is_v6() ? tcp::v6() : tcp::v4(), error);
  }
  if (!error && socket.is_open()) SetKeepAlive(socket);
}

std::string HeaderValue(const http::http_headers& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::string ProxyOrigin(const Connection& connection) {
  return connection.proxy_origin.empty() ? "proxy-url of " + connection.origin : connection.proxy_origin;
}

class CpprestClient final : public HttpClient, public std::enable_shared_from_this<CpprestClient> {
 public:
  CpprestClient(const http::client::http_client_config& config, const ServerAddress& address,
                const Connection& connection, std::shared_ptr<TlsMaterial> tls, std::shared_ptr<ProxyRelay> relay)
      : relay_(std::move(relay)),
        client_(http::uri(address.Url()), config),
        address_(address),
        server_origin_(connection.server_overridden ? "--server" : "the server of " + connection.origin),
        proxy_origin_(connection.proxy_url.empty() ? "" : ProxyOrigin(connection)),
        host_header_(connection.tls_server_name),
        tls_(std::move(tls)) {}

  void Start(std::shared_ptr<Exchange> exchange, Outgoing outgoing) override {
    const pplx::cancellation_token_source cancel;
    exchange->OnCancel([cancel] { boost::asio::post(Service(), [cancel] { cancel.cancel(); }); });
    boost::asio::post(Service(), [self = shared_from_this(), exchange = std::move(exchange),
                                  outgoing = std::move(outgoing), token = cancel.get_token()]() mutable {
      try {
        self->StartOnLibraryThread(exchange, std::move(outgoing), token);
      } catch (const std::exception& e) {
        exchange->Ended(MakeError(Code::kInternal, std::string("cannot send the request: ") + e.what()));
      }
    });
  }

 private:
  void StartOnLibraryThread(const std::shared_ptr<Exchange>& exchange, Outgoing outgoing,
                            const pplx::cancellation_token& token) {
    http::http_request request{std::string(outgoing.method)};
    request.set_request_uri(http::uri(outgoing.target));
    for (const auto& [name, value] : outgoing.headers) request.headers().add(name, value);
    if (!host_header_.empty()) request.headers().add("Host", host_header_);
    if (!outgoing.body.empty()) {
      const std::string content_type = HeaderValue(request.headers(), "Content-Type");
      request.set_body(std::move(outgoing.body), content_type);
    }
    request.set_response_stream(
        concurrency::streams::streambuf<uint8_t>(std::make_shared<BodySink>(exchange)).create_ostream());
    client_.request(request, token)
        .then([self = shared_from_this(), exchange](const pplx::task<http::http_response>& t) {
          self->AnswerBegan(exchange, t);
        });
  }

  void AnswerBegan(const std::shared_ptr<Exchange>& exchange, const pplx::task<http::http_response>& task) {
    try {
      const http::http_response response = task.get();
      exchange->HeadArrived({.status = response.status_code(),
                             .retry_after = HeaderValue(response.headers(), "Retry-After"),
                             .warning = HeaderValue(response.headers(), "Warning")});
      response.content_ready().then([self = shared_from_this(),
                                     exchange](const pplx::task<http::http_response>& ready) {
        try {
          ready.get();
          exchange->Ended(std::nullopt);
        } catch (...) {
          exchange->Ended(MakeError(Code::kUnavailable, "the connection to the API server at " + self->address_.Url() +
                                                            " broke in the middle of its answer"));
        }
      });
    } catch (...) {
      exchange->Ended(ErrorOf(std::current_exception()));
    }
  }

  Error ErrorOf(const std::exception_ptr& exception) const {
    std::string what;
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {
      what = "unknown error";
    }
    const auto says = [&what](std::string_view text) { return what.find(text) != std::string::npos; };
    const std::string at = " the API server at " + address_.Url();
    const std::string refusal = tls_ ? tls_->TakeRefusal() : "";
    if (!refusal.empty()) return MakeError(Code::kUnauthorized, at.substr(1) + " " + refusal);
    const std::string relay_error = relay_ ? relay_->TakeError() : "";
    if (!relay_error.empty()) what = relay_error;
    if (!proxy_origin_.empty() && (!relay_error.empty() || says("proxy") || says("Failed to connect"))) {
      return MakeError(Code::kUnavailable,
                       "no way to" + at + " through the proxy (" + what + "): check " + proxy_origin_);
    }
    if (says("resolving") || says("resolve address")) {
      return MakeError(Code::kUnavailable, "cannot resolve the host name of" + at + ": check " + server_origin_);
    }
    if (says("Failed to connect")) {
      return MakeError(Code::kUnavailable,
                       "cannot connect to" + at + ": is it running, and is " + server_origin_ + " right?");
    }
    if (says("SSL handshake")) return HandshakeError(at);
    const std::string expired = tls_ ? tls_->OwnExpiry() : "";  // whoever minds may close without a word
    return MakeError(Code::kUnavailable,
                     "lost the connection to" + at + " (" + what + ")" + (expired.empty() ? "" : ": " + expired));
  }

  Error HandshakeError(const std::string& at) const {
    const std::optional<Mistrust> mistrust = tls_ ? tls_->TakeMistrust() : std::nullopt;
    if (!mistrust) return MakeError(Code::kUnavailable, "no TLS connection with" + at + ": does it speak TLS there?");
    return MakeError(Code::kUnavailable, "cannot trust" + at + ": " + mistrust->why + ": " + mistrust->remedy);
  }

  const std::shared_ptr<ProxyRelay> relay_;  // to an https proxy; null: no need of one
  http::client::http_client client_;
  const ServerAddress address_;
  const std::string server_origin_;
  const std::string proxy_origin_;  // empty: no proxy
  const std::string host_header_;
  const std::shared_ptr<TlsMaterial> tls_;
};

http::client::http_client_config MakeConfig(const Connection& connection, const ServerAddress& address,
                                            const std::optional<ProxyAddress>& proxy,
                                            const std::shared_ptr<ProxyRelay>& relay,
                                            const std::shared_ptr<TlsMaterial>& tls) {
  http::client::http_client_config config;
  config.set_timeout(kLibraryTimeout);
  config.set_max_redirects(0);  // a redirect would be sent our token
  config.set_validate_certificates(!connection.insecure_skip_tls_verify);
  config.set_ssl_context_callback([tls](boost::asio::ssl::context& context) { tls->Apply(context.native_handle()); });
  if (proxy) {
    web::web_proxy way(
        http::uri("http://" + (relay ? "127.0.0.1:" + std::to_string(relay->port()) : proxy->HostPort())));
    if (!proxy->user.empty()) way.set_credentials(web::credentials(proxy->user, proxy->password));
    config.set_proxy(way);
    return config;  // the handle below may then be a plain or a TLS stream, and nothing says which
  }
  config.set_nativehandle_options([host = address.host, encrypted = address.tls](http::client::native_handle handle) {
    tcp::socket& socket = encrypted ? static_cast<boost::asio::ssl::stream<tcp::socket&>*>(handle)->next_layer()
                                    : *static_cast<tcp::socket*>(handle);
    PrepareSocket(socket, host);
  });
  return config;
}

Error BadAddress(const std::string& server, const std::string& why) {
  return MakeError(Code::kInvalid, "server \"" + server + "\" " + why + ": write it as https://host:port");
}

}  // namespace

void InitThreads(int count) { InitOnce(count); }

std::string ServerAddress::HostPort() const { return host + ":" + std::to_string(port); }

std::string ServerAddress::Url() const { return (tls ? "https://" : "http://") + HostPort() + path; }

Result<ServerAddress> ParseServerAddress(const std::string& server) {
  ServerAddress address;
  std::string_view rest = server;
  const size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) return BadAddress(server, "has no scheme");
  const std::string_view scheme = rest.substr(0, scheme_end);
  if (scheme != "https" && scheme != "http") return BadAddress(server, "is neither https nor http");
  address.tls = scheme == "https";
  rest.remove_prefix(scheme_end + 3);
  if (rest.find_first_of("?#@ ") != std::string_view::npos)
    return BadAddress(server, "holds more than host, port and path");
  const size_t path_at = std::min(rest.find('/'), rest.size());
  address.path = rest.substr(path_at);
  while (address.path.ends_with('/')) address.path.pop_back();
  std::string_view host = rest.substr(0, path_at);
  address.port = address.tls ? 443 : 80;
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size() || address.port < 1 || address.port > 65535) {
      return BadAddress(server, "has a port that is no number from 1 to 65535");
    }
    host = host.substr(0, colon);
  }
  if (host.starts_with('[')) {
    return MakeError(Code::kInvalid,
                     "server \"" + server + "\" is an IPv6 address, which is not supported: use a host name");
  }
  if (host.empty()) return BadAddress(server, "has no host");
  address.host = host;
  return address;
}

Result<std::shared_ptr<HttpClient>> HttpClient::Create(const Connection& connection, const ServerAddress& address,
                                                       std::shared_ptr<TlsMaterial> tls) {
  InitOnce(1);
  std::optional<ProxyAddress> proxy;
  if (!connection.proxy_url.empty()) {
    TRY(proxy, ParseProxy(connection.proxy_url, ProxyOrigin(connection)));
  }
  std::shared_ptr<ProxyRelay> relay;
  if (proxy && proxy->tls) {
    TRY(relay, ProxyRelay::Start(connection, *proxy));
  }
  try {
    const http::client::http_client_config config = MakeConfig(connection, address, proxy, relay, tls);
    return std::shared_ptr<HttpClient>(
        std::make_shared<CpprestClient>(config, address, connection, std::move(tls), std::move(relay)));
  } catch (const std::exception& e) {
    return MakeError(Code::kInvalid,
                     "server " + connection.server + " of " + connection.origin + " cannot be used: " + e.what());
  }
}

}  // namespace muster::client
