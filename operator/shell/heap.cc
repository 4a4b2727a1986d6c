#include "operator/shell/heap.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include "lib/runtime/watch_loop.h"

namespace muster::shell {
namespace {

constexpr int kArenasMax = 2;
constexpr int kOwnMappingBytes = 256 << 10;
constexpr int64_t kWorthBytes = 8 << 20;
constexpr Duration kTrimInterval = std::chrono::seconds(3);

}  // namespace

void TuneHeap() {
  mallopt(M_ARENA_MAX, kArenasMax);
  mallopt(M_MMAP_THRESHOLD, kOwnMappingBytes);
}

HeapUse ReadHeapUse() {
  HeapUse use{.resident_bytes = 0, .free_bytes = static_cast<int64_t>(mallinfo2().fordblks)};
  int64_t pages = 0;
  int64_t resident_pages = 0;
  std::ifstream statm("/proc/self/statm");
  if (statm >> pages >> resident_pages) use.resident_bytes = resident_pages * sysconf(_SC_PAGESIZE);
  return use;
}

bool IsWorthTrimming(const HeapUse& now, const std::optional<HeapUse>& after_last) {
  if (now.free_bytes < kWorthBytes) return false;
  if (!after_last) return true;
  // What the last trim left free is out of reach, between what is in use, or was returned.
  return now.free_bytes > after_last->free_bytes + kWorthBytes ||
         now.resident_bytes > after_last->resident_bytes + kWorthBytes;
}

HeapTrimmer::HeapTrimmer()
    : thread_([](const std::stop_token& stop) {
        std::optional<HeapUse> after_last;
        while (runtime::SleepFor(kTrimInterval, stop)) {
          if (!IsWorthTrimming(ReadHeapUse(), after_last)) continue;
          malloc_trim(0);
          after_last = ReadHeapUse();
        }
      }) {}

}  // namespace muster::shell
