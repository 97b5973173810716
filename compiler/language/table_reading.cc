#include "compiler/language/table_reading.h"

#include "absl/status/statusor.h"
#include "compiler/check/checker.h"
#include "compiler/language/table_symbols.h"
#include "compiler/links/links.h"
#include "compiler/matrix/lower_rows.h"

namespace sekisho {

TableReading::TableReading(
    std::vector<std::pair<std::string, std::string>> files,
    const PolicyContext* context, const std::vector<const Policy*>& heads)
    : diagnostics(&folder.sources) {
  absl::StatusOr<PolicyFolder> made = MakePolicyFolder(std::move(files));
  status = made.status();
  if (!made.ok()) return;
  folder = *std::move(made);
  if (folder.matrix) ReadMatrixFiles(context);
  if (folder.obligations != kNoSource) {
    obligations = Obligations(folder.sources, folder.obligations, &diagnostics);
  }
  for (const Policy& row : rows) ReadRow(row, context);
  if (folder.links != kNoSource) ReadLinksFile(context, heads);
  // What is wrong with these has been said with their files.
  Diagnostics said(&folder.sources);
  for (const Policy* head : heads) obligations.IndicesOf(*head, &said);
  obligations.WarnOfUnused(&diagnostics);
  diagnostics.Sort();
  for (auto& [file, names] :
       FindTableNames(folder, matrix ? &*matrix : nullptr, context)) {
    occurrences.try_emplace(file, std::move(names));
  }
}

void TableReading::ReadMatrixFiles(const PolicyContext* context) {
  matrix = ReadMatrix(folder.sources, *folder.matrix, &diagnostics);
  rows = LowerRows(*matrix, &diagnostics);
  const std::vector<Policy> unfinished =
      LowerUnfinishedRows(*matrix, &diagnostics);
  if (context == nullptr) return;
  for (const Policy& policy : unfinished) {
    CheckPolicy(context->schema, context->environments, policy, &diagnostics);
  }
}

void TableReading::ReadRow(const Policy& row, const PolicyContext* context) {
  const size_t errors_before = diagnostics.error_count();
  const std::vector<uint32_t> indices =
      obligations.IndicesOf(row, &diagnostics);
  if (context == nullptr) return;
  const std::vector<TypedPolicy> typed =
      CheckPolicy(context->schema, context->environments, row, &diagnostics);
  obligations.Check(context->schema, indices, context->environments, typed,
                    &diagnostics);
  if (diagnostics.error_count() == errors_before) {
    LintPolicy(folder.sources, row, typed, &lint);
  }
  summaries.push_back(Summarize(row, context->environments, typed));
}

void TableReading::ReadLinksFile(const PolicyContext* context,
                                 const std::vector<const Policy*>& heads) {
  for (const Policy& row : rows) links.push_back(row);
  for (const Policy* head : heads) links.push_back(*head);
  const size_t others = links.size();
  link_set = LinkPolicies(ReadLinks(folder.sources, folder.links, &diagnostics),
                          &links, &diagnostics);
  links.erase(links.begin(), links.begin() + others);
  if (context == nullptr) return;
  for (const Policy& link : links) {
    CheckHead(context->schema, context->environments, link, &diagnostics);
  }
}

}  // namespace sekisho
