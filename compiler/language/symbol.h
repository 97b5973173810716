// What a name in a policy folder means, and where names stand.
#ifndef SEKISHO_COMPILER_LANGUAGE_SYMBOL_H_
#define SEKISHO_COMPILER_LANGUAGE_SYMBOL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/language/text.h"

namespace sekisho {

enum class SymbolKind : uint8_t {
  kEntityType,  // qualified: `Health::Person`
  kCommonType,  // qualified
  kAttribute,   // where it is declared: `Person.roles`, `Address.city`,
                // `Action::"view".device.type`
  kAction,      // `Action::"view"`
  kEntity,      // `Role::"nurse"`
  kPolicy,      // its id; a use case is the policy that its row becomes
  kObligation,  // an obligation, or advice
  kColumn,      // the key of a column of the matrix
  kPhrase,      // of the vocabulary: its column's key, a tab, the phrase
};

struct Symbol {
  SymbolKind kind = SymbolKind::kEntityType;
  std::string name;

  auto operator<=>(const Symbol&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const Symbol& symbol) {
    return H::combine(std::move(h), symbol.kind, symbol.name);
  }
};

struct Occurrence {
  Symbol symbol;
  // What another name would replace: of a qualified name the last part, of a
  // string what is between the quotes.
  TextSpan span;
  bool is_definition = false;
};

// Several of one span mean that the name may mean each of them.
using Occurrences = std::vector<Occurrence>;

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_SYMBOL_H_
