// One function a level of Cedar's grammar, as in the parser, which has read the
// source before: so each knows what comes next, and how deep it goes.
//
// Tested by format_test.cc.
#include "compiler/cedar/parser.h"
#include "compiler/format/expression_layout.h"
#include "compiler/format/format.h"
#include "compiler/format/token_layout.h"

namespace sekisho {
namespace {

class PolicyFormatter {
 public:
  PolicyFormatter(const SourceSet& sources, SourceId source)
      : layout_(sources, source), expressions_(&layout_) {}

  std::string FormatAll();

 private:
  void FormatPolicy();
  void FormatHead();
  void FormatClause();

  TokenLayout layout_;
  ExpressionLayout expressions_;
};

std::string PolicyFormatter::FormatAll() {
  while (!layout_.At(TokenKind::kEnd)) {
    FormatPolicy();
    if (layout_.At(TokenKind::kEnd)) break;
    layout_.BlankLine();
    layout_.EndItem();
  }
  return layout_.Finish();
}

void PolicyFormatter::FormatPolicy() {
  while (layout_.At(TokenKind::kAt)) {
    expressions_.WriteAnnotation();
    layout_.HardLine();
  }
  FormatHead();
  while (!layout_.At(TokenKind::kSemicolon)) {
    layout_.HardLine();
    FormatClause();
  }
  layout_.TakeBehind(/*space=*/false);
}

// `permit (principal, action == Action::"view", resource)`
void PolicyFormatter::FormatHead() {
  layout_.Take();
  layout_.TakeBrackets(/*space=*/true, TokenLayout::Items::kEachOnALine,
                       [this] { expressions_.WriteScope(); });
}

void PolicyFormatter::FormatClause() {
  layout_.Take();
  layout_.TakeBrackets(/*space=*/true, TokenLayout::Items::kEachOnALineSpaced,
                       [this] { expressions_.Write(); });
}

}  // namespace

std::optional<std::string> FormatPolicies(const SourceSet& sources,
                                          SourceId source,
                                          Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  ParsePolicies(sources, source, diagnostics);
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return PolicyFormatter(sources, source).FormatAll();
}

}  // namespace sekisho
