// What the policy parser and the schema parser share: tokens with a look-ahead
// of two, and syntax errors in one wording.
#ifndef SEKISHO_COMPILER_CEDAR_TOKEN_STREAM_H_
#define SEKISHO_COMPILER_CEDAR_TOKEN_STREAM_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/lexer.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

class TokenStream {
 public:
  // All of these must outlive this object.
  TokenStream(const SourceSet* sources, const Span& range,
              Diagnostics* diagnostics);

  const SourceSet& sources() const { return *sources_; }
  Diagnostics* diagnostics() const { return diagnostics_; }

  const Token& Peek() const { return current_; }
  const Token& PeekSecond() const { return second_; }
  // The token taken last.
  const Token& last() const { return last_; }
  Token Take();

  absl::string_view Text(const Token& token) const {
    return sources_->text(token.span);
  }
  bool At(TokenKind kind) const { return current_.kind == kind; }
  bool AtWord(absl::string_view word) const {
    return At(TokenKind::kWord) && Text(current_) == word;
  }
  // Takes the next token if it is that one.
  bool Accept(TokenKind kind);
  bool AcceptWord(absl::string_view word);
  // The same, and an error if it is not. `after` says after what it is
  // expected, or is empty.
  bool Expect(TokenKind kind, absl::string_view after = "");
  bool ExpectWord(absl::string_view word);

  // Braces opened and not closed so far.
  int brace_depth() const { return brace_depth_; }

  // From the beginning of `first` to the end of the token taken last.
  Span From(const Token& first) const { return Join(first.span, last_.span); }

  // Reports the next token as not the expected one. `expected` is a phrase such
  // as "an expression"; `words` are the keywords that would have been right,
  // for a suggestion.
  void Unexpected(absl::string_view expected,
                  const std::vector<std::string>& words = {});

  // The token in a message: "`when`", "the end of the file".
  std::string Describe(const Token& token) const;

 private:
  const SourceSet* sources_;
  Diagnostics* diagnostics_;
  Span range_;
  Lexer lexer_;
  Token last_;
  Token current_;
  Token second_;
  int brace_depth_ = 0;
};

// A list as in a message: "`a`, `b` or `c`".
std::string Alternatives(const std::vector<std::string>& words);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_TOKEN_STREAM_H_
