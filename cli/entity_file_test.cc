#include "cli/entity_file.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/file.h"
#include "engine/model/json.h"
#include "engine/model/schema.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Schema MakeSchema() {
  Schema schema;
  EntityType& person = schema.entity_types["Person"];
  person.attributes["name"] = {Type::String(), true};
  person.attributes["grade"] = {Type::Long(), false};
  person.attributes["active"] = {Type::Bool(), false};
  person.attributes["boss"] = {Type::Entity("Person"), false};
  person.attributes["roles"] = {Type::Set(Type::String()), false};
  person.attributes["deputies"] = {Type::Set(Type::Entity("Person")), false};
  person.attributes["address"] = {
      Type::Record({{"city", {Type::String(), true}}}), false};
  person.attributes["id"] = {Type::String(), false};
  person.tags = Type::Long();
  return schema;
}

// Entities as JSON and errors with their places, a line each.
std::string Read(const std::string& text, EntityFormat format) {
  const std::string path = testing::TempDir() + "/entity_file_test";
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
  const Schema schema = MakeSchema();
  auto file = EntityFile::Open(path, format, &schema);
  if (!file.ok()) {
    return absl::StrReplaceAll(file.status().message(), {{path, "F"}});
  }
  std::string out;
  while (true) {
    auto entity = (*file)->Next();
    if (!entity.ok()) {
      absl::StrAppend(&out,
                      AtPlace("F", (*file)->place(), entity.status().message()),
                      "\n");
      if (!absl::IsInvalidArgument(entity.status())) return out;
      continue;
    }
    if (!entity->has_value()) return out;
    absl::StrAppend(&out, EntityToJson(**entity), "\n");
  }
}

std::string Bare(const std::string& id) {
  return absl::StrCat(R"({"uid":{"type":"Person","id":")", id,
                      R"("},"attrs":{},"parents":[]})");
}

TEST(EntityFileTest, Json) {
  const std::string a = Bare("a"), b = Bare("b");
  const struct {
    std::string text;
    std::string entities;
  } cases[] = {
      {"", ""},
      {"[]", ""},
      {"\xef\xbb\xbf [ ] \n", ""},
      {a, a + "\n"},
      {a + "\n\n  " + b + "\n", a + "\n" + b + "\n"},
      {a + "\r\n" + b + "\r\n", a + "\n" + b + "\n"},
      {"[" + a + "," + b + "]", a + "\n" + b + "\n"},
      {"\n[\n" + a + "\n,\n" + b + "\n]\n", a + "\n" + b + "\n"},
      {R"([{"uid": {"type": "Person", "id": "}]\"{"}}])",
       R"({"uid":{"type":"Person","id":"}]\"{"},"attrs":{},"parents":[]})"
       "\n"},
      // Not one line.
      {R"({"uid": "Person::\"a\"",
 "attrs": {"boss": {"type": "Person", "id": "b"}}})",
       "F:1:25: this is not JSON\nF:2:9: this is not JSON\n"},
      // The schema says that this is an entity.
      {R"({"uid": "Person::\"a\"", "attrs": {"boss": {"type": "Person", "id": "b"}}})",
       R"({"uid":{"type":"Person","id":"a"},"attrs":{"boss":{"__entity":{"type":"Person","id":"b"}}},"parents":[]})"
       "\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Read(c.text, EntityFormat::kJson), c.entities) << c.text;
  }
}

