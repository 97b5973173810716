// What the compiler puts into an artifact for Explain, and that a damaged one
// is refused.
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analysis/explain.h"
#include "analysis/words.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/explanation.h"
#include "engine/graph/explanation_proto.h"
#include "engine/graph/explanation_writer.h"
#include "engine/graph/program.h"
#include "engine/graph/small_graph.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

using ::testing::ElementsAre;

const Explanations& Read() {
  static const auto* const kArtifact = new std::shared_ptr<const Artifact>(
      *Artifact::FromBytes(Healthcare().compilation.artifact));
  return **(*kArtifact)->explanations();
}

// The same to be changed.
Explanations ReadAgain() {
  const std::string& bytes = Healthcare().compilation.artifact;
  ArtifactHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  artifact::Explanations proto;
  for (uint32_t i = 0; i < header.section_count; ++i) {
    SectionEntry entry;
    std::memcpy(&entry, bytes.data() + sizeof(header) + i * sizeof(entry),
                sizeof(entry));
    if (entry.kind == static_cast<uint32_t>(SectionKind::kExplanations)) {
      EXPECT_TRUE(
          proto.ParseFromString(bytes.substr(entry.offset, entry.size)));
    }
  }
  return *FromProto(proto, Healthcare().compilation.policies.size());
}

const ExplainedClause* Find(const Explanations& explanations,
                            const std::string& use_case,
                            const std::string& column) {
  const std::vector<Policy>& policies = Healthcare().compilation.policies;
  for (size_t i = 0; i < policies.size(); ++i) {
    if (policies[i].id != use_case) continue;
    for (const ExplainedClause& clause : explanations.policies[i].clauses) {
      if (explanations.columns[clause.column].key == column) return &clause;
    }
  }
  return nullptr;
}

Label LabelOf(const char* type, const char* id) {
  const Label* label = Read().LabelOf(Value::Entity({type, id}));
  return label == nullptr ? Label() : *label;
}

TEST(ExplanationsTest, ValuesAreCalledAsInTheVocabulary) {
  EXPECT_EQ(LabelOf("Location", "home"), (Label{"home", "自宅"}));
  // What stands in a list is called by the shortest list.
  EXPECT_EQ(LabelOf("Location", "hospital"), (Label{"hospital", "病院"}));
  EXPECT_EQ(LabelOf("Location", "genomeCoreHospital").japanese,
            "がんゲノム医療中核拠点病院");
  EXPECT_EQ(LabelOf("Network", "closed"), (Label{"closed network", "閉域"}));
  EXPECT_EQ(LabelOf("Role", "nurse"), (Label{"nurse", "看護師"}));
  // No entry is about these alone.
  EXPECT_TRUE(LabelOf("Network", "public").empty());
  EXPECT_TRUE(LabelOf("DeviceType", "pc").empty());
}

TEST(ExplanationsTest, ClausesComeFromTheirCells) {
  const Explanations& read = Read();
  const ExplainedClause* location = Find(read, "①-1", "location");
  ASSERT_NE(location, nullptr);
  EXPECT_EQ(location->cell, (Label{"hospital", "病院"}));
  EXPECT_EQ(location->source, "usecase-matrix.txt");
  EXPECT_EQ(location->line, 5u);
  EXPECT_EQ(read.columns[location->column].header,
            (Label{"Place of access", "アクセスする場所"}));
  EXPECT_TRUE(read.columns[location->column].from_request);
  EXPECT_FALSE(read.columns[Find(read, "①-1", "role")->column].from_request);
  // A part of the head, and a cell that is read otherwise than printed.
  EXPECT_EQ(Find(read, "①-1", "action")->text, "action in [Action::\"view\"]");
  EXPECT_EQ(Find(read, "②-3", "requirement")->source, "corrections.tsv");
}

