// The files of a policy folder that are tables - a matrix with what belongs to
// it, obligations, links - read together, as each makes sense only by others.
#ifndef SEKISHO_COMPILER_LANGUAGE_TABLE_READING_H_
#define SEKISHO_COMPILER_LANGUAGE_TABLE_READING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "compiler/cedar/ast.h"
#include "compiler/folder.h"
#include "compiler/language/occurrence_list.h"
#include "compiler/language/policy_reading.h"
#include "compiler/lint/lint.h"
#include "compiler/lint/policy_summary.h"
#include "compiler/matrix/read.h"
#include "compiler/obligations/obligations.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/link.h"

namespace sekisho {

struct TableReading {
  // A folder of these files; `files` are all but those of policies.
  // `heads` are the policies of those, without their conditions.
  // `context` may be null: then types are not checked.
  TableReading(std::vector<std::pair<std::string, std::string>> files,
               const PolicyContext* context,
               const std::vector<const Policy*>& heads);
  TableReading(const TableReading&) = delete;
  TableReading& operator=(const TableReading&) = delete;

  // Whether another one could be made of other heads.
  bool needs_heads() const {
    return folder.links != kNoSource || folder.obligations != kNoSource;
  }

  // Why they are no folder together; then there is nothing else.
  absl::Status status;
  PolicyFolder folder;
  std::optional<MatrixReading> matrix;
  // What the rows became, and the links.
  std::vector<Policy> rows;
  std::vector<Policy> links;
  std::vector<LinkPtr> link_set;
  Obligations obligations;
  // What is found in the rows, before comments are looked at, and by row what
  // the rules about the whole folder look at. Nothing without a context, and
  // less where there are errors.
  std::vector<LintFinding> lint;
  std::vector<PolicySummary> summaries;
  // Places in `folder.sources`; what is wrong with the schema is not among
  // them.
  Diagnostics diagnostics;
  // By file.
  absl::btree_map<std::string, OccurrenceList> occurrences;

 private:
  void ReadMatrixFiles(const PolicyContext* context);
  void ReadRow(const Policy& row, const PolicyContext* context);
  void ReadLinksFile(const PolicyContext* context,
                     const std::vector<const Policy*>& heads);
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_TABLE_READING_H_
