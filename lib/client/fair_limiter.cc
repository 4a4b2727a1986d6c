#include "lib/client/fair_limiter.h"

#include <chrono>

namespace muster::client {

FairLimiter::FairLimiter(double qps, int burst) : bucket_(qps, burst, std::chrono::steady_clock::now()) {}

bool FairLimiter::Pass(const std::string& lane, const std::stop_token& stop) {
  Ticket ticket;
  std::unique_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  slots_.push_back(now + bucket_.Reserve(now));
  line_.Push(lane, &ticket);
  waiting_.insert(&ticket);
  GrantDue();
  while (!ticket.granted && !stopped_ && !stop.stop_requested()) Await(ticket, lock, stop);
  waiting_.erase(&ticket);
  if (!ticket.granted) {
    line_.Remove(lane, &ticket);
    slots_.pop_back();
  }
  if (!watched_ && !waiting_.empty()) (*waiting_.begin())->wake.notify_one();
  return !stopped_ && !stop.stop_requested();
}

void FairLimiter::Await(Ticket& ticket, std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  if (watched_) {
    ticket.wake.wait(lock, stop, [&] { return ticket.granted || stopped_ || !watched_; });
    return;
  }
  watched_ = true;
  ticket.wake.wait_until(lock, stop, slots_.front(), [&] { return ticket.granted || stopped_; });
  watched_ = false;
  GrantDue();
}

void FairLimiter::GrantDue() {
  const auto now = std::chrono::steady_clock::now();
  while (!slots_.empty() && slots_.front() <= now) {
    slots_.pop_front();
    Ticket* const next = line_.Pop();
    next->granted = true;
    next->wake.notify_one();
  }
}

void FairLimiter::Stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  for (Ticket* ticket : waiting_) ticket->wake.notify_one();
}

size_t FairLimiter::waiting() const {
  const std::scoped_lock lock(mutex_);
  return line_.size();
}

std::string LaneOfPath(std::string_view path) {
  constexpr std::string_view kNamespaces = "/namespaces/";
  const size_t at = path.find(kNamespaces);
  if (at == std::string_view::npos) return {};
  path.remove_prefix(at + kNamespaces.size());
  return std::string(path.substr(0, path.find('/')));
}

}  // namespace muster::client
