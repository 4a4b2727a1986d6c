#include "lib/client/base64.h"

#include <cstdint>

namespace muster::client {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string decoded;
  uint32_t bits = 0;
  size_t digits = 0;
  size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos || padding > 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<uint32_t>(digit);
    if (++digits % 4 == 0) {
      decoded += {static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U), static_cast<char>(bits)};
      bits = 0;
    }
  }
  const size_t rest = digits % 4;
  if (padding > 2 || rest == 1 || (rest + padding) % 4 != 0) return std::nullopt;
  if (rest == 2) decoded += static_cast<char>(bits >> 4U);
  if (rest == 3) decoded += {static_cast<char>(bits >> 10U), static_cast<char>(bits >> 2U)};
  return decoded;
}

std::string EncodeBase64(std::string_view bytes) {
  std::string encoded;
  encoded.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
    const uint32_t bits = (byte(at) << 16U) | (byte(at + 1) << 8U) | byte(at + 2);
    encoded += kAlphabet[bits >> 18U];
    encoded += kAlphabet[(bits >> 12U) & 63U];
    encoded += at + 1 < bytes.size() ? kAlphabet[(bits >> 6U) & 63U] : '=';
    encoded += at + 2 < bytes.size() ? kAlphabet[bits & 63U] : '=';
  }
  return encoded;
}

}  // namespace muster::client
