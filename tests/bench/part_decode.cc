// Part f: what it takes to read 100,000 pods and to keep them, by the path of an informer that is answered in JSON (the
// operator asks for protobuf, and gets JSON from what does not speak it): a line of a watch is parsed, decoded into an
// api::Pod, and put into a store with the operator's index. What is kept is the same either way. The pods are those of
// a Job in a Workload on a real cluster as the API server sends them (with managedFields and a sidecar's worth of
// environment), on 5,000 nodes. Bytes kept: what malloc holds in use after, less before, and the same of the resident
// set, per pod. The reference is the parser alone on the same lines.
#include <malloc.h>
#include <unistd.h>

#include <memory>

#include "lib/api/pod.h"
#include "lib/engine/store.h"
#include "lib/json/text.h"
#include "lib/wire/watch.h"
#include "tests/bench/parts.h"
#include "tests/bench/pod_line.h"

namespace muster::bench {
namespace {

double InUseBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

double ResidentBytes() {
  malloc_trim(0);
  return ResidentMiB(getpid()) * 1024 * 1024;
}

engine::Store<api::Pod> MakeStore() {
  return engine::Store<api::Pod>({{"group", [](const api::Pod& pod) -> std::vector<std::string> {
                                     if (!pod.IsMember()) return {};
                                     return {api::Key{pod.meta.ns, pod.group}.Text()};
                                   }}});
}

Status PutLine(const std::string& line, engine::Store<api::Pod>& store) {
  TRY(const wire::WatchEvent event, wire::ParseWatchEvent(line));
  TRY(api::Pod pod, api::DecodePod(event.object));
  store.Put(std::make_shared<const api::Pod>(std::move(pod)));
  return Ok();
}

Result<double> ParseAlone(int pods) {
  const runtime::Clock& clock = runtime::RealClock();
  const Instant begin = clock.Now();
  for (int i = 0; i < pods; ++i) TRY_VOID(json::Parse(PodLine(i), {.skip_key = "managedFields"}));
  return SecondsBetween(begin, clock.Now());
}

// What making the lines takes, to be left out of the rest.
double MakeAlone(int pods) {
  const runtime::Clock& clock = runtime::RealClock();
  const Instant begin = clock.Now();
  size_t bytes = 0;
  for (int i = 0; i < pods; ++i) bytes += PodLine(i).size();
  return bytes == 0 ? 0 : SecondsBetween(begin, clock.Now());
}

}  // namespace

Status MeasureDecode(const Settings& settings) {
  const runtime::Clock& clock = runtime::RealClock();
  const double making = MakeAlone(settings.pods);
  TRY(const double parsing, ParseAlone(settings.pods));
  auto store = MakeStore();
  const double in_use_before = InUseBytes();
  const double resident_before = ResidentBytes();
  const Instant begin = clock.Now();
  for (int i = 0; i < settings.pods; ++i) TRY_VOID(PutLine(PodLine(i), store));
  Print(settings, "seconds", SecondsBetween(begin, clock.Now()) - making);
  Print(settings, "parse_seconds", parsing - making);
  Print(settings, "bytes_per_pod", (InUseBytes() - in_use_before) / settings.pods);
  Print(settings, "resident_per_pod", (ResidentBytes() - resident_before) / settings.pods);
  Print(settings, "json_bytes_per_pod", static_cast<double>(PodLine(settings.pods - 1).size()));
  return Ok();
}

}  // namespace muster::bench
