// A condition is constant if it is a literal, if two of its parts contradict
// each other, or if the checker found so in every environment in which it
// looked at it. Of what is constant only the outermost is reported.
//
// Tested by lint_test.cc.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"
#include "compiler/lint/rules.h"

namespace sekisho::lint {
namespace {

class ConstantFinder {
 public:
  ConstantFinder(const std::vector<TypedPolicy>& typed, Report* report)
      : typed_(typed), report_(*report) {}

  // Looks at an operand of a condition.
  void Find(const Expr& expr);
  // Nothing if it is not known to be constant.
  std::optional<bool> ValueOf(const Expr& expr) const;

 private:
  void FindContradiction(const Expr& expr);

  const std::vector<TypedPolicy>& typed_;
  Report& report_;
};

std::optional<bool> ConstantFinder::ValueOf(const Expr& expr) const {
  if (expr.is_bool()) return expr.AsBool();
  if (expr.kind == ExprKind::kLike &&
      std::all_of(expr.pattern().begin(), expr.pattern().end(),
                  [](const std::string& piece) { return piece.empty(); }) &&
      expr.pattern().size() > 1) {
    return true;
  }
  std::optional<bool> value;
  for (const TypedPolicy& in_environment : typed_) {
    const auto it = in_environment.constants.find(&expr);
    if (it == in_environment.constants.end()) {
      // It was short-circuited, or it can be either.
      if (in_environment.applies) return std::nullopt;
      continue;
    }
    if (value && *value != it->second) return std::nullopt;
    value = it->second;
  }
  return value;
}

void ConstantFinder::Find(const Expr& expr) {
  if (const std::optional<bool> value = ValueOf(expr)) {
    if (expr.kind == ExprKind::kHas && *value) {
      report_.Add("redundant-has", expr.span,
                  absl::StrCat("`", expr.name(), "` is always there"),
                  "leave the test out");
    } else {
      report_.Add("constant-condition", expr.span,
                  *value ? "this is always true" : "this is never true");
    }
    return;
  }
  switch (expr.kind) {
    case ExprKind::kIf:
      if (const std::optional<bool> value = ValueOf(*expr.args()[0])) {
        report_
            .Add("unreachable-branch", expr.args()[*value ? 2 : 1]->span,
                 "this branch of the `if` is never taken")
            .notes.push_back(
                {expr.args()[0]->span,
                 *value ? "this is always true" : "this is never true"});
        Find(*expr.args()[*value ? 1 : 2]);
        return;
      }
      break;
    case ExprKind::kAnd:
    case ExprKind::kOr:
      FindContradiction(expr);
      break;
    case ExprKind::kNot:
      break;
    default:
      return;
  }
  for (const ExprPtr& arg : expr.args()) Find(*arg);
}

// `a && !a`, `a == 1 && a == 2`, `a || !a`.
void ConstantFinder::FindContradiction(const Expr& expr) {
  const bool is_and = expr.kind == ExprKind::kAnd;
  struct Seen {
    const Expr* expr;
    bool negated;
  };
  absl::flat_hash_map<std::string, Seen> operands;
  // By what is compared, the comparison with a literal.
  absl::flat_hash_map<std::string, const Expr*> equalities;
  const auto report = [&](const Expr& here, const Expr& there) {
    report_
        .Add("constant-condition", here.span,
             is_and ? "this cannot be true where what stands before it is"
                    : "this is true wherever what stands before it is not")
        .notes.push_back({there.span, "this stands before it"});
  };
  for (const ExprPtr& arg : expr.args()) {
    const bool negated = arg->kind == ExprKind::kNot;
    const Expr& operand = negated ? *arg->args()[0] : *arg;
    const auto [it, is_new] =
        operands.emplace(PrintExpression(operand), Seen{arg.get(), negated});
    if (!is_new && it->second.negated != negated) {
      report(*arg, *it->second.expr);
      return;
    }
    if (!is_and || arg->kind != ExprKind::kEqual) continue;
    const Expr* left = arg->args()[0].get();
    const Expr* right = arg->args()[1].get();
    if (left->kind == ExprKind::kLiteral) std::swap(left, right);
    if (right->kind != ExprKind::kLiteral) continue;
    const auto [known, is_first] =
        equalities.emplace(PrintExpression(*left), arg.get());
    if (is_first) continue;
    const auto literal_of = [](const Expr& equality) {
      const Expr& first = *equality.args()[0];
      return (first.kind == ExprKind::kLiteral ? first : *equality.args()[1])
          .value();
    };
    if (literal_of(*known->second) == right->value()) continue;
    report(*arg, *known->second);
    return;
  }
}

void FindNeverApplies(const Policy& policy,
                      const std::vector<TypedPolicy>& typed, Report* report) {
  if (typed.empty() ||
      std::any_of(typed.begin(), typed.end(),
                  [](const TypedPolicy& t) { return t.applies; })) {
    return;
  }
  report->Add("never-applies", policy.span,
              "this policy applies to no request that the schema allows");
}

}  // namespace

void LintConstants(const Policy& policy, const std::vector<TypedPolicy>& typed,
                   Report* report) {
  FindNeverApplies(policy, typed, report);
  ConstantFinder finder(typed, report);
  for (const Clause& clause : policy.clauses) {
    // What a matrix says of several rows is true of this one only by chance.
    if (!clause.column.empty()) continue;
    const Expr& body = *clause.body;
    if (body.is_bool() && body.AsBool() != clause.unless) {
      LintFinding& finding =
          report->Add("constant-condition", clause.origin,
                      absl::StrCat("this `", clause.unless ? "unless" : "when",
                                   "` leaves the policy as it is without it"));
      report->Replace(clause.origin, "", &finding);
    } else {
      finder.Find(body);
    }
  }
}

}  // namespace sekisho::lint
