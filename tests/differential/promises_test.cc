// The promises that docs/architecture.md and README make of decisions, held to
// the healthcare policies and variations of their cases. The matrix has no
// forbid, so most tests add some.
//
// SEKISHO_SEED repeats a run.
#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/client.h"
#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
#include "compiler/source/source.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/request.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "tests/differential/answer.h"
#include "tests/differential/healthcare.h"
#include "tests/differential/variations.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

// The third reads organizations that no permit reads, and the fourth overflows:
// they fail where permits do not.
const char* const kForbids[] = {
    R"(@id("few persons of grade B at once")
forbid (principal, action, resource)
when { resource.grade == Grade::"B" && context.subjectCount > 2 };
)",
    R"(@id("no downloads for drug makers")
forbid (principal, action == Action::"download", resource)
when { principal has organization &&
       principal.organization.kind == OrganizationKind::"pharmaceuticalCompany" };
)",
    R"(@id("no devices of operators")
forbid (principal, action, resource is Record)
when { context.device has organization &&
       context.device.organization.kind == OrganizationKind::"systemOperator" };
)",
    R"(@id("overflows for several persons of grade C")
forbid (principal, action, resource is Record)
when { resource.grade == Grade::"C" &&
       context.subjectCount * 9223372036854775807 < 0 };
)",
    R"(@id("no updates on smartphones")
forbid (principal, action == Action::"update", resource)
unless { context.device.type != DeviceType::"smartphone" };
)",
};

SourceFiles WithForbids() {
  SourceFiles files = HealthcareSources();
  for (const char* forbid : kForbids) {
    files.emplace_back(absl::StrCat("forbid-", files.size(), ".cedar"), forbid);
  }
  return files;
}

// What the printed rules need besides.
SourceFiles SchemaAndObligations() {
  SourceFiles files;
  for (const auto& file : HealthcareSources()) {
    if (file.first == "healthcare.cedarschema" ||
        file.first == "obligations.tsv") {
      files.push_back(file);
    }
  }
  EXPECT_EQ(files.size(), 2u);
  return files;
}

// The printed rules and the forbids, in any order in any files.
SourceFiles Shuffled(Random* random) {
  std::vector<std::string> rules = PrintedRules();
  rules.insert(rules.end(), std::begin(kForbids), std::end(kForbids));
  random->Shuffle(&rules);
  std::map<std::string, std::string> texts;
  for (const std::string& rule : rules) {
    absl::StrAppend(&texts[absl::StrCat(random->Below(7), ".cedar")], rule,
                    "\n");
  }
  SourceFiles files = SchemaAndObligations();
  files.insert(files.end(), texts.begin(), texts.end());
  return files;
}

uint64_t Seed() {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  std::cout << "SEKISHO_SEED=" << seed << "\n";
  return seed;
}

// Calls `check` with requests, and `meet` with the entities they meet before.
class Sample {
 public:
  Sample(const PolicySet& policies, uint64_t seed)
      : variations_(Healthcare().set, *policies.compilation.schema,
                    policies.compilation.policies, seed) {}

  void ForEach(int populations, int requests, auto meet, auto check) {
    for (int p = 0; p < populations; ++p) {
      const Steps edits = p == 0 ? Steps() : variations_.NextPopulation(40);
      meet(Apply(edits, variations_.population()));
      for (int i = 0; i < requests; ++i) {
        const Situation situation = variations_.Next(edits);
        SCOPED_TRACE(situation.ToString());
        check(variations_.RequestOf(situation));
        if (testing::Test::HasFailure()) return;
      }
    }
  }

  const EntityMap& population() const { return variations_.population(); }
  std::vector<Request> Requests(size_t n) {
    std::vector<Request> requests;
    while (requests.size() < n) {
      requests.push_back(variations_.RequestOf(variations_.Next({})));
    }
    return requests;
  }

 private:
  Variations variations_;
};

