// The rules that rows become.
#include "compiler/matrix/lower_rows.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/printer.h"
#include "compiler/matrix/small_matrix.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The first rule, with `condition` as what its role means.
std::string LowerRole(const std::string& condition) {
  MatrixTexts texts = SmallMatrix();
  Spoil(&texts.vocabulary, "principal is Physician", condition);
  const SmallReading result(texts);
  EXPECT_EQ(result.diagnostics.ToString(), "");
  if (result.policies.empty()) return "";
  std::string text;
  const Policy& policy = result.policies[0];
  for (const Clause& clause : policy.clauses) {
    if (clause.column != "role") continue;
    absl::StrAppend(&text, "when ", PrintExpression(*clause.body), "; ");
  }
  absl::StrAppend(&text, "principal ", policy.principal.type);
  return text;
}

TEST(LowerRowsTest, ARowIsAPermit) {
  const SmallReading result(SmallMatrix());
  EXPECT_EQ(result.diagnostics.ToString(), "");
  ASSERT_EQ(result.policies.size(), 2u);
  EXPECT_EQ(PrintPolicy(result.policies[0]),
            "@id(\"①-1\")\n"
            "@matrix(\"①-1\")\n"
            "@service(\"①診療サービス\")\n"
            "@formerly(\"①-2\")\n"
            "@obligations(\"log, warn\")\n"
            "permit (\n"
            "  principal is Physician,\n"
            "  action == Action::\"view\",\n"
            "  resource is Record\n"
            ")\n"
            "when { context.record && context.prescription }\n"
            "when { context.card || context.passport && context.finger };\n");
  EXPECT_EQ(PrintPolicy(result.policies[1]),
            "@id(\"①-2\")\n"
            "@matrix(\"①-2\")\n"
            "@service(\"①診療サービス\")\n"
            "@formerly(\"①-4\")\n"
            "@obligations(\"log, warn\")\n"
            "@remark(\"urgent\")\n"
            "permit (\n"
            "  principal is Nurse,\n"
            "  action,\n"
            "  resource\n"
            ")\n"
            "when { principal.onDuty }\n"
            "when { context.prescription }\n"
            "when { context.finger };\n");
}

TEST(LowerRowsTest, ClausesKnowTheirCells) {
  const SmallReading result(SmallMatrix());
  std::string text;
  for (const Clause& clause : result.policies[1].clauses) {
    absl::StrAppend(&text, clause.column, " ",
                    result.sources.name(clause.origin.source), " ",
                    result.sources.text(clause.origin), " ",
                    result.sources.name(clause.body->span.source), " ",
                    result.sources.text(clause.body->span), "\n");
  }
  EXPECT_EQ(text,
            "role matrix.txt 看護師 vocabulary.tsv principal.onDuty\n"
            "document matrix.txt 処方箋 vocabulary.tsv context.prescription\n"
            "login corrections.tsv 指紋 vocabulary.tsv context.finger\n");
}

// Whatever goes to the head, no other condition may be lost.
TEST(LowerRowsTest, HeadsAreTakenFromAnyPlaceOfAConjunction) {
  EXPECT_EQ(LowerRole("principal is P"), "principal P");
  EXPECT_EQ(LowerRole("principal is P && context.a"),
            "when context.a; principal P");
  EXPECT_EQ(LowerRole("principal is P && context.a && context.b && context.c"),
            "when context.a && context.b && context.c; principal P");
  EXPECT_EQ(LowerRole("context.a && principal is P && context.b"),
            "when context.a && context.b; principal P");
  EXPECT_EQ(LowerRole("context.a && (context.b && principal is P)"),
            "when context.a && context.b; principal P");
  EXPECT_EQ(LowerRole("principal is P && resource is Record"), "principal P");
  EXPECT_EQ(LowerRole("principal is P && principal is P"), "principal P");
}

TEST(LowerRowsTest, WhatIsNotDemandedOfTheWholeRowStaysWhereItIs) {
  for (const char* condition :
       {"principal is P || context.a", "!(principal is P)",
        "principal is P in Group::\"g\"", "context.a && context.b",
        "action == context.action", "Action::\"a\" == action",
        "action in context.actions", "context.other is P"}) {
    EXPECT_EQ(LowerRole(condition),
              absl::StrCat("when ", condition, "; principal "));
  }
}

TEST(LowerRowsTest, Actions) {
  for (const char* condition :
       {"action == Action::\"view\"", "action in Action::\"view\"",
        "action in [Action::\"view\"]",
        "action in [Action::\"view\", Action::\"update\"]"}) {
    MatrixTexts texts = SmallMatrix();
    Spoil(&texts.vocabulary, "context.prescription", condition);
    const SmallReading result(texts);
    ASSERT_EQ(result.policies.size(), 2u);
    const std::string rule = PrintPolicy(result.policies[1]);
    EXPECT_NE(rule.find(absl::StrCat("  ", condition, ",\n")),
              std::string::npos)
        << rule;
  }
}

TEST(LowerRowsTest, RowsShareTheConditionsOfTheirPhrases) {
  MatrixTexts texts = SmallMatrix();
  Spoil(&texts.matrix, "診療記録、処方箋", "処方箋");
  const SmallReading result(texts);
  const auto body = [&](size_t row) {
    for (const Clause& clause : result.policies[row].clauses) {
      if (clause.column == "document") return clause.body;
    }
    return ExprPtr();
  };
  EXPECT_NE(body(0), nullptr);
  EXPECT_EQ(body(0), body(1));
}

}  // namespace
}  // namespace sekisho
