#include "compiler/matrix/lower_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "compiler/matrix/cell_reader.h"

namespace sekisho {
namespace {

bool IsVariable(const Expr& expr, Variable variable) {
  return expr.kind == ExprKind::kVariable && expr.variable == variable;
}

// The entity that `expr` writes out, or null.
const EntityUid* LiteralEntity(const Expr& expr) {
  return expr.is_entity() ? &expr.AsEntity() : nullptr;
}

// `action == A`, `action in A` or `action in [A, ...]` as a head.
std::optional<Scope> ActionScope(const Expr& expr) {
  const bool equal = expr.kind == ExprKind::kEqual;
  if (!equal && expr.kind != ExprKind::kIn) return std::nullopt;
  if (!IsVariable(*expr.args()[0], Variable::kAction)) return std::nullopt;
  Scope scope;
  scope.kind = equal ? Scope::Kind::kEqual : Scope::Kind::kIn;
  scope.span = expr.span;
  const Expr& right = *expr.args()[1];
  if (const EntityUid* uid = LiteralEntity(right)) {
    scope.uids = {*uid};
    return scope;
  }
  if (equal || right.kind != ExprKind::kSet) return std::nullopt;
  scope.is_list = true;
  for (const ExprPtr& element : right.args()) {
    const EntityUid* uid = LiteralEntity(*element);
    if (uid == nullptr) return std::nullopt;
    scope.uids.push_back(*uid);
  }
  return scope;
}

// `variable is T` as a head.
std::optional<Scope> TypeScope(const Expr& expr, Variable variable) {
  if (expr.kind != ExprKind::kIs || expr.args().size() != 1 ||
      !IsVariable(*expr.args()[0], variable)) {
    return std::nullopt;
  }
  Scope scope;
  scope.kind = Scope::Kind::kIs;
  scope.type = expr.name();
  scope.span = expr.span;
  return scope;
}

bool SameScope(const Scope& a, const Scope& b) {
  return a.kind == b.kind && a.type == b.type && a.uids == b.uids;
}

class RowLowerer {
 public:
  RowLowerer(const MatrixReading& reading, Diagnostics* diagnostics)
      : reading_(reading), diagnostics_(diagnostics) {}

  Policy Lower(const MatrixRow& row, const RowReading& cells) {
    Policy policy;
    policy.id = std::string(row.number.text);
    policy.span = row.span;
    Annotate(&policy, "id", row.number.text, row.number.span);
    Annotate(&policy, "matrix", row.number.text, row.number.span);
    Annotate(&policy, "service", row.service.text, row.service.span);
    if (row.old_number.text != row.number.text) {
      Annotate(&policy, "formerly", row.old_number.text, row.old_number.span);
    }
    for (size_t i = 0; i < cells.cells.size(); ++i) {
      const Column& column = reading_.matrix.columns[i];
      const CellReading& cell = cells.cells[i];
      if (!cell.meaning.annotation.empty()) {
        Annotate(&policy, column.key, cell.meaning.annotation, cell.text.span);
      }
      if (cell.meaning.condition == nullptr) continue;
      AddClause(column.key, cell, &policy);
      if (!column.obliges.empty()) {
        Oblige(column.obliges, cell.text.span, &policy);
      }
    }
    return policy;
  }

 private:
  // What a clause gives to the head, and what is left of it.
  struct Split {
    std::optional<Scope> principal;
    std::optional<Scope> action;
    std::optional<Scope> resource;
    ExprPtr rest;
  };

  static void Annotate(Policy* policy, absl::string_view name,
                       absl::string_view value, const Span& span) {
    policy->annotations.push_back(
        {std::string(name), std::string(value), span});
  }

  static void Oblige(const std::string& names, const Span& span,
                     Policy* policy) {
    for (Annotation& annotation : policy->annotations) {
      if (annotation.name != kObligationsAnnotation) continue;
      absl::StrAppend(&annotation.value, ", ", names);
      return;
    }
    Annotate(policy, kObligationsAnnotation, names, span);
  }

