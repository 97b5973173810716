#include "tests/differential/generated_set.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/template.h"
#include "compiler/conformance/run_test.h"
#include "engine/base/status_macros.h"
#include "engine/eval/machine.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

std::string CellOf(const EntityUid& uid) {
  return uid.type.empty() ? "" : uid.ToString();
}

std::string LinkTable(const std::vector<Link>& links) {
  std::string table = "id\ttemplate\t?principal\t?resource\n";
  for (const Link& link : links) {
    absl::StrAppend(&table, link.id, "\t", link.template_id, "\t",
                    CellOf(link.principal), "\t", CellOf(link.resource), "\n");
  }
  return table;
}

Policy LinkedPolicy(const std::vector<Policy>& policies, const Link& link) {
  TemplateLink made;
  made.template_id = link.template_id;
  made.id = link.id;
  if (!link.principal.type.empty()) made.principal = link.principal;
  if (!link.resource.type.empty()) made.resource = link.resource;
  return LinkTemplate(*std::find_if(policies.begin(), policies.end(),
                                    [&](const Policy& policy) {
                                      return policy.id == link.template_id;
                                    }),
                      made);
}

// Remembers whether something was looked for that is not there.
class AbsenceReader : public EntityReader {
 public:
  explicit AbsenceReader(EntityReader* entities) : entities_(*entities) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
    auto found = entities_.Find(uid);
    if (found.ok() && *found == nullptr) absent_ = true;
    return found;
  }
  bool absent() const { return absent_; }

 private:
  EntityReader& entities_;
  bool absent_ = false;
};

// Knows the evidence and nothing else.
class EvidenceReader : public EntityReader {
 public:
  explicit EvidenceReader(const Evidence& evidence) {
    for (const ReadEntity& read : evidence) entities_[read.uid()] = read.found;
  }

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
    auto it = entities_.find(uid);
    if (it == entities_.end()) {
      return absl::NotFoundError(uid.ToString() + " is not in the evidence");
    }
    return it->second;
  }

 private:
  std::map<EntityUid, FoundEntity> entities_;
};

}  // namespace

std::string GeneratedCase::ToString() const {
  std::string text = absl::StrCat("---- s.cedarschema\n", schema,
                                  "---- p.cedar\n", absl::StrJoin(policies, ""),
                                  "---- links.tsv\n", LinkTable(links));
  if (!run_time_links.empty()) {
    absl::StrAppend(&text, "---- links made at run time\n",
                    LinkTable(run_time_links));
  }
  absl::StrAppend(&text, "---- entities\n", EntitiesToJson(entities),
                  "\n---- options\n",
                  options.fail_closed ? "fail_closed" : "cedar",
                  options.validate ? ", validated" : ", not validated",
                  ", node_budget ", options.plan.node_budget,
                  ", policy_budget ", options.plan.policy_budget, "\n");
  return text;
}

GeneratedSet::GeneratedSet(PolicyFolder folder)
    : folder_(std::move(folder)), compilation_(&folder_.sources) {}

absl::StatusOr<std::unique_ptr<GeneratedSet>> GeneratedSet::Make(
    const GeneratedCase& from) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"s.cedarschema", from.schema},
      {"p.cedar", absl::StrJoin(from.policies, "")},
      {"links.tsv", LinkTable(from.links)}};
  ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(std::move(files)));
  auto set = std::make_unique<GeneratedSet>(std::move(folder));
  Compilation& compilation = set->compilation_;
  RETURN_IF_ERROR(Compile(set->folder_, from.options, &compilation));
  if (compilation.diagnostics.has_errors()) {
    return absl::InvalidArgumentError(compilation.diagnostics.ToString());
  }
  ASSIGN_OR_RETURN(set->artifact_, Artifact::FromBytes(compilation.artifact));
  set->fail_closed_ = from.options.fail_closed;
  set->policies_ = compilation.policies;
  std::vector<LinkPtr> links;
  for (const Link& link : from.run_time_links) {
    set->policies_.push_back(LinkedPolicy(compilation.policies, link));
    links.push_back(std::make_shared<const Link>(link));
  }
  set->run_time_links_ = LinkSet(std::move(links));
  for (const Entity& entity : from.entities) {
    set->entity_map_[entity.uid] = entity;
  }
  set->entities_ = MemoryEntities(from.entities);
  std::vector<bool> residual;
  for (const Test& test : compilation.graph.tests) {
    residual.push_back(IsResidual(compilation.graph, test));
  }
  if (std::find(residual.begin(), residual.end(), true) != residual.end()) {
    set->residual_ = std::move(residual);
  }
  return set;
}

std::string GeneratedSet::IdOf(const Decision& decision,
                               PolicyIndex policy) const {
  const size_t compiled = compilation_.policies.size();
  return policy < compiled ? policies_[policy].id
                           : decision.links[policy - compiled].link->id;
}

