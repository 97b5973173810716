#include "compiler/cases/cases.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/source/source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kHeader[] = "request\tcase\tcolumn\tchange\texpect\tby\tnote\n";

const char kEntities[] = R"([
  {"uid": {"type": "Person", "id": "a"},
   "attrs": {"age": 1, "boss": {"__entity": {"type": "Person", "id": "b"}},
             "tie": {"color": "red", "size": 1}}},
  {"uid": {"type": "Person", "id": "b"}, "attrs": {"age": 2}}
])";

const char kRequests[] = R"({
  "①-1": {
    "principal": {"type": "Person", "id": "a"},
    "action": {"type": "Action", "id": "view"},
    "resource": {"type": "Person", "id": "b"},
    "context": {"where": "home"}
  },
  "①-2": {
    "principal": {"type": "Person", "id": "b"},
    "action": {"type": "Action", "id": "view"},
    "resource": {"type": "Person", "id": "b"}
  }
})";

Schema MakeSchema() {
  Schema schema;
  RecordType& person = schema.entity_types["Person"].attributes;
  person["age"] = {Type::Long()};
  person["boss"] = {Type::Entity("Person"), false};
  person["tie"] = {
      Type::Record({{"color", {Type::String()}}, {"size", {Type::Long()}}}),
      false};
  for (const char* id : {"view", "update"}) {
    ActionType& action = schema.actions[{"Action", id}];
    action.principal_types = {"Person"};
    action.resource_types = {"Person"};
    action.context["where"] = {Type::String(), false};
  }
  return schema;
}

struct Reading {
  CaseSet set;
  std::string errors;
  size_t error_count = 0;
};

Reading Read(const std::string& cases, const std::string& requests = kRequests,
             const std::string& entities = kEntities) {
  SourceSet sources;
  CaseFiles files;
  files.tables = {sources.Add("cases.tsv", cases)};
  files.requests = sources.Add("requests.json", requests);
  files.entities = sources.Add("entities.json", entities);
  const Schema schema = MakeSchema();
  Diagnostics diagnostics(&sources);
  Reading reading;
  reading.set = ReadCases(sources, files,
                          {{"①-1", "①-2", "no"}, {"role", "place"}, &schema},
                          &diagnostics);
  reading.errors = diagnostics.ToString();
  reading.error_count = diagnostics.error_count();
  return reading;
}

// One case of ①-1 with that change.
Reading Change(const std::string& change) {
  return Read(absl::StrCat(kHeader, "①-1\tx\t\t", change, "\tdeny\t\t\n"));
}

const EntityUid kA{"Person", "a"};
const EntityUid kB{"Person", "b"};

TEST(CasesTest, ReadsACase) {
  const Reading reading =
      Read(absl::StrCat(kHeader, "①-1\tpermit\t\t\tpermit\t①-1, ①-2\twhy\n",
                        "①-2\tnear miss\trole\tprincipal.age = 3\tdeny\tno\t\n",
                        "①-1\todd\t\tcontext.x = 1\tinvalid\tcontext.x\t\n"));
  ASSERT_EQ(reading.errors, "");
  EXPECT_EQ(reading.set.population.size(), 2u);
  EXPECT_EQ(reading.set.requests.size(), 2u);
  ASSERT_EQ(reading.set.cases.size(), 3u);
  const Case& permit = reading.set.cases[0];
  EXPECT_EQ(permit.Label(), "①-1 permit");
  EXPECT_EQ(permit.expect, Expectation::kPermit);
  EXPECT_THAT(permit.by, ElementsAre("①-1", "①-2"));
  EXPECT_EQ(permit.note, "why");
  EXPECT_FALSE(permit.changes_entities());
  EXPECT_EQ(permit.request.principal, kA);
  const Case& near_miss = reading.set.cases[1];
  EXPECT_EQ(near_miss.Label(), "①-2 near miss (role)");
  EXPECT_TRUE(near_miss.is_near_miss());
  EXPECT_EQ(near_miss.expect, Expectation::kDeny);
  EXPECT_THAT(near_miss.by, ElementsAre("no"));
  const Case& invalid = reading.set.cases[2];
  EXPECT_EQ(invalid.expect, Expectation::kInvalid);
  EXPECT_EQ(invalid.field, "context.x");
  EXPECT_THAT(invalid.by, IsEmpty());
}

