// A file of policies in pieces, each of which can be read by itself: the text
// of a policy up to its `;`, with what stands before it and a comment behind it
// on the same line, and at last what follows the last one. No `;` but the one
// that ends a policy stands outside of strings and comments, and after it the
// parser always begins anew.
//
//   RulePieces pieces = Split(text);
//   text.Replace(span, "x");
//   Resplit(text, span.begin, span.end, span.begin + 1, &pieces, &replaced);
#ifndef SEKISHO_COMPILER_LANGUAGE_PIECES_H_
#define SEKISHO_COMPILER_LANGUAGE_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/language/policy_reading.h"

namespace sekisho {

struct RulePiece {
  size_t begin = 0;
  size_t end = 0;
  // How many bytes behind its end were looked at to find it.
  size_t reach = 0;
  // Null if it has not been read, and that in which context; 0: in none.
  std::shared_ptr<const PolicyReading> reading = nullptr;
  uint64_t context = 0;
};

// In order, without gaps, from the beginning of the text to its end; at least
// one.
using RulePieces = std::vector<RulePiece>;

RulePieces Split(absl::string_view text);

// Which pieces are new, as [begin, end).
struct NewRulePieces {
  size_t begin = 0;
  size_t end = 0;
};

// `text` has at [begin, new_end) what replaced [begin, old_end) of the text
// that `pieces` are of. Looks at as little of it as it can; pieces that did not
// change keep their readings. What was there before goes to `replaced`.
NewRulePieces Resplit(absl::string_view text, size_t begin, size_t old_end,
                      size_t new_end, RulePieces* pieces, RulePieces* replaced);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_PIECES_H_
