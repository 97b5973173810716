// The names of a text by place, each symbol kept once. To look for a symbol
// among those of ten thousand policies takes milliseconds: it is told from
// others by its hash.
#ifndef SEKISHO_COMPILER_LANGUAGE_OCCURRENCE_LIST_H_
#define SEKISHO_COMPILER_LANGUAGE_OCCURRENCE_LIST_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "compiler/language/symbol.h"
#include "compiler/language/text.h"

namespace sekisho {

// Symbols to look for.
class SymbolSet {
 public:
  explicit SymbolSet(std::vector<Symbol> symbols);

  const std::vector<Symbol>& symbols() const { return symbols_; }
  bool Contains(const Symbol& symbol) const;

 private:
  friend class OccurrenceList;

  std::vector<Symbol> symbols_;
  std::vector<size_t> hashes_;
};

using OccurrenceSink = absl::FunctionRef<void(
    const Symbol& symbol, const TextSpan& span, bool is_definition)>;

// Immutable.
class OccurrenceList {
 public:
  OccurrenceList() = default;
  // In any order; what is there twice counts once.
  explicit OccurrenceList(Occurrences occurrences);

  // In the order of the text, which begins at `begin` of the file.
  void ForEach(size_t begin, OccurrenceSink sink) const;
  void ForEachOf(const SymbolSet& symbols, size_t begin,
                 OccurrenceSink sink) const;
  // Whether a name may mean several symbols.
  bool has_shared_names() const { return has_shared_names_; }

 private:
  struct Place {
    uint32_t symbol;
    uint32_t begin;
    uint32_t end;
    bool is_definition;
  };
  void Give(const Place& place, size_t begin, OccurrenceSink sink) const {
    sink(symbols_[place.symbol], {begin + place.begin, begin + place.end},
         place.is_definition);
  }

  std::vector<Place> places_;
  // By hash.
  std::vector<size_t> hashes_;
  std::vector<Symbol> symbols_;
  bool has_shared_names_ = false;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_OCCURRENCE_LIST_H_
