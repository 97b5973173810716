#include "compiler/language/occurrence_list.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/hash/hash.h"

namespace sekisho {

SymbolSet::SymbolSet(std::vector<Symbol> symbols)
    : symbols_(std::move(symbols)) {
  for (const Symbol& symbol : symbols_) {
    hashes_.push_back(absl::HashOf(symbol));
  }
}

bool SymbolSet::Contains(const Symbol& symbol) const {
  return std::find(symbols_.begin(), symbols_.end(), symbol) != symbols_.end();
}

OccurrenceList::OccurrenceList(Occurrences occurrences) {
  std::vector<size_t> hash_of;
  hash_of.reserve(occurrences.size());
  for (const Occurrence& o : occurrences) {
    hash_of.push_back(absl::HashOf(o.symbol));
  }
  std::vector<uint32_t> order(occurrences.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(hash_of[a], occurrences[a].symbol) <
           std::tie(hash_of[b], occurrences[b].symbol);
  });
  places_.reserve(occurrences.size());
  for (const uint32_t i : order) {
    Occurrence& o = occurrences[i];
    if (symbols_.empty() || hashes_.back() != hash_of[i] ||
        symbols_.back() != o.symbol) {
      hashes_.push_back(hash_of[i]);
      symbols_.push_back(std::move(o.symbol));
    }
    places_.push_back({static_cast<uint32_t>(symbols_.size() - 1),
                       static_cast<uint32_t>(o.span.begin),
                       static_cast<uint32_t>(o.span.end), o.is_definition});
  }
  hashes_.shrink_to_fit();
  symbols_.shrink_to_fit();

  const auto key = [](const Place& place) {
    return std::tie(place.begin, place.end, place.symbol, place.is_definition);
  };
  std::sort(places_.begin(), places_.end(),
            [&](const Place& a, const Place& b) { return key(a) < key(b); });
  places_.erase(std::unique(places_.begin(), places_.end(),
                            [&](const Place& a, const Place& b) {
                              return key(a) == key(b);
                            }),
                places_.end());
  has_shared_names_ =
      std::adjacent_find(places_.begin(), places_.end(),
                         [](const Place& a, const Place& b) {
                           return a.begin == b.begin && a.end == b.end;
                         }) != places_.end();
}

void OccurrenceList::ForEach(size_t begin, OccurrenceSink sink) const {
  for (const Place& place : places_) Give(place, begin, sink);
}

void OccurrenceList::ForEachOf(const SymbolSet& symbols, size_t begin,
                               OccurrenceSink sink) const {
  absl::InlinedVector<uint32_t, 4> found;
  for (size_t i = 0; i < symbols.symbols_.size(); ++i) {
    const auto [first, last] =
        std::equal_range(hashes_.begin(), hashes_.end(), symbols.hashes_[i]);
    for (auto it = first; it != last; ++it) {
      const auto number = static_cast<uint32_t>(it - hashes_.begin());
      if (symbols_[number] == symbols.symbols_[i]) found.push_back(number);
    }
  }
  if (found.empty()) return;
  for (const Place& place : places_) {
    if (std::find(found.begin(), found.end(), place.symbol) != found.end()) {
      Give(place, begin, sink);
    }
  }
}

}  // namespace sekisho
