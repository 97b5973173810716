#include "engine/model/schema.h"

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(TypeTest, ToString) {
  const Type grant = Type::Record({{"kind", {Type::String(), false}},
                                   {"on", {Type::Entity("A::B"), true}}});
  EXPECT_EQ(Type::Set(grant).ToString(), "Set<{kind?: String, on: A::B}>");
  EXPECT_EQ(Type::Set(Type::Set(Type::Long())).ToString(), "Set<Set<Long>>");
  EXPECT_EQ(Type::Record({}).ToString(), "{}");
  EXPECT_EQ(Type::Bool().ToString(), "Bool");
}

TEST(TypeTest, EqualTypesAreEqualAllTheWayDown) {
  auto type = [](Type inner, bool required) {
    return Type::Set(Type::Record({{"a", {std::move(inner), required}}}));
  };
  EXPECT_EQ(type(Type::Entity("T"), true), type(Type::Entity("T"), true));
  EXPECT_FALSE(type(Type::Entity("T"), true) == type(Type::Entity("U"), true));
  EXPECT_FALSE(type(Type::Long(), true) == type(Type::Bool(), true));
  EXPECT_FALSE(type(Type::Long(), true) == type(Type::Long(), false));
  EXPECT_FALSE(Type::Set(Type::Long()) == Type::Long());
}

TEST(SchemaTest, ActionIn) {
  const EntityUid read = {"Action", "read"};
  const EntityUid edit = {"Action", "edit"};
  const EntityUid all = {"Action", "all"};
  const EntityUid other = {"Action", "other"};
  Schema schema;
  schema.actions[read].member_of = {other, edit};
  schema.actions[edit].member_of = {all};
  // A cycle, and a parent that is not declared.
  schema.actions[all].member_of = {edit, {"Action", "gone"}};
  EXPECT_TRUE(schema.ActionIn(read, read));
  EXPECT_TRUE(schema.ActionIn(read, all));
  EXPECT_TRUE(schema.ActionIn(read, other));
  EXPECT_TRUE(schema.ActionIn(read, {"Action", "gone"}));
  EXPECT_FALSE(schema.ActionIn(edit, read));
  EXPECT_FALSE(schema.ActionIn(other, all));
  EXPECT_TRUE(schema.ActionIn({"Action", "new"}, {"Action", "new"}));
}

}  // namespace
}  // namespace sekisho