// What a change leaves: the request and the entities, on one line.
std::string Outcome(const std::string& change) {
  const Reading reading = Change(change);
  if (reading.set.cases.empty()) return reading.errors;
  const Case& c = reading.set.cases[0];
  std::vector<std::string> parts = {
      c.request.principal.ToString(), c.request.action.ToString(),
      c.request.resource.ToString(), c.request.context.ToString()};
  for (const Entity& entity : c.put) {
    parts.push_back(absl::StrCat("put ", entity.uid.ToString(), " ",
                                 entity.attributes.ToString()));
  }
  for (const EntityUid& uid : c.deleted) {
    parts.push_back(absl::StrCat("delete ", uid.ToString()));
  }
  return absl::StrJoin(parts, ", ");
}

TEST(CasesTest, CarriesOutChanges) {
  const std::string head = R"(Person::"a", Action::"view", Person::"b", )";
  const std::string home = head + R"({where: "home"})";
  const struct {
    const char* change;
    std::string outcome;
  } kRows[] = {
      {"", home},
      {R"(principal = Person::"x")",
       R"(Person::"x", Action::"view", Person::"b", {where: "home"})"},
      {R"(action = Action::"update" ; resource = Person::"a")",
       R"(Person::"a", Action::"update", Person::"a", {where: "home"})"},
      {"context = {\"n\": -1, s: [2, 1, 2]}", head + R"({n: -1, s: [1, 2]})"},
      {R"(context.where = "a ; b = \" c")",
       head + R"({where: "a ; b = \" c"})"},
      {"context.more = true", head + R"({more: true, where: "home"})"},
      {"delete context.where", head + "{}"},
      {"resource.age = 7", home + R"(, put Person::"b" {age: 7})"},
      // The same entity by another way, twice; then it is gone.
      {"principal.boss.age = 3 ; resource.age = 4",
       home + R"(, put Person::"b" {age: 4})"},
      {R"(resource.age = 4 ; delete Person::"b")",
       home + R"(, delete Person::"b")"},
      {R"(Person::"b".age = 5)", home + R"(, put Person::"b" {age: 5})"},
      {R"(Person::"n" = {age: 1} ; Person::"n".age = 2)",
       home + R"(, put Person::"n" {age: 2})"},
      // The path starts at the new principal.
      {R"(principal = Person::"b" ; principal.age = 6)",
       R"(Person::"b", Action::"view", Person::"b", {where: "home"}, )"
       R"(put Person::"b" {age: 6})"},
      {R"(delete principal.boss ; principal.tie.color = "blue")",
       home + R"(, put Person::"a" {age: 1, )"
              R"(tie: {color: "blue", size: 1}})"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Outcome(row.change), row.outcome) << row.change;
  }
}

TEST(CasesTest, ACaseMaySayItsWholeRequest) {
  const std::string rest = "\tdeny\t\n";
  const Reading whole = Read(
      absl::StrCat("request\tcase\tchange\texpect\tnote\n", "\tx\t",
                   R"(principal = Person::"b" ; action = Action::"view" ; )",
                   R"(resource = Person::"a" ; context.where = "home")", rest));
  ASSERT_EQ(whole.errors, "");
  const Case& c = whole.set.cases.at(0);
  EXPECT_EQ(c.Label(), "x");
  EXPECT_EQ(c.request.principal, kB);
  EXPECT_EQ(c.request.resource, kA);
  const Reading part =
      Read(absl::StrCat("request\tcase\tchange\texpect\tnote\n", "\tx\t",
                        R"(principal = Person::"b")", rest));
  EXPECT_THAT(part.errors, HasSubstr("the request has no action"));
  EXPECT_THAT(part.errors, HasSubstr("the request has no resource"));
  EXPECT_EQ(part.error_count, 2u);
}

