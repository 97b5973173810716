#include "compiler/matrix/structure.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

constexpr size_t kCircledDigitBytes = 3;
// How many left-out numbers a message lists.
constexpr size_t kMaxListed = 100;

Finding At(FindingKind kind, const TableCell& cell, Finding::Rows rows,
           absl::string_view column, std::string message) {
  return {kind, cell.span, rows, std::string(column), std::move(message)};
}

// Calls `report` for each longest run of rows of one table that all have
// `property`.
void ForEachRun(const Matrix& matrix, const MatrixTable& table,
                const std::function<int(const MatrixRow&)>& property,
                const std::function<void(Finding::Rows, int)>& report) {
  size_t begin = table.rows.begin;
  for (size_t i = begin; i < table.rows.end; ++i) {
    const int value = property(matrix.rows[i]);
    if (i + 1 < table.rows.end && property(matrix.rows[i + 1]) == value) {
      continue;
    }
    if (value != 0) report({begin, i + 1}, value);
    begin = i + 1;
  }
}

void FindShifts(const Matrix& matrix, const MatrixTable& table,
                std::vector<Finding>* findings) {
  const size_t usual = UsualOffset(matrix, table);
  ForEachRun(
      matrix, table,
      [&](const MatrixRow& row) {
        return static_cast<int>(row.offset) - static_cast<int>(usual);
      },
      [&](Finding::Rows rows, int /*shift*/) {
        const MatrixRow& first = matrix.rows[rows.begin];
        findings->push_back(
            At(FindingKind::kShifted, first.old_number, rows, kOldNumberKey,
               absl::StrCat("the numbers of ", matrix.RowsName(rows),
                            " stand in cells ", first.offset + 1, " and ",
                            first.offset + 2,
                            ", those of most rows of this "
                            "table in ",
                            usual + 1, " and ", usual + 2)));
      });
  ForEachRun(
      matrix, table,
      [](const MatrixRow& row) {
        return static_cast<int>(row.trailing.size());
      },
      [&](Finding::Rows rows, int extra) {
        const MatrixRow& first = matrix.rows[rows.begin];
        findings->push_back(At(
            FindingKind::kShifted, first.trailing[0], rows, "",
            absl::StrCat(
                "after the last cell of ", matrix.RowsName(rows),
                extra == 1 ? " an empty one follows"
                           : absl::StrCat(" ", extra, " empty ones follow"))));
      });
}

void FindCarriedServices(const Matrix& matrix, const MatrixTable& table,
                         std::vector<Finding>* findings) {
  for (size_t i = table.rows.begin; i < table.rows.end; ++i) {
    const MatrixRow& row = matrix.rows[i];
    if (row.prints_service) continue;
    findings->push_back(
        At(FindingKind::kIncomplete, row.service, table.rows, kServiceKey,
           "services are named on the first of their rows only; the rows below "
           "are read as of the same service"));
    return;
  }
}

absl::string_view Prefix(absl::string_view number) {
  return number.substr(0, kCircledDigitBytes);
}

int Ordinal(absl::string_view number) {
  int ordinal = 0;
  (void)absl::SimpleAtoi(number.substr(kCircledDigitBytes + 1), &ordinal);
  return ordinal;
}

void FindMisleadingNumbers(const Matrix& matrix,
                           std::vector<Finding>* findings) {
  absl::flat_hash_map<absl::string_view, size_t> old_numbers;
  for (size_t i = 0; i < matrix.rows.size(); ++i) {
    const MatrixRow& row = matrix.rows[i];
    const auto [first, fresh] = old_numbers.emplace(row.old_number.text, i);
    if (!fresh) {
      findings->push_back(
          At(FindingKind::kContradictory, row.old_number, {i, i + 1},
             kOldNumberKey,
             absl::StrCat("the old number of ", row.number.text,
                          " is also that of ",
                          matrix.rows[first->second].number.text)));
    }
    const auto other = matrix.FindRow(row.old_number.text);
    if (other && *other != i) {
      findings->push_back(At(FindingKind::kOdd, row.old_number, {i, i + 1},
                             kOldNumberKey,
                             absl::StrCat("the old number of ", row.number.text,
                                          " is the new number of another row "
                                          "(line ",
                                          matrix.rows[*other].line, ")")));
    }
    const absl::string_view service = row.service.text;
    if (IsUseCaseNumber(absl::StrCat(Prefix(service), "-1")) &&
        Prefix(service) != Prefix(row.number.text)) {
      findings->push_back(
          At(FindingKind::kContradictory, row.number, {i, i + 1}, kNumberKey,
             absl::StrCat(row.number.text, " stands under the service ",
                          service)));
    }
  }
}

