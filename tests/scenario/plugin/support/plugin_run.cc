#include "tests/scenario/plugin/support/plugin_run.h"

#include <atomic>
#include <cstdint>
#include <deque>
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
  explicit ScriptedEvents(std::vector<plugin::Event> events) : events_(events.begin(), events.end()) {}
  plugin::Event Wait(Duration) override {
    if (events_.empty()) return plugin::Event::kInterrupt;
    const plugin::Event event = events_.front();
    events_.pop_front();
    return event;
  }
  void Wake() override {}
  plugin::Terminal Resized(const plugin::Terminal& before) override { return before; }

 private:
  std::deque<plugin::Event> events_;
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
  ScriptedEvents events(setting.events);
  PluginRun run;
  plugin::World world;
  world.connect = [&](const client::ConfigOverrides& overrides) -> Result<plugin::Server> {
    plugin::Server server;
    server.transport = std::make_unique<PassOn>(cluster);
    server.address = "https://cluster.example:6443";
    server.origin = "context \"dev\"";
    server.ns = overrides.ns.empty() ? "ml" : overrides.ns;
    return server;
  };
  world.out = [&run](std::string_view text) { run.out += text; };
  world.err = [&run](std::string_view text) { run.err += text; };
  world.read_file = [&setting](const std::string& path) -> Result<std::string> {
    const auto found = setting.files.find(path);
    if (found == setting.files.end()) return MakeError(Code::kInvalid, path + ": no such file");
    return found->second;
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
