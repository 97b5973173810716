// The tokens of JSON are tokens of Cedar too, or several of them with no space
// between, as in `-1`.
//
// Recursion is bounded by kMaxJsonDepth.
//
// Tested by format_test.cc.
#include "compiler/cases/json_places.h"
#include "compiler/format/format.h"
#include "compiler/format/token_layout.h"

namespace sekisho {
namespace {

class JsonLayout {
 public:
  JsonLayout(const SourceSet& sources, SourceId source)
      : layout_(sources, source) {}

  std::string Write() {
    WriteValue(/*space=*/false);
    return layout_.Finish();
  }

 private:
  void WriteValue(bool space) {
    if (layout_.At(TokenKind::kLeftBrace)) {
      layout_.TakeBrackets(space, TokenLayout::Items::kEachOnALine,
                           [this] { WriteMember(); });
    } else if (layout_.At(TokenKind::kLeftBracket)) {
      layout_.TakeBrackets(space, TokenLayout::Items::kEachOnALine,
                           [this] { WriteValue(/*space=*/false); });
    } else {
      WriteScalar(space);
    }
  }

  void WriteMember() {
    layout_.Take();
    layout_.TakeBehind(/*space=*/false);
    WriteValue(/*space=*/true);
  }

  void WriteScalar(bool space) {
    space ? layout_.TakeSpaced() : layout_.Take();
    while (
        !layout_.At(TokenKind::kComma) && !layout_.At(TokenKind::kRightBrace) &&
        !layout_.At(TokenKind::kRightBracket) && !layout_.At(TokenKind::kEnd)) {
      layout_.Take();
    }
  }

  TokenLayout layout_;
};

}  // namespace

std::optional<std::string> FormatJson(const SourceSet& sources, SourceId source,
                                      Diagnostics* diagnostics) {
  if (!ReadJsonTree(sources, source, diagnostics)) return std::nullopt;
  return JsonLayout(sources, source).Write();
}

}  // namespace sekisho
