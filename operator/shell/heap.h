// Gives memory back to the system that the allocator keeps after a peak: a long first list, large objects that were
// deleted. Layer: operator/shell. Thread-safe. glibc alone returns little by itself: free memory between what is in use
// stays with the process.
#pragma once

#include <cstdint>
#include <optional>
#include <thread>

namespace muster::shell {

// Before any thread starts. Few arenas, because what one of them has freed the others cannot use; and large blocks that
// are returned as soon as they are freed, however often they come.
void TuneHeap();

struct HeapUse {
  int64_t resident_bytes = 0;  // of the process
  int64_t free_bytes = 0;      // kept by the allocator; includes what it has returned already
};
HeapUse ReadHeapUse();

// Whether trimming is likely to return something worth the time it takes. after_last: right after the last time.
bool IsWorthTrimming(const HeapUse& now, const std::optional<HeapUse>& after_last);

// Trims every few seconds when it is worth it, until it is destroyed.
class HeapTrimmer {
 public:
  HeapTrimmer();

 private:
  std::jthread thread_;
};

}  // namespace muster::shell
