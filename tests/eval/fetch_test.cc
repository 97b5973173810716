// Which entities a decision reads.
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/compile.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity Group in [Group];
entity User in [Group] { age: Long, boss: User, vip: Bool } tags Long;
entity Doc { owner: User, open: Bool };
action all;
action read, write in [all] appliesTo {
  principal: User, resource: Doc, context: { ok: Bool, n: Long },
};
)";

// Counts what is asked for, and fails for one entity.
class CountingReader : public EntityReader {
 public:
  explicit CountingReader(EntityReader* entities) : entities_(*entities) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
    ++counts[uid.id];
    if (uid.id == fails) return absl::UnavailableError("the store is gone");
    return entities_.Find(uid);
  }

  // The ids, each as often as it was asked for.
  std::string Asked() const {
    std::vector<std::string> ids;
    for (const auto& [id, count] : counts) {
      for (int i = 0; i < count; ++i) ids.push_back(id);
    }
    return absl::StrJoin(ids, " ");
  }

  std::map<std::string, int> counts;
  std::string fails;

 private:
  EntityReader& entities_;
};

class FetchTest : public testing::Test {
 protected:
  FetchTest() {
    auto user = [](const char* id, const char* boss) {
      Entity entity;
      entity.uid = {"User", id};
      entity.attributes =
          Value::Record({{"age", Value::Long(30)},
                         {"boss", Value::Entity({"User", boss})},
                         {"vip", Value::Bool(false)}});
      entity.parents = {{"Group", "team"}};
      return entity;
    };
    entities_.Put(user("ann", "bob"));
    entities_.Put(user("bob", "eve"));
    Entity doc;
    doc.uid = {"Doc", "d"};
    doc.attributes = Value::Record({{"owner", Value::Entity({"User", "bob"})},
                                    {"open", Value::Bool(true)}});
    entities_.Put(doc);
    Entity team;
    team.uid = {"Group", "team"};
    team.parents = {{"Group", "top"}};
    entities_.Put(team);
  }

  absl::StatusOr<Decision> Decide(const std::string& rules,
                                  Evidence* evidence = nullptr) {
    absl::StatusOr<PolicyFolder> folder =
        MakePolicyFolder({{"s.cedarschema", kSchema}, {"p.cedar", rules}});
    Compilation compilation(&folder->sources);
    EXPECT_TRUE(Compile(*folder, {}, &compilation).ok());
    EXPECT_FALSE(compilation.diagnostics.has_errors())
        << compilation.diagnostics.ToString();
    Request request;
    request.principal = {"User", "ann"};
    request.action = {"Action", "read"};
    request.resource = {"Doc", "d"};
    request.context =
        Value::Record({{"ok", Value::Bool(false)}, {"n", Value::Long(5)}});
    reader_.counts.clear();
    return Evaluate(compilation.graph, request, reader_, evidence);
  }

  MemoryEntities entities_;
  CountingReader reader_{&entities_};
};

TEST_F(FetchTest, WhatIsReadAndHowOften) {
  const struct {
    const char* when;
    const char* asked;
  } kCases[] = {
      {"true", ""},
      {"context.ok", ""},
      {"principal == User::\"ann\"", ""},
      {"principal.age == 30", "ann"},
      {"principal has age && principal.age > 1 && principal.vip", "ann"},
      {"resource.owner.age == principal.age", "ann bob d"},
      {"resource.owner == principal.boss", "ann d"},
      {"resource.owner.boss.age == 1", "bob d eve"},
      // The request alone rules it out.
      {"context.ok && principal.vip", ""},
      {"principal.vip && context.ok", "ann"},
      {"context.n == 4 && context.n < principal.age", ""},
      {"context.ok || resource.open", "d"},
      {"action == Action::\"write\" && principal.vip", ""},
      {"action in Action::\"all\" && resource.open", "d"},
      // Not further up than it takes.
      {"principal in User::\"ann\"", ""},
      {"principal in Group::\"team\"", "ann"},
      {"principal in Group::\"top\"", "ann team"},
      {"principal in Group::\"other\"", "ann team top"},
      {"principal in [Group::\"x\", Group::\"y\"] && principal.vip",
       "ann team top"},
      {"principal.hasTag(\"t\") && principal.getTag(\"t\") == 1", "ann"},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Decision> decision = Decide(absl::StrCat(
        "permit(principal, action, resource) when {", c.when, "};"));
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(reader_.Asked(), c.asked) << c.when;
  }
}

