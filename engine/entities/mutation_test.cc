#include "engine/entities/mutation.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/entities/memory.h"
#include "engine/model/entity_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

const EntityUid kAnn = {"Person", "ann"};
const EntityUid kBob = {"Person", "bob"};
const EntityUid kWard1 = {"Ward", "1"};
const EntityUid kWard2 = {"Ward", "2"};

Entity Ann() {
  Entity ann;
  ann.uid = kAnn;
  ann.attributes = Value::Record(
      {{"grade", Value::Long(1)}, {"name", Value::String("Ann")}});
  ann.tags = Value::Record({{"night", Value::Bool(true)}});
  ann.parents = {kWard1};
  return ann;
}

absl::Status Accept(size_t, const Entity&) { return absl::OkStatus(); }

std::string Print(const Entity& entity) {
  std::string out =
      absl::StrCat(entity.uid.id, " ", entity.attributes.ToString(), " ",
                   entity.tags.ToString());
  for (const EntityUid& parent : entity.parents) {
    absl::StrAppend(&out, " ", parent.ToString());
  }
  return out;
}

std::string Print(const WrittenEntity& written) {
  if (!written.record.has_value()) return absl::StrCat(written.uid.id, " none");
  auto entity = DecodeEntity(written.uid, *written.record);
  EXPECT_TRUE(entity.ok()) << entity.status();
  return entity.ok() ? Print(*entity) : "";
}

// What the mutations make of Ann, one entity a line, or the error.
std::string Apply(const std::vector<EntityMutation>& mutations) {
  MemoryEntities before({Ann()});
  auto written = ApplyMutations(mutations, before, Accept);
  if (!written.ok()) return written.status().ToString();
  std::string out;
  for (const WrittenEntity& entity : *written) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", Print(entity));
  }
  return out;
}

PatchEntity Patch(const EntityUid& uid) {
  PatchEntity patch;
  patch.uid = uid;
  return patch;
}

PatchEntity SetGrade(const EntityUid& uid, int64_t grade) {
  PatchEntity patch = Patch(uid);
  patch.set_attributes = Value::Record({{"grade", Value::Long(grade)}});
  return patch;
}

TEST(MutationTest, APatchChangesWhatItNames) {
  PatchEntity patch = SetGrade(kAnn, 2);
  EXPECT_EQ(Apply({patch}), R"(ann {grade: 2, name: "Ann"} )"
                            R"({night: true} Ward::"1")");
  patch = Patch(kAnn);
  patch.removed_attributes = {"name", "never there"};
  patch.set_tags = Value::Record({{"day", Value::Long(3)}});
  patch.removed_tags = {"night"};
  patch.added_parents = {kWard2, kWard2};
  patch.removed_parents = {kWard1, kBob};
  EXPECT_EQ(Apply({patch}), R"(ann {grade: 1} {day: 3} Ward::"2")");
  EXPECT_EQ(Apply({Patch(kAnn)}), Print(Ann()));
}

TEST(MutationTest, EachAppliesToWhatThoseBeforeItMade) {
  Entity bob = Ann();
  bob.uid = kBob;
  EXPECT_EQ(Apply({PutEntity{bob}, SetGrade(kBob, 5), SetGrade(kAnn, 6)}),
            R"(bob {grade: 5, name: "Ann"} {night: true} Ward::"1")"
            "\n"
            R"(ann {grade: 6, name: "Ann"} {night: true} Ward::"1")");
  EXPECT_EQ(Apply({SetGrade(kAnn, 5), DeleteEntity{kAnn}}), "ann none");
  EXPECT_EQ(Apply({SetGrade(kAnn, 5), PutEntity{Ann()}}), Print(Ann()));
  PatchEntity unname = Patch(kAnn);
  unname.removed_attributes = {"name"};
  EXPECT_EQ(Apply({SetGrade(kAnn, 5), unname, SetGrade(kAnn, 7)}),
            R"(ann {grade: 7} {night: true} Ward::"1")");
}

TEST(MutationTest, APatchOfNothingIsAnError) {
  EXPECT_EQ(Apply({PutEntity{Ann()}, SetGrade(kBob, 1)}),
            "FAILED_PRECONDITION: mutations[1].patch: there is no "
            "Person::\"bob\"");
  EXPECT_EQ(Apply({DeleteEntity{kAnn}, SetGrade(kAnn, 1)}),
            "FAILED_PRECONDITION: mutations[1].patch: there is no "
            "Person::\"ann\"");
}