// Promise 1, in its own words: deny unless permitted; a forbid beats every
// permit; a forbid that cannot be evaluated denies.
TEST(PromisesTest, DenyUnlessPermittedAndNoForbidHoldsOrFails) {
  const PolicySet set(WithForbids());
  const std::vector<Policy>& policies = set.compilation.policies;
  EntityMap entities;
  MemoryEntities memory;
  std::map<Cause, int> causes;
  std::map<Cause, int> permits_beaten;
  Sample(set, Seed())
      .ForEach(
          20, 250,
          [&](EntityMap met) {
            memory = InMemory(met);
            entities = std::move(met);
          },
          [&](const Request& request) {
            const Answer actual = set.Decide(request, memory);
            if (!actual.decided()) return;
            std::vector<std::string> permits;
            std::vector<std::string> forbids;
            std::vector<std::string> undecided;
            for (const Policy& policy : policies) {
              const std::optional<bool> satisfied = ReferenceSatisfied(
                  policy, {request, entities, *set.compilation.schema});
              const bool forbid = policy.effect == Effect::kForbid;
              if (satisfied == true) {
                (forbid ? forbids : permits).push_back(policy.id);
              } else if (!satisfied && forbid) {
                undecided.push_back(policy.id);
              }
            }
            Answer expected;
            expected.errors = actual.errors;
            if (!forbids.empty()) {
              expected.cause = Cause::kForbidden;
              expected.determining = forbids;
            } else if (!undecided.empty()) {
              expected.cause = Cause::kForbidUndecided;
              expected.undecided_forbids = undecided;
            } else if (!permits.empty()) {
              expected.permitted = true;
              expected.cause = Cause::kPermitted;
              expected.determining = permits;
            }
            EXPECT_EQ(actual, expected);
            ++causes[actual.cause];
            permits_beaten[actual.cause] += !permits.empty();
          });
  for (const Cause cause :
       {Cause::kPermitted, Cause::kForbidden, Cause::kForbidUndecided}) {
    EXPECT_GT(permits_beaten[cause], 10) << static_cast<int>(cause);
  }
  EXPECT_GT(causes[Cause::kNotCovered], 1000);
}

