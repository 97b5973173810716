// Policy and schema text to tokens. Both grammars have the same ones.
//
//   Lexer lexer(sources, span);
//   for (Token t = lexer.Next(); t.kind != TokenKind::kEnd; t = lexer.Next())
//
// Anything that is no token becomes one of kind kError, so that the parser
// reports it where it matters and nowhere else.
#ifndef SEKISHO_COMPILER_CEDAR_LEXER_H_
#define SEKISHO_COMPILER_CEDAR_LEXER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

enum class TokenKind : uint8_t {
  kEnd,
  kError,
  kWord,    // an identifier or a keyword
  kNumber,  // decimal digits
  kString,  // with its quotes, escapes not yet resolved
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kSemicolon,
  kColon,
  kColonColon,
  kDot,
  kAt,
  kQuestion,
  kAssign,  // =
  kEqual,   // ==
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kNot,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
};

class Lexer {
 public:
  // Reads `range`, a part of a source. `sources` must outlive this object.
  Lexer(const SourceSet& sources, const Span& range);

  // The next token; kEnd, an empty span at the end of the range, for ever
  // after the last.
  Token Next();

 private:
  void SkipSpaceAndComments();
  Token Make(TokenKind kind, size_t begin) const;

  absl::string_view text_;  // the source up to the range's end
  SourceId source_;
  size_t at_;
  // After one string without an end no other has one: the first would have
  // ended there too. So the rest is not searched for each again.
  bool is_string_open_ = false;
};

// How a token of that kind is written, without quotes; empty for those that
// are not always written the same.
absl::string_view Spelling(TokenKind kind);

// Reports what is wrong with a token of kind kError.
void ReportErrorToken(const SourceSet& sources, const Token& token,
                      Diagnostics* diagnostics);

// True for the words that are keywords wherever they stand and so cannot name
// a type, an attribute without quotes, or an action without quotes.
bool IsReserved(absl::string_view word);
// True if `name` can stand without quotes as the name of an attribute.
bool IsPlainName(absl::string_view name);

// The text of a kString token, escapes resolved. False after an error.
bool Unescape(const SourceSet& sources, const Token& token, std::string* out,
              Diagnostics* diagnostics);
// The same for the right side of `like`, where `*` is a wildcard and `\*` a
// star.
bool UnescapePattern(const SourceSet& sources, const Token& token, Pattern* out,
                     Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_LEXER_H_
