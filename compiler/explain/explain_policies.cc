#include "compiler/explain/explain_policies.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/cedar/printer.h"
#include "compiler/explain/condition_builder.h"

namespace sekisho {
namespace {

// Parts are written one by one, so that they need not be in memory together.
constexpr size_t kPoliciesPerPart = 256;
constexpr size_t kConditionsPerPart = 4096;

ExprPtr MakeEntity(const EntityUid& uid) {
  return MakeLiteral(Value::Entity(uid));
}

// The type that a scope demands; empty for any.
std::string TypeOf(const Scope& scope) {
  if (scope.kind == Scope::Kind::kEqual && !scope.has_slot) {
    return scope.uids[0].type;
  }
  return scope.type;
}

// What a scope demands besides a type and what a slot stands for, or null.
ExprPtr ConditionOf(const Scope& scope, Variable variable) {
  if (scope.has_slot) return nullptr;
  ExprParts parts;
  parts.span = scope.span;
  parts.args = {MakeVariable(variable)};
  switch (scope.kind) {
    case Scope::Kind::kAny:
    case Scope::Kind::kIs:
      return nullptr;
    case Scope::Kind::kEqual:
      parts.kind = ExprKind::kEqual;
      break;
    case Scope::Kind::kIn:
    case Scope::Kind::kIsIn:
      parts.kind = ExprKind::kIn;
      break;
  }
  if (!scope.is_list && scope.uids.size() == 1) {
    parts.args.push_back(MakeEntity(scope.uids[0]));
    return MakeExpr(std::move(parts));
  }
  std::vector<ExprPtr> entities;
  for (const EntityUid& uid : scope.uids) entities.push_back(MakeEntity(uid));
  parts.args.push_back(MakeOperation(ExprKind::kSet, std::move(entities)));
  return MakeExpr(std::move(parts));
}

// The operands of the && that `expr` is, and of those among them that are && .
std::vector<const Expr*> Conjuncts(const Expr& expr) {
  std::vector<const Expr*> conjuncts;
  std::vector<const Expr*> open = {&expr};
  while (!open.empty()) {
    const Expr* next = open.back();
    open.pop_back();
    if (next->kind != ExprKind::kAnd) {
      conjuncts.push_back(next);
      continue;
    }
    for (auto it = next->args().rbegin(); it != next->args().rend(); ++it) {
      open.push_back(it->get());
    }
  }
  return conjuncts;
}

bool CanHaveLabel(const Expr& expr) {
  return expr.is_entity() || expr.is_string();
}

// The values that an entry's condition names, or none.
std::vector<Value> NamedValues(const Expr& condition) {
  std::vector<const Expr*> conjuncts = Conjuncts(condition);
  conjuncts.erase(
      std::remove_if(conjuncts.begin(), conjuncts.end(),
                     [](const Expr* e) { return e->kind == ExprKind::kIs; }),
      conjuncts.end());
  if (conjuncts.size() != 1 || conjuncts[0]->args().size() != 2) return {};
  const Expr& expr = *conjuncts[0];
  const Expr* path = expr.args()[0].get();
  const Expr* value = expr.args()[1].get();
  std::vector<Value> values;
  if (expr.kind == ExprKind::kCall && expr.name() == "contains" &&
      path->kind == ExprKind::kSet) {
    std::swap(path, value);
    for (const ExprPtr& element : value->args()) {
      if (!CanHaveLabel(*element)) return {};
      values.push_back(element->value());
    }
  } else if (expr.kind == ExprKind::kEqual ||
             (expr.kind == ExprKind::kCall && expr.name() == "contains")) {
    if (!CanHaveLabel(*value)) return {};
    values.push_back(value->value());
  }
  const std::optional<AttributePath> read = PathOf(*path);
  if (!read || read->names.empty()) return {};
  return values;
}

}  // namespace

PolicyExplainer::PolicyExplainer(const SourceSet& sources, const Schema& schema,
                                 const MatrixReading* matrix,
                                 ConstantCache* constants)
    : sources_(sources), matrix_(matrix), builder_(&schema, constants, &part_) {
  if (matrix_ == nullptr) return;
  AddColumns();
  AddLabels();
}

void PolicyExplainer::AddColumns() {
  for (const Column& column : matrix_->matrix.columns) {
    part_.columns.push_back({column.key,
                             {column.english, column.header},
                             column.vouched == kVouchedByRequest});
  }
}

void PolicyExplainer::AddLabels() {
  // By value: of how many values the entry is, and the label.
  absl::btree_map<Value, std::pair<size_t, Label>> best;
  for (const VocabularyEntry& entry : matrix_->vocabulary.entries) {
    if (entry.kind != MeaningKind::kCondition) continue;
    const std::vector<Value> values = NamedValues(*entry.condition);
    for (const Value& value : values) {
      auto [it, added] = best.emplace(
          value,
          std::pair(values.size(),
                    Label{entry.english, std::string(entry.phrase.text)}));
      if (!added && values.size() < it->second.first) {
        it->second = {values.size(),
                      {entry.english, std::string(entry.phrase.text)}};
      }
    }
  }
  for (auto& [value, label] : best) {
    part_.labels.emplace_back(value, std::move(label.second));
  }
}

void PolicyExplainer::Add(const Policy& policy) {
  row_.reset();
  if (matrix_ != nullptr &&
      std::any_of(policy.clauses.begin(), policy.clauses.end(),
                  [](const Clause& c) { return !c.column.empty(); })) {
    row_ = matrix_->matrix.FindRow(policy.id);
  }
  ExplainedPolicy explained;
  explained.principal_type = TypeOf(policy.principal);
  explained.resource_type = TypeOf(policy.resource);
  for (const auto& [scope, variable] :
       {std::pair(&policy.principal, Variable::kPrincipal),
        std::pair(&policy.action, Variable::kAction),
        std::pair(&policy.resource, Variable::kResource)}) {
    const ExprPtr condition = ConditionOf(*scope, variable);
    if (condition == nullptr) continue;
    explained.clauses.push_back(
        ExplainClause(condition, HeadColumn(scope->span), scope->span));
  }
  for (const Clause& clause : policy.clauses) {
    uint32_t column = kNoColumn;
    if (row_) {
      const auto found = FindColumn(matrix_->matrix.columns, clause.column);
      if (found) column = static_cast<uint32_t>(*found);
    }
    explained.clauses.push_back(ExplainClause(
        clause.unless ? MakeOperation(ExprKind::kNot, {clause.body})
                      : clause.body,
        column, clause.origin));
  }
  // In the order of the matrix; what has no column comes first.
  std::stable_sort(explained.clauses.begin(), explained.clauses.end(),
                   [](const ExplainedClause& a, const ExplainedClause& b) {
                     return a.column + 1 < b.column + 1;
                   });
  part_.policies.push_back(std::move(explained));
  if (part_.policies.size() >= kPoliciesPerPart ||
      part_.conditions.size() >= kConditionsPerPart) {
    EndPart();
  }
}

uint32_t PolicyExplainer::HeadColumn(const Span& span) const {
  if (!row_) return kNoColumn;
  const std::vector<CellReading>& cells = matrix_->rows[*row_].cells;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].meaning.condition == nullptr) continue;
    for (const Expr* part : Conjuncts(*cells[i].meaning.condition)) {
      if (part->span == span) return static_cast<uint32_t>(i);
    }
  }
  return kNoColumn;
}

