// When what readers without locks may still be looking at can be freed.
//
//   Reader:                        Writer:
//     Epochs::Pin pin(&epochs);      slot.store(nullptr);  // or another one
//     T* object = slot.load();       retired.push_back({object, epochs.Now()});
//     .. *object ..                  ..
//                                    if (stamp < epochs.Safe()) delete object;
//
// `slot` is a std::atomic<T*>, read and written with memory_order_seq_cst.
//
// Thread-safe. A Pin is a thread's own.
#ifndef SEKISHO_ENGINE_ENTITIES_EPOCHS_H_
#define SEKISHO_ENGINE_ENTITIES_EPOCHS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sekisho {

class Epochs {
 private:
  struct Slot;

 public:
  // What the holders of pins counted, in all.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
  };

  // As many may be held at a time. Those of one thread use one cache line in
  // turn, which no other thread writes unless there are more threads than that.
  static constexpr size_t kMaxPins = 256;

  // Keeps what it meets from being freed, until it is destroyed.
  class Pin {
   public:
    // `epochs` must outlive this object; null: not held.
    explicit Pin(Epochs* epochs);
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

    // Whether there was one to have. What is met without is not safe to touch.
    bool held() const { return slot_ != nullptr; }
    // REQUIRES for both: held.
    void CountHit() { ++counts_.hits; }
    void CountMiss() { ++counts_.misses; }

   private:
    Slot* slot_ = nullptr;
    Counts counts_;
  };

  // The stamp of what no Pin meets from now on.
  uint64_t Now() const { return now_.load(); }
  // What was stamped earlier is met by no Pin any more. Looks at all of them.
  uint64_t Safe();

  // Without those of pins that are held now.
  Counts Total() const;

 private:
  // A cache line.
  struct alignas(64) Slot {
    // The epoch that its holder began in, or 0 without a holder.
    std::atomic<uint64_t> pinned = 0;
    // Written by the holder alone.
    std::atomic<uint64_t> hits = 0;
    std::atomic<uint64_t> misses = 0;
  };

  alignas(64) std::atomic<uint64_t> now_ = 1;
  std::array<Slot, kMaxPins> slots_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_EPOCHS_H_
