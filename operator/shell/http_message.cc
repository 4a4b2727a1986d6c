#include "operator/shell/http_message.h"

#include <algorithm>
#include <utility>

namespace muster::shell {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kHeadersMax = 64;

HttpParse Refuse(int status, std::string_view why) {
  return {.state = HttpParse::State::kRefused, .refusal = PlainAnswer(status, why)};
}

bool IsTokenChar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}
bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar); }

// Whether the bytes so far hold what no request may: a control character, a line end of one character.
bool IsGarbage(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == '\r' && i + 1 < bytes.size() && bytes[i + 1] != '\n') return true;
    if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return true;
    if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7F) return true;
  }
  return false;
}

std::string_view TakeUntil(std::string_view& text, std::string_view separator) {
  const size_t at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return taken;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

struct RequestLine {
  std::string_view method, target, version;
};

// nullopt-like: an empty method when the line is not "METHOD target HTTP/x.y".
RequestLine ParseRequestLine(std::string_view line) {
  RequestLine parsed;
  const std::string_view method = TakeUntil(line, " ");
  parsed.target = TakeUntil(line, " ");
  parsed.version = line;
  const bool good_target = parsed.target.starts_with('/') &&
                           std::all_of(parsed.target.begin(), parsed.target.end(), [](char c) { return c > ' '; });
  const bool good_version = parsed.version.size() == 8 && parsed.version.starts_with("HTTP/");
  if (IsToken(method) && good_target && good_version) parsed.method = method;
  return parsed;
}

struct Headers {
  int hosts = 0;
  int authorizations = 0;
  std::string_view authorization;
};

// 0 when all are well formed, else the status to refuse with.
int ParseHeaders(std::string_view lines, Headers& headers) {
  for (size_t count = 0; !lines.empty(); ++count) {
    if (count == kHeadersMax) return 431;
    const std::string_view line = TakeUntil(lines, kLineEnd);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return 400;
    const std::string_view name = line.substr(0, colon);
    if (EqualsIgnoringCase(name, "host")) ++headers.hosts;
    if (EqualsIgnoringCase(name, "authorization")) {
      ++headers.authorizations;
      headers.authorization = Trim(line.substr(colon + 1));
    }
  }
  return 0;
}

std::string BearerOf(std::string_view authorization) {
  const std::string_view scheme = TakeUntil(authorization, " ");
  return EqualsIgnoringCase(scheme, "bearer") ? std::string(Trim(authorization)) : "";
}

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace

HttpParse ParseHttpRequest(std::string_view bytes, size_t bytes_max) {
  const size_t end = bytes.find("\r\n\r\n");
  if (IsGarbage(bytes.substr(0, std::min(end, bytes_max)))) return Refuse(400, "not an HTTP request");
  if (std::min(end, bytes.size()) > bytes_max) return Refuse(431, "the request is too large");
  if (end == std::string_view::npos) return {};

  std::string_view lines = bytes.substr(0, end);
  const RequestLine line = ParseRequestLine(TakeUntil(lines, kLineEnd));
  if (line.method.empty()) return Refuse(400, "not an HTTP request");
  if (line.version != "HTTP/1.1" && line.version != "HTTP/1.0") return Refuse(505, "HTTP/1.1 only");
  Headers headers;
  const int wrong = ParseHeaders(lines, headers);
  if (wrong == 431) return Refuse(431, "too many header fields");
  const bool needs_host = line.version == "HTTP/1.1";
  if (wrong != 0 || headers.hosts > 1 || headers.authorizations > 1 || (needs_host && headers.hosts == 0)) {
    return Refuse(400, "bad header fields");
  }
  if (line.method != "GET" && line.method != "HEAD") return Refuse(405, "GET and HEAD only");

  HttpParse parse{.state = HttpParse::State::kComplete};
  std::string_view target = line.target;
  parse.request.method = line.method;
  parse.request.path = TakeUntil(target, "?");
  parse.request.query = target;
  parse.request.bearer = BearerOf(headers.authorization);
  return parse;
}

HttpAnswer PlainAnswer(int status, std::string_view line) {
  return {.status = status, .body = std::string(line) + "\n"};
}

std::string RenderHttpAnswer(const HttpAnswer& answer, bool is_head) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text += ReasonOf(answer.status);
  text += "\r\nContent-Type: " + answer.content_type;
  text += "\r\nContent-Length: " + std::to_string(answer.body.size());
  text += "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n";
  if (answer.status == 401) text += "WWW-Authenticate: Bearer\r\n";
  if (answer.status == 405) text += "Allow: GET, HEAD\r\n";
  text += kLineEnd;
  if (!is_head) text += answer.body;
  return text;
}

}  // namespace muster::shell
