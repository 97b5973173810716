#include "analysis/cases/coverage_report.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "analysis/cases/coverage_gaps.h"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::pair<Tri, const char*> kOutcomes[] = {
    {Tri::kTrue, "true"}, {Tri::kFalse, "false"}, {Tri::kError, "error"}};

bool IsAtom(const PolicyCoverage& policy, uint32_t node) {
  return policy.tree.nodes[node].kind == TreeNode::Kind::kAtom;
}

// The atoms of a part: nodes stand in the order of the text.
std::vector<uint32_t> AtomsOf(const PolicyCoverage& policy, size_t part) {
  const std::vector<TreePart>& parts = policy.tree.parts;
  const size_t end =
      part + 1 < parts.size() ? parts[part + 1].node : policy.tree.nodes.size();
  std::vector<uint32_t> atoms;
  for (uint32_t node = parts[part].node; node < end; ++node) {
    if (IsAtom(policy, node)) atoms.push_back(node);
  }
  return atoms;
}

std::string PlaceText(const SourceSet& sources, const Span& span) {
  return span.valid() ? absl::StrCat(sources.name(span.source), ":",
                                     sources.LineOf(span))
                      : "";
}

void AddPlace(const SourceSet& sources, const Span& span, Json* json) {
  if (!span.valid()) return;
  (*json)["file"] = std::string(sources.name(span.source));
  (*json)["line"] = sources.LineOf(span);
}

void AddOutcomes(const PolicyCoverage& policy, uint32_t node, Json* json) {
  const NodeCoverage& coverage = policy.nodes[node];
  for (const auto& [value, name] : kOutcomes) {
    Json outcome = {
        {"seen", coverage.of(value).seen},
        {"covered", coverage.IsCovered(value)},
        {"possible",
         value == Tri::kError ? coverage.may_fail : coverage.IsGoal(value)}};
    const std::optional<CoverageGap> gap = FindGap(policy, node, value);
    if (gap && (value != Tri::kError || coverage.may_fail)) {
      outcome["why"] = GapText(policy, *gap, Language::kEnglish);
    }
    (*json)[name] = std::move(outcome);
  }
}

Json PartJson(const SourceSet& sources, const PolicyCoverage& policy,
              size_t index) {
  const TreePart& part = policy.tree.parts[index];
  Json json = {{"column", part.column}, {"text", part.text}};
  AddPlace(sources, part.span, &json);
  AddOutcomes(policy, part.node, &json);
  json["conditions"] = Json::array();
  for (const uint32_t atom : AtomsOf(policy, index)) {
    Json condition = {{"text", NodeText(policy, atom)}};
    const ExprPtr& expr = policy.tree.nodes[atom].expr;
    if (expr != nullptr) AddPlace(sources, expr->span, &condition);
    AddOutcomes(policy, atom, &condition);
    json["conditions"].push_back(std::move(condition));
  }
  return json;
}

// What lcov knows of a line.
struct LineCoverage {
  size_t hits = 0;
  // By condition: true and false.
  std::vector<std::pair<size_t, size_t>> branches;
};

struct FileCoverage {
  std::map<uint32_t, LineCoverage> lines;
  // Line, id, how often.
  std::vector<std::tuple<uint32_t, std::string, size_t>> policies;
};

std::string LcovFile(const std::string& name, const FileCoverage& file) {
  std::string out = absl::StrCat("TN:\nSF:", name, "\n");
  size_t policies_hit = 0;
  for (const auto& [line, id, count] : file.policies) {
    absl::StrAppend(&out, "FN:", line, ",", id, "\nFNDA:", count, ",", id,
                    "\n");
    policies_hit += count > 0;
  }
  absl::StrAppend(&out, "FNF:", file.policies.size(), "\nFNH:", policies_hit,
                  "\n");
  size_t branches = 0;
  size_t branches_hit = 0;
  size_t lines_hit = 0;
  for (const auto& [line, coverage] : file.lines) {
    for (size_t i = 0; i < coverage.branches.size(); ++i) {
      const auto& [on_true, on_false] = coverage.branches[i];
      absl::StrAppend(&out, "BRDA:", line, ",", i, ",0,", on_true,
                      "\nBRDA:", line, ",", i, ",1,", on_false, "\n");
      branches += 2;
      branches_hit += (on_true > 0) + (on_false > 0);
    }
  }
  absl::StrAppend(&out, "BRF:", branches, "\nBRH:", branches_hit, "\n");
  for (const auto& [line, coverage] : file.lines) {
    absl::StrAppend(&out, "DA:", line, ",", coverage.hits, "\n");
    lines_hit += coverage.hits > 0;
  }
  return absl::StrCat(out, "LF:", file.lines.size(), "\nLH:", lines_hit,
                      "\nend_of_record\n");
}

}  // namespace

