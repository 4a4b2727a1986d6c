// One run of the plugin: what was asked, and the doors to the world (server, terminal, clock, signals), all handed in
// so that tests drive verbs without any of them. Layer: plugin cmd. Used from the main thread; Reader may be shared.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/options.h"
#include "kubectl-plugin/cmd/reader.h"
#include "kubectl-plugin/cmd/terminal.h"
#include "kubectl-plugin/core/page.h"
#include "lib/runtime/clock.h"
#include "lib/wire/http.h"

namespace muster::plugin {

// The server of this run.
struct Server {
  std::unique_ptr<wire::Transport> transport;
  std::string address;  // for messages
  std::string origin;   // for messages: `context "dev" of /home/u/.kube/config`
  std::string ns = "default";
  Duration request_timeout = std::chrono::seconds(10);
};

// What the kubeconfig names, for completion.
struct KubeconfigNames {
  std::vector<std::string> contexts;
  std::vector<std::string> clusters;
  std::vector<std::string> users;
};

// Everything outside; main.cc makes the real one, tests their own.
struct World {
  std::function<Result<Server>(const client::ConfigOverrides&)> connect;
  std::function<Result<KubeconfigNames>(const client::ConfigOverrides&)> kubeconfig_names;
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  std::function<Result<std::string>(const std::string& path)> read_file;
  std::function<bool(const std::string& path)> is_folder;
  // The files of a folder, sorted; with `recursive` those of the folders below it too.
  std::function<Result<std::vector<std::string>>(const std::string& path, bool recursive)> list_folder;
  Terminal terminal;
  const runtime::Clock* clock = nullptr;
  Events* events = nullptr;  // signals and wake-ups, for -w
  std::string version;       // of this program: "v0.1.0"
  std::string program = "kubectl workload";
};

class Session {
 public:
  Session(World& world, Options options) : world_(world), options_(std::move(options)) {}

  const Options& options() const { return options_; }
  World& world() { return world_; }
  Instant Now() const { return world_.clock->Wall(); }

  // Connects when first called.
  Result<Reader*> reader();
  // The namespace of the run: -n, else the context's; "" with -A. Valid after reader().
  std::string Namespace() const { return options_.all_namespaces ? "" : server_.ns; }
  Server& server() { return server_; }

  // The terminal as paper: cut to its width only when it is one.
  Paper paper() const;
  void Out(const Page& page) { world_.out(Print(page, paper())); }
  // One line, of any length, made safe.
  void OutLine(std::string_view text) { world_.out(Print({{{text}}}, {})); }
  // What has been printed already: a page, a document, a script.
  void OutBytes(std::string_view text) { world_.out(text); }
  // A line on standard error that is no error, made safe.
  void Note(std::string_view text) { world_.err(Print({{{text}}}, {})); }
  // One line on standard error, made safe; the exit code for "return session.Fail(...)".
  int Fail(const Error& error);
  int Fail(std::string_view message);

 private:
  World& world_;
  Options options_;
  Server server_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace muster::plugin
