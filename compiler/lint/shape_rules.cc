// Tested by lint_test.cc.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "compiler/lint/rules.h"
#include "engine/model/value.h"

namespace sekisho::lint {
namespace {

// The rules of this file are for what people write as Cedar policies: a row of
// a matrix has its number for an id, and its columns for an order.
bool IsOfMatrix(const Policy& policy) {
  return std::any_of(
      policy.annotations.begin(), policy.annotations.end(),
      [](const Annotation& annotation) { return annotation.name == "matrix"; });
}

void FindMissingId(const Policy& policy, Report* report) {
  for (const Annotation& annotation : policy.annotations) {
    if (annotation.name == "id") return;
  }
  LintFinding& finding = report->Add(
      "missing-id", policy.span,
      policy.id.empty()
          ? "the policy has no `@id`"
          : absl::StrCat("the policy has no `@id`; decisions call it `",
                         policy.id, "`, by its position"),
      "give it a name that stays when others come before it");
  if (policy.id.empty()) return;
  const Span begin = {policy.span.source, policy.span.begin, policy.span.begin};
  report->Replace(begin, absl::StrCat("@id(", Quote(policy.id), ")\n"),
                  &finding);
}

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
  FindMissingId(policy, report);
  FindUnconditional(policy, report);
  FindNegatedClause(policy, report);
  FindMixedClauses(policy, report);
}

}  // namespace sekisho::lint
