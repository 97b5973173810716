// The hashes of what a log keeps as evidence, asked for with every decision.
//
// Contains may be called from any thread at any time and waits for nobody;
// Insert by one thread at a time.
#ifndef SEKISHO_ENGINE_LOG_EVIDENCE_SET_H_
#define SEKISHO_ENGINE_LOG_EVIDENCE_SET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/sha256.h"

namespace sekisho {

class EvidenceSet {
 public:
  EvidenceSet();
  ~EvidenceSet();
  EvidenceSet(const EvidenceSet&) = delete;
  EvidenceSet& operator=(const EvidenceSet&) = delete;

  // True of what was inserted before the call; but while Insert runs it may be
  // false of anything.
  bool Contains(const Sha256Digest& hash) const;
  // Has what Contains will look at on its way from memory.
  void Prefetch(const Sha256Digest& hash) const;
  // False if it was there already.
  bool Insert(const Sha256Digest& hash);

 private:
  // A hash, but for one bit: its first word is odd. A slot whose first word is
  // zero is free.
  using Key = std::array<uint64_t, 4>;
  struct Slot {
    std::array<std::atomic<uint64_t>, 4> words;
  };
  struct Table {
    Slot* slots;
    size_t size;
  };

  static Key KeyOf(const Sha256Digest& hash);
  static bool Holds(const Slot& slot, const Key& key);
  static void Store(const Key& key, Slot* slot);
  // Where the key would be if it were alone.
  size_t Home(const Key& key, const Table& table) const;
  // Where the key is, or the free slot where it would be.
  size_t Place(const Key& key, const Table& table) const;
  void Grow();

  // Odd, and unknown to whoever writes entities, so that nobody can choose
  // hashes that collide in the table.
  const uint64_t multiplier_;
  std::atomic<const Table*> table_ = nullptr;
  // All there have been, the one in use last. Others are empty.
  std::vector<const Table*> tables_;
  size_t used_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_EVIDENCE_SET_H_
