// Tested by lint_test.cc.
#include "compiler/lint/allow.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sekisho {
namespace lint {
namespace {

constexpr absl::string_view kMark = "lint: allow ";

// The line that a comment alone on `line` is about: the next that is neither
// empty nor a comment.
uint32_t LineBelow(const SourceSet& sources, SourceId source, uint32_t line,
                   absl::string_view comment_mark) {
  const auto end = static_cast<uint32_t>(sources.text(source).size());
  const uint32_t last = sources.LineOf(source, end);
  while (line < last) {
    const absl::string_view text =
        absl::StripAsciiWhitespace(sources.Line(source, ++line));
    if (!text.empty() && !absl::StartsWith(text, comment_mark)) break;
  }
  return line;
}

LintFinding UnknownRule(const Span& span, absl::string_view name) {
  std::vector<std::string> names;
  for (const LintRule& rule : LintRules()) names.emplace_back(rule.name);
  const std::string nearest = Nearest(name, names);
  LintFinding finding;
  finding.rule = FindLintRule("unknown-rule")->name;
  finding.span = span;
  finding.message = absl::StrCat("`", name, "` is not a rule");
  if (!nearest.empty()) {
    finding.help = absl::StrCat("did you mean `", nearest, "`?");
  }
  return finding;
}

}  // namespace

AllowedRules::AllowedRules(const SourceSet& sources, SourceId source) {
  const absl::string_view text = sources.text(source);
  for (size_t mark = text.find(kMark); mark != absl::string_view::npos;
       mark = text.find(kMark, mark + 1)) {
    uint32_t line = sources.LineOf(source, static_cast<uint32_t>(mark));
    const size_t line_begin = text.substr(0, mark).rfind('\n') + 1;
    const absl::string_view before =
        absl::StripAsciiWhitespace(text.substr(line_begin, mark - line_begin));
    // Not in a string.
    const size_t slashes = before.rfind("//");
    const bool is_comment = absl::StartsWith(before, "#") ||
                            (slashes != absl::string_view::npos &&
                             !absl::StrContains(before.substr(slashes), '"'));
    if (!is_comment) continue;
    for (const absl::string_view comment_mark : {"//", "#"}) {
      if (!absl::StartsWith(before, comment_mark)) continue;
      line = LineBelow(sources, source, line, comment_mark);
    }
    const size_t begin = mark + kMark.size();
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    for (absl::string_view name :
         absl::StrSplit(text.substr(begin, end - begin), ',')) {
      name = absl::StripAsciiWhitespace(name);
      if (const LintRule* rule = FindLintRule(name)) {
        rules_[line].push_back(rule->name);
        continue;
      }
      const auto at = static_cast<uint32_t>(name.data() - text.data());
      unknown_.push_back(UnknownRule(
          {source, at, at + static_cast<uint32_t>(name.size())}, name));
    }
  }
}

std::vector<absl::string_view> AllowedRules::On(uint32_t line) const {
  const auto it = rules_.find(line);
  return it == rules_.end() ? std::vector<absl::string_view>() : it->second;
}

bool AllowedRules::Allows(absl::string_view rule, uint32_t line) const {
  const auto it = rules_.find(line);
  return it != rules_.end() && std::find(it->second.begin(), it->second.end(),
                                         rule) != it->second.end();
}

}  // namespace lint

void DropAllowed(const SourceSet& sources, std::vector<LintFinding>* findings) {
  std::vector<lint::AllowedRules> allowed;
  for (SourceId source = 0; source < sources.size(); ++source) {
    const auto& unknown = allowed.emplace_back(sources, source).unknown();
    findings->insert(findings->end(), unknown.begin(), unknown.end());
  }
  const auto allows = [&](const LintFinding& finding, const Span& span) {
    return span.valid() &&
           allowed[span.source].Allows(finding.rule, sources.LineOf(span));
  };
  findings->erase(std::remove_if(findings->begin(), findings->end(),
                                 [&](const LintFinding& finding) {
                                   return allows(finding, finding.span) ||
                                          allows(finding, finding.owner);
                                 }),
                  findings->end());
  const auto order = [](const LintFinding& finding) {
    return std::tie(finding.span.source, finding.span.begin, finding.span.end,
                    finding.rule, finding.message);
  };
  std::sort(findings->begin(), findings->end(),
            [&](const LintFinding& a, const LintFinding& b) {
              return order(a) < order(b);
            });
  // Expressions of a vocabulary stand in many policies.
  findings->erase(std::unique(findings->begin(), findings->end(),
                              [&](const LintFinding& a, const LintFinding& b) {
                                return order(a) == order(b);
                              }),
                  findings->end());
}

}  // namespace sekisho
