// Tested by lint_test.cc.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "compiler/lint/policy_summary.h"
#include "compiler/lint/rules.h"

namespace sekisho::lint {
namespace {

bool NamesEntity(const Scope& scope) {
  return scope.has_slot || !scope.uids.empty();
}

void FindUnconditional(const Policy& policy, Report* report) {
  if (!policy.clauses.empty() || NamesEntity(policy.principal)) return;
  if (policy.effect == Effect::kPermit) {
    report->Add("unconditional-permit", policy.span,
                "this permit has no condition, and its head names no principal",
                "say with `when` who may, or name a group in the head");
  } else if (policy.principal.kind == Scope::Kind::kAny &&
             policy.action.kind == Scope::Kind::kAny &&
             policy.resource.kind == Scope::Kind::kAny) {
    report->Add("forbid-everything", policy.span,
                "this forbids everything to everybody",
                "say with `when` what it is about");
  }
}

void FindNegatedClause(const Policy& policy, Report* report) {
  for (const Clause& clause : policy.clauses) {
    if (!clause.unless || clause.body->kind != ExprKind::kNot) continue;
    LintFinding& finding =
        report->Add("negated-unless", clause.origin,
                    "`unless` with a negation in it is a `when`");
    absl::string_view operand = report->TextOf(clause.body->span);
    if (!absl::ConsumePrefix(&operand, "!")) continue;
    report->Replace(
        clause.origin,
        absl::StrCat("when { ", absl::StripAsciiWhitespace(operand), " }"),
        &finding);
  }
}

void FindMixedClauses(const Policy& policy, Report* report) {
  const Clause* unless = nullptr;
  for (const Clause& clause : policy.clauses) {
    if (clause.unless) {
      if (unless == nullptr) unless = &clause;
    } else if (unless != nullptr) {
      LintFinding& finding =
          report->Add("mixed-clauses", clause.origin,
                      "this `when` stands behind an `unless`",
                      "put what must hold first and the exceptions last");
      finding.notes.push_back({unless->origin, "it is here"});
      return;
    }
  }
}

}  // namespace

void LintShape(const Policy& policy, Report* report) {
  if (IsOfMatrix(policy)) return;
  FindUnconditional(policy, report);
  FindNegatedClause(policy, report);
  FindMixedClauses(policy, report);
}

}  // namespace sekisho::lint
