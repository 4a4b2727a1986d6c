// Standard base64 (RFC 4648 4), as kubeconfigs hold it. Layer: client. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::client {

// Line ends and blanks are skipped; nullopt when anything else is not base64 or the padding is wrong.
std::optional<std::string> DecodeBase64(std::string_view text);
// With padding, without line ends.
std::string EncodeBase64(std::string_view bytes);

}  // namespace muster::client
