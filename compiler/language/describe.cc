#include "compiler/language/describe.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/printer.h"
#include "compiler/language/table_symbols.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/finding.h"

namespace sekisho {
namespace {

bool Names(const Expr& expr, const std::string& uid) {
  if (expr.is_entity()) return expr.AsEntity().ToString() == uid;
  for (const ExprPtr& arg : expr.args()) {
    if (Names(*arg, uid)) return true;
  }
  return false;
}

std::string LabelOf(const VocabularyEntry& entry) {
  return absl::StrCat(entry.phrase.text, entry.english.empty() ? "" : " - ",
                      entry.english);
}

std::string DescribePhrase(const MatrixReading& matrix,
                           const VocabularyEntry& entry) {
  std::string text = absl::StrCat("**", LabelOf(entry), "**");
  if (entry.column) {
    const Column& column = matrix.matrix.columns[*entry.column];
    absl::StrAppend(&text, "  \n", column.Label(), " (", column.key, ")");
  }
  if (!entry.aliases.empty()) {
    absl::StrAppend(&text, "; also ",
                    absl::StrJoin(entry.aliases, ", ",
                                  [](std::string* out, const TableCell& cell) {
                                    absl::StrAppend(out, cell.text);
                                  }));
  }
  absl::StrAppend(&text, "\n\n", CedarBlock(std::string(entry.meaning.text)));
  if (entry.finding) {
    absl::StrAppend(&text, "\n\n", FindingKindName(*entry.finding), ": ",
                    entry.note);
  } else if (!entry.note.empty()) {
    absl::StrAppend(&text, "\n\n", entry.note);
  }
  return text;
}

// The row that a policy comes from, cell by cell.
std::string DescribeRow(const TableReading& tables, size_t index) {
  const MatrixReading& matrix = *tables.matrix;
  const MatrixRow& row = matrix.matrix.rows[index];
  std::string text = absl::StrCat(
      "**", row.number.text, "** ", row.service.text, "  \n",
      tables.folder.sources.name(row.span.source), ", line ", row.line, "\n\n");
  for (size_t i = 0; i < row.cells.size() && index < matrix.rows.size(); ++i) {
    const Column& column = matrix.matrix.columns[i];
    const CellReading& cell = matrix.rows[index].cells[i];
    if (cell.text.text.empty()) continue;
    absl::StrAppend(
        &text, "- ", column.Label(), " (", column.key, "): ", cell.text.text,
        " - ", EnglishOf(matrix, cell),
        cell.correction == nullptr ? "" : " (corrected)",
        column.becomes == Becomes::kCondition ? "" : " (annotation)", "\n");
  }
  return text;
}

std::string DescribePolicy(const EditedFolder& folder, const std::string& id) {
  const TableReading* tables = folder.tables();
  if (tables == nullptr || !tables->matrix) return "";
  const std::optional<size_t> row = tables->matrix->matrix.FindRow(id);
  if (!row) return "";
  std::string text = DescribeRow(*tables, *row);
  for (const Policy& policy : tables->rows) {
    if (policy.id != id) continue;
    absl::StrAppend(&text, "\n", CedarBlock(PrintPolicy(policy)));
  }
  return text;
}

std::string DescribeColumn(const EditedFolder& folder, const std::string& key) {
  const TableReading* tables = folder.tables();
  if (tables == nullptr || !tables->matrix) return "";
  const Columns& columns = tables->matrix->matrix.columns;
  const std::optional<size_t> index = FindColumn(columns, key);
  if (!index) return "";
  const Column& column = columns[*index];
  return absl::StrCat(
      "**", column.Label(), "** - ", column.english, "  \n",
      column.becomes == Becomes::kCondition ? "a condition" : "an annotation",
      column.vouched == "-"
          ? ""
          : absl::StrCat(", vouched for by the ", column.vouched),
      column.obliges.empty() ? ""
                             : absl::StrCat(", obliges to ", column.obliges));
}

std::string DescribeObligation(const EditedFolder& folder,
                               const std::string& name) {
  if (folder.context() == nullptr) return "";
  for (const ObligationDeclaration& declaration :
       folder.context()->obligations.declarations()) {
    if (declaration.name != name) continue;
    return absl::StrCat(
        "**", name, "** - ", declaration.is_advice ? "advice" : "an obligation",
        declaration.parameters.empty() ? "" : " with ",
        absl::StrJoin(declaration.parameters, ", ",
                      [](std::string* out, const ObligationParameter& p) {
                        absl::StrAppend(out, "`", p.name, "`");
                      }));
  }
  return "";
}

}  // namespace

std::string CedarBlock(const std::string& text) {
  return absl::StrCat("```cedar\n", text, "\n```");
}

std::string LabelOf(const EditedFolder& folder, const Symbol& symbol) {
  const TableReading* tables = folder.tables();
  if (tables == nullptr || !tables->matrix ||
      (symbol.kind != SymbolKind::kEntity &&
       symbol.kind != SymbolKind::kAction)) {
    return "";
  }
  const VocabularyEntry* shortest = nullptr;
  for (const VocabularyEntry& entry : tables->matrix->vocabulary.entries) {
    if (entry.condition == nullptr || !Names(*entry.condition, symbol.name)) {
      continue;
    }
    if (shortest == nullptr ||
        entry.meaning.text.size() < shortest->meaning.text.size()) {
      shortest = &entry;
    }
  }
  return shortest == nullptr ? "" : LabelOf(*shortest);
}

std::string DescribeSymbol(const EditedFolder& folder, const Symbol& symbol) {
  switch (symbol.kind) {
    case SymbolKind::kEntityType:
    case SymbolKind::kCommonType:
    case SymbolKind::kAttribute:
    case SymbolKind::kAction: {
      const SchemaIndex::Declaration* declaration =
          folder.schema_index().Find(symbol);
      if (declaration == nullptr) return "";
      std::string text = CedarBlock(declaration->text);
      const std::string label = LabelOf(folder, symbol);
      if (!label.empty()) absl::StrAppend(&text, "\n\n", label);
      if (!declaration->documentation.empty()) {
        absl::StrAppend(&text, "\n\n", declaration->documentation);
      }
      return text;
    }
    case SymbolKind::kEntity: {
      const std::string label = LabelOf(folder, symbol);
      return absl::StrCat(CedarBlock(symbol.name), label.empty() ? "" : "\n\n",
                          label);
    }
    case SymbolKind::kPolicy:
      return DescribePolicy(folder, symbol.name);
    case SymbolKind::kObligation:
      return DescribeObligation(folder, symbol.name);
    case SymbolKind::kColumn:
      return DescribeColumn(folder, symbol.name);
    case SymbolKind::kPhrase: {
      if (folder.tables() == nullptr || !folder.tables()->matrix) return "";
      const MatrixReading& matrix = *folder.tables()->matrix;
      for (const VocabularyEntry& entry : matrix.vocabulary.entries) {
        if (PhraseSymbol(matrix, entry) == symbol) {
          return DescribePhrase(matrix, entry);
        }
      }
      return "";
    }
  }
  return "";
}

}  // namespace sekisho
