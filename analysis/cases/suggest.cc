#include "analysis/cases/suggest.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/cases/candidate_values.h"
#include "analysis/cases/changed_case.h"
#include "analysis/cases/coverage_gaps.h"
#include "analysis/cases/run_cases.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

// Cases that changes are made to, for one policy.
constexpr size_t kMaxBases = 3;

class Suggester {
 public:
  Suggester(const CompiledCases& all, const Artifact& artifact,
            CoverageMeter* meter)
      : artifact_(artifact),
        meter_(*meter),
        runner_(artifact, all.set),
        changer_(all.set, artifact.schema()),
        values_(artifact.schema(), all.set, all.compilation.policies) {}

  absl::StatusOr<Suggestions> Run() {
    const size_t units = meter_.coverage().policies.size();
    for (size_t unit = 0; unit < units; ++unit) {
      const PolicyCoverage& policy = meter_.coverage().policies[unit];
      const std::vector<const Case*> bases = BasesOf(policy);
      for (uint32_t node = 1; node < policy.nodes.size(); ++node) {
        const TreeNode& tree_node = policy.tree.nodes[node];
        if (tree_node.kind != TreeNode::Kind::kAtom ||
            tree_node.expr == nullptr) {
          continue;
        }
        for (const Tri value : {Tri::kTrue, Tri::kFalse}) {
          if (!policy.nodes[node].HasGap(value)) continue;
          ASSIGN_OR_RETURN(const bool found,
                           Suggest(policy, unit, node, value, bases));
          suggestions_.missing += !found;
        }
      }
    }
    return std::move(suggestions_);
  }

 private:
  // Cases in which the policy is satisfied and matters, plain ones first.
  std::vector<const Case*> BasesOf(const PolicyCoverage& policy) const {
    std::vector<const Case*> bases = policy.nodes[0].of(Tri::kTrue).examples;
    std::stable_sort(bases.begin(), bases.end(),
                     [](const Case* a, const Case* b) {
                       return a->change.size() < b->change.size();
                     });
    if (bases.size() > kMaxBases) bases.resize(kMaxBases);
    return bases;
  }

  absl::StatusOr<bool> Suggest(const PolicyCoverage& policy, size_t unit,
                               uint32_t node, Tri value,
                               const std::vector<const Case*>& bases) {
    size_t tried = 0;
    for (const Case* base : bases) {
      std::optional<Case> found =
          Search(policy, unit, node, value, *base, &tried);
      if (!found) continue;
      const CaseResult result = runner_.Run(*found);
      if (!result.answer.ok()) continue;
      found->name = absl::StrCat(NodeText(policy, node), " is ",
                                 value == Tri::kTrue ? "true" : "false");
      found->expect = result.answer->permitted() ? Expectation::kPermit
                                                 : Expectation::kDeny;
      for (const PolicyIndex i : result.answer->determining) {
        found->by.push_back(artifact_.policies()[i].id);
      }
      if (!result.answer->errors.empty()) {
        found->errors.emplace();
        for (const PolicyIndex i : result.answer->errors) {
          found->errors->push_back(artifact_.policies()[i].id);
        }
      }
      suggestions_.cases.push_back(*std::move(found));
      RETURN_IF_ERROR(meter_.Add(suggestions_.cases.back(), *result.answer));
      return true;
    }
    return false;
  }

  std::optional<Case> Search(const PolicyCoverage& policy, size_t unit,
                             uint32_t node, Tri value, const Case& base,
                             size_t* tried) {
    const auto attempt = [&](const std::string& change) -> std::optional<Case> {
      if (++*tried > kMaxChangesTried) return std::nullopt;
      std::optional<Case> c = changer_.Change(base, change);
      if (c && !meter_.WouldCover(*c, unit, node, value)) c.reset();
      return c;
    };
    std::vector<std::string> steps;
    for (const AttributePath& path : PathsOf(*policy.tree.nodes[node].expr)) {
      for (std::string& step : values_.Steps(path, base.request)) {
        steps.push_back(std::move(step));
      }
    }
    for (const std::string& step : steps) {
      if (std::optional<Case> c = attempt(step)) return c;
    }
    // The rest of its clause may have to change as well.
    for (const AttributePath& path : PathsOfPart(policy, node)) {
      for (const std::string& other : values_.Steps(path, base.request)) {
        for (const std::string& step : steps) {
          if (std::optional<Case> c =
                  attempt(absl::StrCat(other, " ; ", step))) {
            return c;
          }
          if (*tried > kMaxChangesTried) return std::nullopt;
        }
      }
    }
    return std::nullopt;
  }

  static std::vector<AttributePath> PathsOfPart(const PolicyCoverage& policy,
                                                uint32_t node) {
    const std::vector<TreePart>& parts = policy.tree.parts;
    for (size_t i = 0; i < parts.size(); ++i) {
      const size_t end =
          i + 1 < parts.size() ? parts[i + 1].node : policy.tree.nodes.size();
      if (parts[i].node <= node && node < end) {
        return PathsOf(*policy.tree.nodes[parts[i].node].expr);
      }
    }
    return {};
  }

  const Artifact& artifact_;
  CoverageMeter& meter_;
  CaseRunner runner_;
  const CaseChanger changer_;
  const CandidateValues values_;
  Suggestions suggestions_;
};

}  // namespace

absl::StatusOr<Suggestions> SuggestCases(const CompiledCases& all,
                                         const Artifact& artifact,
                                         CoverageMeter* meter) {
  return Suggester(all, artifact, meter).Run();
}

std::string SuggestionTable(const Suggestions& suggestions) {
  std::string out = "request\tcase\tchange\texpect\tby\terrors\n";
  for (const Case& c : suggestions.cases) {
    absl::StrAppend(
        &out,
        absl::StrJoin(
            {c.request_name, c.name, c.change,
             std::string(ExpectationName(c.expect)), absl::StrJoin(c.by, ", "),
             c.errors ? absl::StrJoin(*c.errors, ", ") : ""},
            "\t"),
        "\n");
  }
  return out;
}

}  // namespace sekisho
