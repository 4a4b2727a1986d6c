// The API server of the simulated world is believed because of this: the same random requests go to it and to the real
// one, and after each both must have answered alike and hold alike. MUSTER_SEED replays a failure.
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lib/json/text.h"
#include "tests/contract/fixture.h"
#include "tests/support/seed.h"
#include "tests/support/sim/api_server.h"

namespace muster::contract {
namespace {

constexpr int kRequests = 1000;
constexpr int kNames = 4;  // few, so that requests meet

json::Value Operation(const char* op, const char* path, json::Value value) {
  return json::Object{{"op", op}, {"path", path}, {"value", std::move(value)}};
}

// What a request may say of the object's identity.
enum class Named { kRight, kWrong };

// One server's side: what was answered, and of a success what the object now is.
struct Answer {
  std::string outcome;
  bool written = false;  // it has another resourceVersion than before the request
  int64_t generation = 0;
  std::string fields;

  bool operator==(const Answer&) const = default;
  std::string Text() const {
    return outcome + (written ? ", written" : ", not written") + ", generation " + std::to_string(generation) + fields;
  }
};

// A kind that the operator writes: what is made, changed and compared.
struct Subject {
  const char* name;
  api::Resource resource;
  json::Value spec;
  std::vector<json::Value> changes;  // of what is not the status
  const char* status_field;          // a number
  std::vector<std::pair<const char*, const char*>> compared;
  bool has_what_cannot_change = true;
  // A patch of the spec that changes nothing writes nothing. Of a custom resource it may write managedFields.
  bool no_change_no_write = true;
};

Subject Jobs() {
  return {.name = "Jobs",
          .resource = api::kJobs,
          .spec =
              [] {
                json::Value job = MakeUnmanagedJob("any")["spec"];
                job.Set("parallelism", 1);
                return job;
              }(),
          .changes = {Operation("replace", "/spec/parallelism", 1), Operation("replace", "/spec/parallelism", 2),
                      Operation("replace", "/spec/template/spec/containers/0/image", "other"),
                      // What is written beside the subresource of a status does not change it. (A custom resource gets
                      // another version by it, of its managedFields alone.)
                      Operation("add", "/status", json::Object{{"active", 9}}),
                      Operation("replace", "/spec/suspend", true), Operation("replace", "/spec/suspend", false)},
          .status_field = "active",
          .compared = {{"spec", "suspend"}, {"spec", "parallelism"}, {"status", "active"}}};
}

Subject PodGroups() {
  return {.name = "PodGroups",
          .resource = api::kPodGroups,
          .spec = json::Object{{"index", 1}, {"revision", "r-1"}, {"run", "Hold"}},
          .changes = {Operation("replace", "/spec/run", "Run"), Operation("replace", "/spec/run", "Hold"),
                      Operation("replace", "/spec/revision", "r-2"),
                      json::Object{{"op", "remove"}, {"path", "/spec/priorityClassName"}},
                      Operation("add", "/spec/priorityClassName", "gold")},
          .status_field = "attempt",
          .compared = {{"spec", "run"}, {"spec", "revision"}, {"spec", "priorityClassName"}, {"status", "attempt"}},
          .has_what_cannot_change = false,
          .no_change_no_write = false};
}

class Agreement : public Contract {
 protected:
  struct Request {
    std::string text;
    std::string name;
    enum class Kind { kCreate, kPatch, kStatus, kDelete } kind = Kind::kCreate;
    json::Array operations;
    bool dry = false;
    Named uid = Named::kRight;
    Named version = Named::kRight;
  };

  api::Key Key(const std::string& name) const { return {ns_, stem_ + "-" + name}; }

  json::Value Object(const std::string& name) const {
    return json::Object{{"apiVersion", subject_.resource.ApiVersion()},
                        {"kind", subject_.resource.kind},
                        {"metadata", json::Object{{"name", Key(name).name}, {"namespace", ns_}}},
                        {"spec", subject_.spec}};
  }

  Answer AnswerOf(const Result<json::Value>& result, const std::string& version_before) const {
    Answer answer{.outcome = Outcome(result)};
    if (!result) return answer;
    const std::string version = Version(*result);
    answer.written = !version.empty() && version != version_before;
    answer.generation = (*result)["metadata"]["generation"].Integer();
    for (const auto& [part, field] : subject_.compared)
      answer.fields += std::string(", ") + field + " " + json::Write((*result)[part][field]);
    return answer;
  }

  size_t Below(size_t limit) { return static_cast<size_t>(random_() % limit); }

  Request Next() {
    Request request{.name = std::string(1, static_cast<char>('a' + Below(kNames)))};
    request.dry = Below(6) == 0;
    request.uid = Below(5) == 0 ? Named::kWrong : Named::kRight;
    request.version = Below(3) == 0 ? Named::kWrong : Named::kRight;
    switch (Below(8)) {
      case 0:
      case 1:
        request.kind = Request::Kind::kCreate;
        request.text = "create";
        break;
      case 2:
        request.kind = Request::Kind::kDelete;
        request.text = "delete";
        break;
      case 3:
      case 4:
        request.kind = Request::Kind::kStatus;
        request.text = "status";
        request.dry = false;
        request.operations = {
            Operation("add", "/status", json::Object{{subject_.status_field, static_cast<int64_t>(1 + Below(3))}})};
        break;
      default:
        request.kind = Request::Kind::kPatch;
        request.text = "patch";
        request.operations = {Change()};
    }
    request.text +=
        " " + request.name + (request.dry ? ", dry" : "") + (request.uid == Named::kWrong ? ", another uid" : "") +
        (request.version == Named::kWrong ? ", an old version" : "") + " " + json::Write(request.operations);
    return request;
  }