// Promise 2: not the order of the policies, nor the files they stand in, nor
// whether they come from rows or from rules, nor how much the planner may
// combine them.
TEST(PromisesTest, PolicyOrderMakesNoDifference) {
  const uint64_t seed = Seed();
  const PolicySet set(WithForbids());
  Random random(seed);
  std::vector<std::unique_ptr<PolicySet>> others;
  for (const uint32_t node_budget : {1'000'000, 1'000'000, 3'000, 10}) {
    CompileOptions options;
    options.plan.node_budget = node_budget;
    others.push_back(std::make_unique<PolicySet>(Shuffled(&random), options));
    EXPECT_NE(others.back()->ids, set.ids);
    EXPECT_NE(others.back()->artifact->hash(), set.artifact->hash());
  }
  EXPECT_GT(others.back()->compilation.splits_by_budget, 0u);

  const auto by_id = [](Answer answer) {
    for (auto* ids :
         {&answer.determining, &answer.errors, &answer.undecided_forbids}) {
      std::sort(ids->begin(), ids->end());
    }
    return answer;
  };
  MemoryEntities memory;
  int permits = 0;
  Sample(set, seed).ForEach(
      20, 250, [&](const EntityMap& met) { memory = InMemory(met); },
      [&](const Request& request) {
        const Answer expected = by_id(set.Decide(request, memory));
        for (const auto& other : others) {
          EXPECT_EQ(by_id(other->Decide(request, memory)), expected);
        }
        permits += expected.permitted;
      });
  EXPECT_GT(permits, 100);
}

// The cells are shifted from row to row; the old number stands before the new
// one.
bool IsRowOf(absl::string_view line, const std::string& old_number,
             const std::string& number) {
  const std::vector<std::string> cells = absl::StrSplit(line, '\t');
  for (size_t i = 1; i < cells.size(); ++i) {
    if (cells[i - 1] == old_number && cells[i] == number) return true;
  }
  return false;
}

// Promise 6, permits.
TEST(PromisesTest, EveryPermitNamesItsRowOfTheMatrix) {
  const PolicySet set(HealthcareSources());
  std::map<std::string, const Policy*> policies;
  for (const Policy& policy : set.compilation.policies) {
    policies[policy.id] = &policy;
  }
  std::map<std::string, std::string> old_numbers;
  for (const PolicyInfo& policy : set.artifact->policies()) {
    const std::string* old_number = policy.Annotation("formerly");
    old_numbers[policy.id] = old_number == nullptr ? policy.id : *old_number;
  }
  std::map<std::string, absl::string_view> sources;
  for (SourceId id = 0; id < set.folder.sources.size(); ++id) {
    sources[std::string(set.folder.sources.name(id))] =
        set.folder.sources.text(id);
  }
  const std::vector<std::string> lines =
      absl::StrSplit(sources.at("usecase-matrix.txt"), '\n');

  Service service;
  service.Activate(set.compilation.artifact);
  EntityMap entities;
  std::set<std::string> rows;
  const auto check = [&](const Request& request) {
    const auto response = service.client().Decide(request);
    if (!response.ok() || response->decision() != v1::PERMIT) return;
    EXPECT_EQ(response->cause(), v1::PERMITTED);
    EXPECT_THAT(response->determining(), Not(IsEmpty()));
    EXPECT_THAT(response->undecided_forbids(), IsEmpty());
    for (const v1::PolicyReference& rule : response->determining()) {
      EXPECT_EQ(rule.effect(), v1::PolicyReference::EFFECT_PERMIT);
      EXPECT_EQ(rule.use_case(), rule.id());
      EXPECT_EQ(rule.source(), "usecase-matrix.txt");
      ASSERT_LE(rule.line(), lines.size());
      ASSERT_GE(rule.line(), 1u);
      EXPECT_TRUE(IsRowOf(lines[rule.line() - 1], old_numbers.at(rule.id()),
                          rule.use_case()))
          << rule.ShortDebugString();
      EXPECT_EQ(
          ReferenceSatisfied(*policies.at(rule.id()),
                             {request, entities, *set.compilation.schema}),
          true);
      rows.insert(rule.use_case());
    }
  };
  const auto meet = [&](EntityMap met) {
    service.Meet(met);
    entities = std::move(met);
  };
  Sample sample(set, Seed());
  meet(sample.population());
  for (const auto& [use_case, request] : Healthcare().set.requests) {
    check(request);
  }
  sample.ForEach(10, 200, meet, check);
  EXPECT_EQ(rows.size(), PrintedRules().size());
}

// Promise 6, denials: forbidden, forbid undecided or not covered, each with the
// rules that made it so and no others.
TEST(PromisesTest, EveryDenialSaysItsCause) {
  const PolicySet set(WithForbids());
  std::map<std::string, const Policy*> policies;
  for (const Policy& policy : set.compilation.policies) {
    policies[policy.id] = &policy;
  }
  Service service;
  service.Activate(set.compilation.artifact);
  EntityMap entities;
  std::map<v1::Cause, int> causes;
  Sample(set, Seed())
      .ForEach(
          15, 200,
          [&](EntityMap met) {
            service.Meet(met);
            entities = std::move(met);
          },
          [&](const Request& request) {
            const auto response = service.client().Decide(request);
            if (!response.ok()) {
              EXPECT_EQ(response.status().code(),
                        absl::StatusCode::kInvalidArgument);
              EXPECT_FALSE(Fits(*set.compilation.schema, request));
              return;
            }
            if (response->decision() == v1::PERMIT) return;
            EXPECT_EQ(response->decision(), v1::DENY);
            const ReferenceInput input = {request, entities,
                                          *set.compilation.schema};
            for (const v1::PolicyReference& rule : response->determining()) {
              EXPECT_EQ(rule.effect(), v1::PolicyReference::EFFECT_FORBID);
              EXPECT_TRUE(absl::StartsWith(rule.source(), "forbid-"));
              EXPECT_EQ(ReferenceSatisfied(*policies.at(rule.id()), input),
                        true);
            }
            for (const auto& rule : response->undecided_forbids()) {
              EXPECT_EQ(rule.effect(), v1::PolicyReference::EFFECT_FORBID);
              EXPECT_EQ(ReferenceSatisfied(*policies.at(rule.id()), input),
                        std::nullopt);
            }
            const Answer answer = AnswerOf(*response);
            EXPECT_THAT(answer.undecided_forbids, IsSubsetOf(answer.errors));
            EXPECT_EQ(!answer.determining.empty(),
                      answer.cause == Cause::kForbidden);
            EXPECT_EQ(!answer.undecided_forbids.empty(),
                      answer.cause == Cause::kForbidUndecided);
            EXPECT_NE(answer.cause, Cause::kPermitted);
            ++causes[response->cause()];
          });
  EXPECT_GT(causes[v1::FORBIDDEN], 10);
  EXPECT_GT(causes[v1::FORBID_UNDECIDED], 10);
  EXPECT_GT(causes[v1::NOT_COVERED], 500);
}

// Two policies whose rules have no id in common take turns while requests are
// decided alone and in batches. Each answer must be, in all its parts, what
// the policy that it names would have said.
class Turns {
 public:
  Turns(const PolicySet* odd, const PolicySet* even,
        std::vector<Request> requests, const EntityMap& entities)
      : sets_{even, odd}, requests_(std::move(requests)) {
    for (const Request& request : requests_) {
      for (int turn : {0, 1}) {
        expected_[turn].push_back(sets_[turn]->Reference(request, entities));
      }
    }
  }

  // How many decisions each made.
  using Decisions = std::array<std::atomic<size_t>, 2>;

  // Until `done`.
  void Decide(const std::string& address, bool in_batches,
              const std::atomic<bool>& done, Decisions& decisions) {
    Client client(address);
    uint64_t version = 0;
    for (size_t i = 0; !done; ++i) {
      if (in_batches) {
        const auto batch = client.DecideBatch(requests_);
        EXPECT_TRUE(batch.ok()) << batch.status();
        if (!batch.ok()) break;
        for (size_t k = 0; k < requests_.size(); ++k) {
          Check(*batch, k, AnswerOf(batch->results(k)));
        }
        EXPECT_GE(batch->policy_version(), version);
        version = batch->policy_version();
        decisions[version % 2] += requests_.size();
      } else {
        const size_t k = i % requests_.size();
        const auto response = client.Decide(requests_[k]);
        if (!response.ok()) {
          EXPECT_EQ(AnswerOf(response), expected_[0][k]);
          continue;
        }
        Check(*response, k, AnswerOf(response));
        EXPECT_GE(response->policy_version(), version);
        version = response->policy_version();
        ++decisions[version % 2];
      }
    }
  }

 private:
  // Message is DecideResponse or DecideBatchResponse.
  template <typename Message>
  void Check(const Message& message, size_t k, const Answer& answer) {
    const int turn = message.policy_version() % 2;
    EXPECT_EQ(message.policy_hash(), sets_[turn]->artifact->hash());
    EXPECT_EQ(answer, expected_[turn][k])
        << "version " << message.policy_version();
  }

  // By the version's last bit.
  const PolicySet* const sets_[2];
  const std::vector<Request> requests_;
  std::vector<Answer> expected_[2];
};

// Promise 5.
TEST(PromisesTest, EveryDecisionIsMadeByOnePolicyVersion) {
  constexpr int kActivations = 30;
  const uint64_t seed = Seed();
  Random random(seed);
  const PolicySet odd(WithForbids());
  SourceFiles renamed = Shuffled(&random);
  for (auto& [name, text] : renamed) {
    text = absl::StrReplaceAll(text, {{"@id(\"", "@id(\"also "}});
  }
  const PolicySet even(renamed);
  Sample sample(odd, seed);

  Service service;
  service.Activate(odd.compilation.artifact);
  service.Meet(sample.population());
  Turns turns(&odd, &even, sample.Requests(200), sample.population());
  std::atomic<bool> done = false;
  std::array<Turns::Decisions, 4> decisions = {};
  std::vector<std::thread> deciders;
  for (int t = 0; t < 4; ++t) {
    deciders.emplace_back([&, t] {
      turns.Decide(service.address(), t % 2 == 0, done, decisions[t]);
    });
  }
  // However slow a decider is, it shall meet both.
  const auto all_met_both = [&decisions] {
    return std::all_of(
        decisions.begin(), decisions.end(),
        [](const auto& of_one) { return of_one[0] > 0 && of_one[1] > 0; });
  };
  int version = 1;
  while (!HasFailure() && (version < kActivations || !all_met_both())) {
    ++version;
    service.Activate((version % 2 ? odd : even).compilation.artifact);
  }
  done = true;
  for (std::thread& decider : deciders) decider.join();
  size_t total = 0;
  for (const Turns::Decisions& of_one : decisions) {
    total += of_one[0] + of_one[1];
  }
  std::cout << total << " decisions during " << version << " activations\n";
}

}  // namespace
}  // namespace sekisho
