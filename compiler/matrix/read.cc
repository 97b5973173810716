#include "compiler/matrix/read.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/matrix/checks.h"
#include "compiler/matrix/structure.h"

namespace sekisho {
namespace {

class MatrixReader {
 public:
  MatrixReader(const SourceSet& sources, Diagnostics* diagnostics)
      : sources_(sources), diagnostics_(diagnostics) {}

  MatrixReading Read(const MatrixSources& files) {
    Columns columns = ReadColumns(sources_, files.columns, diagnostics_);
    // Every other message would follow from a column that is wrong.
    if (diagnostics_->has_errors()) return std::move(reading_);
    reading_.matrix = ReadMatrixRows(sources_, files.matrix, std::move(columns),
                                     diagnostics_);
    const Matrix& matrix = reading_.matrix;
    reading_.vocabulary = ReadVocabulary(sources_, files.vocabulary,
                                         matrix.columns, diagnostics_);
    reading_.corrections =
        ReadCorrections(sources_, files.corrections, matrix, diagnostics_);
    used_.resize(reading_.vocabulary.entries.size());
    for (size_t row = 0; row < matrix.rows.size(); ++row) {
      if (TooManyErrors(files.matrix, diagnostics_)) break;
      reading_.rows.push_back(ReadRow(row));
    }
    WarnOfUnused();
    CollectFindings(files);
    return std::move(reading_);
  }

 private:
  RowReading ReadRow(size_t row) {
    RowReading result;
    result.understood = true;
    for (size_t i = 0; i < reading_.matrix.columns.size(); ++i) {
      result.cells.push_back(ReadOne(row, i));
    }
    for (CellReading& cell : result.cells) {
      CheckRestatements(result, &cell);
      result.understood &= cell.meaning.understood;
    }
    return result;
  }

  CellReading ReadOne(size_t row, size_t column) {
    const Matrix& matrix = reading_.matrix;
    const TableCell& printed = matrix.rows[row].cells[column];
    CellReading cell;
    const auto correction = reading_.corrections.find({row, column});
    if (correction == reading_.corrections.end()) {
      cell.text = Trimmed(printed);
    } else {
      cell.correction = &correction->second;
      cell.text = correction->second.adopted;
    }
    cell.meaning = ReadCell(matrix.columns, reading_.vocabulary, column,
                            cell.text, diagnostics_);
    cell.printed_uses =
        cell.correction == nullptr
            ? cell.meaning.uses
            : ReadCell(matrix.columns, reading_.vocabulary, column, printed,
                       /*diagnostics=*/nullptr)
                  .uses;
    for (const PhraseUse& use : cell.meaning.uses) used_[use.entry] = true;
    for (const PhraseUse& use : cell.printed_uses) used_[use.entry] = true;
    return cell;
  }

  void CheckRestatements(const RowReading& row, CellReading* cell) {
    for (const PhraseUse& use : cell->meaning.uses) {
      const VocabularyEntry& entry = reading_.vocabulary.entries[use.entry];
      if (entry.kind != MeaningKind::kRestates) continue;
      const CellReading& other = row.cells[entry.restated_column];
      if (Restates(entry, other)) continue;
      cell->meaning.understood = false;
      diagnostics_
          ->Error(use.span,
                  absl::StrCat("`", entry.phrase.text, "` ", entry.meaning.text,
                               ", which this row does not "
                               "have"))
          .Note(other.text.span, "it has this")
          .Help("give the phrase a meaning of its own, or correct the cell");
    }
  }

  // True if `other` is one of the phrases that `entry` restates.
  bool Restates(const VocabularyEntry& entry, const CellReading& other) const {
    const PhraseIndex& phrases =
        reading_.vocabulary.phrases[entry.restated_column];
    return std::any_of(
        entry.restated_phrases.begin(), entry.restated_phrases.end(),
        [&](const TableCell& phrase) {
          if (phrase.text == other.text.text) return true;
          const std::optional<size_t> meant = phrases.Find(phrase.text);
          return meant && other.meaning.uses.size() == 1 &&
                 other.meaning.uses[0].entry == *meant;
        });
  }

  void WarnOfUnused() {
    // After errors it may be for them that a phrase is not used.
    if (diagnostics_->has_errors()) return;
    for (size_t i = 0; i < used_.size(); ++i) {
      const VocabularyEntry& entry = reading_.vocabulary.entries[i];
      if (used_[i] || !entry.column) continue;
      diagnostics_->Warning(
          entry.phrase.span,
          absl::StrCat("no cell has the phrase `", entry.phrase.text, "`"));
    }
  }

  void CollectFindings(const MatrixSources& files) {
    const Matrix& matrix = reading_.matrix;
    reading_.findings = RowFindings(matrix);
    Add(HeaderFindings(matrix));
    for (size_t row = 0; row < reading_.rows.size(); ++row) AddPhrases(row);
    Add(RunChecks(sources_, files.checks, matrix, diagnostics_));
    SortFindings(&reading_.findings);
  }

  void Add(std::vector<Finding> findings) {
    std::move(findings.begin(), findings.end(),
              std::back_inserter(reading_.findings));
  }

  void AddPhrases(size_t row) {
    for (size_t i = 0; i < reading_.rows[row].cells.size(); ++i) {
      for (const PhraseUse& use : reading_.rows[row].cells[i].printed_uses) {
        const VocabularyEntry& entry = reading_.vocabulary.entries[use.entry];
        if (!entry.finding) continue;
        reading_.findings.push_back(
            {*entry.finding,
             use.span,
             {row, row + 1},
             reading_.matrix.columns[i].key,
             absl::StrCat("`", sources_.text(use.span), "`: ", entry.note)});
      }
    }
  }

  const SourceSet& sources_;
  Diagnostics* const diagnostics_;
  MatrixReading reading_;
  // By vocabulary entry.
  std::vector<bool> used_;
};

}  // namespace

std::string EnglishOf(const MatrixReading& reading, const CellReading& cell) {
  std::string text;
  absl::string_view joint;
  for (const PhraseUse& use : cell.meaning.uses) {
    const VocabularyEntry& entry = reading.vocabulary.entries[use.entry];
    if (entry.kind == MeaningKind::kOr) joint = " or ";
    if (entry.kind == MeaningKind::kAnd) joint = " and ";
    if (!entry.column) continue;
    if (!text.empty()) {
      absl::StrAppend(&text, joint.empty() ? absl::string_view("; ") : joint);
    }
    absl::StrAppend(&text, entry.english.empty()
                               ? std::string(entry.phrase.text)
                               : entry.english);
    joint = "";
  }
  return text;
}

MatrixReading ReadMatrix(const SourceSet& sources, const MatrixSources& files,
                         Diagnostics* diagnostics) {
  return MatrixReader(sources, diagnostics).Read(files);
}

}  // namespace sekisho