ExplainedClause PolicyExplainer::ExplainClause(const ExprPtr& expr,
                                               uint32_t column,
                                               const Span& origin) {
  ExplainedClause clause;
  clause.column = column;
  clause.text = PrintExpression(*expr);
  clause.condition = builder_.Build(expr);
  Span place = origin;
  if (column != kNoColumn) {
    const CellReading& cell = matrix_->rows[*row_].cells[column];
    clause.cell = LabelOf(cell);
    AddHelp(cell, &clause);
    place = cell.text.span;
  }
  if (place.valid()) {
    clause.source = std::string(sources_.name(place.source));
    clause.line = sources_.LineOf(place);
  }
  return clause;
}

Label PolicyExplainer::LabelOf(const CellReading& cell) const {
  return {EnglishOf(*matrix_, cell), std::string(cell.text.text)};
}

void PolicyExplainer::AddHelp(const CellReading& cell,
                              ExplainedClause* clause) {
  for (const PhraseUse& use : cell.meaning.uses) {
    const VocabularyEntry& entry = matrix_->vocabulary.entries[use.entry];
    if (entry.kind != MeaningKind::kCondition || entry.help_english.empty()) {
      continue;
    }
    clause->help.push_back({builder_.Build(entry.condition),
                            {Filled(entry.help_english, &Label::english),
                             Filled(entry.help_japanese, &Label::japanese)}});
  }
}

std::string PolicyExplainer::Filled(const std::string& text,
                                    std::string Label::*language) const {
  const std::vector<CellReading>& cells = matrix_->rows[*row_].cells;
  std::vector<std::pair<std::string, std::string>> replacements;
  for (size_t i = 0; i < cells.size(); ++i) {
    replacements.emplace_back(
        absl::StrCat("{", matrix_->matrix.columns[i].key, "}"),
        LabelOf(cells[i]).*language);
  }
  return absl::StrReplaceAll(text, replacements);
}

void PolicyExplainer::EndPart() {
  builder_.EndPart();
  writer_.Append(part_);
  part_ = Explanations();
}

std::string PolicyExplainer::Finish() {
  EndPart();
  return writer_.Finish();
}

}  // namespace sekisho
