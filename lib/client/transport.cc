#include "lib/client/transport.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "lib/base/strings.h"
#include "lib/client/credentials.h"
#include "lib/client/fair_limiter.h"
#include "lib/client/files.h"
#include "lib/client/transport_channels.h"
#include "lib/client/transport_expiry.h"
#include "lib/wire/frames.h"
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
  for (const auto& [key, value] : connection.impersonate_extra) fits = fits && FitsInHeader(value);
  if (fits) return Ok();
  return MakeError(Code::kInvalid, connection.origin +
                                       " has a name with control characters in it: an impersonated user "
                                       "or group, or tls-server-name");
}

// The name of the header for a key of impersonate_extra, as client-go escapes it.
std::string ExtraHeaderName(const std::string& key) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kLegal = "!#$&'*+-.^_`|~";
  std::string name = "Impersonate-Extra-";
  for (const char c : key) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || kLegal.find(c) != std::string_view::npos) {
      name += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return name;
}

// Lets qps through and, for unary requests, bounds the connections. Waiting ends with Stop.
class Gate {
 public:
  explicit Gate(const TransportOptions& options) : free_(std::max(1, options.connections_max)) {
    if (options.qps <= 0) return;
    const int burst = options.burst > 0 ? options.burst : std::max(1, static_cast<int>(2 * options.qps));
    limiter_.emplace(options.qps, burst);
  }

  Status PassRateLimit(const std::string& path, const std::stop_token& stop) {
    if (limiter_ && !limiter_->Pass(LaneOfPath(path), stop)) return Stopping();
    const std::scoped_lock lock(mutex_);
    return stopped_ ? Status(Stopping()) : Ok();
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
    if (limiter_) limiter_->Stop();
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<FairLimiter> limiter_;
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
  Impl(Connection connection, TransportOptions options, const ServerAddress& address,
       std::unique_ptr<Channels> channels)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        host_(address.HostPort()),
        url_(address.Url()),
        credentials_(MakeCredentialSource(connection_)),
        channels_(std::move(channels)),
        gate_(std::make_shared<Gate>(options_)) {
    if (connection_.request_timeout > Duration(0)) options_.request_timeout = connection_.request_timeout;
  }

  Result<wire::Response> Send(const wire::Request& request) {
    return WithCredential([&](const Credential& credential) { return SendWith(request, credential); });
  }

  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                const std::stop_token& stop) {
    return WithCredential([&](const Credential& credential) { return StreamWith(request, credential, on_line, stop); });
  }

  void Stop() {
    gate_->Stop();
    stop_.request_stop();
  }

 private:
  // Asks with the credential of the moment; refused (401), once more with another one if there is one.
  template <class Ask>
  Result<wire::Response> WithCredential(Ask ask) {
    TRY(Credential credential, credentials_->Current(stop_.get_token()));
    Result<wire::Response> answer = ask(credential);
    if (!answer || answer->status != 401) return answer;
    TRY(const bool another, credentials_->Refused(credential, stop_.get_token()));
    if (another) {
      TRY(credential, credentials_->Current(stop_.get_token()));
      answer = ask(credential);
      if (!answer || answer->status != 401) return answer;
    }
    if (const auto why = WhyUnauthorized(credential)) return *why;
    return answer;
  }

  // When our own clock says it: the server only says Unauthorized.
  std::optional<Error> WhyUnauthorized(const Credential& credential) const {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const Pem& own = connection_.client_certificate;
    const std::string given = own.file.empty() ? own.text : ReadSmallFile(own.file).value_or("");
    const auto why =
        WhyRefused(connection_, credential, credential.certificate.empty() ? given : credential.certificate, now);
    if (!why) return std::nullopt;
    return MakeError(Code::kUnauthorized, "the API server at " + url_ + " does not accept " + *why);
  }

  Outgoing Prepare(const wire::Request& request, const Credential& credential) const {
    Outgoing outgoing{.method = wire::MethodName(request.method), .target = wire::EncodeTarget(request)};
    outgoing.body = request.body;
    auto& headers = outgoing.headers;
    headers.emplace_back("Accept", request.accept.empty() ? "application/json" : request.accept);
    headers.emplace_back("User-Agent", options_.user_agent);
    if (!request.content_type.empty()) headers.emplace_back("Content-Type", request.content_type);
    if (!credential.authorization.empty()) headers.emplace_back("Authorization", credential.authorization);
    if (!connection_.impersonate_user.empty()) headers.emplace_back("Impersonate-User", connection_.impersonate_user);
    if (!connection_.impersonate_uid.empty()) headers.emplace_back("Impersonate-Uid", connection_.impersonate_uid);
    if (!connection_.impersonate_groups.empty()) {
      // One header line per group, in one value: cpprestsdk would join several with commas, into one group's name.
      // No group holds a control character: see Create.
      headers.emplace_back("Impersonate-Group", Join(connection_.impersonate_groups, "\r\nImpersonate-Group: "));
    }
    std::map<std::string, std::string> extras;  // likewise
    for (const auto& [key, value] : connection_.impersonate_extra) {
      const std::string name = ExtraHeaderName(key);
      const auto [at, is_first] = extras.emplace(name, value);
      if (!is_first) at->second.append("\r\n").append(name).append(": ").append(value);
    }
    for (const auto& [name, values] : extras) headers.emplace_back(name, values);
    return outgoing;
  }

