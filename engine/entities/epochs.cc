// Why nothing is freed too early. All that is named here is sequentially
// consistent, so there is one order of it. An object is unlinked, then stamped
// with the epoch E. Safe() begins a new epoch, then looks at each slot, and
// returns more than E only if the slot
//   - had no holder: a later one pins, then loads its pointers, all after the
//     object was unlinked, or
//   - was pinned in an epoch after E: that one began after the object was
//     stamped, so its holder too loads its pointers after the object was
//     unlinked.
// A holder that took up its epoch long before it pinned it only keeps things
// longer.
//
// Tested by cache_test.cc, under the thread and address sanitizers too.
#include "engine/entities/epochs.h"

#include <algorithm>

namespace sekisho {
namespace {

// Where this thread looks for a slot first.
size_t& FirstSlot() {
  static std::atomic<size_t> threads = 0;
  thread_local size_t slot = threads.fetch_add(1) % Epochs::kMaxPins;
  return slot;
}

void Add(uint64_t n, std::atomic<uint64_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + n,
              std::memory_order_relaxed);
}

}  // namespace

Epochs::Pin::Pin(Epochs* epochs) {
  if (epochs == nullptr) return;
  size_t& first = FirstSlot();
  for (size_t i = 0; i < kMaxPins; ++i) {
    const size_t index = (first + i) % kMaxPins;
    Slot& slot = epochs->slots_[index];
    uint64_t unheld = 0;
    if (slot.pinned.load(std::memory_order_relaxed) == 0 &&
        slot.pinned.compare_exchange_strong(unheld, epochs->now_.load())) {
      first = index;
      slot_ = &slot;
      return;
    }
  }
}

Epochs::Pin::~Pin() {
  if (slot_ == nullptr) return;
  Add(counts_.hits, slot_->hits);
  Add(counts_.misses, slot_->misses);
  slot_->pinned.store(0, std::memory_order_release);
}

uint64_t Epochs::Safe() {
  uint64_t safe = now_.fetch_add(1) + 1;
  for (const Slot& slot : slots_) {
    const uint64_t pinned = slot.pinned.load();
    if (pinned != 0) safe = std::min(safe, pinned);
  }
  return safe;
}

Epochs::Counts Epochs::Total() const {
  Counts total;
  for (const Slot& slot : slots_) {
    total.hits += slot.hits.load(std::memory_order_relaxed);
    total.misses += slot.misses.load(std::memory_order_relaxed);
  }
  return total;
}

}  // namespace sekisho
