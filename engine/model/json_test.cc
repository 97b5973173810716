#include "engine/model/json.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Schema TestSchema() {
  Schema schema;
  schema.entity_types["Role"];
  EntityType& person = schema.entity_types["Person"];
  person.attributes = {
      {"roles", {Type::Set(Type::Entity("Role")), true}},
      {"link",
       {Type::Record(
            {{"type", {Type::String(), true}}, {"id", {Type::String(), true}}}),
        false}},
      {"of", {Type::Record({{"role", {Type::Entity("Role"), true}}}), false}},
  };
  person.tags = Type::Entity("Role");
  schema.actions[{"Action", "view"}].context = {
      {"role", {Type::Entity("Role"), true}}};
  return schema;
}

// The value of an attribute `a` without a schema, in Cedar's notation, or the
// error.
std::string ReadA(absl::string_view json) {
  auto entities = EntitiesFromJson(
      absl::StrCat(R"([{"uid": {"type": "T", "id": ""}, "attrs": {"a": )", json,
                   "}}]"),
      nullptr);
  if (!entities.ok()) return std::string(entities.status().message());
  const Value* a = entities->front().attributes.Find("a");
  return a == nullptr ? "none" : a->ToString();
}

TEST(Json, Values) {
  struct Case {
    std::string json, expected;
  } cases[] = {
      {"true", "true"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775807", "9223372036854775807"},
      {R"("\u75c5\ud83c\udfe5\u0000")", "\"病🏥\\0\""},
      {"[2, 1, 2]", "[1, 2]"},
      {R"({"b": [], "a b": {}})", "{\"a b\": {}, b: []}"},
      {R"({"__entity": {"type": "A::B", "id": "\""}})", R"(A::B::"\"")"},
      {R"({"type": "A", "id": "x"})", R"({id: "x", type: "A"})"},
      // Refused, each with its place.
      {"9223372036854775808",
       "[0].attrs.a: `9223372036854775808` is not a 64-bit integer"},
      {"[1, 99999999999999999999]",
       "[0].attrs.a[1]: `99999999999999999999` is not a 64-bit integer"},
      {"{\"x\": 1.5}", "[0].attrs.a.x: `1.5` is not a 64-bit integer"},
      {"[null]",
       "[0].attrs.a[0]: null is not a value; leave the attribute out"},
      {R"({"k": 1, "k": 1})", "[0].attrs.a.k: given twice"},
      {R"({"a b": {"k": 1, "l": {}, "k": 2}})",
       "[0].attrs.a[\"a b\"].k: given twice"},
      {R"({"__entity": {"type": "A"}})",
       "[0].attrs.a.__entity: expected an entity, "
       "{\"type\": .., \"id\": ..}"},
      {R"({"__entity": {"type": "A B", "id": ""}})",
       "[0].attrs.a.__entity.type: `A B` is not a type's name"},
      {R"({"__entity": {"type": "A", "id": ""}, "x": 1})",
       "[0].attrs.a.x: expected only `__entity` here"},
      {R"({"__extn": {"fn": "ip", "arg": "::1"}})", "ip(\"::1\")"},
      {R"({"__extn": {"fn": "offset", "args": [
             {"__extn": {"fn": "datetime", "arg": "2026-04-01"}},
             {"__extn": {"fn": "duration", "arg": "-1h"}}]}})",
       "datetime(\"2026-03-31T23:00:00Z\")"},
      {R"({"__extn": {"fn": "ip", "arg": "::g"}})",
       "[0].attrs.a.__extn: `ip` cannot be called with \"::g\""},
      {R"({"__extn": {"fn": "ipaddr", "arg": "::1"}})",
       "[0].attrs.a.__extn.fn: `ipaddr` is not a function"},
      {R"({"__extn": {"fn": "ip", "arg": 1}})",
       "[0].attrs.a.__extn.arg: expected a string or an extension value"},
      {R"({"__extn": {"fn": "ip"}})",
       "[0].attrs.a.__extn: expected a call, {\"fn\": .., \"arg\": ..}"},
      {R"({"__extn": {"fn": "offset", "args": []}})",
       "[0].attrs.a.__extn: `offset` cannot be called with these arguments"},
      {R"({"__extn": {"fn": "ip", "arg": "::1"}, "x": 1})",
       "[0].attrs.a.x: expected only `__extn` here"},
      {R"({"__expr": "1 + 1"})", "[0].attrs.a.__expr: this name is reserved"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReadA(c.json), c.expected) << c.json;
}

