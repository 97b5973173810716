// Property: whoever is asked, the answer is the same. On the healthcare
// policies the reference evaluator, the decision graph, the graph loaded from
// the artifact's file and the service over gRPC, with entities from its store,
// give the same decision, cause, determining policies, errors and undecided
// forbids, or all refuse the request.
//
// Requests are variations of the 39 use cases' requests, entities of the
// cases' population. A difference is shrunk and printed as a line that could
// stand in cases.tsv.
//
// SEKISHO_SEED repeats a run, SEKISHO_REQUESTS says how long it is.
#include "tests/differential/healthcare.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_replace.h"
#include "compiler/cases/cases.h"
#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "gtest/gtest.h"
#include "tests/differential/answer.h"
#include "tests/differential/variations.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

constexpr uint64_t kLeastPopulations = 20;
constexpr uint64_t kMostOfAPopulation = 1000;
constexpr int kMostEntityEdits = 60;
constexpr uint64_t kMostInABatch = 1000;
constexpr uint64_t kEnoughForEachPolicy = 10'000;
constexpr uint64_t kEnoughForEachCondition = 100'000;

struct Answers {
  Answer reference;
  Answer graph;
  Answer reloaded;
  Answer service;

  bool agree() const {
    return graph == reference && reloaded == reference && service == reference;
  }
};

std::ostream& operator<<(std::ostream& out, const Answers& answers) {
  return out << "reference: " << answers.reference
             << "\ngraph:     " << answers.graph
             << "\nreloaded:  " << answers.reloaded
             << "\nservice:   " << answers.service;
}

// What a run met.
struct Histogram {
  size_t requests = 0;
  size_t invalid = 0;
  size_t permits = 0;
  size_t several_permits = 0;
  size_t with_errors = 0;
  std::map<std::string, size_t> permits_by;
  // Conditions, by use case and column, that were all that stood in the way.
  std::map<std::pair<std::string, std::string>, size_t> alone;

  void Count(const Answer& answer) {
    ++requests;
    invalid += !answer.decided();
    permits += answer.permitted;
    several_permits += answer.permitted && answer.determining.size() > 1;
    with_errors += !answer.errors.empty();
    for (const std::string& id : answer.determining) ++permits_by[id];
  }
};

class HealthcareTest : public testing::Test {
 protected:
  HealthcareTest() {
    const std::string path = testing::TempDir() + "/healthcare.artifact";
    std::ofstream(path, std::ios::binary) << healthcare_.compilation.artifact;
    absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
        Artifact::Load(path);
    EXPECT_TRUE(artifact.ok()) << artifact.status();
    reloaded_ = artifact.value_or(healthcare_.artifact);
    service_.Activate(healthcare_.compilation.artifact);
  }

  void Meet(EntityMap entities) {
    revision_ = service_.Meet(entities);
    memory_ = InMemory(entities);
    entities_ = std::move(entities);
  }

  // All but the service's.
  Answers AskInProcess(const Request& request) {
    return {healthcare_.Reference(request, entities_),
            healthcare_.Decide(request, memory_),
            AnswerOf(Decide(*reloaded_, request, memory_), healthcare_.ids),
            {}};
  }

  Answers AskAlone(const Request& request) {
    Answers answers = AskInProcess(request);
    answers.service = AnswerOf(service_.client().Decide(request));
    return answers;
  }

  // One batch.
  std::vector<Answers> Ask(const std::vector<Request>& requests) {
    const auto response = service_.client().DecideBatch(requests);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    EXPECT_EQ(response->policy_hash(), healthcare_.artifact->hash());
    EXPECT_EQ(response->entity_revision(), revision_);
    EXPECT_EQ(response->results_size(), static_cast<int>(requests.size()));
    std::vector<Answers> all;
    for (size_t i = 0; i < requests.size(); ++i) {
      all.push_back(AskInProcess(requests[i]));
      all.back().service = AnswerOf(response->results(i));
    }
    return all;
  }

  void CountAlone(const Situation& situation, const Request& request,
                  Histogram* histogram) {
    const ReferenceInput input = {request, entities_, schema_};
    Policy policy = *std::find_if(
        policies_.begin(), policies_.end(),
        [&](const Policy& p) { return p.id == situation.use_case; });
    const std::vector<Clause> clauses = std::exchange(policy.clauses, {});
    std::vector<std::string> failing;
    if (ReferenceSatisfied(policy, input) != true) failing.push_back("head");
    for (const Clause& clause : clauses) {
      if (failing.size() > 1) return;
      const auto value = ReferenceEvaluate(*clause.body, input);
      if (value != Value::Bool(!clause.unless)) {
        failing.push_back(clause.column);
      }
    }
    if (failing.size() == 1) {
      ++histogram->alone[{situation.use_case, failing[0]}];
    }
  }

  const CaseSet& cases_ = Healthcare().set;
  PolicySet healthcare_{HealthcareSources()};
  const Schema& schema_ = *healthcare_.compilation.schema;
  const std::vector<Policy>& policies_ = healthcare_.compilation.policies;
  std::shared_ptr<const Artifact> reloaded_;
  Service service_;
  EntityMap entities_;
  MemoryEntities memory_;
  uint64_t revision_ = 0;
};

