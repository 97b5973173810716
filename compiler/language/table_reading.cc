#include "compiler/language/table_reading.h"

#include "absl/status/statusor.h"
#include "compiler/check/checker.h"
#include "compiler/language/table_symbols.h"
#include "compiler/links/links.h"
#include "compiler/matrix/lower_rows.h"
#include "compiler/obligations/obligations.h"

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
  if (folder.links != kNoSource) ReadLinksFile(context, heads);
  ReadObligations(context, heads);
  diagnostics.Sort();
  for (auto& [file, names] :
       FindTableNames(folder, matrix ? &*matrix : nullptr, context)) {
    occurrences.try_emplace(file, std::move(names));
  }
}

void TableReading::ReadMatrixFiles(const PolicyContext* context) {
  matrix = ReadMatrix(folder.sources, *folder.matrix, &diagnostics);
  rows = LowerRows(*matrix, &diagnostics);
  if (context == nullptr) return;
  for (const std::vector<Policy>& policies :
       {LowerUnfinishedRows(*matrix, &diagnostics), rows}) {
    for (const Policy& policy : policies) {
      CheckPolicy(context->schema, context->environments, policy, &diagnostics);
    }
  }
}

void TableReading::ReadLinksFile(const PolicyContext* context,
                                 const std::vector<const Policy*>& heads) {
  for (const Policy& row : rows) links.push_back(row);
  for (const Policy* head : heads) links.push_back(*head);
  const size_t others = links.size();
  LinkPolicies(ReadLinks(folder.sources, folder.links, &diagnostics), &links,
               &diagnostics);
  links.erase(links.begin(), links.begin() + others);
  if (context == nullptr) return;
  for (const Policy& link : links) {
    CheckHead(context->schema, context->environments, link, &diagnostics);
  }
}

void TableReading::ReadObligations(const PolicyContext* context,
                                   const std::vector<const Policy*>& heads) {
  Obligations obligations;
  if (folder.obligations != kNoSource) {
    obligations = Obligations(folder.sources, folder.obligations, &diagnostics);
  }
  for (const Policy& row : rows) {
    const std::vector<uint32_t> indices =
        obligations.IndicesOf(row, &diagnostics);
    if (context == nullptr || indices.empty()) continue;
    Diagnostics reported(&folder.sources);
    obligations.Check(
        context->schema, indices, context->environments,
        CheckPolicy(context->schema, context->environments, row, &reported),
        &diagnostics);
  }
  // What is wrong with these has been said with their files.
  Diagnostics reported(&folder.sources);
  for (const Policy* head : heads) obligations.IndicesOf(*head, &reported);
  obligations.WarnOfUnused(&diagnostics);
}

}  // namespace sekisho
