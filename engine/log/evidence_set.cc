// A table of slots that a key stands in as near behind its place as it can. A
// slot is written once, its first word last. A table that is full is copied to
// one of twice the size, and its memory given back; its addresses stay, so that
// who still reads there finds zeros, which is "free", and so "not contained".
//
// Tested by evidence_set_test.cc.
#include "engine/log/evidence_set.h"

#include <sys/mman.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

namespace sekisho {
namespace {

constexpr size_t kFirstSize = 1024;

uint64_t RandomOdd() {
  std::random_device device;
  return (uint64_t{device()} << 32 | device()) | 1;
}

// Zeros.
void* Allocate(size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // As for any other memory that there is none of.
  if (memory == MAP_FAILED) abort();
  return memory;
}

}  // namespace

EvidenceSet::EvidenceSet() : multiplier_(RandomOdd()) { Grow(); }

EvidenceSet::~EvidenceSet() {
  for (const Table* table : tables_) {
    munmap(table->slots, table->size * sizeof(Slot));
    delete table;
  }
}

EvidenceSet::Key EvidenceSet::KeyOf(const Sha256Digest& hash) {
  Key key;
  static_assert(sizeof(key) == sizeof(hash));
  std::memcpy(key.data(), hash.data(), sizeof(key));
  key[0] |= 1;
  return key;
}

bool EvidenceSet::Holds(const Slot& slot, const Key& key) {
  if (slot.words[0].load(std::memory_order_acquire) != key[0]) return false;
  for (size_t i = 1; i < key.size(); ++i) {
    if (slot.words[i].load(std::memory_order_relaxed) != key[i]) return false;
  }
  return true;
}

void EvidenceSet::Store(const Key& key, Slot* slot) {
  for (size_t i = 1; i < key.size(); ++i) {
    slot->words[i].store(key[i], std::memory_order_relaxed);
  }
  slot->words[0].store(key[0], std::memory_order_release);
}

size_t EvidenceSet::Home(const Key& key, const Table& table) const {
  return (key[1] * multiplier_) >> (64 - std::countr_zero(table.size));
}

size_t EvidenceSet::Place(const Key& key, const Table& table) const {
  size_t at = Home(key, table);
  while (table.slots[at].words[0].load(std::memory_order_relaxed) != 0 &&
         !Holds(table.slots[at], key)) {
    at = (at + 1) & (table.size - 1);
  }
  return at;
}

bool EvidenceSet::Contains(const Sha256Digest& hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  const Key key = KeyOf(hash);
  return Holds(table.slots[Place(key, table)], key);
}

void EvidenceSet::Prefetch(const Sha256Digest& hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  __builtin_prefetch(&table.slots[Home(KeyOf(hash), table)]);
}

bool EvidenceSet::Insert(const Sha256Digest& hash) {
  const Table* table = table_.load(std::memory_order_relaxed);
  const Key key = KeyOf(hash);
  Slot* const slot = &table->slots[Place(key, *table)];
  if (Holds(*slot, key)) return false;
  Store(key, slot);
  // A quarter stays free, so that there is always a free slot near.
  if (++used_ > table->size / 4 * 3) Grow();
  return true;
}

void EvidenceSet::Grow() {
  const Table* const old = table_.load(std::memory_order_relaxed);
  const size_t size = old == nullptr ? kFirstSize : 2 * old->size;
  auto table = std::make_unique<Table>();
  table->slots = static_cast<Slot*>(Allocate(size * sizeof(Slot)));
  table->size = size;
  if (old != nullptr) {
    for (size_t i = 0; i < old->size; ++i) {
      Key key;
      for (size_t k = 0; k < key.size(); ++k) {
        key[k] = old->slots[i].words[k].load(std::memory_order_relaxed);
      }
      if (key[0] != 0) Store(key, &table->slots[Place(key, *table)]);
    }
  }
  tables_.push_back(table.get());
  table_.store(table.release(), std::memory_order_release);
  if (old != nullptr) {
    madvise(old->slots, old->size * sizeof(Slot), MADV_DONTNEED);
  }
}

}  // namespace sekisho
