// What has been written of a policy or schema up to a place, in tokens, and
// what it would be if it ended there.
#ifndef SEKISHO_COMPILER_LANGUAGE_WRITTEN_H_
#define SEKISHO_COMPILER_LANGUAGE_WRITTEN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/lexer.h"
#include "compiler/source/source.h"

namespace sekisho {

class WrittenText {
 public:
  // `text` ends where something is being written.
  explicit WrittenText(absl::string_view text);

  // What has been written of the next word, or inside of the next string, and
  // where it begins.
  absl::string_view partial() const;
  size_t partial_begin() const { return partial_begin_; }
  bool in_string() const { return in_string_; }

  size_t size() const { return tokens_.size(); }
  // The token before the partial word, counted from the last, from 0; of kind
  // kEnd where there is none.
  Token Last(size_t back = 0) const;
  absl::string_view TextOf(const Token& token) const {
    return sources_.text(token.span);
  }
  bool LastIs(TokenKind kind, size_t back = 0) const {
    return Last(back).kind == kind;
  }
  bool LastIsWord(absl::string_view word, size_t back = 0) const {
    return LastIs(TokenKind::kWord, back) && TextOf(Last(back)) == word;
  }
  // `A::B` as it ends with that token; empty if none does.
  std::string PathEndingAt(size_t back) const;

  // The brackets that are open, outermost first, and `if` and `then` where
  // `else` is still to come.
  const std::vector<absl::string_view>& open() const { return open_; }
  // The text up to `end` with all that is open there closed.
  std::string Closed(size_t end) const;

 private:
  static std::vector<absl::string_view> OpenIn(const SourceSet& sources,
                                               const std::vector<Token>& tokens,
                                               size_t end);

  SourceSet sources_;
  std::vector<Token> tokens_;
  size_t partial_begin_ = 0;
  bool in_string_ = false;
  std::vector<absl::string_view> open_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_WRITTEN_H_
