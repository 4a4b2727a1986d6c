#include "lib/client/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace muster::client {
namespace {

Error Unreadable(const std::string& path, int error) {
  const Code code = error == ENOENT || error == ENOTDIR ? Code::kNotFound : Code::kInvalid;
  return MakeError(code, "cannot read " + path + ": " + std::generic_category().message(error));
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Unreadable(path, errno);
  std::string content;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(fd);
      return Unreadable(path, error);
    }
    if (got == 0) break;
    content.append(piece.data(), static_cast<size_t>(got));
    if (content.size() > max_bytes) {
      ::close(fd);
      return MakeError(Code::kInvalid, path + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
  ::close(fd);
  return content;
}

std::string FileStamp(const std::string& path) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) return "";
  return std::to_string(state.st_dev) + "/" + std::to_string(state.st_ino) + "/" + std::to_string(state.st_size) + "/" +
         std::to_string(state.st_mtim.tv_sec) + "." + std::to_string(state.st_mtim.tv_nsec);
}

}  // namespace muster::client
