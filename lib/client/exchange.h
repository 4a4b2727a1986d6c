// One HTTP exchange in flight, shared by the library's thread, which fills it, and the caller's, which waits on it.
// Layer: client. Knows nothing of the HTTP library. Thread-safe.
//
// The caller never depends on the library's good will: its waits end at their deadline or when Cancel is called,
// whatever the library does; what the library still delivers then is dropped.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace muster::client {

// What of an answer stands before its body and matters to us.
struct Head {
  int status = 0;
  std::string retry_after;
  std::string warning;
};

class Exchange {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  enum class Overflow { kFails, kWaits };
  struct Limits {
    size_t body_bytes = 0;
    Overflow overflow = Overflow::kFails;  // kWaits: the sender is slowed down instead (backpressure)
  };

  explicit Exchange(Limits limits) : limits_(limits) {}

  // The library's side. Ended is called exactly once, last.
  void HeadArrived(Head head);
  enum class Taken { kYes, kYesThenWait, kRefused };
  // kYesThenWait: deliver nothing more until `resume` has been called (from any thread, at most once).
  Taken BytesArrived(std::string_view bytes, const std::function<void()>& resume);
  void Ended(std::optional<Error> error);

  // Set before the exchange starts: how to abort the library's part, and what to do once it has ended (release the
  // connection's slot).
  void OnCancel(std::function<void()> cancel) { cancel_ = std::move(cancel); }
  void OnEnded(std::function<void()> ended) { ended_hook_ = std::move(ended); }

  // The caller's side. kTimeout at the deadline (the exchange is then cancelled), else the error it ended with.
  Result<Head> AwaitHead(Deadline deadline);
  // Swaps what has arrived into `bytes`; false when the body is over and all of it was taken.
  Result<bool> AwaitBytes(std::string& bytes, Deadline deadline);
  // The whole body.
  Result<std::string> AwaitEnd(Deadline deadline);
  // Gives up; waits in progress return `why`. From any thread, any number of times.
  void Cancel(const Error& why);

 private:
  // Waits until `ready` or the end; kTimeout cancels.
  template <class Ready>
  Status AwaitLocked(std::unique_lock<std::mutex>& lock, Deadline deadline, Ready ready);

  const Limits limits_;
  std::function<void()> cancel_;
  std::function<void()> ended_hook_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Head> head_;
  std::string body_;
  std::function<void()> resume_;  // set while the library waits for room
  bool ended_ = false;
  bool cancelled_ = false;
  std::optional<Error> error_;
};

}  // namespace muster::client
