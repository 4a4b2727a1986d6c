#include "lib/client/transport.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "lib/base/strings.h"
#include "lib/client/rate_limiter.h"
#include "lib/client/token.h"
#include "lib/client/transport_http.h"
#include "lib/client/transport_tls.h"
#include "lib/wire/headers.h"
#include "lib/wire/lines.h"

namespace muster::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kRefusalBytesMax = 1UL << 20U;

Error Stopping() { return MakeError(Code::kCancelled, "stopping"); }

Duration Since(Clock::time_point start) { return std::chrono::duration_cast<Duration>(Clock::now() - start); }

// Whatever the server or a proxy could take for the end of a header must not stand in one.
bool FitsInHeader(const std::string& value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

Status CheckHeaders(const Connection& connection, const TransportOptions& options) {
  bool fits = FitsInHeader(connection.impersonate_user) && FitsInHeader(connection.impersonate_uid) &&
              FitsInHeader(connection.tls_server_name) && FitsInHeader(options.user_agent);
  for (const std::string& group : connection.impersonate_groups) fits = fits && FitsInHeader(group);
  if (fits) return Ok();
  return MakeError(Code::kInvalid, connection.origin +
                                       " has a name with control characters in it: an impersonated user "
                                       "or group, or tls-server-name");
}

// Lets qps through and, for unary requests, bounds the connections. Waiting ends with Stop.
class Gate {
 public:
  explicit Gate(const TransportOptions& options) : free_(std::max(1, options.connections_max)) {
    if (options.qps <= 0) return;
    const int burst = options.burst > 0 ? options.burst : std::max(1, static_cast<int>(2 * options.qps));
    bucket_.emplace(options.qps, burst, Clock::now());
  }

  Status PassRateLimit(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!bucket_) return stopped_ ? Status(Stopping()) : Ok();
    const Clock::time_point now = Clock::now();
    const Clock::time_point then = now + bucket_->Reserve(now);
    if (then > now) changed_.wait_until(lock, stop, then, [this] { return stopped_; });
    return stopped_ || stop.stop_requested() ? Status(Stopping()) : Ok();
  }

  Status Acquire() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || free_ > 0; });
    if (stopped_) return Stopping();
    --free_;
    return Ok();
  }

  void Release() {
    const std::scoped_lock lock(mutex_);
    ++free_;
    changed_.notify_all();
  }

  void Stop() {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<TokenBucket> bucket_;
  int free_;
  bool stopped_ = false;
};

}  // namespace

std::string UserAgent(const std::string& program, const std::string& version) {
#if defined(__aarch64__)
  constexpr std::string_view kArchitecture = "arm64";
#else
  constexpr std::string_view kArchitecture = "amd64";
#endif
  return program + "/" + version + " (linux/" + std::string(kArchitecture) + ")";
}

class HttpTransport::Impl {
 public:
  Impl(Connection connection, TransportOptions options, const ServerAddress& address, std::shared_ptr<HttpClient> unary,
       std::shared_ptr<HttpClient> streams)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        host_(address.HostPort()),
        tokens_(MakeTokenSource(connection_)),
        unary_(std::move(unary)),
        streams_(std::move(streams)),
        gate_(std::make_shared<Gate>(options_)) {
    if (connection_.request_timeout > Duration(0)) options_.request_timeout = connection_.request_timeout;
  }

