// What stands in the columns of a matrix: `columns.tsv`.
//
//   column  header  english  becomes    grammar  vouched  obliges
//   role    職種    Role     condition  phrase   store
//   amount  規模    Persons  condition  phrase   request  limit-subjects
//
// The cells of a row stand in the order of these lines.
#ifndef SEKISHO_COMPILER_MATRIX_COLUMNS_H_
#define SEKISHO_COMPILER_MATRIX_COLUMNS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// What the cells of a column turn into.
enum class Becomes {
  kCondition,   // a `when` clause of the row's policy
  kAnnotation,  // an annotation, which decides nothing
};

// How the phrases of a cell are put together.
enum class Grammar {
  kPhrase,   // the cell is one phrase
  kList,     // phrases that all hold
  kFormula,  // phrases with connectives; `and` binds tighter than `or`
};

struct Column {
  // Names the column in the other tables, and as an annotation.
  std::string key;
  // As printed above the data; empty if the matrix prints none.
  std::string header;
  std::string english;
  Becomes becomes = Becomes::kCondition;
  Grammar grammar = Grammar::kPhrase;
  // Whose word counts for what the cells say. Only what the request vouches
  // for is told to end users who are denied; any other word is for people.
  std::string vouched;
  // The obligations that come with a condition of this column, with commas
  // between them; empty: none.
  std::string obliges;
  // Where the key stands.
  Span span;

  // The header, or the English label where there is none.
  std::string Label() const;
};

// Look-ups are linear; a table of more columns is refused.
inline constexpr size_t kMaxColumns = 1000;

using Columns = std::vector<Column>;

inline constexpr absl::string_view kVouchedByRequest = "request";

// Errors: two columns of one key or one header, a key that is no identifier or
// is taken, an unknown word under `becomes` or `grammar`.
Columns ReadColumns(const SourceSet& sources, SourceId source,
                    Diagnostics* diagnostics);

std::optional<size_t> FindColumn(const Columns& columns, absl::string_view key);
std::vector<std::string> ColumnKeys(const Columns& columns);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_COLUMNS_H_
