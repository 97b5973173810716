// Whatever is read as JSON, the answer is a result or an error with a place.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Repeat(absl::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&out, text);
  return out;
}

std::string PolicyWhen(absl::string_view body) {
  return absl::StrCat(
      R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},)",
      R"("resource":{"op":"All"},"conditions":[{"kind":"when","body":)", body,
      "}]}");
}

std::string SchemaWith(absl::string_view type) {
  return absl::StrCat(
      R"({"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":)",
      R"({"x":)", type, R"(}}}},"actions":{}}})");
}

struct Reading {
  Reading(std::string json, CedarKind kind) {
    const SourceId source = sources.Add("x.json", std::move(json));
    if (kind == CedarKind::kPolicies) {
      policies = ReadPolicySource(sources, source, &diagnostics);
    } else {
      ReadSchemaSource(sources, source, &diagnostics);
    }
  }
  std::string FirstMessage() const {
    return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
  }

  SourceSet sources;
  Diagnostics diagnostics{&sources};
  std::vector<Policy> policies;
};

TEST(HostileJsonTest, NestingIsLimited) {
  const std::string too_deep =
      absl::StrCat("more than ", kMaxDepth, " levels of nesting");
  const struct {
    std::string open;
    std::string middle;
    std::string close;
  } kExpressions[] = {
      {R"({"!":{"arg":)", R"({"Value":1})", "}}"},
      {R"({"Set":[)", R"({"Value":1})", "]}"},
      {R"({"Record":{"a":)", R"({"Value":1})", "}}"},
      {R"({"Value":)", "[]", "}"},
      {R"({"has":{"attr":"a","left":)", R"({"Value":1})", "}}"},
  };
  for (const auto& [open, middle, close] : kExpressions) {
    for (const size_t levels : {10'000u, 200'000u}) {
      const Reading reading(
          PolicyWhen(absl::StrCat(Repeat(open, levels), middle,
                                  Repeat(close, levels))),
          CedarKind::kPolicies);
      EXPECT_TRUE(reading.diagnostics.has_errors()) << open;
      EXPECT_TRUE(reading.policies.empty());
    }
  }
  const std::string sets = absl::StrCat(R"({"Value":)", Repeat("[", 10'000),
                                        Repeat("]", 10'000), "}");
  EXPECT_EQ(Reading(PolicyWhen(sets), CedarKind::kPolicies).FirstMessage(),
            too_deep);
  const std::string types =
      absl::StrCat(Repeat(R"({"type":"Set","element":)", 10'000),
                   R"({"type":"Long"})", Repeat("}", 10'000));
  EXPECT_EQ(Reading(SchemaWith(types), CedarKind::kSchema).FirstMessage(),
            too_deep);
  const std::string uid =
      absl::StrCat(R"({"Value":)", Repeat(R"({"__entity":)", 100'000), "1",
                   Repeat("}", 100'000), "}");
  EXPECT_TRUE(
      Reading(PolicyWhen(uid), CedarKind::kPolicies).diagnostics.has_errors());
}

// A chain is one expression, however it is nested.
TEST(HostileJsonTest, ChainsMayBeLong) {
  const std::string operand = R"({"Var":"context"})";
  const std::string left =
      absl::StrCat(Repeat(R"({"&&":{"left":)", 50'000), operand,
                   Repeat(absl::StrCat(",\"right\":", operand, "}}"), 50'000));
  const std::string right = absl::StrCat(
      Repeat(absl::StrCat(R"({"||":{"left":)", operand, ",\"right\":"), 50'000),
      operand, Repeat("}}", 50'000));
  for (const std::string& chain : {left, right}) {
    const Reading reading(PolicyWhen(chain), CedarKind::kPolicies);
    ASSERT_EQ(reading.policies.size(), 1u) << reading.FirstMessage();
    EXPECT_EQ(reading.policies[0].clauses[0].body->args().size(), 50'001u);
  }
}

TEST(HostileJsonTest, SizeIsLimited) {
  const auto too_many = [](const std::string& text) {
    return absl::StrCat("more than ", MaxExpressions(text.size()),
                        " expressions");
  };
  const std::string dense =
      PolicyWhen(absl::StrCat(R"({"Value":[)", Repeat("1,", 900'000), "1]}"));
  const Reading reading(dense, CedarKind::kPolicies);
  EXPECT_EQ(reading.FirstMessage(), too_many(dense));
  EXPECT_EQ(reading.diagnostics.all().size(), 1u);
  // Each name of a path repeats all before it.
  const std::string repeating = PolicyWhen(absl::StrCat(
      R"({"Set":[)",
      Repeat(absl::StrCat(R"({"has":{"left":{"Var":"context"},"attr":[)",
                          Repeat("\"a\",", 190), "\"a\"]}},"),
             150),
      R"({"Value":1}]})"));
  const Reading paths(repeating, CedarKind::kPolicies);
  EXPECT_EQ(paths.FirstMessage(), too_many(repeating));
}

TEST(HostileJsonTest, ErrorsAreNotTooMany) {
  const Reading policies(
      PolicyWhen(absl::StrCat(R"({"Set":[)", Repeat("1,", 100'000), "1]}")),
      CedarKind::kPolicies);
  EXPECT_EQ(policies.diagnostics.all().size(), kMaxErrors + 1);
  const Reading names(
      absl::StrCat("{", Repeat("\"a\":1,", 100'000), "\"a\":1}"),
      CedarKind::kPolicies);
  EXPECT_EQ(names.diagnostics.all().size(), kMaxErrors);
}

TEST(HostileJsonTest, WhatIsCutOffIsAnError) {
  const std::string policy =
      PolicyWhen(R"({"like":{"left":{"Value":"\u00e9é"},"pattern":)"
                 R"(["Wildcard",{"Literal":"\n"}]}})");
  EXPECT_EQ(Reading(policy, CedarKind::kPolicies).FirstMessage(), "");
  for (size_t length = 0; length < policy.size(); ++length) {
    // A source is UTF-8.
    if ((static_cast<unsigned char>(policy[length]) & 0xc0) == 0x80) continue;
    const Reading reading(policy.substr(0, length), CedarKind::kPolicies);
    EXPECT_TRUE(reading.diagnostics.has_errors()) << length;
    EXPECT_FALSE(reading.diagnostics.ToString().empty());
  }
}

}  // namespace
}  // namespace sekisho
