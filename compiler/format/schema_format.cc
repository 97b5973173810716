// One function a rule of the schema's grammar, as in the parser, which has read
// the source before.
//
// Tested by format_test.cc.
#include "compiler/cedar/schema_syntax.h"
#include "compiler/format/expression_layout.h"
#include "compiler/format/format.h"
#include "compiler/format/token_layout.h"

namespace sekisho {
namespace {

class SchemaFormatter {
 public:
  SchemaFormatter(const SourceSet& sources, SourceId source)
      : layout_(sources, source), expressions_(&layout_) {}

  std::string FormatAll();

 private:
  void FormatItem();
  void FormatNamespace();
  void FormatDeclaration();
  // `space` says whether there is one before it.
  void FormatValue(bool space);
  void FormatAttribute();

  TokenLayout layout_;
  ExpressionLayout expressions_;
};

std::string SchemaFormatter::FormatAll() {
  while (!layout_.At(TokenKind::kEnd)) {
    FormatItem();
    layout_.HardLine(/*keep_blank=*/true);
    layout_.EndItem();
  }
  return layout_.Finish();
}

void SchemaFormatter::FormatItem() {
  while (layout_.At(TokenKind::kAt)) {
    expressions_.WriteAnnotation();
    layout_.HardLine();
  }
  layout_.AtWord("namespace") ? FormatNamespace() : FormatDeclaration();
}

void SchemaFormatter::FormatNamespace() {
  layout_.Take();
  expressions_.WritePath(/*space=*/true);
  layout_.TakeSpaced();
  layout_.Indent();
  const bool is_empty = layout_.At(TokenKind::kRightBrace);
  while (!layout_.At(TokenKind::kRightBrace)) {
    layout_.HardLine(/*keep_blank=*/true);
    layout_.EndItem();
    FormatItem();
  }
  layout_.Dedent();
  if (!is_empty) layout_.HardLine();
  layout_.Take();
}

// Any declaration: names, and parts with a word or `=` before each.
void SchemaFormatter::FormatDeclaration() {
  const size_t begin = layout_.Begin();
  layout_.Take();
  layout_.Indent();
  layout_.TakeSpaced();
  while (layout_.At(TokenKind::kComma)) {
    layout_.TakeBehind(/*space=*/false);
    layout_.Fill();
    layout_.Take();
  }
  layout_.Dedent();
  layout_.Group(begin);
  while (!layout_.At(TokenKind::kSemicolon)) {
    // The attributes of an entity type need no `=`.
    if (!layout_.At(TokenKind::kLeftBrace)) layout_.TakeSpaced();
    FormatValue(/*space=*/true);
  }
  layout_.TakeBehind(/*space=*/false);
}

// A type, a list of names, or what `appliesTo` holds.
void SchemaFormatter::FormatValue(bool space) {
  if (layout_.At(TokenKind::kLeftBracket)) {
    layout_.TakeBrackets(space, TokenLayout::Items::kFilled,
                         [this] { FormatValue(/*space=*/false); });
  } else if (layout_.At(TokenKind::kLeftBrace)) {
    layout_.TakeBrackets(space, TokenLayout::Items::kEachOnALineSpaced,
                         [this] { FormatAttribute(); });
  } else {
    expressions_.WritePath(space);
    if (!layout_.At(TokenKind::kLess)) return;
    layout_.Take();
    FormatValue(/*space=*/false);
    layout_.Take();
  }
}

// `@doc("x") name?: Type`
void SchemaFormatter::FormatAttribute() {
  while (layout_.At(TokenKind::kAt)) {
    expressions_.WriteAnnotation();
    layout_.Line(/*space=*/true);
  }
  layout_.Take();
  if (layout_.At(TokenKind::kQuestion)) layout_.Take();
  layout_.TakeBehind(/*space=*/false);
  FormatValue(/*space=*/true);
}

}  // namespace

std::optional<std::string> FormatSchema(const SourceSet& sources,
                                        SourceId source,
                                        Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  schema_syntax::Parse(sources, source, diagnostics);
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return SchemaFormatter(sources, source).FormatAll();
}

}  // namespace sekisho
