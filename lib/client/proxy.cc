#include "lib/client/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/strings.h"

namespace muster::client {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// 4 bytes, or 16 for IPv6 that is no IPv4 in disguise.
using Ip = std::vector<uint8_t>;

std::optional<Ip> ParseIp(const std::string& text) {
  std::array<uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return Ip(bytes.begin(), bytes.begin() + 4);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return Ip(bytes.begin() + 12, bytes.end());
  return Ip(bytes.begin(), bytes.end());
}

bool IsLoopback(const Ip& ip) {
  if (ip.size() == 4) return ip[0] == 127;
  return ip.back() == 1 && std::all_of(ip.begin(), ip.end() - 1, [](uint8_t byte) { return byte == 0; });
}

struct Range {
  Ip ip;
  int bits = 0;
  bool Contains(const Ip& other) const {
    if (ip.size() != other.size()) return false;
    for (int bit = 0; bit < bits; bit += 8) {
      const auto at = static_cast<size_t>(bit / 8);
      const int left = std::min(8, bits - bit);
      const int mask = (0xff << (8 - left)) & 0xff;
      if ((ip[at] & mask) != (other[at] & mask)) return false;
    }
    return true;
  }
};

std::optional<Range> ParseRange(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto ip = ParseIp(text.substr(0, slash));
  int64_t bits = 0;
  const std::string length = text.substr(slash + 1);
  const bool digits = !length.empty() && length.size() <= 3 &&
                      std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!ip || !digits || !ParseInteger(length, bits) || bits > static_cast<int64_t>(ip->size()) * 8) return std::nullopt;
  return Range{*ip, static_cast<int>(bits)};
}

struct HostPort {
  std::string host;
  std::string port;
};

// "host:port" or "[v6]:port" taken apart; nullopt when there is no port or the brackets are odd.
std::optional<HostPort> SplitHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) return HostPort{host.substr(1, host.size() - 2), port};
  if (host.find_first_of(":[]") != std::string::npos) return std::nullopt;
  return HostPort{host, port};
}

// Whether one entry of NO_PROXY names the host (lower case; `ip` when it is an address).
bool Names(const std::string& entry, const HostPort& address, const std::optional<Ip>& ip) {
  if (const auto range = ParseRange(entry)) return ip && range->Contains(*ip);
  const auto split = SplitHostPort(entry);
  std::string host = split ? split->host : entry;
  const std::string port = split ? split->port : "";
  const bool port_fits = port.empty() || port == address.port;
  if (const auto own = ParseIp(host)) return ip && *own == *ip && port_fits;
  if (host.empty() || ip) return false;
  if (host.starts_with("*.")) host.erase(0, 1);
  const bool host_itself = !host.starts_with('.');
  if (host_itself) host.insert(0, ".");
  const bool fits = address.host.ends_with(host) || (host_itself && address.host == host.substr(1));
  return fits && port_fits;
}

bool IsExcluded(const HostPort& address, const std::string& no_proxy) {
  if (address.host == "localhost") return true;
  const std::optional<Ip> ip = ParseIp(address.host);
  if (ip && IsLoopback(*ip)) return true;
  const std::string host = Lower(address.host);
  for (const std::string& part : Split(no_proxy, ',')) {
    const std::string entry = Lower(Trimmed(part));
    if (entry == "*" || (!entry.empty() && Names(entry, {host, address.port}, ip))) return true;
  }
  return false;
}

// Host and port of a URL's authority, the scheme's port when it names none.
HostPort AddressOf(std::string_view authority, std::string_view default_port) {
  if (const auto split = SplitHostPort(std::string(authority))) {
    return {split->host, split->port.empty() ? std::string(default_port) : split->port};
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  return {std::string(authority), std::string(default_port)};
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto digit = [&](size_t at) {
      return at < text.size() ? std::string_view("0123456789abcdef").find(Lower(text.substr(at, 1)))
                              : std::string_view::npos;
    };
    const size_t high = digit(i + 1), low = digit(i + 2);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const bool clean = std::none_of(decoded.begin(), decoded.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return clean ? std::optional(decoded) : std::nullopt;
}

Error Unusable(const std::string& origin, const std::string& why) {
  return MakeError(Code::kInvalid, origin + " " + why + ": write it as http://host:port or https://host:port");
}

}  // namespace

std::string ProxyFor(const std::string& server, const ProxyVariables& variables) {
  const size_t scheme_end = server.find("://");
  if (scheme_end == std::string::npos) return "";
  const std::string scheme = Lower(server.substr(0, scheme_end));
  std::string proxy(Trimmed(scheme == "https" ? variables.https_proxy : variables.http_proxy));
  if (proxy.empty()) return "";
  std::string_view authority = std::string_view(server).substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (IsExcluded(AddressOf(authority, scheme == "https" ? "443" : "80"), variables.no_proxy)) return "";
  if (proxy.find("://") == std::string::npos) proxy.insert(0, "http://");
  return proxy;
}

Result<ProxyAddress> ParseProxy(const std::string& url, const std::string& origin) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) return Unusable(origin, "names no scheme");
  const std::string scheme = Lower(url.substr(0, scheme_end));
  if (scheme.starts_with("socks5")) {
    return Unusable(origin, "is a socks5 proxy, which is not supported; use an HTTP proxy, or `ssh -L` to the server");
  }
  if (scheme != "http" && scheme != "https") return Unusable(origin, "is neither http nor https");
  ProxyAddress address{.tls = scheme == "https"};
  std::string_view rest = std::string_view(url).substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    const size_t colon = std::min(login.find(':'), login.size());
    const auto user = PercentDecoded(login.substr(0, colon));
    const auto password = PercentDecoded(login.substr(std::min(colon + 1, login.size())));
    if (!user || !password) return Unusable(origin, "has a user or password that is not percent-encoded");
    address.user = *user;
    address.password = *password;
    rest.remove_prefix(at + 1);
  }
  if (rest.starts_with('[')) return Unusable(origin, "is an IPv6 address, which is not supported; use a host name");
  const HostPort host_port = AddressOf(rest, address.tls ? "443" : "80");
  int64_t port = 0;
  if (!ParseInteger(host_port.port, port) || port < 1 || port > 65535) {
    return Unusable(origin, "has a port that is no number from 1 to 65535");
  }
  const bool clean = std::none_of(host_port.host.begin(), host_port.host.end(),
                                  [](unsigned char c) { return c <= ' ' || c == 0x7f || c == ':'; });
  if (host_port.host.empty() || !clean) return Unusable(origin, "has no usable host");
  address.host = host_port.host;
  address.port = static_cast<int>(port);
  return address;
}

}  // namespace muster::client
