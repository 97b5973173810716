#include "compiler/matrix/checks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

enum Cell { kWhen, kColumn, kFinding, kMessage };

constexpr absl::string_view kTermSeparator = " & ";

struct Term {
  enum class Test { kIs, kContains, kLacks };
  std::string key;
  Test test = Test::kIs;
  absl::string_view text;
};

struct Operator {
  absl::string_view text;
  Term::Test test;
};
constexpr Operator kOperators[] = {
    {"!~", Term::Test::kLacks},
    {"~", Term::Test::kContains},
    {"=", Term::Test::kIs},
};

class CheckReader {
 public:
  CheckReader(const Matrix& matrix, Diagnostics* diagnostics)
      : matrix_(matrix),
        keys_(ColumnKeys(matrix.columns)),
        diagnostics_(diagnostics) {
    for (absl::string_view key : {kNumberKey, kOldNumberKey, kServiceKey}) {
      keys_.emplace_back(key);
    }
  }

  // The findings of one check; none after an error.
  std::vector<Finding> Run(const TableRow& row) {
    const size_t errors_before = diagnostics_->error_count();
    std::vector<Term> terms;
    for (const TableCell& cell : SplitCell(row.cells[kWhen], kTermSeparator)) {
      if (auto term = ReadTerm(cell)) terms.push_back(*std::move(term));
    }
    CheckKey(row.cells[kColumn]);
    const std::optional<FindingKind> kind = ReadKind(row.cells[kFinding]);
    if (row.cells[kMessage].text.empty()) {
      diagnostics_->Error(row.span, "the check has no message");
    }
    if (diagnostics_->error_count() > errors_before) return {};
    return Apply(row, terms, *kind);
  }

 private:
  std::optional<Term> ReadTerm(const TableCell& cell) {
    const auto end = std::find_if_not(
        cell.text.begin(), cell.text.end(),
        [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; });
    const size_t length = static_cast<size_t>(end - cell.text.begin());
    const absl::string_view rest = cell.text.substr(length);
    for (const Operator& op : kOperators) {
      if (!absl::StartsWith(rest, op.text)) continue;
      TableCell key = cell;
      key.text = cell.text.substr(0, length);
      key.span.end = key.span.begin + static_cast<uint32_t>(length);
      if (!CheckKey(key)) return std::nullopt;
      return Term{std::string(key.text), op.test, rest.substr(op.text.size())};
    }
    diagnostics_->Error(cell.span, absl::StrCat("`", cell.text, "` is no test"))
        .Help(
            "tests are `column=text`, `column~part`, `column!~part`, joined "
            "by ` & `");
    return std::nullopt;
  }

  bool CheckKey(const TableCell& cell) {
    if (std::find(keys_.begin(), keys_.end(), cell.text) != keys_.end()) {
      return true;
    }
    const std::string near = Nearest(cell.text, keys_);
    diagnostics_
        ->Error(cell.span,
                absl::StrCat("the matrix has no column `", cell.text, "`"))
        .Help(near.empty() ? "" : absl::StrCat("did you mean `", near, "`?"));
    return false;
  }

  std::optional<FindingKind> ReadKind(const TableCell& cell) {
    const std::optional<FindingKind> kind = ParseFindingKind(cell.text);
    if (!kind) {
      diagnostics_
          ->Error(cell.span,
                  absl::StrCat("`", cell.text, "` is not a kind of finding"))
          .Help(absl::StrCat("the kinds are `",
                             absl::StrJoin(FindingKindNames(), "`, `"), "`"));
    }
    return kind;
  }

  // By row, without the space around them.
  const std::vector<TableCell>& CellsOf(const std::string& key) {
    const auto [it, is_new] = cells_.try_emplace(key);
    if (is_new) {
      for (const MatrixRow& row : matrix_.rows) {
        it->second.push_back(Trimmed(*matrix_.FindCell(row, key)));
      }
    }
    return it->second;
  }

  static bool Holds(const Term& term, absl::string_view text) {
    switch (term.test) {
      case Term::Test::kIs:
        return text == term.text;
      case Term::Test::kContains:
        return absl::StrContains(text, term.text);
      case Term::Test::kLacks:
        return !absl::StrContains(text, term.text);
    }
    return false;
  }

  std::vector<Finding> Apply(const TableRow& check,
                             const std::vector<Term>& terms, FindingKind kind) {
    std::vector<bool> holds(matrix_.rows.size(), true);
    for (const Term& term : terms) {
      const std::vector<TableCell>& cells = CellsOf(term.key);
      for (size_t i = 0; i < holds.size(); ++i) {
        holds[i] = holds[i] && Holds(term, cells[i].text);
      }
    }
    std::vector<Finding> findings;
    const std::string key(check.cells[kColumn].text);
    const std::vector<TableCell>& cells = CellsOf(key);
    for (size_t i = 0; i < holds.size(); ++i) {
      if (!holds[i]) continue;
      findings.push_back({kind,
                          cells[i].span,
                          {i, i + 1},
                          key,
                          std::string(check.cells[kMessage].text)});
    }
    // After errors it may be for them that nothing is found.
    if (findings.empty() && !diagnostics_->has_errors()) {
      diagnostics_->Warning(check.cells[kWhen].span,
                            "the check finds nothing in the matrix");
    }
    return findings;
  }

  const Matrix& matrix_;
  std::vector<std::string> keys_;
  absl::flat_hash_map<std::string, std::vector<TableCell>> cells_;
  Diagnostics* const diagnostics_;
};

}  // namespace

std::vector<Finding> RunChecks(const SourceSet& sources, SourceId source,
                               const Matrix& matrix, Diagnostics* diagnostics) {
  const Table table =
      ReadTable(sources, source,
                {{"when"}, {"column"}, {"finding"}, {"message"}}, diagnostics);
  CheckReader reader(matrix, diagnostics);
  std::vector<Finding> findings;
  for (const TableRow& row : table.rows) {
    if (TooManyErrors(source, diagnostics)) break;
    for (Finding& finding : reader.Run(row)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace sekisho