TEST(CasesTest, ReadsObligationsAndErrors) {
  const Reading reading = Read(
      "request\tcase\tchange\texpect\tby\tobliges\terrors\n"
      "①-1\ta\t\tdeny\t\t\t\n"
      "①-1\tb\t\tdeny\t\t-\t-\n"
      "①-1\tc\t\tpermit\tno\ttell ; limit {\"n\": \" ; \"}\t①-1, no\n");
  ASSERT_EQ(reading.errors, "");
  EXPECT_EQ(reading.set.cases[0].obliges, std::nullopt);
  EXPECT_EQ(reading.set.cases[0].errors, std::nullopt);
  EXPECT_THAT(*reading.set.cases[1].obliges, IsEmpty());
  EXPECT_THAT(*reading.set.cases[1].errors, IsEmpty());
  const Case& c = reading.set.cases[2];
  ASSERT_EQ(c.obliges->size(), 2u);
  EXPECT_EQ(c.obliges->at(0).name, "tell");
  EXPECT_EQ(c.obliges->at(0).parameters, std::nullopt);
  EXPECT_EQ(c.obliges->at(1).name, "limit");
  EXPECT_EQ(c.obliges->at(1).parameters,
            Value::Record({{"n", Value::String(" ; ")}}));
  EXPECT_THAT(*c.errors, ElementsAre("①-1", "no"));
}

TEST(CasesTest, JsonMayHaveComments) {
  const Reading reading = Read(absl::StrCat(kHeader, "x\ty\t\t\tdeny\t\t\n"),
                               R"({ // first
             "x": // the one
               {"principal": "Person::\"a\"", // "who
                "action": "Action::\"view\"",
                "resource": "Person::\"//\""}
             // last
           })",
                               "// none\n[]");
  ASSERT_EQ(reading.errors, "");
  EXPECT_EQ(reading.set.cases.at(0).request.resource,
            (EntityUid{"Person", "//"}));
}

TEST(CasesTest, RefusesChanges) {
  const struct {
    const char* change;
    const char* error;
  } kRows[] = {
      {"principal", "this step is no assignment"},
      {"principal.age = ", "this step is no assignment"},
      {"principal.age = 2 ;  ; resource.age = 2", "a step is missing here"},
      {"principal.age = )", "expected"},
      {"principal.age = 1 + 1", "this is not a value"},
      {"principal.age = principal.age", "this is not a value"},
      {"principal.age = -true", "this cannot be negated"},
      {"principal.age = 1", "this changes nothing"},
      {"context = {\"where\": \"home\"}", "this changes nothing"},
      {"delete principal.bos", "this changes nothing"},
      {"principal = Person::\"a\"", "this changes nothing"},
      {"principal = 1", "expected an entity"},
      {"context = 1", "a context is a record"},
      {"1.age = 1", "a path cannot start here"},
      {"principal.boss.boss.age = 1", "there is no attribute `boss` here"},
      {"principal.age.x = 1", "`age` is a long and has no attributes"},
      {"action.x = 1", "actions have no attributes"},
      {"Person::\"c\".age = 1", "there is no entity `Person::\"c\"`"},
      {"delete Person::\"c\"", "there is no entity `Person::\"c\"`"},
      {"delete principal", "only an attribute or an entity can be deleted"},
      {"Person::\"a\" = 1", "the attributes of an entity are a record"},
      {"Person::\"a\" = {age: 1, x: 1}", "attributes.x: not declared"},
      {"1 = 1", "only an attribute, an entity or a part of the request"},
      {"Person::\"c\" in Person::\"a\"", "there is no entity"},
      {"Person::\"a\" in 1", "expected entities"},
      {"principal in Person::\"a\"", "expected an entity"},
      {"Person::\"a\" in []", "this changes nothing"},
      {"delete Person::\"b\" ; resource.age = 1",
       "there is no entity `Person::\"b\"`"},
      {"principal.age = \"x\"",
       "`Person::\"a\"` does not fit the schema: attributes.age"},
      {"principal.name = \"x\"", "attributes.name: not declared"},
  };
  for (const auto& row : kRows) {
    const Reading reading = Change(row.change);
    EXPECT_THAT(reading.errors, HasSubstr(row.error)) << row.change;
    EXPECT_EQ(reading.error_count, 1u) << reading.errors;
    EXPECT_THAT(reading.set.cases, IsEmpty()) << row.change;
  }
}

