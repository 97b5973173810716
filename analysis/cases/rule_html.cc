#include "analysis/cases/rule_html.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/cases/coverage_gaps.h"
#include "analysis/cases/html.h"

namespace sekisho {
namespace {

using Kind = TreeNode::Kind;

// Cases that are named for an outcome.
constexpr size_t kMaxCasesNamed = 5;

size_t EndOf(const PolicyCoverage& policy, size_t part) {
  const std::vector<TreePart>& parts = policy.tree.parts;
  return part + 1 < parts.size() ? parts[part + 1].node
                                 : policy.tree.nodes.size();
}

bool IsAtom(const PolicyCoverage& policy, uint32_t node) {
  return policy.tree.nodes[node].kind == Kind::kAtom;
}

// `text` is HTML.
std::string Coloured(const PolicyCoverage& policy, uint32_t node,
                     absl::string_view text) {
  CoverageCount count;
  count.Add(policy.nodes[node]);
  std::vector<std::string> why;
  for (const auto& [value, name] :
       {std::pair(Tri::kTrue, "true"), std::pair(Tri::kFalse, "false")}) {
    const std::optional<CoverageGap> gap = FindGap(policy, node, value);
    if (!gap) continue;
    why.push_back(
        absl::StrCat(name, " ", GapText(policy, *gap, Language::kEnglish)));
  }
  return absl::StrCat("<span class=\"condition ", count.css_class(),
                      "\" title=\"", Html(absl::StrJoin(why, "\n")), "\">",
                      text, "</span>");
}

std::string NodeHtml(const PolicyCoverage& policy, uint32_t index,
                     bool in_operation) {
  const TreeNode& node = policy.tree.nodes[index];
  const auto child = [&](size_t i) {
    return NodeHtml(policy, node.children[i], true);
  };
  std::string out;
  switch (node.kind) {
    case Kind::kAtom:
      return Coloured(policy, index, Html(NodeText(policy, index)));
    case Kind::kNot:
      return absl::StrCat("!(", NodeHtml(policy, node.children[0], false), ")");
    case Kind::kIf:
      out =
          absl::StrCat("if ", child(0), " then ", child(1), " else ", child(2));
      break;
    case Kind::kAnd:
    case Kind::kOr:
      for (size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) out += node.kind == Kind::kAnd ? " &amp;&amp;\n" : " ||\n";
        out += child(i);
      }
      break;
  }
  return in_operation ? absl::StrCat("(", out, ")") : out;
}

std::string OutcomeHtml(const PolicyCoverage& policy, uint32_t node, Tri value,
                        const CaseNumbers& cases) {
  const NodeCoverage& coverage = policy.nodes[node];
  const OutcomeCoverage& outcome = coverage.of(value);
  const bool covered = coverage.IsCovered(value);
  const bool counts = coverage.IsGoal(value);
  std::string out = absl::StrCat("<td class=\"",
                                 covered   ? "full"
                                 : !counts ? "na"
                                           : "none",
                                 "\">", outcome.seen);
  for (size_t i = 0; i < std::min(outcome.examples.size(), kMaxCasesNamed);
       ++i) {
    const auto number = cases.find(outcome.examples[i]);
    if (number == cases.end()) continue;
    absl::StrAppend(&out, " <a href=\"#case-", number->second, "\">",
                    Html(outcome.examples[i]->Label()), "</a>");
  }
  const std::optional<CoverageGap> gap = FindGap(policy, node, value);
  if (gap && (value != Tri::kError || coverage.may_fail)) {
    absl::StrAppend(&out, " <span class=\"soft\">",
                    InBoth(GapText(policy, *gap, Language::kEnglish),
                           GapText(policy, *gap, Language::kJapanese)),
                    "</span>");
  }
  return out + "</td>";
}

}  // namespace

void CoverageCount::Add(const NodeCoverage& node) {
  for (const Tri value : {Tri::kTrue, Tri::kFalse}) {
    if (!node.IsGoal(value)) continue;
    ++goals;
    covered += node.IsCovered(value);
  }
}

const char* CoverageCount::css_class() const {
  return goals == 0         ? "na"
         : covered == goals ? "full"
         : covered == 0     ? "none"
                            : "part";
}

CoverageCount CountPart(const PolicyCoverage& policy, size_t part) {
  CoverageCount count;
  for (uint32_t node = policy.tree.parts[part].node; node < EndOf(policy, part);
       ++node) {
    if (IsAtom(policy, node)) count.Add(policy.nodes[node]);
  }
  return count;
}

CoverageCount CountPolicy(const PolicyCoverage& policy) {
  CoverageCount count;
  for (size_t part = 0; part < policy.tree.parts.size(); ++part) {
    const CoverageCount of_part = CountPart(policy, part);
    count.goals += of_part.goals;
    count.covered += of_part.covered;
  }
  return count;
}

std::string PartHtml(const PolicyCoverage& policy, size_t index) {
  const TreePart& part = policy.tree.parts[index];
  if (part.clause == TreePart::kHead) {
    return NodeHtml(policy, part.node, false);
  }
  const bool unless = policy.policy->clauses[part.clause].unless;
  // The node of an `unless` is its negation.
  const uint32_t body =
      unless ? policy.tree.nodes[part.node].children[0] : part.node;
  return absl::StrCat(unless ? "unless" : "when", " { ",
                      NodeHtml(policy, body, false), " }");
}

std::string SourceHtml(const SourceSet& sources, const PolicyCoverage& policy) {
  const Span& whole = policy.policy->span;
  // Where atoms stand: begin, end, node.
  std::vector<std::tuple<uint32_t, uint32_t, uint32_t>> atoms;
  for (uint32_t node = 1; node < policy.nodes.size(); ++node) {
    const ExprPtr& expr = policy.tree.nodes[node].expr;
    if (!IsAtom(policy, node) || expr == nullptr ||
        expr->span.source != whole.source || expr->span.begin < whole.begin ||
        expr->span.end > whole.end) {
      continue;
    }
    atoms.emplace_back(expr->span.begin, expr->span.end, node);
  }
  std::sort(atoms.begin(), atoms.end());
  std::string out;
  uint32_t at = whole.begin;
  const auto text = [&](uint32_t begin, uint32_t end) {
    return Html(sources.text(Span{whole.source, begin, end}));
  };
  for (const auto& [begin, end, node] : atoms) {
    if (begin < at) continue;
    absl::StrAppend(&out, text(at, begin),
                    Coloured(policy, node, text(begin, end)));
    at = end;
  }
  return absl::StrCat(out, text(at, whole.end));
}

std::string OutcomesHtml(const PolicyCoverage& policy,
                         const std::vector<size_t>& parts,
                         const CaseNumbers& cases) {
  std::string out = absl::StrCat(
      "<table class=\"outcomes\"><tr><th>", InBoth("condition", "条件"),
      "</th><th>", InBoth("true", "真"), "</th><th>", InBoth("false", "偽"),
      "</th><th>", InBoth("error", "エラー"), "</th></tr>");
  for (const size_t part : parts) {
    for (uint32_t node = policy.tree.parts[part].node;
         node < EndOf(policy, part); ++node) {
      if (!IsAtom(policy, node)) continue;
      absl::StrAppend(&out, "<tr><td><code class=\"text\">",
                      Html(NodeText(policy, node)), "</code></td>");
      for (const Tri value : {Tri::kTrue, Tri::kFalse, Tri::kError}) {
        out += OutcomeHtml(policy, node, value, cases);
      }
      out += "</tr>";
    }
  }
  return out + "</table>\n";
}

}  // namespace sekisho
