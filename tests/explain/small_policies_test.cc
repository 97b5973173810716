// Explanations of small rule files: forbids, what no permit is for, what is
// missing, and the changes that are offered.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/explain.h"
#include "analysis/words.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSchema[] = R"(
entity Level enum ["low", "high"];
entity Group;
entity User in [Group] {
  age: Long, level: Level, tags: Set<String>, boss?: User,
};
entity Doc { owner: User, open: Bool, readers: Set<User>, level: Level };
entity Room;
action read, write appliesTo {
  principal: [User],
  resource: [Doc, Room],
  context: { hour: Long, via?: User, info: { factors: Set<String> } },
};
)";

constexpr char kEntities[] = R"([
  {"uid": {"type": "User", "id": "ann"},
   "attrs": {"age": 20, "level": {"type": "Level", "id": "low"},
             "tags": ["a"]}},
  {"uid": {"type": "User", "id": "bob"},
   "attrs": {"age": 50, "level": {"type": "Level", "id": "high"}, "tags": [],
             "boss": {"type": "User", "id": "gone"}}},
  {"uid": {"type": "Doc", "id": "plan"},
   "attrs": {"owner": {"type": "User", "id": "bob"}, "open": false,
             "readers": [], "level": {"type": "Level", "id": "high"}}}
])";

// `path operation value`, an option a string.
std::string Text(const EditSet& edits) {
  return absl::StrJoin(edits, ", ", [](std::string* out, const Edit& edit) {
    constexpr const char* kNames[] = {"=", "+", "-", "deleted"};
    absl::StrAppend(out, edit.path, " ",
                    kNames[static_cast<size_t>(edit.kind)]);
    if (edit.kind != EditKind::kDelete) {
      absl::StrAppend(out, " ", edit.value.ToString());
    }
  });
}

std::vector<std::string> Texts(const std::vector<EditSet>& options) {
  std::vector<std::string> texts;
  for (const EditSet& edits : options) texts.push_back(Text(edits));
  return texts;
}

class ExplainSmallTest : public testing::Test {
 protected:
  Explanation ExplainAs(const std::string& user, const std::string& action,
                        const std::string& resource,
                        const std::string& policies,
                        const CompileOptions& options = {}) {
    auto folder =
        MakePolicyFolder({{"s.cedarschema", kSchema}, {"p.cedar", policies}});
    Compilation compilation(&folder->sources);
    EXPECT_TRUE(Compile(*folder, options, &compilation).ok());
    EXPECT_EQ(compilation.diagnostics.ToString(), "");
    auto artifact = Artifact::FromBytes(compilation.artifact);
    auto entities = EntitiesFromJson(kEntities, &*compilation.schema);
    EXPECT_TRUE(entities.ok()) << entities.status();
    auto request = RequestFromJson(
        absl::StrCat("{\"principal\": \"User::\\\"", user,
                     "\\\"\", \"action\": \"Action::\\\"", action,
                     "\\\"\", \"resource\": \"", resource,
                     "\", \"context\": {\"hour\": 9, \"info\": {\"factors\": "
                     "[]}}}"),
        &*compilation.schema);
    EXPECT_TRUE(request.ok()) << request.status();
    MemoryEntities memory(*entities);
    auto explanation = Explain(**artifact, *request, memory);
    EXPECT_TRUE(explanation.ok()) << explanation.status();
    return explanation.ok() ? *std::move(explanation) : Explanation();
  }
  Explanation ExplainRead(const std::string& policies) {
    return ExplainAs("ann", "read", "Doc::\\\"plan\\\"", policies);
  }
  // Of a permit with that clause: what would make it hold.
  std::vector<std::string> OptionsFor(const std::string& clause) {
    const Explanation explanation = ExplainRead(absl::StrCat(
        "permit(principal, action, resource is Doc) ", clause, ";"));
    if (explanation.nearest.size() != 1 ||
        explanation.nearest[0].cells.size() != 1) {
      ADD_FAILURE() << clause << " is not denied for it alone";
      return {};
    }
    return Texts(explanation.nearest[0].cells[0].options);
  }
};