TEST(CasesTest, PointsAtTheMistake) {
  EXPECT_EQ(Change("context.where = \"病院\" ; resource.agee.x = 1").errors,
            "error: there is no attribute `agee` here\n"
            "--> cases.tsv:2:40\n"
            "  |\n"
            "2 | ①-1 x  context.where = \"病院\" ; resource.agee.x = 1 deny\n"
            "  |                                          ^^^^\n");
}

TEST(CasesTest, ReportsAllMistakesAtOnce) {
  const Reading reading = Read(absl::StrCat(
      kHeader,
      // Unknown request, and a change that then cannot be looked at.
      "①-3\tx\t\tprincipal.age = 1\tdeny\t\t\n",
      // Unknown column, unknown policy.
      "①-1\tnear miss\trol\tprincipal.age = 2\tpermit\t①-4\t\n",
      // A column without near miss, and the reverse; unknown expectation.
      "①-1\tx\trole\t\tdeny\t\t\n", "①-1\tnear miss\t\t\tmaybe\t\t\n",
      // Out of order; no `by`; no field.
      "①-1\ty\t\t\tpermit\t①-2,①-1\t\n", "①-1\tz\t\t\tpermit\t\t\n",
      "①-1\tw\t\t\tinvalid\t\t\n",
      // A policy without request; the same twice; no name.
      "no\tpermit\t\t\tdeny\t\t\n", "①-2\tx\t\t\tdeny\t\t\n",
      "①-2\tx\t\t\tdeny\t\tagain\n", "①-2\t\t\t\tdeny\t\t\n"));
  const char* kErrors[] = {
      "requests.json has no request `①-3`",
      "no condition comes from a column `rol`",
      "did you mean `role`?",
      "there is no policy `①-4`",
      "only a near miss names a column",
      "a near miss names its column",
      "`maybe` is none of `permit`, `deny`, `invalid`",
      "`①-1` does not stand in the order of the policies",
      "a permit names the policies it is by",
      "an invalid request names the field that is wrong",
      "requests.json has no request `no`",
      "this case stands twice",
      "the case has no name",
  };
  for (const char* error : kErrors) {
    EXPECT_THAT(reading.errors, HasSubstr(error));
  }
  EXPECT_EQ(reading.error_count, 12u) << reading.errors;
  EXPECT_EQ(reading.set.cases.size(), 1u);
}

