// Property: links decide as the policies that they stand for do, whether they
// were compiled or made at run time.
//
// Policy sets with templates are generated at random. Some of their links are
// compiled, the others given to the decision; the reference evaluator sees the
// templates with the links' entities put in, one policy a link.
//
// SEKISHO_SEED repeats a run, SEKISHO_SETS makes it longer.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/template.h"
#include "compiler/compile.h"
#include "compiler/reference/reference.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/graph/validate_link.h"
#include "engine/model/json.h"
#include "engine/model/link.h"
#include "gtest/gtest.h"
#include "tests/differential/random_policies.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

std::string LinkTable(const std::vector<Link>& links) {
  std::string table = "id\ttemplate\t?principal\t?resource\n";
  for (const Link& link : links) {
    auto cell = [](const EntityUid& uid) {
      return uid.type.empty() ? "" : uid.ToString();
    };
    absl::StrAppend(&table, link.id, "\t", link.template_id, "\t",
                    cell(link.principal), "\t", cell(link.resource), "\n");
  }
  return table;
}

TemplateLink ToTemplateLink(const Link& link) {
  TemplateLink out;
  out.template_id = link.template_id;
  out.id = link.id;
  if (!link.principal.type.empty()) out.principal = link.principal;
  if (!link.resource.type.empty()) out.resource = link.resource;
  return out;
}

// The decision with policies by their ids.
template <typename IdOf>
std::string Describe(const Decision& decision, IdOf id_of) {
  auto ids = [&](const PolicyIndexes& policies) {
    std::vector<std::string> out;
    for (PolicyIndex policy : policies) out.push_back(id_of(policy));
    std::sort(out.begin(), out.end());
    return absl::StrJoin(out, ",");
  };
  return absl::StrCat("cause ", static_cast<int>(decision.cause), " by [",
                      ids(decision.determining), "] errors [",
                      ids(decision.errors), "] undecided [",
                      ids(decision.undecided_forbids), "]");
}

TEST(RandomLinksTest, LinksDecideAsTheirPoliciesDo) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  const uint64_t sets = EnvironmentNumber("SEKISHO_SETS", 200);
  constexpr int kRequestsPerSet = 60;
  std::cout << "SEKISHO_SEED=" << seed << " SEKISHO_SETS=" << sets << "\n";
  RandomPolicies generate(seed);
  size_t requests = 0;
  size_t by_compiled = 0;
  size_t by_made = 0;
  size_t failed_links = 0;
  for (uint64_t set = 0; set < sets; ++set) {
    const std::string text =
        generate.Policies(1 + static_cast<int>(generate.Below(10)), 50);
    std::vector<Link> compiled = generate.Links(
        generate.Chance(90) ? static_cast<int>(generate.Below(30)) : 300);
    std::vector<LinkPtr> made;
    for (uint64_t n = generate.Below(compiled.size() + 1); n > 0; --n) {
      made.push_back(std::make_shared<const Link>(std::move(compiled.back())));
      compiled.pop_back();
    }
    const std::string table = LinkTable(compiled);
    absl::StatusOr<PolicyFolder> folder =
        MakePolicyFolder({{"s.cedarschema", kRandomSchema},
                          {"p.cedar", text},
                          {"links.tsv", table}});
    ASSERT_TRUE(folder.ok()) << folder.status();
    CompileOptions options;
    options.fail_closed = generate.Chance(50);
    options.validate = generate.Chance(70);
    if (generate.Chance(30)) options.plan.node_budget = 10;
    Compilation compilation(&folder->sources);
    ASSERT_TRUE(Compile(*folder, options, &compilation).ok());
    ASSERT_FALSE(compilation.diagnostics.has_errors())
        << compilation.diagnostics.ToString() << text;
    absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
        Artifact::FromBytes(compilation.artifact);
    ASSERT_TRUE(artifact.ok()) << artifact.status();

    const size_t count = compilation.policies.size();
    std::vector<Policy> policies = compilation.policies;
    for (const LinkPtr& link : made) {
      const auto of = std::find_if(
          policies.begin(), policies.end(),
          [&](const Policy& policy) { return policy.id == link->template_id; });
      policies.push_back(LinkTemplate(*of, ToTemplateLink(*link)));
    }
    const LinkSet links(std::move(made));

    const std::vector<Entity> entities = generate.Entities();
    EntityMap map;
    for (const Entity& entity : entities) map[entity.uid] = entity;
    MemoryEntities reader(entities);
    for (int i = 0; i < kRequestsPerSet; ++i) {
      const Request request = generate.MakeRequest();
      const Decision expected = ReferenceDecide(
          policies, {request, map, *compilation.schema}, options.fail_closed);
      const std::string wanted =
          Describe(expected, [&](PolicyIndex p) { return policies[p].id; });
      const DecisionGraph* const kGraphs[] = {&compilation.graph,
                                              &(*artifact)->graph()};
      for (const DecisionGraph* graph : kGraphs) {
        Evidence evidence;
        absl::StatusOr<Decision> actual =
            Evaluate(*graph, request, reader,
                     generate.Chance(50) ? &evidence : nullptr, &links);
        ASSERT_TRUE(actual.ok()) << actual.status() << "\n" << text;
        const auto id_of = [&](PolicyIndex policy) {
          return policy < count ? (*artifact)->policies()[policy].id
                                : actual->links[policy - count].link->id;
        };
        ASSERT_EQ(Describe(*actual, id_of), wanted)
            << "seed " << seed << " set " << set << "\n"
            << text << table << RequestToJson(request) << "\n"
            << EntitiesToJson(entities) << graph->ToString();
        for (PolicyIndex policy : actual->determining) {
          (policy < count ? by_compiled : by_made) +=
              id_of(policy).starts_with("link");
        }
        for (PolicyIndex policy : actual->errors) {
          failed_links += id_of(policy).starts_with("link");
        }
        // The links of the decision are all it takes to make it again.
        std::vector<LinkPtr> named;
        for (const DecidedLink& each : actual->links) {
          named.push_back(each.link);
        }
        const LinkSet used(std::move(named));
        absl::StatusOr<Decision> again =
            Evaluate(*graph, request, reader, nullptr, &used);
        ASSERT_TRUE(again.ok()) << again.status();
        ASSERT_EQ(again->determining.size(), actual->determining.size());
        ASSERT_EQ(again->cause, actual->cause);
      }
      ++requests;
    }
  }
  std::cout << requests << " requests, determined " << by_compiled
            << " times by compiled links and " << by_made
            << " times by others, " << failed_links << " failed\n";
  // What is not met is not tested.
  EXPECT_GT(by_compiled, requests / 20);
  EXPECT_GT(by_made, requests / 20);
  EXPECT_GT(failed_links, requests / 20);
}