TEST(ExplanationsTest, HelpNamesTheCellsOfItsRow) {
  const ExplainedClause* requirement = Find(Read(), "①-1", "requirement");
  std::vector<std::string> english;
  for (const Help& help : requirement->help) {
    english.push_back(help.words.english);
  }
  EXPECT_THAT(
      english,
      ElementsAre("Have your physician's licence verified",
                  "Log in with a second factor; methods that would do: "
                  "authentication managed by the facility (entry, terminal "
                  "and the like) and password"));
}

TEST(ExplanationsTest, WhatRowsShareIsThereOnce) {
  const Explanations& read = Read();
  EXPECT_EQ(Find(read, "①-1", "grade")->condition,
            Find(read, "①-3", "grade")->condition);
  EXPECT_LT(read.conditions.size(), 500u);
}

// The bytes of the artifact with these explanations.
std::string Write(const Explanations& explanations) {
  auto artifact = Artifact::FromBytes(Healthcare().compilation.artifact);
  ExplanationWriter writer;
  writer.Append(explanations);
  return *WriteArtifact((*artifact)->graph(), (*artifact)->schema(),
                        (*artifact)->policies(), (*artifact)->obligations(),
                        *(*artifact)->Sources(), writer.Finish());
}

const Case& Denied() {
  for (const Case& c : Healthcare().set.cases) {
    if (c.is_near_miss() && c.column == "requirement") return c;
  }
  std::abort();
}

TEST(ExplanationsTest, WhatIsWrittenIsRead) {
  // Once more through the bytes: nothing is lost.
  EXPECT_EQ(Write(Read()), Healthcare().compilation.artifact);
}

TEST(DamagedExplanationsTest, AreRefusedAndDecisionsAreNot) {
  using Change = std::function<void(Explanations&)>;
  auto first = [](Explanations& e, ConditionKind kind) -> Condition& {
    for (Condition& condition : e.conditions) {
      if (condition.kind == kind) return condition;
    }
    std::abort();
  };
  auto first_edit = [](Explanations& e) -> EditPlan& {
    for (Condition& condition : e.conditions) {
      if (!condition.to_hold.empty()) return condition.to_hold[0];
    }
    std::abort();
  };
  const std::pair<const char*, Change> kChanges[] = {
      {"no policy", [](Explanations& e) { e.policies.pop_back(); }},
      {"a test too far",
       [&](Explanations& e) {
         first(e, ConditionKind::kAtom).test =
             static_cast<TestIndex>(e.programs.tests.size());
       }},
      {"an operand after it",
       [&](Explanations& e) {
         first(e, ConditionKind::kAnd).operands[0] =
             static_cast<uint32_t>(e.conditions.size() - 1);
       }},
      {"itself",
       [&](Explanations& e) {
         Condition& c = first(e, ConditionKind::kAnd);
         c.operands[0] = static_cast<uint32_t>(&c - e.conditions.data());
       }},
      {"no operand",
       [&](Explanations& e) { first(e, ConditionKind::kOr).operands.clear(); }},
      {"two operands of not",
       [&](Explanations& e) {
         first(e, ConditionKind::kNot).operands.push_back(0);
       }},
      {"an operand of an atom",
       [&](Explanations& e) {
         e.conditions.back().kind = ConditionKind::kAtom;
         e.conditions.back().operands = {0};
       }},
      {"a path too far",
       [&](Explanations& e) {
         first(e, ConditionKind::kAtom).reads = {
             static_cast<uint32_t>(e.paths.size())};
       }},
      {"an edit's path too far",
       [&](Explanations& e) {
         first_edit(e).path = static_cast<uint32_t>(e.paths.size());
       }},
      {"an edit's value too far",
       [&](Explanations& e) {
         first_edit(e).value = static_cast<uint32_t>(e.programs.tests.size());
       }},
      {"a column too far",
       [](Explanations& e) { e.policies[0].clauses[0].column = 1000; }},
      {"a condition too far",
       [](Explanations& e) { e.policies[0].clauses[0].condition = 1u << 30; }},
      {"help for no condition",
       [](Explanations& e) {
         e.policies[0].clauses[0].help.push_back({1u << 30, {}});
       }},
      {"labels out of order",
       [](Explanations& e) { std::swap(e.labels[0], e.labels[1]); }},
      {"a label twice", [](Explanations& e) { e.labels[1] = e.labels[0]; }},
      {"a program beyond the code",
       [](Explanations& e) {
         e.programs.tests[0].code_end =
             static_cast<uint32_t>(e.code.size()) + 1;
       }},
      {"a program that pops too much",
       [](Explanations& e) {
         e.code[e.programs.tests[0].code_begin] = EncodeInstruction(Op::kEqual);
       }},
      {"a constant too far",
       [](Explanations& e) {
         e.code[e.programs.tests[0].code_begin] =
             EncodeInstruction(Op::kConstant, kMaxOperand);
       }},
      {"too deep",
       [](Explanations& e) {
         for (int i = 0; i <= kMaxConditionDepth; ++i) {
           Condition deep;
           deep.kind = ConditionKind::kNot;
           deep.operands = {static_cast<uint32_t>(e.conditions.size() - 1)};
           e.conditions.push_back(deep);
         }
       }},
  };
  const Case& c = Denied();
  MemoryEntities entities(EntitiesOf(Healthcare().set, c));
  for (const auto& [name, change] : kChanges) {
    SCOPED_TRACE(name);
    Explanations explanations = ReadAgain();
    change(explanations);
    auto artifact = Artifact::FromBytes(Write(explanations));
    ASSERT_TRUE(artifact.ok()) << artifact.status();
    EXPECT_EQ((*artifact)->explanations().status().code(),
              absl::StatusCode::kDataLoss);
    EXPECT_EQ(Explain(**artifact, c.request, entities).status().code(),
              absl::StatusCode::kDataLoss);
    EXPECT_TRUE(Decide(**artifact, c.request, entities).ok());
  }
}