  json::Value Change() {
    switch (Below(6)) {
      case 0:
        return Operation("add", "/metadata/labels", json::Object{{"l", "1"}});
      case 1:
        return json::Object{{"op", "remove"}, {"path", "/metadata/labels/l"}};
      default:
        return subject_.changes[Below(subject_.changes.size())];
    }
  }

  Answer AskReal(const Request& request) {
    const auto before = api_->Get(subject_.resource, Key(request.name));
    const std::string uid = request.uid == Named::kWrong || !before ? kOtherUid : Uid(*before);
    const std::string version = before ? Version(*before) : std::string();
    const wire::WriteOptions options{.dry_run = request.dry ? wire::DryRun::kAll : wire::DryRun::kNo};
    const auto object = [](Result<client::Written> written) -> Result<json::Value> {
      if (!written) return written.error();
      return std::move(written->object);
    };
    switch (request.kind) {
      case Request::Kind::kCreate:
        return AnswerOf(object(api_->Create(subject_.resource, ns_, Object(request.name), options)), version);
      case Request::Kind::kPatch:
        return AnswerOf(object(api_->JsonPatch(subject_.resource, Key(request.name), uid, request.operations, options)),
                        version);
      case Request::Kind::kStatus:
        return AnswerOf(object(api_->JsonPatch(subject_.resource, Key(request.name), uid, AtVersion(request, version),
                                               {.subresource = "status"})),
                        version);
      case Request::Kind::kDelete:
        return Answer{.outcome = Outcome(api_->Delete(subject_.resource, Key(request.name),
                                                      {.uid = uid, .resource_version = Told(request, version)}))};
    }
    return {};
  }

  Answer AskSimulated(const Request& request) {
    const sim::Document before = simulated_.Find(subject_.resource, Key(request.name));
    const std::string uid = request.uid == Named::kWrong || before == nullptr ? kOtherUid : Uid(*before);
    const std::string version = before == nullptr ? std::string() : Version(*before);
    const sim::Try mode = request.dry ? sim::Try::kDry : sim::Try::kReal;
    json::Array operations = request.kind == Request::Kind::kStatus ? AtVersion(request, version) : request.operations;
    operations.insert(operations.begin(), Operation("test", "/metadata/uid", uid));
    switch (request.kind) {
      case Request::Kind::kCreate:
        return AnswerOf(simulated_.Create(subject_.resource, Object(request.name), mode), version);
      case Request::Kind::kPatch:
        return AnswerOf(simulated_.Patch(subject_.resource, Key(request.name), operations, {}, mode), version);
      case Request::Kind::kStatus:
        return AnswerOf(simulated_.Patch(subject_.resource, Key(request.name), operations, "status"), version);
      case Request::Kind::kDelete:
        return Answer{
            .outcome = Outcome(simulated_.Delete(subject_.resource, Key(request.name), uid, Told(request, version)))};
    }
    return {};
  }

  static std::string Told(const Request& request, const std::string& version) {
    return request.version == Named::kWrong ? "1" : version;
  }
  static json::Array AtVersion(const Request& request, const std::string& version) {
    json::Array operations{Operation("test", "/metadata/resourceVersion", Told(request, version))};
    operations.insert(operations.end(), request.operations.begin(), request.operations.end());
    return operations;
  }

  void ExpectAgreement() {
    SCOPED_TRACE(testing::ReplayHint(seed_));
    std::map<std::string, int> outcomes;
    for (int i = 0; i < kRequests; ++i) {
      const Request request = Next();
      Answer real = AskReal(request);
      const Answer simulated = AskSimulated(request);
      if (request.kind == Request::Kind::kPatch && !subject_.no_change_no_write) real.written = simulated.written;
      ++outcomes[request.text.substr(0, request.text.find(' ')) + " " + real.outcome];
      ASSERT_TRUE(real == simulated) << "request " << i << ": " << request.text << "\n  real:      " << real.Text()
                                     << "\n  simulated: " << simulated.Text();
    }
    // Every kind of request has gone well, and met each of its refusals.
    for (const char* met :
         {"create OK", "create AlreadyExists", "patch OK", "patch Conflict", "patch Invalid", "patch NotFound",
          "status OK", "status Conflict", "status NotFound", "delete OK", "delete Conflict", "delete NotFound"}) {
      if (!subject_.has_what_cannot_change && met == std::string("patch Invalid")) continue;
      EXPECT_GT(outcomes[met], 0) << met;
    }
  }

  Subject subject_ = Jobs();
  const std::string kOtherUid = "11111111-2222-3333-4444-555555555555";
  const std::string stem_ = UniqueName("agree");
  const uint64_t seed_ = testing::TestSeed();
  std::mt19937_64 random_{seed_};
  sim::Events events_{1};
  sim::ApiServer simulated_{events_};
};
INSTANTIATE_TEST_SUITE_P(With, Agreement, ::testing::Values(RealServer()), [](const auto& i) { return i.param.name; });

TEST_P(Agreement, OfTheSimulatedServerInRandomRequests) { ExpectAgreement(); }

TEST_P(Agreement, AndForOurOwnKindWithItsStatus) {
  subject_ = PodGroups();
  ExpectAgreement();
}

}  // namespace
}  // namespace muster::contract
