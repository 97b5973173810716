// The table of enforcement points: what it grants, that it grants nothing else,
// and every message about it.
#include "server/pep_table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/model/value.h"
#include "gtest/gtest.h"
#include "server/pep.h"

namespace sekisho {
namespace {

constexpr char kTable[] = R"(# The gateway of the clinic.
[unix:1000]
may = decide, explain   # in words for itself
context = location, device.type
context = situation
entities = Device, Clinic::Device

[unix:1000:100]
may = *
stores = default, clinic-b

[mtls:gateway.example]
may = decide
context = *
entities = *
stores = *

[mtls:spiffe://example/feed]
may = write-entities

[loopback]
may = read-policies
)";

std::shared_ptr<const PepTable> MustParse(const std::string& text) {
  auto table = PepTable::Parse("peps", text);
  EXPECT_TRUE(table.ok()) << table.status().message();
  return table.ok() ? *table : nullptr;
}

std::string ErrorOf(const std::string& text) {
  auto table = PepTable::Parse("peps", text);
  if (table.ok()) return "no error";
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(table.status().message());
}

Value Context(Value::Attributes attributes) {
  return Value::Record(std::move(attributes));
}

TEST(PepTableTest, ARowGrantsWhatItSays) {
  const auto table = MustParse(kTable);
  const IdentifiedPep pep = table->FindUnix(1000, 999);
  EXPECT_EQ(pep.ToString(), "unix:1000:999");
  EXPECT_EQ(pep.pep(), (Pep{"unix", "1000:999"}));
  EXPECT_TRUE(pep.CheckCall(Permission::kDecide, "default").ok());
  EXPECT_TRUE(pep.CheckCall(Permission::kExplain, "default").ok());
  const Value device = Context({{"type", Value::String("pc")}});
  EXPECT_TRUE(pep.CheckContext(Context({})).ok());
  EXPECT_TRUE(
      pep.CheckContext(Context({{"location", Value::Bool(true)},
                                {"device", device},
                                {"situation", Context({{"a", device}})}}))
          .ok());
  EXPECT_TRUE(pep.CheckSupplied({"Device", "d"}, "entities[0]").ok());
  EXPECT_TRUE(pep.CheckSupplied({"Clinic::Device", "d"}, "entities[0]").ok());
}

TEST(PepTableTest, RefusalsNameWhatIsRefusedAndTheWayOut) {
  const auto table = MustParse(kTable);
  const IdentifiedPep pep = table->FindUnix(1000, 999);
  const Value device = Context(
      {{"custody", Value::String("own")}, {"type", Value::String("pc")}});
  const struct {
    absl::Status status;
    std::string message;
  } cases[] = {
      {pep.CheckCall(Permission::kActivatePolicies, "default"),
       "the enforcement point unix:1000:999 may not do this; `may = "
       "activate-policies` in the table of enforcement points would grant it"},
      {pep.CheckCall(Permission::kExplainFully, "default"),
       "the enforcement point unix:1000:999 may not do this; `may = "
       "explain-fully` in the table of enforcement points would grant it"},
      {pep.CheckCall(Permission::kDecide, "clinic-b"),
       "policy_store: the enforcement point unix:1000:999 may not use the "
       "policy store `clinic-b`; `stores = clinic-b` in the table of "
       "enforcement points would grant it"},
      {pep.CheckContext(Context({{"network", Value::String("closed")}})),
       "context.network: the enforcement point unix:1000:999 may not assert "
       "it; `context = network` in the table of enforcement points would grant "
       "it"},
      {pep.CheckContext(Context({{"device", device}})),
       "context.device.custody: the enforcement point unix:1000:999 may not "
       "assert it; `context = device.custody` in the table of enforcement "
       "points would grant it"},
      // Of which a part was granted, and is no record.
      {pep.CheckContext(Context({{"device", Value::String("pc")}})),
       "context.device: the enforcement point unix:1000:999 may not assert it; "
       "`context = device` in the table of enforcement points would grant it"},
      // An attribute whose name is written like a path.
      {pep.CheckContext(Context({{"device.type", Value::String("pc")}})),
       "context.device.type: the enforcement point unix:1000:999 may not "
       "assert it; `context = device.type` in the table of enforcement points "
       "would grant it"},
      {pep.CheckSupplied({"Person", "a"}, "entities[3]"),
       "entities[3]: the enforcement point unix:1000:999 may not supply "
       "entities of the type `Person`; `entities = Person` in the table of "
       "enforcement points would grant it"},
      {table->FindUnix(1001, 100).CheckCall(Permission::kDecide, "default"),
       "the enforcement point unix:1001:100 is not in the table of enforcement "
       "points"},
      {table->FindCertificate({"a", "b"})
           .CheckCall(Permission::kDecide, "default"),
       "the enforcement point mtls:a,b is not in the table of enforcement "
       "points"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(c.status.message(), c.message);
  }
}

TEST(PepTableTest, UserAndGroupComeBeforeTheUser) {
  const auto table = MustParse(kTable);
  EXPECT_TRUE(table->FindUnix(1000, 100)
                  .CheckCall(Permission::kActivatePolicies, "clinic-b")
                  .ok());
  // The row for the user adds nothing to it.
  EXPECT_FALSE(table->FindUnix(1000, 100)
                   .CheckSupplied({"Device", "d"}, "entities[0]")
                   .ok());
}

TEST(PepTableTest, ACertificateHasOneNameInTheTable) {
  const auto table = MustParse(kTable);
  const auto decides = [&](const std::vector<std::string>& names) {
    return table->FindCertificate(names)
        .CheckCall(Permission::kDecide, "default")
        .ok();
  };
  EXPECT_TRUE(decides({"gateway.example"}));
  EXPECT_TRUE(decides({"other.example", "gateway.example"}));
  EXPECT_FALSE(decides({"gateway.example", "spiffe://example/feed"}));
  EXPECT_FALSE(decides({"gateway.example.com"}));
  EXPECT_FALSE(decides({"loopback"}));
  EXPECT_FALSE(decides({}));
  EXPECT_EQ(table->FindCertificate({"other.example", "gateway.example"}).pep(),
            (Pep{"mtls", "gateway.example"}));
}

TEST(PepTableTest, AnEmptyTableGrantsNothing) {
  const auto table = MustParse("# nobody\n\n");
  for (const IdentifiedPep& pep :
       {table->FindLoopback(), table->FindUnix(geteuid(), getegid()),
        table->FindCertificate({"a"})}) {
    for (size_t i = 0; i < kPermissions; ++i) {
      EXPECT_FALSE(pep.CheckCall(static_cast<Permission>(i), "default").ok());
    }
    EXPECT_FALSE(pep.CheckContext(Context({{"a", Value::Bool(true)}})).ok());
    EXPECT_FALSE(pep.CheckSupplied({"A", "a"}, "entities[0]").ok());
  }
  EXPECT_EQ(table->ToString(), "none");
}

TEST(PepTableTest, TheDefaultIsForTheOwnUserAndLoopback) {
  const auto table = PepTable::Default();
  for (const IdentifiedPep& pep :
       {table->FindLoopback(), table->FindUnix(geteuid(), 12345)}) {
    EXPECT_TRUE(pep.CheckCall(Permission::kActivatePolicies, "any").ok());
    EXPECT_TRUE(pep.CheckContext(Context({{"a", Value::Bool(true)}})).ok());
    EXPECT_TRUE(pep.CheckSupplied({"A", "a"}, "entities[0]").ok());
  }
  for (const IdentifiedPep& pep : {table->FindUnix(geteuid() + 1, getegid()),
                                   table->FindCertificate({"loopback"})}) {
    EXPECT_FALSE(pep.CheckCall(Permission::kDecide, "default").ok());
  }
  EXPECT_EQ(table->ToString(),
            absl::StrCat("loopback (all), unix:", geteuid(), " (all)"));
}

TEST(PepTableTest, ForPeople) {
  EXPECT_EQ(MustParse(kTable)->ToString(),
            "loopback (read-policies), mtls:gateway.example (decide), "
            "mtls:spiffe://example/feed (write-entities), unix:1000 (decide, "
            "explain), unix:1000:100 (all)");
  std::string many;
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&many, "[mtls:", i, "]\nmay = decide\n");
  }
  EXPECT_TRUE(absl::EndsWith(MustParse(many)->ToString(), "and 2 more"));
}

TEST(PepTableTest, ThePageIsRight) {
  std::ifstream file("docs/peps.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string kBegin = "```ini\n";
  const size_t begin = page.find(kBegin) + kBegin.size();
  const auto table =
      MustParse(page.substr(begin, page.find("```", begin) - begin));
  EXPECT_EQ(table->ToString(),
            "mtls:portal.clinic.example (decide), "
            "mtls:spiffe://clinic.example/registry (read-entities, "
            "write-entities), unix:0 (all), unix:1000 (decide, explain), "
            "unix:1001:27 (explain-fully, read-policies, activate-policies)");
  for (absl::string_view name : kPermissionNames) {
    EXPECT_TRUE(absl::StrContains(page, absl::StrCat("`", name, "`"))) << name;
  }
}

// All at once, each with its place and a way out.
TEST(PepTableTest, Errors) {
  EXPECT_EQ(ErrorOf(R"(may = decide
[unix:01]
may = decied, activate-policies
[unix:65534]
[unix:5:]
[unix:5
[user:5]
[mtls:]
[unix:7]
may decide
context = device.*, a b,, device..type
entities = Device.Phone
verbs = *
[unix:7]
)"),
            R"(error: this stands before the first row
--> peps:1:1
  |
1 | may = decide
  | ^^^^^^^^^^^^
  = help: rows are [unix:UID], [unix:UID:GID], [mtls:NAME] and [loopback]

error: `01` is not the number of a user, nor of a user and a group
--> peps:2:7
  |
2 | [unix:01]
  |       ^^
  = help: `id -u NAME` prints the number of a user

error: `decied` is nothing that can be granted
--> peps:3:7
  |
3 | may = decied, activate-policies
  |       ^^^^^^
  = help: there is decide, explain, explain-fully, read-entities, write-entities, read-policies, write-links, activate-policies, and * for all

error: this number stands for every user that the kernel cannot name here, and so for none
--> peps:4:7
  |
4 | [unix:65534]
  |       ^^^^^
  = help: run the enforcement point as a user of its own

error: `5:` is not the number of a user, nor of a user and a group
--> peps:5:7
  |
5 | [unix:5:]
  |       ^^
  = help: `id -u NAME` prints the number of a user

error: the name of the row does not end with `]`
--> peps:6:1
  |
6 | [unix:5
  | ^^^^^^^
  = help: write `[unix:1000]` on a line of its own

error: `user:5` is no enforcement point
--> peps:7:2
  |
7 | [user:5]
  |  ^^^^^^
  = help: rows are [unix:UID], [unix:UID:GID], [mtls:NAME] and [loopback]

error: the name in the certificate is missing, or has spaces around it
--> peps:8:2
  |
8 | [mtls:]
  |  ^^^^^
  = help: write `[mtls:gateway.example]`

error: the row has no `may`: it would grant nothing
--> peps:9:2
  |
9 | [unix:7]
  |  ^^^^^^
  = help: write `may = decide`, or leave the row out

error: this is neither a row nor a key with its values
 --> peps:10:1
   |
10 | may decide
   | ^^^^^^^^^^
   = help: write `[unix:1000]` to begin a row, `may = decide` in it

error: `device.*` is no path of attributes
 --> peps:11:11
   |
11 | context = device.*, a b,, device..type
   |           ^^^^^^^^
   = help: write `device` for all that is in it, `device.type` for a part, * for the whole context

error: there is a space within the value
 --> peps:11:21
   |
11 | context = device.*, a b,, device..type
   |                     ^^^
   = help: values stand between commas

error: a value is missing
 --> peps:11:25
   |
11 | context = device.*, a b,, device..type
   |                         ^
   = help: values stand between commas; to grant nothing, leave the key out

error: `device..type` is no path of attributes
 --> peps:11:27
   |
11 | context = device.*, a b,, device..type
   |                           ^^^^^^^^^^^^
   = help: write `device` for all that is in it, `device.type` for a part, * for the whole context

error: `Device.Phone` is not an entity type
 --> peps:12:12
   |
12 | entities = Device.Phone
   |            ^^^^^^^^^^^^
   = help: write it as the schema does: `Device`, `Clinic::Device`, or * for all

error: `verbs` is no key
 --> peps:13:1
   |
13 | verbs = *
   | ^^^^^
   = help: the keys are may, context, entities, stores

error: `unix:7` has a row already
 --> peps:14:2
   |
14 | [unix:7]
   |  ^^^^^^
note: it is here
 --> peps:9:2
   |
 9 | [unix:7]
   |  ^^^^^^
)");
}

TEST(PepTableTest, Bounds) {
  std::string path = "a";
  for (int i = 0; i < 16; ++i) path += ".a";
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(absl::StrCat("[loopback]\nmay = *\ncontext = ", path, "\n")),
      "the path has more than 16 names"));
  // A hundred errors are enough.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "[unix:x]\n";
  const std::string message = ErrorOf(many);
  EXPECT_TRUE(absl::StrContains(message, "peps:100:"));
  EXPECT_FALSE(absl::StrContains(message, "peps:101:"));
  EXPECT_FALSE(PepTable::Parse("peps", "\xff").ok());
  EXPECT_EQ(PepTable::Read("/no/such/file").status().code(),
            absl::StatusCode::kNotFound);
}

// What is not in the table is refused, and what is in it is not: tables and
// requests at random, against the table read as a list.
class RandomTables {
 public:
  explicit RandomTables(uint64_t seed) : random_(seed) {}

  bool Flip() { return Below(2) == 0; }
  size_t Below(size_t n) { return random_() % n; }
  std::string Name() {
    return std::string(1, static_cast<char>('a' + Below(3)));
  }
  std::vector<std::string> Path() {
    std::vector<std::string> path;
    do {
      path.push_back(Name());
    } while (path.size() < 3 && Flip());
    return path;
  }
  Value RandomRecord(int depth) {
    Value::Attributes attributes;
    for (const char* name : {"a", "b", "c"}) {
      if (Below(3) > 0) continue;
      attributes.emplace_back(
          name, depth > 0 && Flip() ? RandomRecord(depth - 1) : Value::Long(1));
    }
    return Value::Record(std::move(attributes));
  }

 private:
  std::mt19937_64 random_;
};

using Path = std::vector<std::string>;

bool IsPrefix(const Path& prefix, const Path& path) {
  return prefix.size() <= path.size() &&
         std::equal(prefix.begin(), prefix.end(), path.begin());
}

// True if everything that `value`, at `path`, says is granted.
bool IsGranted(const std::vector<Path>& grants, const Path& path,
               const Value& value) {
  if (absl::c_any_of(grants,
                     [&](const Path& g) { return IsPrefix(g, path); })) {
    return true;
  }
  if (!value.is_record()) return false;
  // That the record is there, and then all that is in it.
  if (!path.empty() && !absl::c_any_of(grants, [&](const Path& g) {
        return IsPrefix(path, g);
      })) {
    return false;
  }
  return absl::c_all_of(value.AsRecord(), [&](const auto& attribute) {
    Path below = path;
    below.push_back(attribute.first);
    return IsGranted(grants, below, attribute.second);
  });
}

TEST(PepTableTest, WhatIsNotInTheTableIsRefused) {
  int granted = 0;
  int refused = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    RandomTables random(seed);
    std::set<size_t> may;
    std::set<std::string> types;
    std::vector<Path> paths;
    const uint32_t uid = static_cast<uint32_t>(random.Below(3));
    std::string text = absl::StrCat("[unix:", uid, "]\n");
    do {
      const size_t permission = random.Below(kPermissions);
      may.insert(permission);
      absl::StrAppend(&text, "may = ", kPermissionNames[permission], "\n");
    } while (random.Flip());
    while (random.Flip()) {
      types.insert(random.Name());
      absl::StrAppend(&text, "entities = ", absl::StrJoin(types, ","), "\n");
    }
    while (random.Flip()) {
      paths.push_back(random.Path());
      absl::StrAppend(&text, "context = ", absl::StrJoin(paths.back(), "."),
                      "\n");
    }
    const auto table = MustParse(text);
    ASSERT_NE(table, nullptr) << text;
    for (uint32_t caller = 0; caller < 3; ++caller) {
      const IdentifiedPep pep = table->FindUnix(caller, 0);
      const bool known = caller == uid;
      for (size_t i = 0; i < kPermissions; ++i) {
        EXPECT_EQ(pep.CheckCall(static_cast<Permission>(i), "default").ok(),
                  known && may.contains(i))
            << text;
        EXPECT_FALSE(pep.CheckCall(static_cast<Permission>(i), "other").ok());
      }
      for (const char* type : {"a", "b", "c"}) {
        EXPECT_EQ(pep.CheckSupplied({type, "x"}, "entities[0]").ok(),
                  known && types.contains(type))
            << text;
      }
      const Value context = random.RandomRecord(3);
      const bool allowed =
          IsGranted(known ? paths : std::vector<Path>(), {}, context);
      EXPECT_EQ(pep.CheckContext(context).ok(), allowed)
          << text << context.ToString();
      ++(allowed && !context.AsRecord().empty() ? granted : refused);
    }
  }
  EXPECT_GT(granted, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace sekisho