TEST(Json, DatetimesWithoutALiteral) {
  for (const int64_t ms :
       {std::numeric_limits<int64_t>::min(), int64_t{253'402'300'800'000},
        std::numeric_limits<int64_t>::max()}) {
    const Value value = Value::Extension(Datetime{ms});
    EXPECT_EQ(*ValueFromJson(ValueToJson(value), nullptr), value);
  }
}

// Where the schema says an extension type, the text alone is enough.
TEST(Json, ExtensionTypesOfTheSchema) {
  Schema schema;
  schema.entity_types["T"].attributes["a"] = {Type::Of(Type::Kind::kIpAddress)};
  schema.entity_types["T"].attributes["set"] = {
      Type::Set(Type::Of(Type::Kind::kDecimal))};
  const struct {
    const char* attributes;
    const char* result;
  } cases[] = {
      {R"({"a": "10.0.0.1"})", R"({a: ip("10.0.0.1")})"},
      {R"({"a": {"fn": "ip", "arg": "::"}})", R"({a: ip("::")})"},
      {R"({"a": {"__extn": {"fn": "ip", "arg": "::"}}})", R"({a: ip("::")})"},
      {R"({"set": ["1.0", {"fn": "decimal", "arg": "1.00"}]})",
       R"({set: [decimal("1.0")]})"},
      {R"({"a": "10.0.0"})", R"([0].attrs.a: "10.0.0" is no `ipaddr`)"},
      {R"({"a": {}})",
       R"([0].attrs.a: expected a call, {"fn": .., "arg": ..})"},
      // For validation to refuse.
      {R"({"a": 1})", "{a: 1}"},
  };
  for (const auto& c : cases) {
    const auto entities = EntitiesFromJson(
        absl::StrCat(R"([{"uid": {"type": "T", "id": ""}, "attrs": )",
                     c.attributes, "}]"),
        &schema);
    EXPECT_EQ(entities.ok() ? entities->front().attributes.ToString()
                            : std::string(entities.status().message()),
              c.result);
    if (!entities.ok()) continue;
    const auto again = EntitiesFromJson(EntitiesToJson(*entities), nullptr);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->front().attributes, entities->front().attributes);
  }
}

TEST(Json, MalformedText) {
  struct Case {
    std::string json, error;
  } cases[] = {
      {"", "line 1, column 1: this is not JSON"},
      {"[\n {]", "line 2, column 3: this is not JSON"},
      {"[] []", "line 1, column 4: this is not JSON"},
      {"[\"\xff\"]", "line 1, column 3: this is not JSON"},
      {"{}", "expected an array of entities"},
      {"[1]", "[0]: expected an object"},
      {"[{}]", "[0]: `uid` is missing"},
      {R"([{"uid": 1}])",
       "[0].uid: expected an entity, {\"type\": .., \"id\": ..}"},
      {R"([{"uid": "P::\"a\"", "atrs": {}}])",
       "[0].atrs: expected only `uid`, `attrs`, `tags`, `parents` here"},
      {R"([{"uid": "P::\"a\"", "attrs": []}])",
       "[0].attrs: expected an object"},
      {R"([{"uid": "P::\"a\"", "parents": {}}])",
       "[0].parents: expected an array"},
      {R"([{"uid": "P::\"a\"", "parents": ["a"]}])",
       "[0].parents[0]: `a` is not of the form `Type::\"id\"`"},
      {R"([{"uid": "P::\"a\""}, {"uid": "P::\"b\""},
           {"uid": {"type": "P", "id": "b"}, "attrs": {"n": 1}}])",
       "[2].uid: `P::\"b\"` is also at [1], with another content"},
      {R"([{"uid": "P::\"a\"", "parents": []},
           {"uid": "P::\"a\"", "parents": ["P::\"b\""]}])",
       "[1].uid: `P::\"a\"` is also at [0], with another content"},
      {R"([{"uid": "P::\"a\"", "parents": ["P::\"a\""]}])",
       "[0].parents: `P::\"a\"` is among its own ancestors"},
      {R"([{"uid": "P::\"a\"", "parents": ["P::\"b\"", "P::\"x\""]},
           {"uid": "P::\"b\"", "parents": ["P::\"c\""]},
           {"uid": "P::\"b\"", "parents": ["P::\"c\""]},
           {"uid": "P::\"c\"", "parents": ["P::\"d\"", "P::\"b\""]}])",
       "[1].parents: `P::\"b\"` is among its own ancestors"},
  };
  for (const Case& c : cases) {
    auto entities = EntitiesFromJson(c.json, nullptr);
    ASSERT_FALSE(entities.ok()) << c.json;
    EXPECT_EQ(entities.status().message(), c.error) << c.json;
  }
}

