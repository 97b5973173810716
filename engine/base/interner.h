// Numbers for what is there many times, each kept once.
//
//   SequenceInterner<uint32_t> lists;
//   const uint32_t a = lists.Intern({1, 2, 3});
//   lists[a].size();  // 3
//
// Numbers count from 0 in the order in which things came. What an interner
// holds stays in place. Made for millions of small things: beside its content a
// sequence takes about 25 bytes, and nothing is moved as an interner grows.
#ifndef SEKISHO_ENGINE_BASE_INTERNER_H_
#define SEKISHO_ENGINE_BASE_INTERNER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace sekisho {

// A set of `Key`s that are somewhere else, by their numbers. `Entries` has
// operator[] with a number.
template <typename Key, typename Entries>
class NumberIndex {
 public:
  // `entries` must outlive this object.
  explicit NumberIndex(const Entries* entries)
      : numbers_(0, Hash{entries}, Equal{entries}) {}

  std::optional<uint32_t> Find(const Key& key) const {
    const auto it = numbers_.find(key);
    if (it == numbers_.end()) return std::nullopt;
    return *it;
  }
  // REQUIRES: entries[number] is there, and no other number's equals it.
  void Add(uint32_t number) { numbers_.insert(number); }

 private:
  struct Hash {
    using is_transparent = void;
    const Entries* entries;
    size_t operator()(const Key& key) const { return absl::Hash<Key>()(key); }
    size_t operator()(uint32_t number) const {
      return absl::Hash<Key>()((*entries)[number]);
    }
  };
  struct Equal {
    using is_transparent = void;
    const Entries* entries;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const Key& b) const {
      return (*entries)[a] == b;
    }
  };

  absl::flat_hash_set<uint32_t, Hash, Equal> numbers_;
};

// Sequences of small plain things, as words or characters are.
template <typename T>
class SequenceInterner {
 public:
  using Sequence = absl::Span<const T>;

  SequenceInterner() : index_(&sequences_) {}
  SequenceInterner(const SequenceInterner&) = delete;
  SequenceInterner& operator=(const SequenceInterner&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(sequences_.size()); }
  Sequence operator[](uint32_t number) const { return sequences_[number]; }
  std::optional<uint32_t> Find(Sequence sequence) const {
    return index_.Find(sequence);
  }
  uint32_t Intern(Sequence sequence) {
    if (const auto found = index_.Find(sequence)) return *found;
    const uint32_t number = size();
    sequences_.push_back(Keep(sequence));
    index_.Add(number);
    return number;
  }

 private:
  static_assert(std::is_trivially_destructible_v<T>);
  static constexpr size_t kBlock = (size_t{1} << 16) / sizeof(T);

  Sequence Keep(Sequence sequence) {
    if (sequence.size() > free_.size()) {
      const size_t size = std::max(kBlock, sequence.size());
      blocks_.push_back(std::make_unique<T[]>(size));
      free_ = absl::MakeSpan(blocks_.back().get(), size);
    }
    std::copy(sequence.begin(), sequence.end(), free_.begin());
    const Sequence kept = free_.first(sequence.size());
    free_.remove_prefix(sequence.size());
    return kept;
  }

  std::vector<std::unique_ptr<T[]>> blocks_;
  // What is left of the last block.
  absl::Span<T> free_;
  std::deque<Sequence> sequences_;
  NumberIndex<Sequence, std::deque<Sequence>> index_;
};

template <typename T>
class Interner {
 public:
  Interner() : index_(&entries_) {}
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;

  const std::deque<T>& entries() const { return entries_; }
  std::optional<uint32_t> Find(const T& entry) const {
    return index_.Find(entry);
  }
  uint32_t Intern(T entry) {
    if (const auto found = index_.Find(entry)) return *found;
    const auto number = static_cast<uint32_t>(entries_.size());
    entries_.push_back(std::move(entry));
    index_.Add(number);
    return number;
  }

 private:
  std::deque<T> entries_;
  NumberIndex<T, std::deque<T>> index_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_INTERNER_H_
