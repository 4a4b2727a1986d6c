// Who may read /metrics: the API server decides. Layer: operator/shell. A bearer token is reviewed (TokenReview), and
// then its user's right to get the path /metrics (SubjectAccessReview; the ClusterRole muster-metrics-reader grants
// it). Answers are kept for a minute, good ones for ten while the API server cannot be asked. Thread-safe.
//
// Anybody who reaches the port can send made-up tokens, so Judge never blocks, and one thread asks the API server:
// - what cannot be a token is refused without asking (bearer_token.h);
// - known good tokens are reviewed again before their minute has passed, and ahead of all others;
// - unknown tokens are reviewed at most five times a second; at most 16 wait, at most 4 of one client address, and the
//   address that was served longest ago is next. So a client with a good token waits for one review of each other
//   address, however many tokens these make up.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "lib/client/api.h"
#include "lib/runtime/clock.h"

namespace muster::shell {

enum class Access {
  kAllowed,
  kUnauthenticated,
  kForbidden,
  kUnknown,  // the API server could not be asked, or the operator may not ask it (RBAC)
  kBusy,     // too many unknown tokens wait already
};

class MetricsAccess {
 public:
  // Both must outlive this. Nothing is asked before Start.
  MetricsAccess(client::Api& api, const runtime::Clock& clock) : api_(api), clock_(clock) {}
  ~MetricsAccess() { Stop(); }
  MetricsAccess(const MetricsAccess&) = delete;
  MetricsAccess& operator=(const MetricsAccess&) = delete;

  void Start();
  void Stop();  // waits for the review that is on its way

  // nullopt: the API server is being asked; call again. peer: the client's address.
  std::optional<Access> Judge(const std::string& bearer, const std::string& peer);
  // What the thread does: asks about the token whose turn it is. How long until one may be asked about, when none may
  // be now; nullopt: none waits, or one was asked about.
  std::optional<Duration> AskNext();
  size_t Waiting() const;

 private:
  struct Entry {
    Access access = Access::kUnknown;
    Instant asked{};
    Instant failed{};  // when the API server could last not be asked
  };
  struct Question {
    std::string bearer;
    std::string peer;
    bool trusted = false;  // was good when last asked about
  };

  void Run(const std::stop_token& stop);
  Result<Access> Ask(const std::string& bearer);
  bool Enqueue(Question question);
  bool MakeRoomFor(const std::string& peer);
  std::list<Question>::iterator NextUnknown();
  void Serve(const std::string& peer, Instant now);
  void Keep(const std::string& bearer, const Entry& entry);
  void LogFailure(const Error& error, Instant now);

  client::Api& api_;
  const runtime::Clock& clock_;
  mutable std::mutex mutex_;  // all below
  std::condition_variable_any changed_;
  std::map<std::string, Entry> known_;  // by token; at most 64
  std::list<Question> waiting_;
  std::string asking_;                     // the token that is asked about now
  std::map<std::string, Instant> served_;  // when an unknown token of that address was last asked about; at most 64
  std::optional<Instant> next_unknown_;    // no unknown token is asked about before
  std::optional<Instant> failure_logged_;
  std::jthread thread_;
};

}  // namespace muster::shell