  Result<wire::Response> SendWith(const wire::Request& request, const Credential& credential) {
    TRY(const Channels::Pair channel, channels_->For(credential));
    const Clock::time_point asked = Clock::now();
    TRY_VOID(gate_->PassRateLimit(request.path, stop_.get_token()));
    TRY_VOID(gate_->Acquire());
    const Clock::time_point sent = Clock::now();
    Duration timeout = request.timeout > Duration(0) ? request.timeout : options_.request_timeout;
    if (request.deadline) {
      timeout = std::min(timeout, std::chrono::duration_cast<Duration>(*request.deadline - sent));
      if (timeout <= Duration(0)) {
        gate_->Release();
        return MakeError(Code::kTimeout, "it was not sent: its turn came too late (requests are limited to a rate)");
      }
    }
    const size_t most = request.answer_bytes_max > 0 ? request.answer_bytes_max : options_.body_bytes_max;
    const auto exchange = std::make_shared<Exchange>(Exchange::Limits{.body_bytes = most});
    exchange->OnEnded([gate = gate_] { gate->Release(); });
    channel.unary->Start(exchange, Prepare(request, credential));
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

  Result<wire::Response> StreamWith(const wire::Request& request, const Credential& credential,
                                    const wire::LineSink& on_line, const std::stop_token& stop) {
    TRY(const Channels::Pair channel, channels_->For(credential));
    const Clock::time_point asked = Clock::now();
    if (stop.stop_requested()) return Stopping();
    TRY_VOID(gate_->PassRateLimit(request.path, stop));
    const Clock::time_point sent = Clock::now();
    const auto exchange = std::make_shared<Exchange>(
        Exchange::Limits{.body_bytes = options_.stream_buffer_bytes, .overflow = Exchange::Overflow::kWaits});
    const Duration silence = request.timeout > Duration(0) ? request.timeout : options_.stream_idle_timeout;
    channel.streams->Start(exchange, Prepare(request, credential));
    const auto cancel = [&exchange] { exchange->Cancel(Stopping()); };
    const std::stop_callback callers_stop(stop, cancel);
    const std::stop_callback our_stop(stop_.get_token(), cancel);
    const Duration first = request.first_timeout > Duration(0) ? request.first_timeout : silence;
    const Result<Head> head = exchange->AwaitHead(sent + first);
    Observe(request, head ? std::to_string(head->status) : "<error>", asked, sent);
    if (!head) return InTime(head.error(), first);
    if (head->status != 200) return ReadRefusal(*exchange, *head);
    const Patience patience{.first = first, .then = silence};
    if (request.framing == wire::Framing::kLengthPrefixed) {
      wire::FrameSplitter frames(options_.line_bytes_max);
      TRY_VOID(Pump(*exchange, patience, frames, on_line));
    } else {
      wire::LineSplitter lines(options_.line_bytes_max);
      TRY_VOID(Pump(*exchange, patience, lines, on_line));
      TRY([[maybe_unused]] const bool wanted, lines.Finish(on_line));
    }
    return MakeResponse(*head, "");
  }

  // How long a stream may be silent: before its first bytes, and then.
  struct Patience {
    Duration first;
    Duration then;
  };

  // Until the stream ends or on_line wants no more.
  template <class Splitter>
  Status Pump(Exchange& exchange, const Patience& patience, Splitter& splitter, const wire::LineSink& on_line) const {
    std::string bytes;
    for (Duration longest = patience.first;; longest = patience.then) {
      const Result<bool> more = exchange.AwaitBytes(bytes, Clock::now() + longest);
      if (!more) return InTime(more.error(), longest);
      if (!*more) break;
      const Result<bool> wanted = splitter.Feed(bytes, on_line);
      if (wanted && *wanted) continue;
      exchange.Cancel(Stopping());
      return wanted ? Ok() : Status(wanted.error());
    }
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
  const std::string url_;
  const std::unique_ptr<CredentialSource> credentials_;
  const std::unique_ptr<Channels> channels_;
  const std::shared_ptr<Gate> gate_;  // shared: an exchange given up may end after us
  std::stop_source stop_;
};

HttpTransport::HttpTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpTransport::~HttpTransport() = default;

Result<std::unique_ptr<HttpTransport>> HttpTransport::Create(const Connection& connection, TransportOptions options) {
  TRY_VOID(CheckHeaders(connection, options));
  const Result<ServerAddress> parsed = ParseServerAddress(connection.server);
  if (!parsed) return MakeError(Code::kInvalid, parsed.error().message + ", in " + connection.origin);
  const ServerAddress& address = *parsed;
  TRY(std::unique_ptr<Channels> channels, Channels::Create(connection, address));
  auto impl = std::make_unique<Impl>(connection, std::move(options), address, std::move(channels));
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(impl)));
}

Result<wire::Response> HttpTransport::Send(const wire::Request& request) { return impl_->Send(request); }

Result<wire::Response> HttpTransport::Stream(const wire::Request& request, const wire::LineSink& on_line,
                                             std::stop_token stop) {
  return impl_->Stream(request, on_line, stop);
}

void HttpTransport::Stop() { impl_->Stop(); }

}  // namespace muster::client
