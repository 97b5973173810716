#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/cases/coverage_gaps.h"
#include "analysis/cases/mutate.h"

namespace sekisho {
namespace {

using Kind = Mutant::Kind;
using Fate = Mutant::Fate;

// By Fate.
constexpr const char* kFates[] = {"survived", "caught", "refused", "same"};

// The column and place of the part that the node belongs to.
const TreePart& PartOf(const PolicyCoverage& policy, uint32_t node) {
  const std::vector<TreePart>& parts = policy.tree.parts;
  size_t i = 0;
  while (i + 1 < parts.size() && parts[i + 1].node <= node) ++i;
  return parts[i];
}

const char* KindName(Kind kind) {
  return kind == Kind::kNegated ? "negated" : "dropped";
}

}  // namespace

std::string SurvivalReason(const PolicyCoverage& policy, const Mutant& mutant,
                           Language language) {
  std::vector<std::string> reasons;
  for (const Tri value : {Tri::kTrue, Tri::kFalse}) {
    const std::optional<CoverageGap> gap = FindGap(policy, mutant.node, value);
    if (!gap) continue;
    reasons.push_back(absl::StrCat(value == Tri::kTrue ? "true " : "false ",
                                   GapText(policy, *gap, language)));
  }
  return absl::StrJoin(reasons, "; ");
}

std::string MutationText(const SourceSet& sources, const CaseCoverage& coverage,
                         const MutationReport& report, Language language) {
  std::string out = absl::StrFormat(
      "mutants: %.1f %% caught (%d of %d), %d survived; besides, %d refused by "
      "the checks, %d that change nothing\n",
      report.percent(), report.Count(Fate::kCaught),
      report.Count(Fate::kCaught) + report.Count(Fate::kSurvived),
      report.Count(Fate::kSurvived), report.Count(Fate::kRefused),
      report.Count(Fate::kSame));
  for (const Mutant& mutant : report.mutants) {
    if (mutant.fate != Fate::kSurvived) continue;
    const PolicyCoverage& policy = coverage.policies[mutant.policy];
    const TreePart& part = PartOf(policy, mutant.node);
    absl::StrAppend(
        &out, "  survived  ", policy.policy->id,
        part.column.empty() ? "" : absl::StrCat(" (", part.column, ")"), "  ",
        sources.name(part.span.source), ":", sources.LineOf(part.span), "  ",
        KindName(mutant.kind), " ", NodeText(policy, mutant.node), "\n    ",
        SurvivalReason(policy, mutant, language), "\n");
  }
  return out;
}

nlohmann::ordered_json MutationJson(const SourceSet& sources,
                                    const CaseCoverage& coverage,
                                    const MutationReport& report) {
  nlohmann::ordered_json mutants = nlohmann::ordered_json::array();
  for (const Mutant& mutant : report.mutants) {
    const PolicyCoverage& policy = coverage.policies[mutant.policy];
    const TreePart& part = PartOf(policy, mutant.node);
    nlohmann::ordered_json json = {
        {"policy", policy.policy->id},
        {"column", part.column},
        {"file", std::string(sources.name(part.span.source))},
        {"line", sources.LineOf(part.span)},
        {"condition", NodeText(policy, mutant.node)},
        {"mutation", KindName(mutant.kind)},
        {"fate", kFates[static_cast<size_t>(mutant.fate)]}};
    if (mutant.caught_by != nullptr) {
      json["caught_by"] = mutant.caught_by->Label();
    } else if (mutant.fate == Fate::kSurvived) {
      json["why"] = SurvivalReason(policy, mutant, Language::kEnglish);
    }
    mutants.push_back(std::move(json));
  }
  return {{"percent", report.percent()},
          {"caught", report.Count(Fate::kCaught)},
          {"survived", report.Count(Fate::kSurvived)},
          {"refused", report.Count(Fate::kRefused)},
          {"same", report.Count(Fate::kSame)},
          {"mutants", std::move(mutants)}};
}

}  // namespace sekisho
