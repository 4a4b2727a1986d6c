// Small files, whole. Layer: client.
#pragma once

#include <string>

#include "lib/base/result.h"

namespace muster::client {

// kNotFound when there is none; kInvalid (with the reason) when it cannot be read or is larger than max_bytes.
Result<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 4UL << 20U);

// Changes whenever the file's content is replaced or rewritten (follows symlinks); empty when there is none.
std::string FileStamp(const std::string& path);

}  // namespace muster::client
