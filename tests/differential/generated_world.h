// Schemas that are made at random, and requests and entities for them.
//
//   Random random(seed);
//   const std::string text = GenerateSchema(&random);
//   Worlds worlds(&schema_of_text, &random);
//   std::vector<Entity> entities = worlds.Entities();
//   Request request = worlds.MakeRequest();
//
// There are few ids, numbers and texts, and they are shared by all types, so
// that what is compared is often equal. Entities are often absent.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_GENERATED_WORLD_H_
#define SEKISHO_TESTS_DIFFERENTIAL_GENERATED_WORLD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"
#include "tests/differential/random.h"

namespace sekisho {

// The text of a schema with one to three namespaces, entity types in a
// hierarchy, enumerated ones, tags, attributes of every type, common types,
// and actions in groups, each for several types.
std::string GenerateSchema(Random* random);

// Tags and the names that policies look for.
inline constexpr const char* kTagNames[] = {"t0", "t1", "日"};

class Worlds {
 public:
  // Both must outlive this object. With `typed`, all fits the schema; otherwise
  // some of it does not.
  Worlds(const Schema* schema, bool typed, Random* random)
      : schema_(*schema), typed_(typed), random_(*random) {}

  Value ValueOf(const Type& type);
  EntityUid UidOf(const std::string& type);
  // A type whose entities may be above those of `type`, or `type` itself.
  std::string AncestorTypeOf(const std::string& type);

  std::vector<Entity> Entities();
  // REQUIRES: some action applies to something.
  Request MakeRequest();

 private:
  Value RecordOf(const RecordType& declared);
  Value ExtensionOf(Value::Kind kind);
  // A small multiple of it.
  int64_t Number(int64_t unit);
  Entity MakeEntity(const std::string& name, const EntityType& type, int id);

  const Schema& schema_;
  const bool typed_;
  Random& random_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_GENERATED_WORLD_H_