// With policies by their ids.
std::string GeneratedSet::Describe(const Decision& decision) const {
  const auto ids = [&](const PolicyIndexes& policies) {
    std::vector<std::string> out;
    for (PolicyIndex policy : policies) out.push_back(IdOf(decision, policy));
    std::sort(out.begin(), out.end());
    return absl::StrJoin(out, ",");
  };
  return absl::StrCat("cause ", static_cast<int>(decision.cause), " by [",
                      ids(decision.determining), "] errors [",
                      ids(decision.errors), "] undecided [",
                      ids(decision.undecided_forbids), "]");
}

std::string GeneratedSet::Compare(const char* what, const DecisionGraph& graph,
                                  const Request& request, EntityReader& reader,
                                  const LinkSet& links,
                                  const Decision& expected, Evidence* evidence,
                                  Decision* actual) const {
  absl::StatusOr<Decision> decision =
      Evaluate(graph, request, reader, evidence, &links);
  if (!decision.ok()) {
    return absl::StrCat(what, ": ", decision.status().ToString(), "\n");
  }
  *actual = *std::move(decision);
  const std::string got = Describe(*actual);
  const std::string wanted = Describe(expected);
  if (got == wanted) return "";
  return absl::StrCat("reference: ", wanted, "\n", what, ": ", got, "\n");
}

std::string GeneratedSet::Decide(const Request& request, Meeting* meeting) {
  Decision expected =
      ReferenceDecide(policies_, InputOf(request), fail_closed_);
  // So that its indices beyond the compiled policies have names.
  for (size_t i = compilation_.policies.size(); i < policies_.size(); ++i) {
    expected.links.push_back({run_time_links_.Find(policies_[i].id)});
  }
  AbsenceReader reader(&entities_);
  Evidence evidence;
  Decision by_graph;
  std::string difference =
      Compare("graph", compilation_.graph, request, reader, run_time_links_,
              expected, nullptr, &by_graph) +
      Compare("graph, reloaded", artifact_->graph(), request, entities_,
              run_time_links_, expected, &evidence, &meeting->decision);
  // The evidence of a decision and its links are all it takes to make it again.
  EvidenceReader from_evidence(evidence);
  std::vector<LinkPtr> named;
  for (const DecidedLink& decided : meeting->decision.links) {
    named.push_back(decided.link);
  }
  Decision again;
  difference += Compare("graph, from the evidence", artifact_->graph(), request,
                        from_evidence, LinkSet(std::move(named)), expected,
                        nullptr, &again);
  meeting->absent_entity = reader.absent();
  meeting->residual = AsksResidual(request);
  const auto of_link = [&](PolicyIndex policy) {
    return policy >= compilation_.policies.size();
  };
  for (const auto* policies : {&expected.determining, &expected.errors}) {
    meeting->run_time_link |=
        std::any_of(policies->begin(), policies->end(), of_link);
  }
  return difference;
}

// Walks the graph as Evaluate does, and looks at the tests on the way.
bool GeneratedSet::AsksResidual(const Request& request) {
  const DecisionGraph& graph = compilation_.graph;
  const Environment* environment =
      graph.Find(request.action, request.principal.type, request.resource.type);
  if (residual_.empty() || environment == nullptr) return false;
  Machine machine(graph, request, entities_, &run_time_links_);
  std::vector<NodeRef> open = {environment->root};
  while (!open.empty()) {
    const NodeRef at = open.back();
    open.pop_back();
    if (at == kNoNode) continue;
    const uint32_t* node = &graph.nodes[at];
    const uint32_t count = NodeCountOf(node[0]);
    switch (NodeKindOf(node[0])) {
      case NodeKind::kBranch: {
        if (residual_[node[1]]) return true;
        const Outcome outcome = machine.Ask(node[1]);
        NodeRef next = node[2];
        for (uint32_t run = 0; outcome != kErrorOutcome && run < count; ++run) {
          if (node[3 + 2 * run] <= outcome) next = node[4 + 2 * run];
        }
        open.push_back(next);
        break;
      }
      case NodeKind::kEmit:
        open.push_back(node[2]);
        break;
      case NodeKind::kSplit:
        open.insert(open.end(), node + 1, node + 1 + count);
        break;
      case NodeKind::kEnd:
        break;
      case NodeKind::kTable: {
        // The first test is asked; the others are unless nothing is left.
        if (residual_[node[3]]) return true;
        break;
      }
    }
  }
  return false;
}

std::string DescribeDifferences(const GeneratedCase& made) {
  absl::StatusOr<std::unique_ptr<GeneratedSet>> set = GeneratedSet::Make(made);
  if (!set.ok()) return "";
  std::string differences;
  for (const Request& request : made.requests) {
    Meeting meeting;
    const std::string difference = (*set)->Decide(request, &meeting);
    if (difference.empty()) continue;
    absl::StrAppend(&differences, "---- request\n", RequestToJson(request),
                    difference);
  }
  return differences;
}

}  // namespace sekisho
