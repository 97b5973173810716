// Every case of the healthcare policies, decided in process: by the graph as
// compiled, by the graph of an artifact loaded from its file, and by the
// reference evaluator.
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "compiler/reference/reference.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

void ExpectDecision(const Case& c, const Decision& decision) {
  EXPECT_EQ(decision.permitted(), c.expect == Expectation::kPermit);
  EXPECT_THAT(PolicyIds(decision.determining), testing::ElementsAreArray(c.by));
  if (c.expect == Expectation::kDeny) {
    EXPECT_EQ(decision.cause,
              c.by.empty() ? Cause::kNotCovered : Cause::kForbidden);
  }
}

void ExpectAnswer(const Case& c, const absl::StatusOr<Decision>& answer) {
  if (c.expect != Expectation::kInvalid) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    ExpectDecision(c, *answer);
    return;
  }
  ASSERT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument)
      << answer.status();
  EXPECT_TRUE(NamesField(answer.status().message(), c.field))
      << answer.status();
}

void ExpectAllCases(const Artifact& artifact) {
  const CaseSet& set = Healthcare().set;
  for (const Case& c : set.cases) {
    SCOPED_TRACE(Describe(c));
    MemoryEntities entities(EntitiesOf(set, c));
    ExpectAnswer(c, Decide(artifact, c.request, entities));
  }
}

TEST(InProcessCasesTest, TheGraphDecidesThemAll) {
  auto artifact = Artifact::FromBytes(Healthcare().compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  ExpectAllCases(**artifact);
}

TEST(InProcessCasesTest, SoDoesTheGraphFromTheArtifactsFile) {
  const std::string path = testing::TempDir() + "/healthcare.sekisho";
  {
    std::ofstream file(path, std::ios::binary);
    file << Healthcare().compilation.artifact;
  }
  auto artifact = Artifact::Load(path);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ((*artifact)->bytes(), Healthcare().compilation.artifact);
  ExpectAllCases(**artifact);
}

TEST(InProcessCasesTest, TheReferenceDecidesTheSame) {
  const CompiledCases& all = Healthcare();
  auto artifact = Artifact::FromBytes(all.compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  for (const Case& c : all.set.cases) {
    if (c.expect == Expectation::kInvalid) continue;
    SCOPED_TRACE(Describe(c));
    const std::vector<Entity> entities = EntitiesOf(all.set, c);
    EntityMap map;
    for (const Entity& entity : entities) map[entity.uid] = entity;
    const Decision expected = ReferenceDecide(
        all.compilation.policies, {c.request, map, *all.compilation.schema},
        /*fail_closed=*/true);
    ExpectDecision(c, expected);
    MemoryEntities reader(entities);
    const absl::StatusOr<Decision> decision =
        Decide(**artifact, c.request, reader);
    ASSERT_TRUE(decision.ok()) << decision.status();
    // In everything, the policies that failed included.
    EXPECT_TRUE(*decision == expected);
  }
}

}  // namespace
}  // namespace sekisho