TEST(EntitiesFromJsonTest, TheSameEntityTwiceIsOne) {
  const auto entities = EntitiesFromJson(
      R"([{"uid": "P::\"a\"", "attrs": {"s": [1, 2]},
           "parents": ["P::\"b\"", "P::\"c\""]},
          {"uid": "P::\"b\""},
          {"uid": {"type": "P", "id": "a"}, "attrs": {"s": [2, 1, 2]},
           "tags": {}, "parents": ["P::\"c\"", "P::\"b\"", "P::\"c\""]}])",
      nullptr);
  ASSERT_TRUE(entities.ok()) << entities.status();
  EXPECT_EQ(entities->size(), 2u);
}

// A common ancestor is no cycle, and a long chain of parents no deep recursion.
TEST(EntitiesFromJsonTest, AncestorsMayBeSharedAndMany) {
  std::string json = "[";
  for (int i = 0; i < 50'000; ++i) {
    absl::StrAppend(&json, R"({"uid": "P::\")", i, R"(\"", "parents": ["P::\")",
                    i + 1, R"(\"", "P::\")", i + 2, R"(\""]},)");
  }
  absl::StrAppend(&json, R"({"uid": "P::\"50000\""}])");
  const auto entities = EntitiesFromJson(json, nullptr);
  ASSERT_TRUE(entities.ok()) << entities.status();
  EXPECT_EQ(entities->size(), 50'001u);
}

TEST(Json, Depth) {
  auto nested = [](int levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  // The entity's array, object and attributes are three levels.
  EXPECT_EQ(ReadA(nested(kMaxJsonDepth - 3)), nested(kMaxJsonDepth - 3));
  EXPECT_NE(ReadA(nested(kMaxJsonDepth - 2)).find("nested deeper than 64"),
            std::string::npos);
  EXPECT_FALSE(EntitiesFromJson(std::string(10'000'000, '['), nullptr).ok());
}

TEST(Json, SchemaSaysWhereEntitiesStand) {
  Schema schema = TestSchema();
  const char* text = R"([{
    "uid": {"__entity": {"type": "Person", "id": "ann"}},
    "attrs": {
      "roles": [{"type": "Role", "id": "nurse"},
                {"__entity": {"type": "Role", "id": "doctor"}}],
      "link": {"type": "Role", "id": "nurse"},
      "of": {"role": {"id": "nurse", "type": "Role"}},
      "unknown": {"type": "Role", "id": "nurse"}
    },
    "tags": {"t": {"type": "Role", "id": "nurse"}},
    "parents": [{"type": "Ward", "id": "3"}, "Ward::\"4\""]
  }])";
  auto entities = EntitiesFromJson(text, &schema);
  ASSERT_TRUE(entities.ok()) << entities.status();
  const Entity& ann = entities->front();
  EXPECT_EQ(ann.attributes.ToString(),
            "{link: {id: \"nurse\", type: \"Role\"}, "
            "of: {role: Role::\"nurse\"}, "
            "roles: [Role::\"doctor\", Role::\"nurse\"], "
            "unknown: {id: \"nurse\", type: \"Role\"}}");
  EXPECT_EQ(ann.tags.ToString(), "{t: Role::\"nurse\"}");
  ASSERT_EQ(ann.parents.size(), 2u);
  EXPECT_EQ(ann.parents[1].ToString(), "Ward::\"4\"");

  // What is written is read back without a schema.
  auto again = EntitiesFromJson(EntitiesToJson(*entities), nullptr);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->front().uid, ann.uid);
  EXPECT_EQ(again->front().attributes, ann.attributes);
  EXPECT_EQ(again->front().tags, ann.tags);
  EXPECT_EQ(again->front().parents, ann.parents);
}

