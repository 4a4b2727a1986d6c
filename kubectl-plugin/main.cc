// kubectl-workload: gives the plugin its real world (server, terminal, clock, signals), and survives whatever is
// thrown.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kubectl-plugin/cmd/app.h"
#include "lib/client/transport.h"

namespace {

using namespace muster;          // NOLINT: a main
using namespace muster::plugin;  // NOLINT

// Nobody reads any more (a closed pipe, as with `| head`): that is no error of ours.
void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ::_exit(descriptor == STDOUT_FILENO && errno == EPIPE ? 0 : 1);
    text.remove_prefix(static_cast<size_t>(written));
  }
}

Result<Server> Connect(const client::ConfigOverrides& overrides) {
  TRY(const client::Connection connection, client::LoadConnection(overrides, client::ReadEnvironment()));
  Server server;
  server.address = connection.server;
  server.origin = connection.origin;
  server.ns = connection.ns.empty() ? "default" : connection.ns;
  if (connection.request_timeout.count() > 0) server.request_timeout = connection.request_timeout;
  client::TransportOptions options;
  options.user_agent = client::UserAgent("kubectl-workload", MUSTER_VERSION);
  options.request_timeout = server.request_timeout;
  TRY(server.transport, client::HttpTransport::Create(connection, std::move(options)));
  return server;
}

Result<KubeconfigNames> ReadKubeconfigNames(const client::ConfigOverrides& overrides) {
  TRY(const client::MergedConfig config, client::ReadConfig(overrides, client::ReadEnvironment()));
  KubeconfigNames names;
  const auto collect = [](const auto& entries, std::vector<std::string>& into) {
    for (const auto& [name, entry] : entries) {
      if (!name.empty()) into.push_back(name);
    }
  };
  collect(config.contexts, names.contexts);
  collect(config.clusters, names.clusters);
  collect(config.users, names.users);
  return names;
}

Result<std::string> ReadFile(const std::string& path) {
  constexpr size_t kBytesMax = 16UL << 20U;
  std::ifstream file;
  if (path != "-") {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
      return MakeError(Code::kInvalid, path + ": no such file; check the path (- is standard input)");
    if (S_ISDIR(status.st_mode)) return MakeError(Code::kInvalid, path + ": is a directory; name the files in it");
    file.open(path, std::ios::binary);
    if (!file) return MakeError(Code::kInvalid, path + ": cannot be read: " + std::strerror(errno));
  }
  std::string text;
  char buffer[65536];
  std::FILE* input = path == "-" ? stdin : nullptr;
  while (text.size() <= kBytesMax) {
    size_t got = 0;
    if (input != nullptr) {
      got = std::fread(buffer, 1, sizeof buffer, input);
    } else {
      file.read(buffer, sizeof buffer);
      got = static_cast<size_t>(file.gcount());
    }
    if (got == 0) return text;
    text.append(buffer, got);
  }
  return MakeError(Code::kInvalid, path + ": larger than 16 MiB; split it and repeat -f");
}

bool IsFolder(const std::string& path) {
  std::error_code error;
  return path != "-" && std::filesystem::is_directory(path, error);
}

// Folders that links point to are not entered, as in kubectl.
template <class Iterator>
Result<std::vector<std::string>> ListWith(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  Iterator entry(path, error);
  for (; !error && entry != Iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (entry->is_regular_file(unknown)) files.push_back(entry->path().string());
  }
  if (error) return MakeError(Code::kInvalid, path + ": cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<std::string>> ListFolder(const std::string& path, bool recursive) {
  if (recursive) return ListWith<std::filesystem::recursive_directory_iterator>(path);
  return ListWith<std::filesystem::directory_iterator>(path);
}

// "kubectl workload" when kubectl runs us by our file's name, as users type it.
std::string ProgramName(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("kubectl-") ? "kubectl workload" : std::string(name);
}

int Run(int count, char** words) {
  SignalEvents events;
  World world;
  world.connect = Connect;
  world.kubeconfig_names = ReadKubeconfigNames;
  world.out = [](std::string_view text) { WriteAll(STDOUT_FILENO, text); };
  world.err = [](std::string_view text) { WriteAll(STDERR_FILENO, text); };
  world.read_file = ReadFile;
  world.is_folder = IsFolder;
  world.list_folder = ListFolder;
  world.terminal = ReadTerminal();
  world.clock = &runtime::RealClock();
  world.events = &events;
  world.version = MUSTER_VERSION;
  world.program = ProgramName(count > 0 ? words[0] : "");
  return RunApp(world, {words + 1, words + std::max(1, count)});
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  int code = 1;
  try {
    client::InitThreads(2);
    code = Run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: internal: %s; please report this\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "error: internal; please report this\n");
  }
  // The transport's pool is not waited for: everything has been written and answered by now.
  std::fflush(nullptr);
  std::_Exit(code);
}