TEST(CasesTest, JsonMistakesHaveTheirPlace) {
  const Reading reading =
      Read(kHeader,
           "{\n"
           "  \"①-1\": {\"principal\": \"Person::\\\"a\\\"\",\n"
           "    \"action\": {\"type\": \"Action\", \"id\": \"view\"},\n"
           "    \"resource\": {\"type\": \"Person\", \"id\": \"b\"},\n"
           "    \"context\": {\"a\": {\"b\": [1, null]}}},\n"
           "  \"①-7\": {}\n"
           "}\n",
           "[\n"
           "  {\"uid\": {\"type\": \"Person\", \"id\": \"a\"},\n"
           "   \"attrs\": {\"age\": 1.5}},\n"
           "  {\"uid\": {\"type\": \"Person\", \"id\": \"b\"},\n"
           "   \"attrs\": {\"age\": \"x\"}},\n"
           "  {\"uid\": {\"type\": \"Person\", \"id\": \"c\"},\n"
           "   \"attrs\": {\"age\": 1}},\n"
           "  {\"uid\": {\"type\": \"Person\", \"id\": \"c\"}}\n"
           "]\n");
  EXPECT_EQ(reading.errors,
            "error: attrs.age: `1.5` is not a 64-bit integer\n"
            "--> entities.json:3:21\n"
            "  |\n"
            "3 |    \"attrs\": {\"age\": 1.5}},\n"
            "  |                     ^^^\n"
            "\n"
            "error: attrs.age: expected `Long`, found a string\n"
            "--> entities.json:5:21\n"
            "  |\n"
            "5 |    \"attrs\": {\"age\": \"x\"}},\n"
            "  |                     ^^^\n"
            "\n"
            "error: `Person::\"c\"` stands twice\n"
            "--> entities.json:8:3\n"
            "  |\n"
            "8 |   {\"uid\": {\"type\": \"Person\", \"id\": \"c\"}}\n"
            "  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "note: first here\n"
            "--> entities.json:6:3\n"
            "  |\n"
            "6 |   {\"uid\": {\"type\": \"Person\", \"id\": \"c\"},\n"
            "  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "\n"
            "error: context.a.b[1]: null is not a value; leave the attribute "
            "out\n"
            "--> requests.json:5:32\n"
            "  |\n"
            "5 |     \"context\": {\"a\": {\"b\": [1, null]}}},\n"
            "  |                                ^^^^\n"
            "\n"
            "error: `principal` is missing\n"
            "--> requests.json:6:10\n"
            "  |\n"
            "6 |   \"①-7\": {}\n"
            "  |          ^^\n");
}

// Whatever stands in the files, reading them ends, with an error or without.
TEST(CasesTest, SurvivesArbitraryText) {
  const std::string pieces[] = {
      "\t",          "\n",
      " ; ",         " = ",
      "delete ",     "principal",
      "resource",    "context",
      "action",      ".",
      "boss",        "age",
      "Person::",    "\"a\"",
      "\"b",         "\\",
      "\"",          "[",
      "]",           "{",
      "}",           ",",
      ":",           "1",
      "-",           "9223372036854775808",
      "true",        "null",
      "①-1",         "near miss",
      "role",        "permit",
      "deny",        "invalid",
      "病院",        "　",
      "#",           "(",
      ")",           "&&",
      "if ",         "\xEF\xBB\xBF",
      "\"where\": ", "\"uid\": ",
      "\r",          "\u202e",
      "==",
  };
  const uint32_t seed = 20240607;
  std::mt19937 random(seed);
  const auto text = [&](size_t length) {
    std::string out;
    for (size_t i = random() % (length + 1); i > 0; --i) {
      out += pieces[random() % std::size(pieces)];
    }
    return out;
  };
  for (int i = 0; i < 1500; ++i) {
    std::string cases = kHeader;
    for (int row = 0; row < 3; ++row) {
      absl::StrAppend(&cases, "①-1\tx\t\t", text(12), "\tdeny\t\t\n");
    }
    absl::StrAppend(&cases, text(8), "\n", text(20));
    const bool good_json = i % 4 != 0;
    Read(cases, good_json ? kRequests : text(20),
         good_json ? kEntities : absl::StrCat("[", text(20)));
  }
  const std::string deep(100'000, '[');
  EXPECT_THAT(Read(kHeader, deep, deep).errors, HasSubstr("nested deeper"));
  EXPECT_EQ(Change(absl::StrCat("context.x = ", deep)).error_count, 1u);
  std::string dots = "context";
  for (int i = 0; i < 50'000; ++i) dots += ".x";
  EXPECT_EQ(Change(dots + " = 1").error_count, 1u);
}

}  // namespace
}  // namespace sekisho