  Result<wire::Response> Send(const wire::Request& request) {
    TRY(const std::string token, tokens_->Token());
    Result<wire::Response> answer = SendWith(request, token);
    if (!answer || answer->status != 401 || !tokens_->Refused(token)) return answer;
    TRY(const std::string fresh, tokens_->Token());
    return SendWith(request, fresh);
  }

  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                const std::stop_token& stop) {
    TRY(const std::string token, tokens_->Token());
    Result<wire::Response> answer = StreamWith(request, token, on_line, stop);
    if (!answer || answer->status != 401 || !tokens_->Refused(token)) return answer;
    TRY(const std::string fresh, tokens_->Token());
    return StreamWith(request, fresh, on_line, stop);
  }

  void Stop() {
    gate_->Stop();
    stop_.request_stop();
  }

 private:
  Outgoing Prepare(const wire::Request& request, const std::string& token) const {
    Outgoing outgoing{.method = wire::MethodName(request.method), .target = wire::EncodeTarget(request)};
    outgoing.body = request.body;
    auto& headers = outgoing.headers;
    headers.emplace_back("Accept", "application/json");
    headers.emplace_back("User-Agent", options_.user_agent);
    if (!request.content_type.empty()) headers.emplace_back("Content-Type", request.content_type);
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (!connection_.impersonate_user.empty()) headers.emplace_back("Impersonate-User", connection_.impersonate_user);
    if (!connection_.impersonate_uid.empty()) headers.emplace_back("Impersonate-Uid", connection_.impersonate_uid);
    if (!connection_.impersonate_groups.empty()) {
      // One header line per group, in one value: cpprestsdk would join several with commas, into one group's name.
      // No group holds a control character: see Create.
      headers.emplace_back("Impersonate-Group", Join(connection_.impersonate_groups, "\r\nImpersonate-Group: "));
    }
    return outgoing;
  }

  Result<wire::Response> SendWith(const wire::Request& request, const std::string& token) {
    const Clock::time_point asked = Clock::now();
    TRY_VOID(gate_->PassRateLimit(stop_.get_token()));
    TRY_VOID(gate_->Acquire());
    const Clock::time_point sent = Clock::now();
    const auto exchange = std::make_shared<Exchange>(Exchange::Limits{.body_bytes = options_.body_bytes_max});
    exchange->OnEnded([gate = gate_] { gate->Release(); });
    const Duration timeout = request.timeout > Duration(0) ? request.timeout : options_.request_timeout;
    unary_->Start(exchange, Prepare(request, token));
    const std::stop_callback stopping(stop_.get_token(), [&exchange] { exchange->Cancel(Stopping()); });
    Result<std::string> body = exchange->AwaitEnd(sent + timeout);
    if (!body) {
      Observe(request, "<error>", asked, sent);
      return InTime(body.error(), timeout);
    }
    TRY(const Head head, exchange->AwaitHead(sent + timeout));
    Observe(request, std::to_string(head.status), asked, sent);
    return MakeResponse(head, std::move(*body));
  }

  Result<wire::Response> StreamWith(const wire::Request& request, const std::string& token,
                                    const wire::LineSink& on_line, const std::stop_token& stop) {
    const Clock::time_point asked = Clock::now();
    if (stop.stop_requested()) return Stopping();
    TRY_VOID(gate_->PassRateLimit(stop));
    const Clock::time_point sent = Clock::now();
    const auto exchange = std::make_shared<Exchange>(
        Exchange::Limits{.body_bytes = options_.stream_buffer_bytes, .overflow = Exchange::Overflow::kWaits});
    const Duration silence = request.timeout > Duration(0) ? request.timeout : options_.stream_idle_timeout;
    streams_->Start(exchange, Prepare(request, token));
    const auto cancel = [&exchange] { exchange->Cancel(Stopping()); };
    const std::stop_callback callers_stop(stop, cancel);
    const std::stop_callback our_stop(stop_.get_token(), cancel);
    const Result<Head> head = exchange->AwaitHead(sent + silence);
    Observe(request, head ? std::to_string(head->status) : "<error>", asked, sent);
    if (!head) return InTime(head.error(), silence);
    if (head->status != 200) return ReadRefusal(*exchange, *head);
    TRY_VOID(PumpLines(*exchange, silence, on_line));
    return MakeResponse(*head, "");
  }

  // Until the stream ends or on_line wants no more.
  Status PumpLines(Exchange& exchange, Duration silence, const wire::LineSink& on_line) const {
    wire::LineSplitter lines(options_.line_bytes_max);
    std::string bytes;
    for (;;) {
      const Result<bool> more = exchange.AwaitBytes(bytes, Clock::now() + silence);
      if (!more) return InTime(more.error(), silence);
      if (!*more) break;
      const Result<bool> wanted = lines.Feed(bytes, on_line);
      if (wanted && *wanted) continue;
      exchange.Cancel(Stopping());
      return wanted ? Ok() : Status(wanted.error());
    }
    TRY([[maybe_unused]] const bool wanted, lines.Finish(on_line));
    return Ok();
  }

  Result<wire::Response> ReadRefusal(Exchange& exchange, const Head& head) const {
    const Clock::time_point deadline = Clock::now() + options_.request_timeout;
    std::string body;
    std::string bytes;
    while (body.size() < kRefusalBytesMax) {
      const Result<bool> more = exchange.AwaitBytes(bytes, deadline);
      if (!more || !*more) break;  // the status alone is an answer, too
      body += bytes;
    }
    exchange.Cancel(Stopping());
    body.resize(std::min(body.size(), kRefusalBytesMax));
    return MakeResponse(head, std::move(body));
  }

  static wire::Response MakeResponse(const Head& head, std::string body) {
    wire::Response response;
    response.status = head.status;
    response.body = std::move(body);
    if (!head.warning.empty()) response.warnings = wire::ParseWarnings(head.warning);
    if (!head.retry_after.empty()) response.retry_after = wire::ParseRetryAfter(head.retry_after);
    return response;
  }

  Error InTime(Error error, Duration timeout) const {
    if (error.code != Code::kTimeout) return error;
    const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(timeout).count();
    std::string text = std::to_string(seconds);
    text.resize(std::min(text.size(), text.find('.') + 2));
    error.message = "the API server at " + host_ + " did not answer within " + text + " s";
    return error;
  }

  void Observe(const wire::Request& request, const std::string& code, Clock::time_point asked,
               Clock::time_point sent) const {
    if (!options_.observer) return;
    const auto waited = std::chrono::duration_cast<Duration>(sent - asked);
    options_.observer({wire::MethodName(request.method), code, host_, Since(sent), waited});
  }

  const Connection connection_;
  TransportOptions options_;
  const std::string host_;
  const std::unique_ptr<TokenSource> tokens_;
  const std::shared_ptr<HttpClient> unary_;
  const std::shared_ptr<HttpClient> streams_;
  const std::shared_ptr<Gate> gate_;  // shared: an exchange given up may end after us
  std::stop_source stop_;
};

HttpTransport::HttpTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpTransport::~HttpTransport() = default;

Result<std::unique_ptr<HttpTransport>> HttpTransport::Create(const Connection& connection, TransportOptions options) {
  TRY_VOID(CheckHeaders(connection, options));
  TRY(const ServerAddress address, ParseServerAddress(connection.server));
  const std::string host = connection.tls_server_name.empty() ? address.host : connection.tls_server_name;
  TRY(const std::shared_ptr<TlsMaterial> tls, TlsMaterial::Load(connection, host));
  TRY(std::shared_ptr<HttpClient> unary, HttpClient::Create(connection, address, tls));
  TRY(std::shared_ptr<HttpClient> streams, HttpClient::Create(connection, address, tls));
  auto impl = std::make_unique<Impl>(connection, std::move(options), address, std::move(unary), std::move(streams));
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(impl)));
}

Result<wire::Response> HttpTransport::Send(const wire::Request& request) { return impl_->Send(request); }

Result<wire::Response> HttpTransport::Stream(const wire::Request& request, const wire::LineSink& on_line,
                                             std::stop_token stop) {
  return impl_->Stream(request, on_line, stop);
}

void HttpTransport::Stop() { impl_->Stop(); }

}  // namespace muster::client