TEST(MutationTest, APatchMustNotContradictItself) {
  PatchEntity attributes = SetGrade(kAnn, 1);
  attributes.removed_attributes = {"grade"};
  EXPECT_EQ(Apply({attributes}),
            "INVALID_ARGUMENT: mutations[0].patch.removed_attributes: "
            "\"grade\" is set as well");
  PatchEntity parents = Patch(kAnn);
  parents.added_parents = parents.removed_parents = {kWard2};
  EXPECT_EQ(Apply({parents}),
            "INVALID_ARGUMENT: mutations[0].patch.removed_parents: Ward::\"2\" "
            "is added as well");
}

TEST(MutationTest, TheResultOfPatchesIsCheckedOnce) {
  MemoryEntities before({Ann()});
  std::string seen;
  auto check = [&seen](size_t mutation, const Entity& entity) {
    absl::StrAppend(&seen, mutation, ": ", Print(entity), "\n");
    return absl::InvalidArgumentError("no");
  };
  auto written =
      ApplyMutations({SetGrade(kAnn, 1), SetGrade(kAnn, 2)}, before, check);
  EXPECT_EQ(written.status(), absl::InvalidArgumentError("no"));
  EXPECT_EQ(seen,
            "1: ann {grade: 2, name: \"Ann\"} {night: true} "
            "Ward::\"1\"\n");
}

TEST(MutationTest, EntitiesAreOfLimitedSize) {
  auto text = [](size_t size) {
    return Value::Record({{"text", Value::String(std::string(size, 'x'))}});
  };
  Entity large = Ann();
  large.attributes = text(kMaxEntityBytes);
  EXPECT_EQ(Apply({PutEntity{large}}).substr(0, 40),
            "RESOURCE_EXHAUSTED: mutations[0].put: Pe");
  PatchEntity patch = Patch(kAnn);
  patch.set_attributes = text(kMaxEntityBytes);
  EXPECT_EQ(Apply({patch}).substr(0, 40),
            "RESOURCE_EXHAUSTED: mutations[0].patch: ");

  std::vector<Entity> many;
  std::vector<EntityMutation> patches;
  large.attributes = text(kMaxEntityBytes - 100);
  for (size_t i = 0; i <= kMaxPatchedBytes / kMaxEntityBytes + 1; ++i) {
    large.uid.id = absl::StrCat(i);
    many.push_back(large);
    patches.push_back(SetGrade(large.uid, 1));
  }
  MemoryEntities before(many);
  EXPECT_EQ(ApplyMutations(patches, before, Accept).status().code(),
            absl::StatusCode::kResourceExhausted);
}

// Many random mutations in one go leave what they leave one at a time.
TEST(MutationTest, OneByOneIsTheSame) {
  std::mt19937 random(20261122);
  const std::vector<std::string> names = {"a", "b", "c"};
  auto name = [&] { return names[random() % names.size()]; };
  auto record = [&] {
    std::map<std::string, Value> fields;
    for (int i = random() % 3; i > 0; --i) {
      fields[name()] = Value::Long(random() % 5);
    }
    return Value::Record({fields.begin(), fields.end()});
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<EntityMutation> mutations;
    MemoryEntities one_by_one({Ann()});
    while (mutations.size() < 8) {
      const EntityUid uid = random() % 2 ? kAnn : kBob;
      EntityMutation mutation;
      switch (random() % 4) {
        case 0: {
          Entity entity;
          entity.uid = uid;
          entity.attributes = record();
          mutation = PutEntity{entity};
          break;
        }
        case 1:
          mutation = DeleteEntity{uid};
          break;
        default: {
          PatchEntity patch = Patch(uid);
          patch.set_attributes = record();
          const std::string removed = name();
          if (patch.set_attributes.Find(removed) == nullptr) {
            patch.removed_attributes = {removed};
          }
          patch.set_tags = record();
          patch.added_parents = {{"Ward", name()}};
          patch.removed_parents = {kWard1};
          mutation = patch;
        }
      }
      auto written = ApplyMutations({mutation}, one_by_one, Accept);
      if (!written.ok()) continue;  // A patch of nothing.
      ASSERT_EQ(written->size(), 1u);
      if (!written->front().record.has_value()) {
        one_by_one.Delete(uid);
      } else {
        one_by_one.Put(*DecodeEntity(uid, *written->front().record));
      }
      mutations.push_back(std::move(mutation));
    }
    MemoryEntities before({Ann()});
    auto written = ApplyMutations(mutations, before, Accept);
    ASSERT_TRUE(written.ok()) << written.status();
    for (const WrittenEntity& entity : *written) {
      auto expected = *one_by_one.Find(entity.uid);
      EXPECT_EQ(Print(entity), expected == nullptr
                                   ? absl::StrCat(entity.uid.id, " none")
                                   : Print(*expected));
    }
  }
}

}  // namespace
}  // namespace sekisho
