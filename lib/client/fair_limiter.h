// FairLimiter: lets requests through at a rate, lane by lane, so that a namespace with many requests does not delay
// those of another one. Layer: client. Thread-safe; blocks.
//
// Each request that waits brings one slot of the token bucket. When a slot is due, it is given to the request whose
// lane's turn it is (lib/base/turns.h), which need not be the one that brought the slot.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/turns.h"
#include "lib/client/rate_limiter.h"

namespace muster::client {

class FairLimiter {
 public:
  // See TokenBucket.
  FairLimiter(double qps, int burst);
  FairLimiter(const FairLimiter&) = delete;
  FairLimiter& operator=(const FairLimiter&) = delete;

  // Returns when a request of this lane may be sent; false: stopped.
  bool Pass(const std::string& lane, const std::stop_token& stop);
  // Ends all waiting, now and later.
  void Stop();
  size_t waiting() const;

 private:
  struct Ticket {
    std::condition_variable_any wake;
    bool granted = false;
  };
  void GrantDue();
  void Await(Ticket& ticket, std::unique_lock<std::mutex>& lock, const std::stop_token& stop);

  mutable std::mutex mutex_;  // all below
  TokenBucket bucket_;
  std::deque<TokenBucket::Time> slots_;  // as many as there are tickets in line_, earliest first
  Turns<Ticket*> line_;
  std::set<Ticket*> waiting_;
  bool watched_ = false;  // one of those that wait sleeps until the first slot is due, the others until they are woken
  bool stopped_ = false;
};

// The lane of a request: its namespace; "" for what is in none.
std::string LaneOfPath(std::string_view path);

}  // namespace muster::client