  void AddClause(const std::string& column, const CellReading& cell,
                 Policy* policy) {
    const Split& split = SplitOf(cell.meaning.condition);
    Hoist(split.principal, cell, &policy->principal);
    Hoist(split.action, cell, &policy->action);
    Hoist(split.resource, cell, &policy->resource);
    if (split.rest == nullptr) return;
    Clause clause;
    clause.body = split.rest;
    clause.origin = cell.text.span;
    clause.column = column;
    policy->clauses.push_back(std::move(clause));
  }

  void Hoist(const std::optional<Scope>& scope, const CellReading& cell,
             Scope* head) {
    if (!scope) return;
    if (head->kind == Scope::Kind::kAny) {
      *head = *scope;
    } else if (!SameScope(*head, *scope)) {
      ReportConflict(head->span, scope->span, cell.text.span);
    }
  }

  void ReportConflict(const Span& head, const Span& other, const Span& cell) {
    diagnostics_
        ->Error(cell,
                "the cell demands another principal, action or resource "
                "than the rest of its row")
        .Note(head, "the row demands this")
        .Note(other, "the cell demands this");
  }

  // Shared by the rows that share the condition.
  const Split& SplitOf(const ExprPtr& condition) {
    const auto [it, fresh] = splits_.try_emplace(condition.get());
    if (!fresh) return it->second.split;
    it->second.condition = condition;
    Split split;
    const bool whole = !TakeHeads(condition, &split);
    if (whole) split.rest = condition;
    it->second.split = std::move(split);
    return it->second.split;
  }

  // Puts the operands of the && at the top of `expr`, and of those among them
  // that are && themselves, where they belong. True if one went to the head.
  bool TakeHeads(const ExprPtr& expr, Split* split) {
    std::vector<ExprPtr> rest;
    std::vector<ExprPtr> open = {expr};  // the next one last
    bool taken = false;
    while (!open.empty()) {
      const ExprPtr next = open.back();
      open.pop_back();
      if (next->kind == ExprKind::kAnd) {
        open.insert(open.end(), next->args().rbegin(), next->args().rend());
      } else if (TakeHead(*next, split)) {
        taken = true;
      } else {
        rest.push_back(next);
      }
    }
    split->rest = AllOf(rest, expr->span);
    return taken;
  }

  bool TakeHead(const Expr& expr, Split* split) {
    if (auto scope = TypeScope(expr, Variable::kPrincipal)) {
      return Take(*std::move(scope), &split->principal);
    }
    if (auto scope = TypeScope(expr, Variable::kResource)) {
      return Take(*std::move(scope), &split->resource);
    }
    if (auto scope = ActionScope(expr)) {
      return Take(*std::move(scope), &split->action);
    }
    return false;
  }

  bool Take(Scope scope, std::optional<Scope>* head) {
    if (!*head) {
      *head = std::move(scope);
    } else if (!SameScope(**head, scope)) {
      ReportConflict((*head)->span, scope.span, scope.span);
    }
    return true;
  }

  struct CachedSplit {
    // Keeps the key alive.
    ExprPtr condition;
    Split split;
  };

  const MatrixReading& reading_;
  Diagnostics* const diagnostics_;
  absl::flat_hash_map<const Expr*, CachedSplit> splits_;
};

std::vector<Policy> LowerThose(bool understood, const MatrixReading& reading,
                               Diagnostics* diagnostics) {
  RowLowerer lowerer(reading, diagnostics);
  std::vector<Policy> policies;
  for (size_t i = 0; i < reading.rows.size(); ++i) {
    if (reading.rows[i].understood != understood) continue;
    policies.push_back(lowerer.Lower(reading.matrix.rows[i], reading.rows[i]));
  }
  return policies;
}

}  // namespace

std::vector<Policy> LowerRows(const MatrixReading& reading,
                              Diagnostics* diagnostics) {
  return LowerThose(/*understood=*/true, reading, diagnostics);
}

std::vector<Policy> LowerUnfinishedRows(const MatrixReading& reading,
                                        Diagnostics* diagnostics) {
  return LowerThose(/*understood=*/false, reading, diagnostics);
}

}  // namespace sekisho