TEST(DamagedExplanationsTest, AnArtifactWithoutSaysSo) {
  auto artifact = Artifact::FromBytes(SmallGraph().Write());
  ASSERT_TRUE(artifact.ok());
  EXPECT_EQ((*artifact)->explanations().status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Whatever the bytes are, there is an answer or an error.
TEST(DamagedExplanationsTest, AnyByteMayBeWrong) {
  const std::string& bytes = Healthcare().compilation.artifact;
  ArtifactHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  SectionEntry section = {};
  for (uint32_t i = 0; i < header.section_count; ++i) {
    std::memcpy(&section, bytes.data() + sizeof(header) + i * sizeof(section),
                sizeof(section));
    if (section.kind == static_cast<uint32_t>(SectionKind::kExplanations)) {
      break;
    }
  }
  ASSERT_EQ(section.kind, static_cast<uint32_t>(SectionKind::kExplanations));
  const Case& c = Denied();
  MemoryEntities entities(EntitiesOf(Healthcare().set, c));
  size_t refused = 0;
  size_t answered = 0;
  // Coprime to everything that repeats.
  constexpr uint64_t kStride = 397;
  for (uint64_t at = 0; at < section.size; at += kStride) {
    std::string damaged = bytes;
    damaged[section.offset + at] ^= static_cast<char>(1u << (at % 8));
    Rehash(&damaged);
    auto artifact = Artifact::FromBytes(std::move(damaged));
    ASSERT_TRUE(artifact.ok()) << artifact.status();
    auto explanation = Explain(**artifact, c.request, entities);
    if (explanation.ok()) {
      ++answered;
      EXPECT_FALSE(InWords(*explanation, Language::kEnglish).empty());
      EXPECT_FALSE(explanation->decision.permitted());
    } else {
      ++refused;
      EXPECT_EQ(explanation.status().code(), absl::StatusCode::kDataLoss);
    }
  }
  EXPECT_GT(refused, 10u);
  EXPECT_GT(answered, 10u);
}

}  // namespace
}  // namespace sekisho
