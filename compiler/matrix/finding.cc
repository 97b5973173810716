#include "compiler/matrix/finding.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

struct KindName {
  FindingKind kind;
  absl::string_view name;
};
constexpr KindName kKindNames[] = {
    {FindingKind::kHeader, "header"},
    {FindingKind::kShifted, "shifted"},
    {FindingKind::kOdd, "odd"},
    {FindingKind::kContradictory, "contradictory"},
    {FindingKind::kVague, "vague"},
    {FindingKind::kMisspelt, "misspelt"},
    {FindingKind::kIncomplete, "incomplete"},
};

auto SortKey(const Finding& finding) {
  return std::tie(finding.span.source, finding.span.begin, finding.kind,
                  finding.message, finding.column);
}

}  // namespace

absl::string_view FindingKindName(FindingKind kind) {
  for (const KindName& entry : kKindNames) {
    if (entry.kind == kind) return entry.name;
  }
  return "";
}

std::optional<FindingKind> ParseFindingKind(absl::string_view name) {
  for (const KindName& entry : kKindNames) {
    if (entry.name == name) return entry.kind;
  }
  return std::nullopt;
}

std::vector<std::string> FindingKindNames() {
  std::vector<std::string> names;
  for (const KindName& entry : kKindNames) names.emplace_back(entry.name);
  return names;
}

void SortFindings(std::vector<Finding>* findings) {
  std::stable_sort(findings->begin(), findings->end(),
                   [](const Finding& a, const Finding& b) {
                     return SortKey(a) < SortKey(b);
                   });
  findings->erase(std::unique(findings->begin(), findings->end()),
                  findings->end());
}

void ReportFindings(const std::vector<Finding>& findings,
                    Diagnostics* diagnostics) {
  for (const Finding& finding : findings) {
    diagnostics->Warning(
        finding.span,
        absl::StrCat(FindingKindName(finding.kind), ": ", finding.message));
  }
}

}  // namespace sekisho
