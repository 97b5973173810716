// Something in the source matrix that looks wrong or leaves a question. The
// reader reports it and mends nothing; `corrections.tsv` does the mending.
#ifndef SEKISHO_COMPILER_MATRIX_FINDING_H_
#define SEKISHO_COMPILER_MATRIX_FINDING_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

enum class FindingKind {
  kHeader,         // the printed headers do not fit the data
  kShifted,        // cells do not stand where those of other rows do
  kOdd,            // readable, but not as one would expect it
  kContradictory,  // says one thing here and another there
  kVague,          // leaves open what is meant
  kMisspelt,
  kIncomplete,  // something is left out
};

absl::string_view FindingKindName(FindingKind kind);
std::optional<FindingKind> ParseFindingKind(absl::string_view name);
// All names, for messages.
std::vector<std::string> FindingKindNames();

// Keys of what a row has besides the cells of its columns.
inline constexpr absl::string_view kNumberKey = "number";
inline constexpr absl::string_view kOldNumberKey = "formerly";
inline constexpr absl::string_view kServiceKey = "service";

struct Finding {
  // The rows [begin, end) of the matrix; empty if it is about none.
  struct Rows {
    size_t begin = 0;
    size_t end = 0;
    bool operator==(const Rows&) const = default;
  };

  FindingKind kind = FindingKind::kOdd;
  Span span;
  Rows rows;
  // The key of a column, one of the keys above, or empty.
  std::string column;
  std::string message;

  bool operator==(const Finding&) const = default;
};

// By place, then kind, then message, repeated ones once.
void SortFindings(std::vector<Finding>* findings);

// Each as a warning.
void ReportFindings(const std::vector<Finding>& findings,
                    Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_FINDING_H_
