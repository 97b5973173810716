// Property: the graph decides as the reference evaluator does.
//
// Policy sets are generated at random, compiled with and without room for
// combining policies, written to an artifact and loaded again; every decision,
// with its determining, failing and undecided policies, must be the reference
// evaluator's.
//
// SEKISHO_SEED repeats a run, SEKISHO_SETS makes it longer.
#include "tests/differential/random_policies.h"

#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/compile.h"
#include "compiler/reference/reference.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Describe(const Decision& decision) {
  return absl::StrCat("cause ", static_cast<int>(decision.cause), " by [",
                      absl::StrJoin(decision.determining, ","), "] errors [",
                      absl::StrJoin(decision.errors, ","), "] undecided [",
                      absl::StrJoin(decision.undecided_forbids, ","), "]");
}

// A reader that knows the evidence and nothing else.
class EvidenceReader : public EntityReader {
 public:
  explicit EvidenceReader(const Evidence& evidence)
      : entities_(evidence.begin(), evidence.end()) {}

  absl::StatusOr<std::shared_ptr<const Entity>> Find(
      const EntityUid& uid) override {
    auto it = entities_.find(uid);
    if (it == entities_.end()) {
      return absl::NotFoundError(uid.ToString() + " is not in the evidence");
    }
    return it->second;
  }

 private:
  std::map<EntityUid, std::shared_ptr<const Entity>> entities_;
};

// The evidence of a decision is all it takes to make it again.
void ExpectEnough(const Evidence& evidence, const DecisionGraph& graph,
                  const Request& request, const Decision& decision) {
  EvidenceReader reader(evidence);
  absl::StatusOr<Decision> again = Evaluate(graph, request, reader);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, decision);
}

uint64_t EnvironmentNumber(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(RandomPoliciesTest, TheGraphDecidesAsTheReferenceDoes) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  const uint64_t sets = EnvironmentNumber("SEKISHO_SETS", 250);
  constexpr int kRequestsPerSet = 60;
  std::cout << "SEKISHO_SEED=" << seed << " SEKISHO_SETS=" << sets << "\n";
  RandomPolicies generate(seed);
  size_t requests = 0;
  size_t permits = 0;
  size_t with_errors = 0;
  size_t undecided = 0;
  size_t splits = 0;
  for (uint64_t set = 0; set < sets; ++set) {
    const std::string text =
        generate.Policies(1 + static_cast<int>(generate.Below(12)));
    absl::StatusOr<PolicyFolder> folder =
        MakePolicyFolder({{"s.cedarschema", kRandomSchema}, {"p.cedar", text}});
    ASSERT_TRUE(folder.ok()) << folder.status();
    CompileOptions options;
    options.fail_closed = generate.Chance(50);
    options.validate = generate.Chance(70);
    if (generate.Chance(40)) options.plan.node_budget = 10;
    Compilation compilation(&folder->sources);
    ASSERT_TRUE(Compile(*folder, options, &compilation).ok());
    ASSERT_FALSE(compilation.diagnostics.has_errors())
        << compilation.diagnostics.ToString() << text;
    splits += compilation.splits_by_budget;
    absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
        Artifact::FromBytes(compilation.artifact);
    ASSERT_TRUE(artifact.ok()) << artifact.status();

    const std::vector<Entity> entities = generate.Entities();
    EntityMap map;
    for (const Entity& entity : entities) map[entity.uid] = entity;
    MemoryEntities reader(entities);
    for (int i = 0; i < kRequestsPerSet; ++i) {
      const Request request = generate.MakeRequest();
      const Decision expected = ReferenceDecide(
          compilation.policies, {request, map, *compilation.schema},
          options.fail_closed);
      Evidence evidence;
      absl::StatusOr<Decision> actual =
          Evaluate((*artifact)->graph(), request, reader, &evidence);
      ASSERT_TRUE(actual.ok()) << actual.status() << "\n" << text;
      ExpectEnough(evidence, (*artifact)->graph(), request, *actual);
      ASSERT_EQ(*actual, expected)
          << "seed " << seed << " set " << set << "\n"
          << text << RequestToJson(request) << "\n"
          << EntitiesToJson(entities) << "\ngraph:     " << Describe(*actual)
          << "\nreference: " << Describe(expected) << "\n"
          << (*artifact)->graph().ToString();
      ++requests;
      permits += expected.permitted();
      with_errors += !expected.errors.empty();
      undecided += !expected.undecided_forbids.empty();
    }
  }
  std::cout << requests << " requests, " << permits << " permits, "
            << with_errors << " with errors, " << undecided
            << " undecided forbids, " << splits << " splits by budget\n";
  // What is not met is not tested.
  EXPECT_GT(permits * 10, requests);
  EXPECT_GT(with_errors * 10, requests);
  EXPECT_GT(undecided, 0u);
  EXPECT_GT(splits, 0u);
}

}  // namespace
}  // namespace sekisho