// The numbers from 1 to the highest of each circled digit that no row has.
void FindGaps(const Matrix& matrix, TableCell MatrixRow::*number,
              absl::string_view key, absl::string_view what,
              std::vector<Finding>* findings) {
  struct Group {
    Finding::Rows rows;
    std::set<int> ordinals;
  };
  std::map<absl::string_view, Group> groups;
  for (size_t i = 0; i < matrix.rows.size(); ++i) {
    const absl::string_view text = (matrix.rows[i].*number).text;
    const auto [group, fresh] = groups.try_emplace(Prefix(text));
    if (fresh) group->second.rows.begin = i;
    group->second.rows.end = i + 1;
    group->second.ordinals.insert(Ordinal(text));
  }
  for (const auto& [prefix, group] : groups) {
    std::vector<std::string> missing;
    size_t count = 0;
    for (int i = 1; i < *group.ordinals.rbegin(); ++i) {
      if (group.ordinals.contains(i)) continue;
      if (++count <= kMaxListed)
        missing.push_back(absl::StrCat(prefix, "-", i));
    }
    if (missing.empty()) continue;
    if (count > missing.size()) missing.push_back("...");
    findings->push_back(At(FindingKind::kIncomplete,
                           matrix.rows[group.rows.begin].*number, group.rows,
                           key,
                           absl::StrCat("the ", what, " numbers leave out ",
                                        absl::StrJoin(missing, ", "))));
  }
}

void FindTwins(const Matrix& matrix, std::vector<Finding>* findings) {
  absl::flat_hash_map<std::string, size_t> rows;
  for (size_t i = 0; i < matrix.rows.size(); ++i) {
    const MatrixRow& row = matrix.rows[i];
    const std::string key = absl::StrJoin(
        row.cells, "\t", [](std::string* out, const TableCell& cell) {
          absl::StrAppend(out, cell.text);
        });
    const auto [first, fresh] = rows.emplace(key, i);
    if (fresh) continue;
    findings->push_back(
        At(FindingKind::kOdd, row.number, {i, i + 1}, kNumberKey,
           absl::StrCat("all cells of ", row.number.text, " are those of ",
                        matrix.rows[first->second].number.text)));
  }
}

}  // namespace

size_t UsualOffset(const Matrix& matrix, const MatrixTable& table) {
  std::map<size_t, size_t> counts;
  for (size_t i = table.rows.begin; i < table.rows.end; ++i) {
    ++counts[matrix.rows[i].offset];
  }
  const auto most = std::max_element(
      counts.begin(), counts.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

std::vector<Finding> RowFindings(const Matrix& matrix) {
  std::vector<Finding> findings;
  for (const MatrixTable& table : matrix.tables) {
    if (table.rows.begin == table.rows.end) continue;
    FindShifts(matrix, table, &findings);
    FindCarriedServices(matrix, table, &findings);
  }
  FindMisleadingNumbers(matrix, &findings);
  FindGaps(matrix, &MatrixRow::number, kNumberKey, "new", &findings);
  FindGaps(matrix, &MatrixRow::old_number, kOldNumberKey, "old", &findings);
  FindTwins(matrix, &findings);
  for (const TableCell& text : matrix.unread) {
    findings.push_back(
        At(FindingKind::kOdd, text, {}, "",
           absl::StrCat("stands outside the tables and is read as a remark: `",
                        text.text, "`")));
  }
  return findings;
}

}  // namespace sekisho