absl::StatusOr<PolicyFolder> Folder(const std::string& text,
                                    const std::vector<Link>& links) {
  return MakePolicyFolder({{"s.cedarschema", kRandomSchema},
                           {"p.cedar", text},
                           {"links.tsv", LinkTable(links)}});
}

TEST(RandomLinksTest, ALinkIsTakenAtRunTimeWhereItCompiles) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  constexpr int kSets = 40;
  constexpr int kLinksPerSet = 40;
  RandomPolicies generate(seed);
  // What may stand for a slot and what may not. The first: nothing.
  const std::vector<EntityUid> kEntities = {
      {},
      {"User", "u1"},
      {"Group", "g1"},
      {"Doc", "d1"},
      {"Color", "red"},
      {"Color", "mauve"},
      {"Nothing", "n"},
      {"Action", "read"},
      {"Action", "nothing"},
  };
  int taken = 0;
  int refused = 0;
  for (int set = 0; set < kSets; ++set) {
    const int count = 1 + static_cast<int>(generate.Below(5));
    const std::string text = generate.Policies(count, 80);
    const absl::StatusOr<PolicyFolder> without = Folder(text, {});
    ASSERT_TRUE(without.ok()) << without.status();
    Compilation compilation(&without->sources);
    ASSERT_TRUE(Compile(*without, {}, &compilation).ok());
    const auto artifact = Artifact::FromBytes(compilation.artifact);
    ASSERT_TRUE(artifact.ok()) << artifact.status();
    const LinkValidator validator(artifact->get());
    for (Link& link : generate.Links(kLinksPerSet)) {
      if (generate.Chance(5)) link.id = "policy0";
      // Some are no templates, and some are not there.
      if (generate.Chance(10)) {
        link.template_id = absl::StrCat("policy", generate.Below(count + 1));
      }
      for (EntityUid* entity : {&link.principal, &link.resource}) {
        if (!generate.Chance(40)) continue;
        *entity = kEntities[generate.Below(kEntities.size())];
      }
      const absl::StatusOr<PolicyFolder> with = Folder(text, {link});
      Compilation linked(&with->sources);
      ASSERT_TRUE(Compile(*with, {}, &linked).ok());
      const std::vector<FieldError> errors = validator.Validate(link);
      ASSERT_EQ(errors.empty(), !linked.diagnostics.has_errors())
          << text << LinkTable({link}) << linked.diagnostics.ToString()
          << (errors.empty() ? "" : errors[0].field + ": " + errors[0].message);
      ++(errors.empty() ? taken : refused);
    }
  }
  // What is not met is not tested.
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace sekisho
