#include "engine/decide/readers.h"

#include <memory>
#include <string>

#include "engine/entities/memory.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Entity Thing(const std::string& id, Value size) {
  Entity thing;
  thing.uid = {"Thing", id};
  thing.attributes = Value::Record({{"size", std::move(size)}});
  return thing;
}

// The size of the thing, `absent`, or the error.
std::string SizeOf(EntityReader& entities, const std::string& id) {
  const auto found = entities.Find({"Thing", id});
  if (!found.ok()) return std::string(found.status().ToString());
  if (*found == nullptr) return "absent";
  return (*found)->attributes.Find("size")->ToString();
}

TEST(OverlaidEntitiesTest, ShowsTheOverlayInFrontOfTheOthers) {
  MemoryEntities behind(
      {Thing("a", Value::Long(1)), Thing("b", Value::Long(2))});
  MemoryEntities over(
      {Thing("b", Value::Long(20)), Thing("c", Value::Long(30))});
  OverlaidEntities entities(&over, &behind);
  EXPECT_EQ(SizeOf(entities, "a"), "1");
  EXPECT_EQ(SizeOf(entities, "b"), "20");
  EXPECT_EQ(SizeOf(entities, "c"), "30");
  EXPECT_EQ(SizeOf(entities, "d"), "absent");
}

TEST(ValidatedEntitiesTest, ShowsOnlyWhatFits) {
  Schema schema;
  schema.entity_types["Thing"].attributes["size"] = {Type::Long(), true};
  MemoryEntities behind(
      {Thing("a", Value::Long(1)), Thing("b", Value::String("large"))});
  ValidatedEntities entities(&schema, &behind);
  EXPECT_EQ(SizeOf(entities, "a"), "1");
  EXPECT_EQ(SizeOf(entities, "b"),
            "FAILED_PRECONDITION: the entity Thing::\"b\" does not fit the "
            "schema of the policy: attributes.size: expected `Long`, found a "
            "string");
  EXPECT_EQ(SizeOf(entities, "c"), "absent");
}

}  // namespace
}  // namespace sekisho
