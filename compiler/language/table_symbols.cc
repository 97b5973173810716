#include "compiler/language/table_symbols.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/check/checker.h"
#include "compiler/language/policy_symbols.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {
namespace {

class TableNames {
 public:
  TableNames(const SourceSet& sources, const PolicyContext* context,
             Occurrences* out)
      : sources_(sources), context_(context), out_(*out) {}

  void Find(SourceId source) {
    Diagnostics reported(&sources_);
    const std::vector<TableLine> lines =
        SplitTable(sources_, source, &reported);
    // Below the header, which names the columns.
    const TableLine* header = nullptr;
    for (const TableLine& line : lines) {
      if (line.blank() || absl::StartsWith(line.cells[0].text, "#")) continue;
      if (header == nullptr) {
        header = &line;
        continue;
      }
      line_ = &line;
      for (size_t i = 0; i < line.cells.size() && i < header->cells.size();
           ++i) {
        FindCell(sources_.name(source), Trimmed(header->cells[i]).text,
                 Trimmed(line.cells[i]));
      }
    }
  }

 private:
  void FindCell(absl::string_view file, absl::string_view column,
                const TableCell& cell) {
    if (cell.text.empty()) return;
    if (file == "columns.tsv") {
      if (column == "column") Add(SymbolKind::kColumn, cell, true);
      if (column == "obliges") AddList(SymbolKind::kObligation, cell, ",");
    } else if (file == "vocabulary.tsv") {
      FindVocabularyCell(column, cell);
    } else if (file == "obligations.tsv") {
      // Each line of one name declares a parameter of it.
      if (column == "name") {
        Add(SymbolKind::kObligation, cell, seen_.insert(cell.text).second);
      }
      if (column == "value") AddExpression(cell);
    } else if (file == "links.tsv") {
      if (column == "id") Add(SymbolKind::kPolicy, cell, true);
      if (column == "template") Add(SymbolKind::kPolicy, cell, false);
      if (absl::StartsWith(column, "?")) {
        FindNames(sources_, cell.span, &out_);
      }
    } else {
      // corrections.tsv, checks.tsv and cases.
      if (column == "usecase" || column == "request") {
        Add(SymbolKind::kPolicy, cell, false);
      }
      if (column == "by") AddList(SymbolKind::kPolicy, cell, ",");
      if (column == "change") FindNames(sources_, cell.span, &out_);
      if (column == "column") Add(SymbolKind::kColumn, cell, false);
      if (column == "when") AddTerms(cell);
    }
  }

  void FindVocabularyCell(absl::string_view column, const TableCell& cell) {
    const absl::string_view of = Trimmed(line_->cells[0]).text;
    if (column == "column" && cell.text != "*") {
      Add(SymbolKind::kColumn, cell, false);
    } else if (column == "phrase") {
      out_.push_back({PhraseSymbol(of, cell.text), SpanOf(cell), true});
    } else if (column == "meaning" &&
               absl::StartsWith(cell.text, "restates ")) {
      const std::vector<TableCell> words = SplitCell(cell, " ");
      Add(SymbolKind::kColumn, words[1], false);
    } else if (column == "meaning") {
      AddExpression(cell);
    }
  }

  static TextSpan SpanOf(const TableCell& cell) {
    return {cell.span.begin, cell.span.end};
  }

  void Add(SymbolKind kind, const TableCell& cell, bool is_definition) {
    if (cell.text.empty()) return;
    out_.push_back(
        {{kind, std::string(cell.text)}, SpanOf(cell), is_definition});
  }

  void AddList(SymbolKind kind, const TableCell& cell,
               absl::string_view separator) {
    for (const TableCell& part : SplitCell(cell, separator)) {
      Add(kind, part, false);
    }
  }

  // `role=医師 & time~x`: the columns.
  void AddTerms(const TableCell& cell) {
    for (TableCell term : SplitCell(cell, " & ")) {
      const size_t end = term.text.find_first_of("=~!");
      if (end == absl::string_view::npos) continue;
      term.text = term.text.substr(0, end);
      term.span.end = term.span.begin + static_cast<uint32_t>(end);
      Add(SymbolKind::kColumn, Trimmed(term), false);
    }
  }

  // As the only condition of a policy for all requests: what it says is typed
  // wherever that makes sense.
  void AddExpression(const TableCell& cell) {
    FindNames(sources_, cell.span, &out_);
    if (context_ == nullptr) return;
    Diagnostics reported(&sources_);
    Clause clause;
    clause.body = ParseExpression(sources_, cell.span, &reported);
    if (clause.body == nullptr) return;
    Policy policy;
    policy.clauses.push_back(std::move(clause));
    const std::vector<TypedPolicy> typed = CheckPolicy(
        context_->schema, context_->environments, policy, &reported);
    FindAttributes(*context_->index, context_->environments, typed, policy,
                   &out_);
  }

  const SourceSet& sources_;
  const PolicyContext* const context_;
  Occurrences& out_;
  const TableLine* line_ = nullptr;
  absl::flat_hash_set<absl::string_view> seen_;
};

// The phrases that the cells of the rows are made of, and their numbers.
void FindMatrixNames(const PolicyFolder& folder, const MatrixReading& matrix,
                     absl::btree_map<std::string, Occurrences>* out) {
  const auto add = [&](Symbol symbol, const Span& span, bool is_definition) {
    (*out)[std::string(folder.sources.name(span.source))].push_back(
        {std::move(symbol), {span.begin, span.end}, is_definition});
  };
  for (const MatrixRow& row : matrix.matrix.rows) {
    add({SymbolKind::kPolicy, std::string(row.number.text)}, row.number.span,
        true);
  }
  for (const RowReading& row : matrix.rows) {
    for (const CellReading& cell : row.cells) {
      for (const auto* uses : {&cell.meaning.uses, &cell.printed_uses}) {
        for (const PhraseUse& use : *uses) {
          const VocabularyEntry& entry = matrix.vocabulary.entries[use.entry];
          add(PhraseSymbol(matrix, entry), use.span, false);
        }
      }
    }
  }
}

}  // namespace

Symbol PhraseSymbol(absl::string_view column, absl::string_view phrase) {
  return {SymbolKind::kPhrase, absl::StrCat(column, "\t", phrase)};
}

Symbol PhraseSymbol(const MatrixReading& matrix, const VocabularyEntry& entry) {
  return PhraseSymbol(
      entry.column ? matrix.matrix.columns[*entry.column].key : "*",
      entry.phrase.text);
}

Occurrences FindTableNames(const SourceSet& sources, SourceId table,
                           const PolicyContext* context) {
  Occurrences out;
  TableNames(sources, context, &out).Find(table);
  return out;
}

absl::btree_map<std::string, Occurrences> FindTableNames(
    const PolicyFolder& folder, const MatrixReading* matrix,
    const PolicyContext* context) {
  absl::btree_map<std::string, Occurrences> out;
  std::vector<SourceId> tables = {folder.obligations, folder.links};
  if (folder.matrix) {
    for (const SourceId source :
         {folder.matrix->columns, folder.matrix->vocabulary,
          folder.matrix->corrections, folder.matrix->checks}) {
      tables.push_back(source);
    }
  }
  for (const SourceId source : tables) {
    if (source == kNoSource) continue;
    out[std::string(folder.sources.name(source))] =
        FindTableNames(folder.sources, source, context);
  }
  if (matrix != nullptr) FindMatrixNames(folder, *matrix, &out);
  return out;
}

}  // namespace sekisho
