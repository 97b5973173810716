#include "compiler/language/occurrence_list.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
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
  // Symbols as they come, and then in the order of their hashes.
  absl::flat_hash_map<Symbol, uint32_t> numbers;
  places_.reserve(occurrences.size());
  for (Occurrence& o : occurrences) {
    const auto number = static_cast<uint32_t>(numbers.size());
    const auto it = numbers.try_emplace(std::move(o.symbol), number).first;
    places_.push_back({it->second, static_cast<uint32_t>(o.span.begin),
                       static_cast<uint32_t>(o.span.end), o.is_definition});
  }
  struct Numbered {
    size_t hash;
    uint32_t number;
    const Symbol* symbol;
  };
  std::vector<Numbered> ordered;
  for (const auto& [symbol, number] : numbers) {
    ordered.push_back({absl::HashOf(symbol), number, &symbol});
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const Numbered& a, const Numbered& b) {
              return std::tie(a.hash, a.number) < std::tie(b.hash, b.number);
            });
  std::vector<uint32_t> place_of(ordered.size());
  for (const Numbered& numbered : ordered) {
    place_of[numbered.number] = static_cast<uint32_t>(symbols_.size());
    hashes_.push_back(numbered.hash);
    symbols_.push_back(*numbered.symbol);
  }
  for (Place& place : places_) place.symbol = place_of[place.symbol];
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