TEST_F(ExplainSmallTest, ChangesFollowFromTheFormOfAClause) {
  const struct {
    const char* clause;
    std::vector<std::string> options;
  } kRows[] = {
      {"when { context.hour <= 7 }", {"context.hour = 7"}},
      {"when { context.hour < 7 }", {"context.hour = 6"}},
      {"when { context.hour > 9 }", {"context.hour = 10"}},
      {"when { 10 <= context.hour }", {"context.hour = 10"}},
      {"when { context.hour == 3 }", {"context.hour = 3"}},
      {"when { context.hour > principal.age }",
       {"context.hour = 21", "principal.age = 8"}},
      // Both bounds, though each alone would take the other's value.
      {"when { context.hour <= 5 && context.hour <= 3 }", {"context.hour = 3"}},
      {"when { context.hour <= 3 && context.hour <= 5 }", {"context.hour = 3"}},
      {"when { resource.open }", {"resource.open = true"}},
      {"unless { !resource.open }", {"resource.open = true"}},
      {"unless { context.hour <= 9 }", {"context.hour = 10"}},
      {"unless { principal.tags.contains(\"a\") }", {"principal.tags - \"a\""}},
      {"when { principal.tags.contains(\"b\") }", {"principal.tags + \"b\""}},
      {"when { principal.tags.containsAny([\"x\", \"y\"]) }",
       {"principal.tags + \"x\"", "principal.tags + \"y\""}},
      {"when { principal.tags.containsAll([\"a\", \"x\", \"y\"]) }",
       {"principal.tags + \"x\", principal.tags + \"y\""}},
      {"when { context.info.factors.contains(\"otp\") }",
       {"context.info.factors + \"otp\""}},
      {"when { principal.tags.isEmpty() }", {"principal.tags = []"}},
      {"when { [Level::\"high\"].contains(principal.level) }",
       {"principal.level = Level::\"high\""}},
      {"when { principal.level == resource.level }",
       {"principal.level = Level::\"high\"",
        "resource.level = Level::\"low\""}},
      {"when { resource.readers.contains(principal) }",
       {"resource.readers + User::\"ann\""}},
      {"when { resource.owner == principal }",
       {"resource.owner = User::\"ann\""}},
      // The attribute comes with its value.
      {"when { principal has boss && principal.boss == resource.owner }",
       {"principal.boss = User::\"bob\""}},
      {"when { context has via && context.via == principal }",
       {"context.via = User::\"ann\""}},
      // What the requester can change first, one change before two.
      {"when { (resource.open && context.hour == 1) || context.hour == 2 }",
       {"context.hour = 2", "resource.open = true, context.hour = 1"}},
      // Not to be said.
      {"when { principal has boss }", {}},
      {"when { principal in Group::\"staff\" }", {}},
      {"when { principal.level != Level::\"low\" }", {}},
      {"when { context.hour * 2 == 4 }", {}},
      {"when { if context.hour == 1 then true else false }", {}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(OptionsFor(row.clause), row.options) << row.clause;
  }
}

TEST_F(ExplainSmallTest, AnActionCanBeAnother) {
  const Explanation explanation = ExplainAs(
      "ann", "write", "Doc::\\\"plan\\\"",
      "permit(principal, action == Action::\"read\", resource is Doc);");
  EXPECT_EQ(explanation.coverage, Coverage::kNoPermitForAction);
  ASSERT_EQ(explanation.nearest.size(), 1u);
  EXPECT_THAT(Texts(explanation.nearest[0].cells[0].options),
              ElementsAre("action = Action::\"read\""));
  EXPECT_EQ(Text(explanation.nearest[0].plan), "action = Action::\"read\"");
  EXPECT_THAT(InWords(explanation, Language::kEnglish),
              HasSubstr("nothing permits Action::\"write\" on such a resource "
                        "(User to Doc)"));
}

TEST_F(ExplainSmallTest, WhatNoPermitIsForIsSaid) {
  const Explanation explanation =
      ExplainAs("ann", "read", "Room::\\\"1\\\"",
                "permit(principal, action, resource is Doc);");
  EXPECT_EQ(explanation.coverage, Coverage::kNoPermitForTypes);
  EXPECT_THAT(explanation.nearest, IsEmpty());
  EXPECT_THAT(InWords(explanation, Language::kEnglish),
              HasSubstr("nothing permits anything to a User on a Room"));
  EXPECT_THAT(InWords(explanation, Language::kJapanese),
              HasSubstr("User → Room"));
}

TEST_F(ExplainSmallTest, AForbidIsNamedWithWhatWouldLiftIt) {
  const Explanation explanation = ExplainRead(R"(
    @id("all") permit(principal, action, resource is Doc);
    @id("closed") forbid(principal, action, resource is Doc)
      when { context.hour < 10 } unless { resource.open };)");
  EXPECT_EQ(explanation.decision.cause, Cause::kForbidden);
  ASSERT_EQ(explanation.determining.size(), 1u);
  const PolicyReport& forbid = explanation.determining[0];
  EXPECT_EQ(forbid.info.id, "closed");
  ASSERT_EQ(forbid.cells.size(), 2u);
  EXPECT_THAT(Texts(forbid.cells[0].options), ElementsAre("context.hour = 10"));
  EXPECT_THAT(Texts(forbid.cells[1].options),
              ElementsAre("resource.open = true"));
  EXPECT_EQ(forbid.cells[0].outcome, Truth::kTrue);
  // The permit waits behind it.
  ASSERT_EQ(explanation.nearest.size(), 1u);
  EXPECT_THAT(explanation.nearest[0].cells, IsEmpty());
  EXPECT_EQ(Text(explanation.nearest[0].plan), "context.hour = 10");
  // An end user learns nothing of it.
  EXPECT_THAT(Redact(explanation).ways, IsEmpty());
}

TEST_F(ExplainSmallTest, AForbidThatFailsIsNamedWithWhatIsMissing) {
  const std::string policies = R"(
    @id("all") permit(principal, action, resource is Doc);
    @id("boss") forbid(principal, action, resource)
      when { principal has boss && principal.boss.age > 60 };)";
  const Explanation explanation =
      ExplainAs("bob", "read", "Doc::\\\"plan\\\"", policies);
  EXPECT_EQ(explanation.decision.cause, Cause::kForbidUndecided);
  ASSERT_EQ(explanation.undecided_forbids.size(), 1u);
  const CellReport& cell = explanation.undecided_forbids[0].cells[0];
  EXPECT_EQ(cell.outcome, Truth::kError);
  ASSERT_EQ(cell.found.size(), 1u);
  EXPECT_EQ(cell.found[0].path, "principal.boss");
  EXPECT_EQ(cell.found[0].state, FoundState::kEntityMissing);
  EXPECT_THAT(Texts(cell.options), ElementsAre("principal.boss deleted"));
  EXPECT_EQ(Text(explanation.nearest[0].plan), "principal.boss deleted");
  EXPECT_THAT(InWords(explanation, Language::kEnglish),
              HasSubstr("User::\"gone\" is not in the store"));
  // Under Cedar's own rule it is skipped.
  CompileOptions cedar;
  cedar.fail_closed = false;
  EXPECT_TRUE(ExplainAs("bob", "read", "Doc::\\\"plan\\\"", policies, cedar)
                  .decision.permitted());
}

