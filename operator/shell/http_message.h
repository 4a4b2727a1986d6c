// HTTP/1.1 messages as far as HttpServer needs them: bytes to request, answer to bytes. Layer: operator/shell. Pure.
// Strict where leniency has been exploited elsewhere: CRLF alone ends a line, no folded headers, no control characters.
#pragma once

#include <string>
#include <string_view>

namespace muster::shell {

struct HttpRequest {
  std::string method;  // GET or HEAD
  std::string path;    // as sent, without the query: "/readyz"
  std::string query;   // what follows '?', as sent: "verbose"
  std::string bearer;  // the token of "Authorization: Bearer ...", or ""
  std::string peer;    // the client's address without its port; set by the server
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpParse {
  enum class State { kIncomplete, kComplete, kRefused };
  State state = State::kIncomplete;
  HttpRequest request;  // when complete
  HttpAnswer refusal;   // when refused: 400, 405, 431 or 505
};

// The request at the start of these bytes; what follows its headers is ignored. Refuses as soon as it can.
HttpParse ParseHttpRequest(std::string_view bytes, size_t bytes_max);

// An answer of one line.
HttpAnswer PlainAnswer(int status, std::string_view line);
// Status line, headers and body (none to HEAD); says that the connection closes.
std::string RenderHttpAnswer(const HttpAnswer& answer, bool is_head);

}  // namespace muster::shell
