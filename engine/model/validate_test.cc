#include "engine/model/validate.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

const EntityUid kView = {"Action", "view"};

Schema TestSchema() {
  Schema schema;
  schema.entity_types["Role"].enum_ids = {"nurse", "doctor"};
  schema.entity_types["Ward"].member_of = {"Hospital"};
  schema.entity_types["Hospital"];
  EntityType& person = schema.entity_types["Person"];
  person.member_of = {"Ward"};
  person.attributes = {
      {"roles", {Type::Set(Type::Entity("Role")), true}},
      {"age", {Type::Long(), false}},
      {"home", {Type::Record({{"zip code", {Type::String(), true}}}), false}},
  };
  person.tags = Type::Long();
  ActionType& view = schema.actions[kView];
  view.principal_types = {"Person", "Role"};
  view.resource_types = {"Person"};
  view.context = {
      {"secure", {Type::Bool(), true}},
      {"on", {Type::Entity("Action"), false}},
  };
  schema.actions[{"Action", "all"}];
  return schema;
}

// One line an error: `field: message`.
std::string Lines(const std::vector<FieldError>& errors) {
  std::string out;
  for (const FieldError& error : errors) {
    absl::StrAppend(&out, error.field, ": ", error.message, "\n");
  }
  return out;
}

Value Secure() { return Value::Record({{"secure", Value::Bool(true)}}); }
Value Role(absl::string_view id) {
  return Value::Entity({"Role", std::string(id.data(), id.size())});
}

TEST(ValidateRequest, Table) {
  const EntityUid ann = {"Person", "ann"};
  struct Case {
    Request request;
    std::string errors;
  } cases[] = {
      {{ann, kView, ann, Secure()}, ""},
      {{{"Role", "nurse"}, kView, ann, Secure()}, ""},
      {{{"Role", "pilot"}, kView, ann, Secure()},
       "principal: `Role::\"pilot\"` is not one of the ids of `Role`\n"},
      {{{"Ward", "3"}, kView, {"Role", "nurse"}, Secure()},
       "principal: `Action::\"view\"` does not apply to a principal of type "
       "`Ward`, only of `Person` or `Role`\n"
       "resource: `Action::\"view\"` does not apply to a resource of type "
       "`Role`, only of `Person`\n"},
      {{ann, {"Action", "veiw"}, ann, Secure()},
       "action: `Action::\"veiw\"` is not a declared action\n"},
      {{ann, {"Action", "all"}, ann, Secure()},
       "action: `Action::\"all\"` is a group and applies to nothing\n"},
      {{ann, kView, ann, Value::Record({})},
       "context.secure: required and missing\n"},
      {{ann, kView, ann, Value::Long(1)},
       "context: expected a record, found a long\n"},
      {{ann, kView, ann,
        Value::Record({{"secure", Value::String("yes")},
                       {"not declared", Value::Bool(true)}})},
       "context[\"not declared\"]: not declared in the schema\n"
       "context.secure: expected `Bool`, found a string\n"},
      {{ann, kView, ann,
        Value::Record({{"secure", Value::Bool(true)},
                       {"on", Value::Entity({"Action", "veiw"})}})},
       "context.on: `Action::\"veiw\"` is not a declared action\n"},
      {{ann, kView, ann,
        Value::Record(
            {{"secure", Value::Bool(true)}, {"on", Value::Entity(kView)}})},
       ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Lines(ValidateRequest(TestSchema(), c.request)), c.errors);
  }
}

TEST(ValidateEntity, Table) {
  Value roles = Value::Record({{"roles", Value::Set({Role("nurse")})}});
  struct Case {
    Entity entity;
    std::string errors;
  } cases[] = {
      {{{"Person", "ann"}, roles, Value::Record({}), {}}, ""},
      {{{"Person", "ann"},
        roles,
        Value::Record({{"level", Value::Long(3)}}),
        {{"Ward", "3"}, {"Hospital", "st luke"}}},
       ""},
      {{{"Person", "ann"}, Value::Record({}), Value::Record({}), {}},
       "attributes.roles: required and missing\n"},
      {{{"Person", "ann"},
        Value::Record({{"roles", Value::Set({Role("doctor"), Role("pilot"),
                                             Value::Entity({"Ward", "3"})})},
                       {"age", Value::String("12")},
                       {"home", Value::Record({{"zip code", Value::Long(1)}})},
                       {"extra", Value::Long(1)}}),
        Value::Record({{"level", Value::String("3")}}),
        {{"Person", "bob"}}},
       "attributes.age: expected `Long`, found a string\n"
       "attributes.extra: not declared in the schema\n"
       "attributes.home[\"zip code\"]: expected `String`, found a long\n"
       "attributes.roles[1]: `Role::\"pilot\"` is not one of the ids of "
       "`Role`\n"
       "attributes.roles[2]: expected `Role`, found a `Ward`\n"
       "tags.level: expected `Long`, found a string\n"
       "parents[0]: a `Person` cannot be in a `Person`\n"},
      {{{"Ward", "3"},
        Value::Record({}),
        Value::Record({{"level", Value::Long(3)}}),
        {}},
       "tags: `Ward` has no tags\n"},
      {{{"Role", "nurse"}, Value::Record({}), Value::Record({}), {}},
       "uid: entities of the enumerated type `Role` come from the schema and "
       "are not stored\n"},
      {{kView, Value::Record({}), Value::Record({}), {}},
       "uid: actions come from the schema and are not stored\n"},
      {{{"Preson", "ann"}, roles, Value::Record({}), {}},
       "uid: `Preson` is not a declared type\n"},
      {{{"Hospital", "x"}, Value::Bool(true), Value::Bool(true), {}},
       "attributes: expected a record, found a bool\n"
       "tags: expected a record, found a bool\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Lines(ValidateEntity(TestSchema(), c.entity)), c.errors);
  }
}

// A value nested far deeper than any type is refused at the first level.
TEST(ValidateEntity, DeepValue) {
  Value deep = Value::Long(1);
  for (int i = 0; i < 1000; ++i) deep = Value::Set({deep});
  Entity entity = {{"Person", "ann"},
                   Value::Record({{"roles", deep}}),
                   Value::Record({}),
                   {}};
  EXPECT_EQ(Lines(ValidateEntity(TestSchema(), entity)),
            "attributes.roles[0]: expected `Role`, found a set\n");
}

}  // namespace
}  // namespace sekisho