TEST_F(ExplainSmallTest, AbsentAndMissingAreSaidApart) {
  const Explanation absent = ExplainRead(
      "permit(principal, action, resource is Doc) "
      "when { principal has boss && principal.boss.age > 60 };");
  ASSERT_FALSE(absent.nearest.empty());
  const std::vector<Found>& found = absent.nearest[0].cells[0].found;
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].path, "principal.boss");
  EXPECT_EQ(found[0].state, FoundState::kAbsent);

  const Explanation missing =
      ExplainAs("nobody", "read", "Doc::\\\"plan\\\"",
                "permit(principal, action, resource is Doc) "
                "when { principal.age > 60 && principal.tags.isEmpty() };");
  const std::vector<Found>& of_nobody = missing.nearest[0].cells[0].found;
  ASSERT_EQ(of_nobody.size(), 1u);
  EXPECT_EQ(of_nobody[0].path, "principal");
  EXPECT_EQ(of_nobody[0].state, FoundState::kEntityMissing);
  EXPECT_EQ(missing.nearest[0].cells[0].outcome, Truth::kError);
}

TEST_F(ExplainSmallTest, FewestFailingComeFirstAndFiveAtMost) {
  std::string policies;
  for (int i = 0; i < 7; ++i) {
    absl::StrAppend(&policies, "@id(\"two", i,
                    "\") permit(principal, action, resource is Doc) when { "
                    "context.hour == ",
                    i, " } when { resource.open };\n");
  }
  policies +=
      "@id(\"one\") permit(principal, action, resource is Doc) when { "
      "resource.open };";
  const Explanation explanation = ExplainRead(policies);
  std::vector<std::string> ids;
  for (const PolicyReport& report : explanation.nearest) {
    ids.push_back(report.info.id);
  }
  EXPECT_THAT(ids, ElementsAre("one", "two0", "two1", "two2", "two3"));
}

TEST_F(ExplainSmallTest, AChangeThatWouldLoseAnotherClauseIsNotOffered) {
  // To be of the owner's level would do, but the level is asked for as well.
  const Explanation explanation = ExplainRead(
      "permit(principal, action, resource is Doc) "
      "when { principal.level == Level::\"low\" } "
      "when { principal.level == resource.level };");
  ASSERT_EQ(explanation.nearest[0].cells.size(), 1u);
  EXPECT_THAT(Texts(explanation.nearest[0].cells[0].options),
              ElementsAre("resource.level = Level::\"low\""));
}

TEST_F(ExplainSmallTest, EvidenceIsAllThatWasRead) {
  const Explanation explanation = ExplainRead(
      "permit(principal, action, resource is Doc) "
      "when { resource.owner.age < 10 };");
  std::vector<std::string> read;
  for (const EntityUid& uid : explanation.read) {
    read.push_back(uid.ToString());
  }
  EXPECT_THAT(read, ElementsAre("Doc::\"plan\"", "User::\"bob\""));
}

TEST_F(ExplainSmallTest, LongValuesAreCut) {
  std::string policies = "permit(principal, action, resource is Doc) when { [";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&policies, i, ", ");
  policies += "-1].contains(context.hour + 5000) };";
  const Explanation explanation = ExplainRead(policies);
  EXPECT_THAT(explanation.nearest[0].cells[0].options, IsEmpty());
  EXPECT_LT(InWords(explanation, Language::kEnglish).size(), 20'000u);
}

}  // namespace
}  // namespace sekisho
