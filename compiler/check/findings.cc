#include "compiler/check/findings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sekisho {

bool Findings::IsKnown(const Span& span, absl::string_view message) const {
  if (!span.valid()) return false;
  const std::vector<Diagnostic>& all = diagnostics_->all();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic& known) {
    return known.span == span && known.message == message;
  });
}

void Findings::Error(const Span& span, absl::string_view message,
                     absl::string_view help) {
  has_errors_ = true;
  if (IsKnown(span, message)) return;
  Diagnostics::Detail detail = diagnostics_->Error(span, message);
  if (!help.empty()) detail.Help(help);
}

void Findings::Error(const Expr& node, const Span& span,
                     absl::string_view message, absl::string_view help) {
  if (reported_.insert(&node).second) Error(span, message, help);
}

void Findings::Impossible(const Expr& node, absl::string_view reason,
                          absl::string_view help) {
  auto [it, is_new] = tests_.try_emplace(&node);
  Test& test = it->second;
  if (!test.reason.empty()) return;
  test.order = tests_.size();
  test.reason = std::string(reason.data(), reason.size());
  test.help = std::string(help.data(), help.size());
}

void Findings::WarnOfTheImpossible(const Policy& policy, bool applies_nowhere) {
  std::vector<std::pair<const Expr*, const Test*>> impossible;
  for (const auto& [node, test] : tests_) {
    if (!test.possible) impossible.emplace_back(node, &test);
  }
  std::sort(impossible.begin(), impossible.end(),
            [](const auto& a, const auto& b) {
              return a.second->order < b.second->order;
            });
  if (applies_nowhere) {
    Diagnostics::Detail detail = diagnostics_->Warning(
        policy.span,
        absl::StrCat("policy `", policy.id, "` applies to no request"));
    std::string help;
    for (const auto& [node, test] : impossible) {
      detail.Note(node->span, test->reason);
      if (help.empty()) help = test->help;
    }
    if (!help.empty()) detail.Help(help);
    return;
  }
  for (const auto& [node, test] : impossible) {
    if (IsKnown(node->span, test->reason)) continue;
    Diagnostics::Detail detail =
        diagnostics_->Warning(node->span, test->reason);
    if (!test->help.empty()) detail.Help(test->help);
  }
}

std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates) {
  std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : absl::StrCat("did you mean `", nearest, "`?");
}

}  // namespace sekisho
