#include "tests/support/sim/candidate.h"

#include <utility>
#include <variant>

#include "lib/base/check.h"
#include "lib/json/text.h"

namespace muster::sim {
namespace {

const api::Key kLease{"muster-system", "muster-operator"};

wire::Response Refusal(const Error& error) {
  const int status = error.code == Code::kNotFound ? 404 : 409;
  return {.status = status,
          .body = json::Write(json::Object{{"kind", "Status"}, {"code", status}, {"message", error.message}})};
}

}  // namespace

Candidate::Candidate(ApiServer& api, Events& events, const std::string& identity, Hooks hooks)
    : api_(api), events_(events), hooks_(std::move(hooks)), election_({.lease = kLease, .identity = identity}) {}

void Candidate::Go() {
  const engine::LeaderElection::Step step = election_.Next(events_.now(), events_.now());
  Follow();
  if (const auto* wait = std::get_if<engine::LeaderElection::Wait>(&step)) {
    return events_.After(std::max(wait->duration, Duration(1)), [this] { Go(); });
  }
  const wire::Request request = std::get<engine::LeaderElection::Ask>(step).request;
  const bool cut_off = hooks_.is_cut_off();
  const Result<wire::Response> answer =
      cut_off ? Result<wire::Response>(MakeError(Code::kTimeout, "cut off")) : Answer(request);
  events_.After(cut_off ? request.timeout : events_.Within(1, 3), [this, answer] {
    (void)election_.OnAnswer(answer, events_.now(), static_cast<double>(events_.Between(0, 999)) / 1000);
    Follow();
    Go();
  });
}

void Candidate::Follow() {
  const int term = IsLeader() ? election_.term() : 0;
  if (term == started_term_) return;
  // Two terms have a time between them in which another may have led: the first must be seen to end.
  if (std::exchange(started_term_, term) != 0) hooks_.on_stopped();
  if (term != 0) hooks_.on_started();
}

Result<wire::Response> Candidate::Answer(const wire::Request& request) {
  Result<json::Value> done;
  if (request.method == wire::Method::kGet) {
    const Document found = api_.Find(api::kLeases, kLease);
    if (found == nullptr) return Refusal(MakeError(Code::kNotFound, "no lease"));
    done = *found;
  } else {
    const json::Value lease = *json::Parse(request.body);
    if (request.method == wire::Method::kPost) {
      done = api_.Create(api::kLeases, lease);
    } else {
      done = api_.Patch(
          api::kLeases, kLease,
          {json::Object{
               {"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", lease["metadata"]["resourceVersion"]}},
           json::Object{{"op", "add"}, {"path", "/spec"}, {"value", lease["spec"]}}});
    }
  }
  if (!done.has_value()) return Refusal(done.error());
  return wire::Response{.status = 200, .body = json::Write(*done)};
}

}  // namespace muster::sim
