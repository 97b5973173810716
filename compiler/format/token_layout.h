// The tokens of a source on their way into another layout: a cursor over them,
// and the pieces (line_breaker.h) that they become. Every token is written once
// and in order, and every comment of the source with them; nothing else is
// written but white space.
//
//   TokenLayout layout(sources, source);
//   const size_t begin = layout.Begin();
//   layout.Take();                    // `a`
//   layout.TakeBehind(/*space=*/true);  // `&&`
//   layout.Line(/*space=*/true);
//   layout.Take();                    // `b`
//   layout.Group(begin);
//   layout.EndItem();
//   std::string text = layout.Finish();
#ifndef SEKISHO_COMPILER_FORMAT_TOKEN_LAYOUT_H_
#define SEKISHO_COMPILER_FORMAT_TOKEN_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/lexer.h"
#include "compiler/format/line_breaker.h"
#include "compiler/source/source.h"

namespace sekisho {

// For one thread.
class TokenLayout {
 public:
  // `sources` must outlive this object.
  TokenLayout(const SourceSet& sources, SourceId source);

  const Token& Peek() const { return tokens_[next_]; }
  const Token& PeekSecond() const;
  bool At(TokenKind kind) const { return Peek().kind == kind; }
  bool AtWord(absl::string_view word) const;
  // True if a token of that kind comes before the end of what stands in the
  // same brackets and between the same commas and words `then` and `else`.
  bool Precedes(TokenKind kind) const;
  // True at brackets that hold nothing but a list or a record: `([..])`.
  bool AtBracketsInBrackets() const;

  // Each writes the next token. A comment before it goes before it, on a line
  // of its own or behind what came before, as the author had it.
  void Take() { TakeAfter(/*space=*/false); }
  void TakeSpaced() { TakeAfter(/*space=*/true); }
  // For what cannot begin a line, as `,` and `&&`: a comment before it goes
  // behind it.
  void TakeBehind(bool space) { AddToken(space); }

  // Where a group can begin, and the group of all that was written since.
  size_t Begin();
  void Group(size_t begin);
  void Indent() { Add({.kind = Piece::Kind::kIndent}); }
  void Dedent() { Add({.kind = Piece::Kind::kDedent}); }
  // What may be an empty line in the source may be one here if `keep_blank`.
  void Line(bool space, bool keep_blank = false);
  // Ends a line only if what follows it, up to the next line, does not fit, or
  // the author ended one.
  void Fill();
  void HardLine(bool keep_blank = false);
  // A line end, and an empty line if the author has none up to the next token.
  void BlankLine();

  // What stands in brackets, as one group: `(item, item)`. Where the group does
  // not stand on one line, the items stand deeper; an author's empty lines
  // between them are kept. `item` writes one item.
  enum class Items {
    kEachOnALine,
    kEachOnALineSpaced,  // or on one, as `{ item, item }`
    kFilled,             // as many on a line as fit
  };
  void TakeBrackets(bool space, Items items, absl::FunctionRef<void()> item);

  // REQUIRES for both: no group is open.
  // Makes lines of what was written.
  void EndItem();
  // REQUIRES: all tokens have been taken.
  std::string Finish();

 private:
  void Add(const Piece& piece) { pieces_.push_back(piece); }
  void AddLine(Piece::Kind kind, bool space, bool keep_blank);
  void TakeAfter(bool space);
  void AddToken(bool space);
  void AddComments();
  // Notes what stands between the token taken last and the next one.
  void ReadGap();
  size_t ColumnOf(size_t at) const;

  const SourceSet& sources_;
  const absl::string_view text_;
  // The last is of kind kEnd.
  std::vector<Token> tokens_;
  // By token: for an opening bracket, the closing one.
  std::vector<uint32_t> closing_;
  size_t next_ = 0;
  // Comments that were read and not yet written.
  std::vector<Piece> comments_;
  // Since the last line piece: the author ended a line, and there is an empty
  // line before the next token.
  bool newline_ = false;
  bool blank_ = false;
  std::vector<Piece> pieces_;
  LineBreaker lines_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_FORMAT_TOKEN_LAYOUT_H_
