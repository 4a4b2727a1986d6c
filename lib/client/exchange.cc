#include "lib/client/exchange.h"

#include <utility>

namespace muster::client {

void Exchange::HeadArrived(Head head) {
  const std::scoped_lock lock(mutex_);
  head_ = std::move(head);
  changed_.notify_all();
}

Exchange::Taken Exchange::BytesArrived(std::string_view bytes, const std::function<void()>& resume) {
  const std::scoped_lock lock(mutex_);
  if (cancelled_) return Taken::kRefused;
  if (limits_.overflow == Overflow::kFails && body_.size() + bytes.size() > limits_.body_bytes) {
    error_ = MakeError(Code::kDecode, "the server's answer is larger than " + std::to_string(limits_.body_bytes) +
                                          " bytes; ask for less (a limit, a selector)");
    return Taken::kRefused;
  }
  body_ += bytes;
  const bool full = limits_.overflow == Overflow::kWaits && body_.size() >= limits_.body_bytes;
  if (full) resume_ = resume;
  // A unary caller waits for the end alone: waking it for every piece would only cost.
  if (limits_.overflow == Overflow::kWaits) changed_.notify_all();
  return full ? Taken::kYesThenWait : Taken::kYes;
}

void Exchange::Ended(std::optional<Error> error) {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
  }
  if (ended_hook_) ended_hook_();
}

template <class Ready>
Status Exchange::AwaitLocked(std::unique_lock<std::mutex>& lock, Deadline deadline, Ready ready) {
  if (changed_.wait_until(lock, deadline, [&] { return ready() || ended_ || cancelled_; })) return Ok();
  lock.unlock();
  Cancel(MakeError(Code::kTimeout, "the API server did not answer in time"));
  lock.lock();
  return Ok();  // whoever cancelled first has said why, in error_
}

Result<Head> Exchange::AwaitHead(Deadline deadline) {
  std::unique_lock lock(mutex_);
  TRY_VOID(AwaitLocked(lock, deadline, [&] { return head_.has_value(); }));
  if (head_ && !cancelled_) return *head_;
  return error_ ? *error_ : MakeError(Code::kUnavailable, "the API server closed the connection without an answer");
}

Result<bool> Exchange::AwaitBytes(std::string& bytes, Deadline deadline) {
  bytes.clear();
  std::function<void()> resume;
  {
    std::unique_lock lock(mutex_);
    TRY_VOID(AwaitLocked(lock, deadline, [&] { return !body_.empty(); }));
    if (cancelled_) return *error_;
    if (body_.empty()) {
      if (error_) return *error_;
      return false;
    }
    std::swap(bytes, body_);
    resume = std::exchange(resume_, nullptr);
  }
  if (resume) resume();
  return true;
}

Result<std::string> Exchange::AwaitEnd(Deadline deadline) {
  std::unique_lock lock(mutex_);
  TRY_VOID(AwaitLocked(lock, deadline, [] { return false; }));
  if (error_) return *error_;
  return std::move(body_);
}

void Exchange::Cancel(const Error& why) {
  std::function<void()> resume;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_ || cancelled_) return;
    cancelled_ = true;
    error_ = why;
    body_.clear();
    resume = std::exchange(resume_, nullptr);
    changed_.notify_all();
  }
  if (cancel_) cancel_();
  if (resume) resume();
}

}  // namespace muster::client