TEST_F(FetchTest, ManyPoliciesReadAnEntityOnce) {
  std::string rules;
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&rules,
                    "permit(principal, action, resource) when "
                    "{ resource.owner.age == ",
                    i, " && principal.boss.age > ", i,
                    " && principal in Group::\"top\" };\n");
  }
  ASSERT_TRUE(Decide(rules).ok());
  for (const auto& [id, count] : reader_.counts) EXPECT_EQ(count, 1) << id;
  EXPECT_GE(reader_.counts.size(), 2u);
}

TEST_F(FetchTest, PoliciesThatDoNotApplyReadNothing) {
  ASSERT_TRUE(Decide("permit(principal, action == Action::\"write\", resource)"
                     " when { principal.vip };"
                     "forbid(principal == User::\"eve\", action, resource)"
                     " when { resource.open };"
                     "permit(principal, action, resource == Doc::\"e\")"
                     " when { resource.open };")
                  .ok());
  EXPECT_EQ(reader_.Asked(), "");
}

TEST_F(FetchTest, EvidenceIsAllThatPoliciesMayRead) {
  Evidence evidence;
  ASSERT_TRUE(Decide("permit(principal, action, resource) when { context.ok &&"
                     " resource.owner.boss.vip && "
                     " principal in Group::\"top\" };",
                     &evidence)
                  .ok());
  std::vector<std::string> ids;
  for (const ReadEntity& read : evidence) {
    ids.push_back(read.uid().id + (read.found == nullptr ? "!" : ""));
  }
  EXPECT_EQ(absl::StrJoin(ids, " "), "d team top! ann bob eve!");
  for (const auto& [id, count] : reader_.counts) EXPECT_EQ(count, 1) << id;
}

TEST_F(FetchTest, AFailingReaderIsNoDecision) {
  const struct {
    const char* fails;
    const char* when;
  } kCases[] = {
      {"ann", "principal.vip"},
      {"ann", "principal has vip"},
      {"ann", "principal in Group::\"top\""},
      {"team", "principal in Group::\"top\""},
      {"ann", "principal.hasTag(\"t\")"},
      {"bob", "principal.boss.vip"},
      {"d", "context.ok || !(resource.open)"},
  };
  for (const auto& c : kCases) {
    reader_.fails = c.fails;
    absl::StatusOr<Decision> decision =
        Decide(absl::StrCat("permit(principal, action, resource);"
                            "permit(principal, action, resource) when {",
                            c.when, "};"));
    EXPECT_EQ(decision.status(), absl::UnavailableError("the store is gone"))
        << c.when;
    // And is not asked again.
    EXPECT_EQ(reader_.counts[c.fails], 1) << c.when;
  }
  // Also where only the evidence needs it.
  reader_.fails = "d";
  Evidence evidence;
  EXPECT_EQ(Decide("permit(principal, action, resource) when { context.ok && "
                   "resource.open };",
                   &evidence)
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
}

// An entity that does not fit the schema makes no decision at all, rather than
// a wrong one.
TEST_F(FetchTest, AnEntityThatDoesNotFitTheSchemaIsNoDecision) {
  Entity ann;
  ann.uid = {"User", "ann"};
  entities_.Put(ann);
  const absl::Status status =
      Decide("permit(principal, action, resource) when { principal.vip };")
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(),
            "an entity does not fit the schema: cannot evaluate "
            "`principal.vip`");
}

}  // namespace
}  // namespace sekisho
