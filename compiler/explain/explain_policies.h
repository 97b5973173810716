// What the artifact says of each policy for whoever asks why: its clauses with
// their conditions, the cells they come from, and what values are called.
#ifndef SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_
#define SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_

#include <optional>
#include <string>

#include "compiler/cedar/ast.h"
#include "compiler/explain/condition_builder.h"
#include "compiler/matrix/read.h"
#include "compiler/plan/program_builder.h"
#include "compiler/source/source.h"
#include "engine/graph/explanation.h"
#include "engine/graph/explanation_writer.h"
#include "engine/model/schema.h"

namespace sekisho {

// A value is called what the vocabulary calls it, if an entry's whole condition
// is that something is that value, is among listed values of which it is one,
// or contains it. Of several entries the one that lists the fewest values
// counts, and of those the first.
class PolicyExplainer {
 public:
  // `matrix`, which the policies with columns come from, may be null. All must
  // outlive this object.
  PolicyExplainer(const SourceSet& sources, const Schema& schema,
                  const MatrixReading* matrix, ConstantCache* constants);

  // In the order of PolicyIndex. Of the policy nothing is referred to
  // afterwards, but some of its expressions may be kept alive for a while.
  void Add(const Policy& policy);

  // The explanations as bytes: see WriteArtifact. No adding after this.
  std::string Finish();

 private:
  void AddColumns();
  void AddLabels();
  // The column whose cell gave that to the head of its row's policy.
  uint32_t HeadColumn(const Span& span) const;
  ExplainedClause ExplainClause(const ExprPtr& expr, uint32_t column,
                                const Span& origin);
  Label LabelOf(const CellReading& cell) const;
  void AddHelp(const CellReading& cell, ExplainedClause* clause);
  // `text` with each `{column}` replaced by what that cell of the row says.
  std::string Filled(const std::string& text,
                     std::string Label::*language) const;
  void EndPart();

  const SourceSet& sources_;
  const MatrixReading* const matrix_;
  ExplanationWriter writer_;
  // Of the policies that have been added last, until it is written.
  Explanations part_;
  ConditionBuilder builder_;
  // Of the policy that is explained, if it comes from the matrix.
  std::optional<size_t> row_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_
