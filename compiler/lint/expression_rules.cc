// One function a rule; a condition is walked once, and each rule looks at each
// expression of it. Recursion is as deep as the tree.
//
// Tested by lint_test.cc.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/same_expression.h"
#include "compiler/lint/rules.h"

namespace sekisho::lint {
namespace {

bool IsCall(const Expr& expr, absl::string_view name) {
  return expr.kind == ExprKind::kCall && expr.name() == name;
}

// True if the expression can stand before a `.` and behind a `!`.
bool IsMember(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return !expr.is_long();
    case ExprKind::kVariable:
    case ExprKind::kGet:
    case ExprKind::kSet:
    case ExprKind::kRecord:
    case ExprKind::kCall:
    case ExprKind::kFunction:
      return true;
    default:
      return false;
  }
}

// ---- Comparisons -----------------------------------------------------------

void FindSelfComparison(const Expr& expr, Report* report) {
  bool always = true;
  switch (expr.kind) {
    case ExprKind::kEqual:
    case ExprKind::kLessEqual:
    case ExprKind::kGreaterEqual:
    case ExprKind::kIn:
      break;
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kGreater:
      always = false;
      break;
    case ExprKind::kCall:
      if (!IsCall(expr, "containsAll") && !IsCall(expr, "containsAny")) return;
      break;
    default:
      return;
  }
  if (!SameExpression(*expr.args()[0], *expr.args()[1])) return;
  report->Add("self-comparison", expr.span,
              absl::StrCat("this compares a value with itself, and so is ",
                           always ? "always true" : "never true"));
}

void FindBooleanComparison(const Expr& expr, Report* report) {
  if (expr.kind != ExprKind::kEqual && expr.kind != ExprKind::kNotEqual) return;
  const Expr* literal = expr.args()[0].get();
  const Expr* other = expr.args()[1].get();
  if (!literal->is_bool()) std::swap(literal, other);
  if (!literal->is_bool() || other->is_bool()) return;
  const bool negated = literal->AsBool() == (expr.kind == ExprKind::kNotEqual);
  LintFinding& finding = report->Add(
      "boolean-comparison", expr.span,
      absl::StrCat("this compares with `", literal->AsBool() ? "true" : "false",
                   "` what is true or false itself"),
      negated ? "negate it with `!`" : "write it alone");
  const absl::string_view text = report->TextOf(other->span);
  report->Replace(expr.span,
                  absl::StrCat(negated ? "!" : "", IsMember(*other) ? "" : "(",
                               text, IsMember(*other) ? "" : ")"),
                  &finding);
}

// `x == "a" || x == "b" || x == "c"`
void FindEqualityChain(const Expr& expr, Report* report) {
  constexpr size_t kChain = 3;
  if (expr.kind != ExprKind::kOr || expr.args().size() < kChain) return;
  const Expr* value = nullptr;
  const Expr* first = nullptr;
  std::vector<absl::string_view> literals;
  for (const ExprPtr& arg : expr.args()) {
    if (arg->kind != ExprKind::kEqual) return;
    const Expr* left = arg->args()[0].get();
    const Expr* right = arg->args()[1].get();
    if (left->kind == ExprKind::kLiteral) std::swap(left, right);
    if (left->kind == ExprKind::kLiteral || right->kind != ExprKind::kLiteral) {
      return;
    }
    if (value == nullptr) {
      value = left;
      first = right;
    }
    const bool one_type = right->value_kind == first->value_kind &&
                          (!right->is_entity() ||
                           right->AsEntity().type == first->AsEntity().type);
    if (!one_type || !SameExpression(*value, *left)) return;
    literals.push_back(report->TextOf(right->span));
  }
  LintFinding& finding =
      report->Add("equality-chain", expr.span,
                  "this compares one value with several, one after the other",
                  "write `[...].contains(...)`");
  report->Replace(expr.span,
                  absl::StrCat("[", absl::StrJoin(literals, ", "),
                               "].contains(", report->TextOf(value->span), ")"),
                  &finding);
}

// ---- Negations -------------------------------------------------------------

void FindDoubleNegation(const Expr& expr, Report* report) {
  if (expr.kind != ExprKind::kNot) return;
  const Expr& inner = *expr.args()[0];
  if (inner.kind != ExprKind::kNot) return;
  LintFinding& finding =
      report->Add("double-negation", expr.span, "two negations are none");
  absl::string_view operand = report->TextOf(inner.span);
  if (!absl::ConsumePrefix(&operand, "!")) return;
  report->Replace(expr.span, absl::StripAsciiWhitespace(operand), &finding);
}

// ---- Patterns --------------------------------------------------------------

void FindLikeWithoutWildcard(const Expr& expr, Report* report) {
  if (expr.kind != ExprKind::kLike || expr.pattern().size() != 1) return;
  LintFinding& finding =
      report->Add("like-without-wildcard", expr.span,
                  "the pattern of this `like` has no wildcard",
                  "compare with `==`, or put a `*` into the pattern");
  const Span left = expr.args()[0]->span;
  const absl::string_view text = report->TextOf(expr.span);
  const size_t like =
      text.rfind("like", text.find('"', left.end - expr.span.begin));
  if (like == absl::string_view::npos) return;
  const Span rest = {expr.span.source,
                     static_cast<uint32_t>(expr.span.begin + like),
                     expr.span.end};
  report->Replace(rest, absl::StrCat("== ", Quote(expr.pattern()[0])),
                  &finding);
}

// ---- Sets ------------------------------------------------------------------

void FindSmallSet(const Expr& expr, Report* report) {
  const bool all = IsCall(expr, "containsAll"),
             any = IsCall(expr, "containsAny");
  if (!all && !any) return;
  const Expr& set = *expr.args()[1];
  if (set.kind != ExprKind::kSet || set.args().size() > 1) return;
  if (set.args().empty()) {
    report->Add("empty-set", expr.span,
                all ? "every set contains all elements of an empty one"
                    : "no set contains any element of an empty one");
    return;
  }
  LintFinding& finding = report->Add(
      "single-element-set", expr.span,
      absl::StrCat("this `", expr.name(), "` is asked about one element"),
      "write `contains`");
  report->Replace(expr.name_span(), "contains", &finding);
  report->Replace(set.span, report->TextOf(set.args()[0]->span), &finding);
}

// ---- Chains and sets of equal parts ----------------------------------------

void FindRepeated(const Expr& expr, Report* report) {
  const bool is_set = expr.kind == ExprKind::kSet;
  const bool is_and = expr.kind == ExprKind::kAnd;
  if (!is_set && !is_and && expr.kind != ExprKind::kOr) return;
  absl::flat_hash_map<std::string, const Expr*> seen;
  const Expr* previous = nullptr;
  for (const ExprPtr& arg : expr.args()) {
    const auto [it, is_new] = seen.emplace(PrintExpression(*arg), arg.get());
    if (!is_new) {
      LintFinding& finding = report->Add(
          "repeated-operand", arg->span,
          is_set ? "the set has this element already"
                 : absl::StrCat("this stands in the same chain of `",
                                is_and ? "&&" : "||", "` already"));
      finding.notes.push_back({it->second->span, "it is here"});
      const Span rest = {arg->span.source, previous->span.end, arg->span.end};
      const Span between = {arg->span.source, previous->span.end,
                            arg->span.begin};
      // Not where there are parentheses around either.
      const absl::string_view joint =
          rest.begin < rest.end && between.begin < between.end
              ? absl::StripAsciiWhitespace(report->TextOf(between))
              : "";
      if (joint == "&&" || joint == "||" || joint == ",") {
        report->Replace(rest, "", &finding);
      }
    }
    previous = arg.get();
  }
}

// ---- The context -----------------------------------------------------------

void FindRoleFromContext(const Expr& expr, Report* report) {
  static constexpr std::array<absl::string_view, 16> kNames = {
      "admin",      "admins",      "clearance", "group",
      "groups",     "isadmin",     "isowner",   "issuperuser",
      "permission", "permissions", "privilege", "privileges",
      "role",       "roles",       "superuser", "userrole"};
  if (expr.kind != ExprKind::kGet && expr.kind != ExprKind::kHas) return;
  const Expr& base = *expr.args()[0];
  if (base.kind != ExprKind::kVariable || base.variable != Variable::kContext) {
    return;
  }
  std::string name = absl::AsciiStrToLower(expr.name());
  name.erase(std::remove(name.begin(), name.end(), '_'), name.end());
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) return;
  report->Add("role-from-context", expr.span,
              absl::StrCat("`", expr.name(),
                           "` of the context is what whoever asks says of "
                           "the principal"),
              "keep it in the entity store, as an attribute or a group of the "
              "principal");
}

}  // namespace

void LintExpression(const Expr& expr, Report* report) {
  for (const auto rule :
       {FindSelfComparison, FindBooleanComparison, FindEqualityChain,
        FindDoubleNegation, FindLikeWithoutWildcard, FindSmallSet, FindRepeated,
        FindRoleFromContext}) {
    rule(expr, report);
  }
  for (const ExprPtr& arg : expr.args()) LintExpression(*arg, report);
}

}  // namespace sekisho::lint