TEST(Json, Requests) {
  Schema schema = TestSchema();
  auto request = RequestFromJson(
      R"({"principal": "Person::\"ann\"",
          "action": {"type": "Action", "id": "view"},
          "resource": {"type": "Person", "id": "bob"},
          "context": {"role": {"type": "Role", "id": "nurse"}}})",
      &schema);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->principal.ToString(), "Person::\"ann\"");
  EXPECT_EQ(request->context.ToString(), "{role: Role::\"nurse\"}");
  auto again = RequestFromJson(RequestToJson(*request), nullptr);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->context, request->context);

  struct Case {
    std::string json, error;
  } cases[] = {
      {"[]", "expected an object with a request"},
      {"{}", "`principal` is missing"},
      {R"({"principle": 1})",
       "principle: expected only `principal`, `action`, `resource`, "
       "`context` here"},
      {R"({"principal": null})",
       "principal: expected an entity, {\"type\": .., \"id\": ..}"},
      {R"({"principal": "A::\"\"", "action": "A::\"\"",
           "resource": "A::\"\"", "context": []})",
       "context: expected an object"},
  };
  for (const Case& c : cases) {
    auto refused = RequestFromJson(c.json, nullptr);
    ASSERT_FALSE(refused.ok()) << c.json;
    EXPECT_EQ(refused.status().message(), c.error);
  }
}

// Every prefix of a good text, and every single damaged byte, is refused or
// read; nothing crashes.
TEST(Json, DamagedText) {
  const std::string text = R"([{"uid": "P::\"\u{1f3e5}\"", "attrs":
      {"a": [1, -2, "x\n"], "b": {"__entity": {"type": "A", "id": "é"}}},
      "parents": [{"type": "P", "id": ""}]}])";
  Schema schema = TestSchema();
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(EntitiesFromJson(text.substr(0, i), &schema).ok());
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(byte);
      (void)EntitiesFromJson(damaged, &schema);
      (void)RequestFromJson(damaged, nullptr);
    }
  }
}

TEST(UidFromText, Table) {
  struct Case {
    std::string text;
    // Empty: malformed.
    std::string type, id;
  } cases[] = {
      {R"(Person::"ann")", "Person", "ann"},
      {R"(Health::Person::"")", "Health::Person", ""},
      {R"(P::"a::\"b\"")", "P", R"(a::"b")"},
      {R"(P::"\u{75c5}\n\x41\u{e9}\u{1f3e5}\'")", "P", "病\nAé🏥'"},
      {R"(P::"病")", "P", "病"},
      {"", "", ""},
      {"P", "", ""},
      {"P::", "", ""},
      {"P::\"", "", ""},
      {R"(::"x")", "", ""},
      {R"(P::Q)", "", ""},
      {R"(1P::"x")", "", ""},
      {R"(P Q::"x")", "", ""},
      {R"(P::"x" )", "", ""},
      {R"(P::"x"y")", "", ""},
      {R"(P::"\")", "", ""},
      {R"(P::"\q")", "", ""},
      {R"(P::"\x4")", "", ""},
      {R"(P::"\x80")", "", ""},
      {R"(P::"\u{}")", "", ""},
      {R"(P::"\u{110000}")", "", ""},
      {R"(P::"\u{d800}")", "", ""},
      {R"(P::"\u{0000041}")", "", ""},
      {R"(P::"\u41")", "", ""},
      {R"(P::"\u)", "", ""},
      {R"(P::"\x-1")", "", ""},
  };
  for (const Case& c : cases) {
    auto uid = UidFromText(c.text);
    ASSERT_EQ(uid.ok(), !c.type.empty()) << c.text;
    if (!uid.ok()) continue;
    EXPECT_EQ(uid->type, c.type);
    EXPECT_EQ(uid->id, c.id);
    // The notation that a value prints reads back.
    EXPECT_EQ(*UidFromText(uid->ToString()), *uid);
  }
}

TEST(Json, WritesInvalidUtf8AsReplacement) {
  EXPECT_EQ(ValueToJson(Value::String("a\xff\"")), "\"a\xef\xbf\xbd\\\"\"");
}

}  // namespace
}  // namespace sekisho
