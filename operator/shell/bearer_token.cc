#include "operator/shell/bearer_token.h"

#include <algorithm>
#include <optional>
#include <string>

#include "lib/base/strings.h"
#include "lib/client/base64.h"
#include "lib/json/text.h"

namespace muster::shell {
namespace {

constexpr size_t kShortest = 8;
constexpr Duration kSkew = std::chrono::minutes(5);  // between this clock and the API server's

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsBase64Url(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; });
}

// The JSON object that a part of a JSON Web Token encodes (base64url without padding).
std::optional<json::Value> ObjectIn(std::string_view part) {
  std::string standard(part);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  const std::optional<std::string> bytes = client::DecodeBase64(standard);
  if (!bytes) return std::nullopt;
  const Result<json::Value> value = json::Parse(*bytes);
  if (!value.has_value() || !value->IsObject()) return std::nullopt;
  return *value;
}

bool IsPlausibleJwt(const std::vector<std::string>& parts, Instant wall) {
  if (!std::all_of(parts.begin(), parts.end(), IsBase64Url)) return false;
  const std::optional<json::Value> header = ObjectIn(parts[0]);
  const std::optional<json::Value> claims = ObjectIn(parts[1]);
  if (!header || !claims || (*header)["alg"].Text().empty()) return false;
  const json::Value& expires = (*claims)["exp"];
  const auto earliest = std::chrono::floor<std::chrono::seconds>(wall - kSkew).time_since_epoch().count();
  return !expires.IsInteger() || expires.Integer() >= earliest;
}

}  // namespace

bool IsPlausibleToken(std::string_view token, Instant wall) {
  const std::string_view body = token.substr(0, token.find_last_not_of('=') + 1);
  constexpr std::string_view kMarks = "-._~+/";
  const bool allowed = body.size() >= kShortest && std::all_of(body.begin(), body.end(), [&](char c) {
                         return IsAlphanumeric(c) || kMarks.find(c) != std::string_view::npos;
                       });
  if (!allowed) return false;
  const std::vector<std::string> parts = Split(token, '.');
  return parts.size() != 3 || IsPlausibleJwt(parts, wall);
}

}  // namespace muster::shell
