// What the phrases of a matrix mean: `vocabulary.tsv`.
//
//   column  phrase  meaning             english  aliases  finding  note  help
//   role    看護師  principal is Nurse  nurse    看護婦
//   owner   自身    restates role 本人  the user          odd      ...
//   *       又は    or                  or
//
// `meaning`: for columns that become conditions, a Cedar expression, `-` for no
// condition, or `restates COLUMN PHRASE`: the cell says again what that other
// cell of the row says, and adds nothing. For columns that become annotations,
// a text, or `-` for none. For the pseudo-column `*`, whose phrases join
// others, `or`, `and`, or `,` for a mere separator. Aliases are separated by `
// | `, and so are the phrases of which a restated cell may have any.
//
// `help`: what a user who is denied for it can do, where that is more than the
// condition says: English ` | ` Japanese. `{COLUMN}` stands for what that cell
// of the row says.
#ifndef SEKISHO_COMPILER_MATRIX_VOCABULARY_H_
#define SEKISHO_COMPILER_MATRIX_VOCABULARY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

enum class MeaningKind {
  kUnknown,  // after an error
  kNone,
  kCondition,
  kRestates,
  kText,
  kOr,
  kAnd,
  kSeparator,
};

struct VocabularyEntry {
  // No column: a connective or a separator.
  std::optional<size_t> column;
  TableCell phrase;
  std::vector<TableCell> aliases;
  TableCell meaning;
  std::string english;
  // What is wrong with the phrase; `note` says it.
  std::optional<FindingKind> finding;
  std::string note;
  // Both or neither.
  std::string help_english;
  std::string help_japanese;

  MeaningKind kind = MeaningKind::kUnknown;
  // For kCondition.
  ExprPtr condition;
  // For kRestates.
  size_t restated_column = 0;
  std::vector<TableCell> restated_phrases;
};

// Longer phrases and aliases are refused.
inline constexpr size_t kMaxPhraseBytes = 1024;

// Phrases by their text. Looking one up costs its length times the logarithm
// of their number.
class PhraseIndex {
 public:
  struct Match {
    size_t entry = 0;
    size_t bytes = 0;
  };

  void Add(absl::string_view phrase, size_t entry);
  // To be called after the last Add.
  void Sort();
  // The longest phrase that `text` starts with.
  std::optional<Match> Longest(absl::string_view text) const;
  // The entry of that very phrase.
  std::optional<size_t> Find(absl::string_view phrase) const;
  std::vector<std::string> Phrases() const;

 private:
  struct Item {
    absl::string_view phrase;
    size_t entry;
  };
  std::vector<Item> items_;
};

struct Vocabulary {
  std::vector<VocabularyEntry> entries;
  // For each column, its phrases and aliases.
  std::vector<PhraseIndex> phrases;
  PhraseIndex connectives;
};

// Errors: an unknown column, an empty phrase, two entries for one phrase
// (aliases included), a phrase that is a connective too, no meaning, a meaning
// that does not parse, an unknown kind of finding, help that is not two texts,
// that names no column, or that belongs to no condition.
Vocabulary ReadVocabulary(const SourceSet& sources, SourceId source,
                          const Columns& columns, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_VOCABULARY_H_