TEST(EntityFileTest, JsonErrors) {
  const std::string a = Bare("a"), b = Bare("b");
  const struct {
    std::string text;
    std::string entities;
  } cases[] = {
      {a + "\nno\n" + b, a + "\nF:2:2: this is not JSON\n" + b + "\n"},
      {a + "\n{\"uid\": 1}\n" + b,
       a + "\nF:2:9: uid: expected an entity, {\"type\": .., \"id\": ..}\n" +
           b + "\n"},
      {"[" + a + ",\n {\"uid\": 1},\n" + b + "]",
       a + "\nF:2:10: uid: expected an entity, {\"type\": .., \"id\": ..}\n" +
           b + "\n"},
      {"[" + a + "\n" + b + "]",
       a + "\nF:2:1: expected `,` or `]` after an entity\n"},
      {"[" + a + ", 1]",
       a + absl::StrCat("\nF:1:", a.size() + 4,
                        ": expected an entity, {\"uid\": .., ..}\n")},
      {"[" + a, a + absl::StrCat("\nF:1:", a.size() + 2,
                                 ": expected `,` or `]` after an entity\n")},
      {"[\n" + a.substr(0, 20),
       "F:2:1: the entity that begins here does not end\n"},
      {"[] x", "F:1:4: expected nothing after the array\n"},
      {"{\"uid\": \"\xff\"}\n" + b, "F:1:1: this is not UTF-8\n" + b + "\n"},
      {std::string(kMaxItemBytes + 1, ' ') + a, a + "\n"},
      {"{" + std::string(kMaxItemBytes, ' ') + "}\n" + b,
       "F:1:1: the entity is longer than 1048576 bytes\n" + b + "\n"},
      {"[{" + std::string(kMaxItemBytes, ' ') + "},\n" + b + "]",
       "F:1:2: the entity is longer than 1048576 bytes\n" + b + "\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Read(c.text, EntityFormat::kJson), c.entities)
        << c.text.substr(0, 1000);
  }
}

TEST(EntityFileTest, Csv) {
  EXPECT_EQ(
      Read("uid,name,grade,active,boss,roles,deputies,address:json,attrs.id,"
           "tags.floor,parents\n"
           "\"Person::\"\"a\"\"\",Ann,-2,true,b,nurse; doctor,b;c,\"{\"\"city\""
           "\":\"\"X\"\"}\",7,3,\"Ward::\"\"1;2\"\"; Org::\"\"x\"\"\"\n"
           "\"Person::\"\"b\"\"\",\"\",,,,\"\",,,,,\n",
           EntityFormat::kCsv),
      R"({"uid":{"type":"Person","id":"a"},"attrs":{"active":true,)"
      R"("address":{"city":"X"},"boss":{"__entity":{"type":"Person","id":"b"}},)"
      R"("deputies":[{"__entity":{"type":"Person","id":"b"}},)"
      R"({"__entity":{"type":"Person","id":"c"}}],"grade":-2,"id":"7",)"
      R"("name":"Ann","roles":["doctor","nurse"]},"tags":{"floor":3},)"
      R"("parents":[{"type":"Ward","id":"1;2"},{"type":"Org","id":"x"}]})"
      "\n"
      R"({"uid":{"type":"Person","id":"b"},"attrs":{"name":"","roles":[]},)"
      R"("parents":[]})"
      "\n");
  EXPECT_EQ(Read("type,id,x:string,y:long,z:bool,e:entity\n"
                 "Ghost,\"\",t,1,false,\"A::\"\"1\"\"\"\n",
                 EntityFormat::kCsv),
            R"({"uid":{"type":"Ghost","id":""},"attrs":)"
            R"({"e":{"__entity":{"type":"A","id":"1"}},)"
            R"("x":"t","y":1,"z":false},"parents":[]})"
            "\n");
}

TEST(EntityFileTest, CsvErrors) {
  const std::string none =
      "F:1:1: the columns must be either `uid`, or both `type` and `id`; an "
      "attribute of such a name is `attrs.id`";
  const struct {
    std::string text;
    std::string entities;
  } cases[] = {
      {"", "F:1:1: there is no header; it names the columns: `uid`, .."},
      {"name\n", none},
      {"uid,id\n", none},
      {"type,name\n", none},
      {"uid,name,attrs.name\n",
       "F:1:10: there are two columns for `attrs.name`"},
      {"uid,\n", "F:1:5: a column has no name; leave it out of the file"},
      {"uid,name:text\n",
       "F:1:5: `text` is not one of `bool`, `long`, `string`, `entity`, "
       "`json`"},
      {"type,id,name\nPerson,a\nPerson,b,B\n",
       "F:2:1: the record has 2 fields and the header 3\n"
       R"({"uid":{"type":"Person","id":"b"},"attrs":{"name":"B"},"parents":[]})"
       "\n"},
      {"uid\nPerson\n", "F:2:1: `Person` is not of the form `Type::\"id\"`\n"},
      {"type,id\n,a\n", "F:2:1: `type` is empty\n"},
      {"type,id\nPerson!,a\n", "F:2:1: `Person!` is not a type's name\n"},
      {"type,id,grade\nPerson,a,x\n", "F:2:10: `x` is not a 64-bit integer\n"},
      {"type,id,active\nPerson,a,yes\n",
       "F:2:10: `yes` is not `true` or `false`\n"},
      {"type,id,height\nPerson,a,1\n",
       "F:2:10: the schema has no `height` here; leave the cell empty, or name "
       "the column `height:string`\n"},
      {"type,id,address\nPerson,a,1\n",
       "F:2:10: a cell cannot hold a {city: String}; name the column "
       "`address:json` and write JSON\n"},
      {"type,id,address:json\nPerson,a,{\n",
       "F:2:10: line 1, column 2: this is not JSON\n"},
      {"type,id,name\nPerson,a,\xff\n", "F:2:10: this is not UTF-8\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Read(c.text, EntityFormat::kCsv), c.entities) << c.text;
  }
}

// Whatever is cut off, the reader ends, with an error or without.
TEST(EntityFileTest, DamageIsAnErrorAndAnEnd) {
  const std::string json = "[" + Bare("a") + ",\n" + Bare("b") + "]";
  const std::string csv =
      "uid,name,roles\n\"Person::\"\"a\"\"\",\"A\"\"\",\"x;y\"\n";
  for (size_t size = 0; size < json.size(); ++size) {
    Read(json.substr(0, size), EntityFormat::kJson);
  }
  for (size_t size = 0; size < csv.size(); ++size) {
    Read(csv.substr(0, size), EntityFormat::kCsv);
  }
}

}  // namespace
}  // namespace sekisho