std::string CoverageText(const SourceSet& sources, const CaseCoverage& coverage,
                         Language language) {
  const CoverageTotals totals = coverage.Totals();
  std::string out = absl::StrFormat(
      "coverage: %.1f %% of the outcomes of conditions (%d of %d, seen %d), "
      "%d of %d clauses and cells, %d of %d policies\n",
      totals.percent(), totals.outcomes_covered, totals.outcomes,
      totals.outcomes_seen, totals.parts_covered, totals.parts,
      totals.policies_covered, totals.policies);
  for (const PolicyCoverage& policy : coverage.policies) {
    for (size_t i = 0; i < policy.tree.parts.size(); ++i) {
      const TreePart& part = policy.tree.parts[i];
      for (const uint32_t atom : AtomsOf(policy, i)) {
        const NodeCoverage& node = policy.nodes[atom];
        if (!node.HasGap(Tri::kTrue) && !node.HasGap(Tri::kFalse)) continue;
        absl::StrAppend(
            &out, "  ", policy.policy->id,
            part.column.empty() ? "" : absl::StrCat(" (", part.column, ")"),
            "  ", PlaceText(sources, part.span), "  ", NodeText(policy, atom),
            "\n");
        for (const auto& [value, name] : kOutcomes) {
          if (!node.HasGap(value)) continue;
          absl::StrAppend(
              &out, "    ", name, "  ",
              GapText(policy, *FindGap(policy, atom, value), language), "\n");
        }
      }
    }
  }
  return out;
}

Json CoverageJson(const SourceSet& sources, const CaseCoverage& coverage) {
  const CoverageTotals totals = coverage.Totals();
  Json policies = Json::array();
  for (const PolicyCoverage& policy : coverage.policies) {
    Json json = {
        {"id", policy.policy->id},
        {"effect",
         policy.policy->effect == Effect::kForbid ? "forbid" : "permit"}};
    AddPlace(sources, policy.policy->span, &json);
    json["determining"] = policy.determining;
    json["parts"] = Json::array();
    for (size_t i = 0; i < policy.tree.parts.size(); ++i) {
      json["parts"].push_back(PartJson(sources, policy, i));
    }
    policies.push_back(std::move(json));
  }
  return {
      {"percent", totals.percent()},
      {"policies",
       {{"count", totals.policies}, {"covered", totals.policies_covered}}},
      {"parts", {{"count", totals.parts}, {"covered", totals.parts_covered}}},
      {"outcomes",
       {{"count", totals.outcomes},
        {"seen", totals.outcomes_seen},
        {"covered", totals.outcomes_covered}}},
      {"by_policy", std::move(policies)},
  };
}

std::string CoverageLcov(const SourceSet& sources, const CaseCoverage& coverage,
                         const std::string& folder) {
  std::map<SourceId, FileCoverage> files;
  for (const PolicyCoverage& policy : coverage.policies) {
    const Span& place = policy.policy->span;
    FileCoverage& file = files[place.source];
    // Names end at the line.
    file.policies.emplace_back(
        sources.LineOf(place),
        absl::StrReplaceAll(policy.policy->id, {{"\n", " "}, {"\r", " "}}),
        policy.determining);
    file.lines[sources.LineOf(place)].hits += policy.determining;
    for (size_t i = 0; i < policy.tree.parts.size(); ++i) {
      const bool of_row = !policy.tree.parts[i].column.empty();
      for (const uint32_t atom : AtomsOf(policy, i)) {
        const ExprPtr& expr = policy.tree.nodes[atom].expr;
        const Span& span = of_row || expr == nullptr ? place : expr->span;
        const NodeCoverage& node = policy.nodes[atom];
        LineCoverage& line = files[span.source].lines[sources.LineOf(span)];
        for (const OutcomeCoverage& outcome : node.outcomes) {
          if (!of_row) line.hits += outcome.seen;
        }
        line.branches.emplace_back(node.of(Tri::kTrue).changed_decision,
                                   node.of(Tri::kFalse).changed_decision);
      }
    }
  }
  std::string out;
  for (const auto& [source, file] : files) {
    absl::StrAppend(
        &out, LcovFile(absl::StrCat(folder, "/", sources.name(source)), file));
  }
  return out;
}

}  // namespace sekisho
