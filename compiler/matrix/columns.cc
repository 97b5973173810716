#include "compiler/matrix/columns.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/ast.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

enum Cell { kKey, kHeader, kEnglish, kBecomes, kGrammar, kVouched, kObliges };

// Annotations that a row's policy has besides those of its columns.
constexpr absl::string_view kTaken[] = {"id",
                                        "matrix",
                                        kNumberKey,
                                        kOldNumberKey,
                                        kServiceKey,
                                        kObligationsAnnotation,
                                        kAdviceAnnotation};

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_';
  });
}

// The value of the word in `cell`; an error and `T()` if it is none of `words`.
template <typename T>
T ReadWord(const TableCell& cell,
           const std::vector<std::pair<std::string, T>>& words,
           Diagnostics* diagnostics) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) {
    if (cell.text == word) return value;
    names.push_back(word);
  }
  diagnostics->Error(cell.span,
                     absl::StrCat("`", cell.text, "` is none of `",
                                  absl::StrJoin(names, "`, `"), "`"));
  return T();
}

void CheckKey(const TableCell& cell, Diagnostics* diagnostics) {
  if (!IsIdentifier(cell.text)) {
    diagnostics
        ->Error(cell.span,
                absl::StrCat("`", cell.text, "` cannot name a column"))
        .Help("letters, digits and `_`, and no digit first");
  } else if (std::find(std::begin(kTaken), std::end(kTaken), cell.text) !=
             std::end(kTaken)) {
    diagnostics->Error(cell.span,
                       absl::StrCat("`", cell.text,
                                    "` is what every row has besides columns"));
  }
}

}  // namespace

std::string Column::Label() const { return header.empty() ? english : header; }

Columns ReadColumns(const SourceSet& sources, SourceId source,
                    Diagnostics* diagnostics) {
  const Table table = ReadTable(sources, source,
                                {{"column"},
                                 {"header"},
                                 {"english"},
                                 {"becomes"},
                                 {"grammar"},
                                 {"vouched", /*required=*/false},
                                 {"obliges", /*required=*/false}},
                                diagnostics);
  Columns columns;
  absl::flat_hash_map<std::string, Span> seen;
  const auto check_unique = [&](const TableCell& cell, absl::string_view what) {
    if (cell.text.empty()) return;
    const auto [it, fresh] =
        seen.emplace(absl::StrCat(what, "\t", cell.text), cell.span);
    if (fresh) return;
    diagnostics
        ->Error(cell.span,
                absl::StrCat("the ", what, " `", cell.text, "` stands twice"))
        .Note(it->second, "first here");
  };
  for (const TableRow& row : table.rows) {
    if (columns.size() == kMaxColumns) {
      diagnostics->Error(row.span, absl::StrCat("the matrix has more than ",
                                                kMaxColumns, " columns"));
      break;
    }
    CheckKey(row.cells[kKey], diagnostics);
    check_unique(row.cells[kKey], "column");
    check_unique(row.cells[kHeader], "header");
    Column column;
    column.key = std::string(row.cells[kKey].text);
    column.header = std::string(row.cells[kHeader].text);
    column.english = std::string(row.cells[kEnglish].text);
    column.becomes = ReadWord<Becomes>(row.cells[kBecomes],
                                       {{"condition", Becomes::kCondition},
                                        {"annotation", Becomes::kAnnotation}},
                                       diagnostics);
    column.grammar = ReadWord<Grammar>(row.cells[kGrammar],
                                       {{"phrase", Grammar::kPhrase},
                                        {"list", Grammar::kList},
                                        {"formula", Grammar::kFormula}},
                                       diagnostics);
    column.vouched = std::string(row.cells[kVouched].text);
    column.obliges = std::string(row.cells[kObliges].text);
    if (!column.obliges.empty() && column.becomes != Becomes::kCondition) {
      diagnostics->Error(row.cells[kObliges].span,
                         "only conditions come with obligations");
    }
    column.span = row.cells[kKey].span;
    columns.push_back(std::move(column));
  }
  return columns;
}

std::optional<size_t> FindColumn(const Columns& columns,
                                 absl::string_view key) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].key == key) return i;
  }
  return std::nullopt;
}

std::vector<std::string> ColumnKeys(const Columns& columns) {
  std::vector<std::string> keys;
  for (const Column& column : columns) keys.push_back(column.key);
  return keys;
}

}  // namespace sekisho