TEST_F(HealthcareTest, AllAnswerTheCasesAlike) {
  Meet(Variations(cases_, schema_, {}, 0).population());
  for (const Case& c : cases_.cases) {
    if (c.changes_entities()) continue;
    const Answers answers = AskAlone(c.request);
    EXPECT_TRUE(answers.agree()) << c.Label() << "\n" << answers;
  }
}

// The test's own test: where the one asks for encryption, the other does not.
TEST_F(HealthcareTest, ADifferenceIsFoundAndShrunk) {
  SourceFiles files = HealthcareSources();
  for (auto& [name, text] : files) {
    text = absl::StrReplaceAll(text, {{"[Network::\"encryptedPublic\", ",
                                       "[Network::\"public\", "
                                       "Network::\"encryptedPublic\", "}});
  }
  const PolicySet other(files);
  Variations variations(cases_, schema_, policies_, 1);
  const auto differ = [&](const Situation& situation) {
    const Request request = variations.RequestOf(situation);
    const EntityMap entities =
        Apply(situation.of_population, variations.population());
    MemoryEntities memory = InMemory(entities);
    return healthcare_.Decide(request, memory) !=
           other.Reference(request, entities);
  };
  const Steps of_population = variations.NextPopulation(40);
  for (int tries = 0; tries < 5000; ++tries) {
    const Situation situation = variations.Next(of_population);
    if (!differ(situation)) continue;
    EXPECT_EQ(Shrink(situation, differ).ToString(),
              situation.use_case + "\tcontext.network = Network::\"public\"");
    return;
  }
  FAIL() << "no difference found";
}

TEST_F(HealthcareTest, AllAnswerVariationsAlike) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  const uint64_t requests = EnvironmentNumber("SEKISHO_REQUESTS", 100'000);
  std::cout << "SEKISHO_SEED=" << seed << " SEKISHO_REQUESTS=" << requests
            << std::endl;
  Variations variations(cases_, schema_, policies_, seed);
  Histogram histogram;
  size_t entity_edits = 0;
  const uint64_t populations =
      std::max(kLeastPopulations, requests / kMostOfAPopulation);
  for (uint64_t p = 0; p < populations; ++p) {
    const Steps of_population =
        p == 0 ? Steps() : variations.NextPopulation(kMostEntityEdits);
    entity_edits += of_population.size();
    Meet(Apply(of_population, variations.population()));
    uint64_t left =
        requests * (p + 1) / populations - requests * p / populations;
    while (left > 0) {
      std::vector<Situation> situations;
      std::vector<Request> batch;
      for (; left > 0 && batch.size() < kMostInABatch; --left) {
        situations.push_back(variations.Next(of_population));
        batch.push_back(variations.RequestOf(situations.back()));
      }
      const std::vector<Answers> answers = Ask(batch);
      ASSERT_EQ(answers.size(), batch.size());
      for (size_t i = 0; i < batch.size(); ++i) {
        if (!answers[i].agree()) {
          const Situation least =
              Shrink(situations[i], [&](const Situation& situation) {
                Meet(Apply(situation.of_population, variations.population()));
                return !AskAlone(variations.RequestOf(situation)).agree();
              });
          Meet(Apply(least.of_population, variations.population()));
          FAIL() << "SEKISHO_SEED=" << seed << "\n"
                 << least.ToString() << "\n"
                 << AskAlone(variations.RequestOf(least))
                 << "\nbefore it was shrunk:\n"
                 << situations[i].ToString() << "\n"
                 << answers[i];
        }
        histogram.Count(answers[i].reference);
        if (answers[i].reference.decided() && !answers[i].reference.permitted) {
          CountAlone(situations[i], batch[i], &histogram);
        }
      }
    }
  }

  size_t conditions = 0;
  for (const Policy& policy : policies_) {
    conditions += policy.clauses.size() + 1;  // with the head
  }
  std::cout << histogram.requests << " requests, " << populations
            << " populations with " << entity_edits
            << " edits: " << histogram.permits << " permits ("
            << histogram.several_permits << " by several policies), "
            << histogram.invalid << " invalid, " << histogram.with_errors
            << " with errors; " << histogram.alone.size() << " of "
            << conditions << " conditions were once all that stood in the way\n"
            << "permits by:";
  for (const std::string& id : healthcare_.ids) {
    std::cout << " " << id << ":" << histogram.permits_by[id];
    if (requests >= kEnoughForEachPolicy) {
      EXPECT_GT(histogram.permits_by[id], 0u) << id;
    }
  }
  std::cout << "\n";

  // What is not met is not tested.
  EXPECT_EQ(histogram.requests, requests);
  EXPECT_GE(histogram.permits * 20, requests);
  EXPECT_GE(histogram.with_errors * 20, requests);
  EXPECT_GT(histogram.invalid * 100, requests);
  if (requests >= kEnoughForEachCondition) {
    EXPECT_GE(histogram.alone.size() * 100, conditions * 90);
  }
}

}  // namespace
}  // namespace sekisho
