#include "tests/scenario/plugin/support/plugin_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

namespace muster::testing {
namespace {

class FixedClock final : public runtime::Clock {
 public:
  explicit FixedClock(Instant now) : now_(now) {}
  // Measured time goes on, a second with each look of any thread, so that nothing waits for it in vain.
  Instant Now() const override { return Instant(std::chrono::seconds(++looks_)); }
  Instant Wall() const override { return now_; }

 private:
  Instant now_;
  mutable std::atomic<int64_t> looks_{0};
};

class ScriptedEvents final : public plugin::Events {
 public:
  ScriptedEvents(const PluginSetting& setting, PluginRun& run)
      : events_(setting.events.begin(), setting.events.end()),
        steps_(setting.steps.begin(), setting.steps.end()),
        run_(run) {}
  plugin::Event Wait(Duration) override {
    if (!steps_.empty()) return TakeStep();
    if (events_.empty()) return plugin::Event::kInterrupt;
    const plugin::Event event = events_.front();
    events_.pop_front();
    return event;
  }
  void Wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  plugin::Terminal Resized(const plugin::Terminal& before) override { return before; }

 private:
  plugin::Event TakeStep() {
    if (!std::exchange(acted_, true)) {
      began_ = std::chrono::steady_clock::now();
      if (steps_.front().act) steps_.front().act();
    }
    const std::string printed = run_.out + run_.err;
    if (printed.find(steps_.front().until) != std::string::npos) {
      steps_.pop_front();
      acted_ = false;
      return plugin::Event::kTimeout;
    }
    if (std::chrono::steady_clock::now() - began_ > std::chrono::seconds(10)) {
      run_.err += "test: not printed within 10 s: " + steps_.front().until + "\n";
      return plugin::Event::kInterrupt;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return woken_; });
    return std::exchange(woken_, false) ? plugin::Event::kWake : plugin::Event::kTimeout;
  }

  std::deque<plugin::Event> events_;
  std::deque<Step> steps_;
  PluginRun& run_;
  bool acted_ = false;
  std::chrono::steady_clock::time_point began_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

class PassOn final : public wire::Transport {
 public:
  explicit PassOn(wire::Transport& to) : to_(to) {}
  Result<wire::Response> Send(const wire::Request& request) override { return to_.Send(request); }
  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                std::stop_token stop) override {
    return to_.Stream(request, on_line, std::move(stop));
  }

 private:
  wire::Transport& to_;
};

}  // namespace

PluginRun RunPlugin(wire::Transport& cluster, const std::vector<std::string>& arguments, const PluginSetting& setting) {
  const FixedClock clock(setting.now);
  PluginRun run;
  ScriptedEvents events(setting, run);
  plugin::World world;
  world.connect = [&](const client::ConfigOverrides& overrides) -> Result<plugin::Server> {
    plugin::Server server;
    server.transport = std::make_unique<PassOn>(cluster);
    server.address = "https://cluster.example:6443";
    server.origin = "context \"dev\"";
    server.ns = overrides.ns.empty() ? "ml" : overrides.ns;
    return server;
  };
  world.kubeconfig_names = [](const client::ConfigOverrides& overrides) -> Result<plugin::KubeconfigNames> {
    if (!overrides.kubeconfig.empty()) return MakeError(Code::kInvalid, overrides.kubeconfig + ": no such file");
    return plugin::KubeconfigNames{{"dev", "prod"}, {"dev-cluster", "prod-cluster"}, {"alice", "bob"}};
  };
  world.out = [&run](std::string_view text) { run.out += text; };
  world.err = [&run](std::string_view text) { run.err += text; };
  world.read_file = [&setting](const std::string& path) -> Result<std::string> {
    const auto found = setting.files.find(path);
    if (found == setting.files.end()) return MakeError(Code::kInvalid, path + ": no such file");
    return found->second;
  };
  const auto folder = [](const std::string& path) { return path.ends_with("/") ? path : path + "/"; };
  world.is_folder = [&setting, folder](const std::string& path) {
    return std::any_of(setting.files.begin(), setting.files.end(),
                       [&](const auto& file) { return file.first.starts_with(folder(path)); });
  };
  world.list_folder = [&setting, folder](const std::string& path, bool recursive) -> Result<std::vector<std::string>> {
    std::vector<std::string> files;
    for (const auto& [name, text] : setting.files) {
      const std::string prefix = folder(path);
      if (!name.starts_with(prefix)) continue;
      if (recursive || name.find('/', prefix.size()) == std::string::npos) files.push_back(name);
    }
    return files;
  };
  world.terminal = setting.terminal;
  world.clock = &clock;
  world.events = &events;
  world.version = "v0.1.0";
  run.exit = plugin::RunApp(world, arguments);
  return run;
}

std::vector<std::string> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : command) {
    if (c == '\'') {
      quoted = !quoted;
      begun = true;
    } else if (c == ' ' && !quoted) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

}  // namespace muster::testing
