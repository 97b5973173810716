#include "compiler/cedar/token_stream.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

// What is meant by people who know other languages; empty for other words.
absl::string_view OperatorFor(absl::string_view text) {
  if (text == "=") return "==";
  if (text == "and" || text == "AND") return "&&";
  if (text == "or" || text == "OR") return "||";
  if (text == "not" || text == "NOT") return "!";
  return "";
}

}  // namespace

TokenStream::TokenStream(const SourceSet* sources, const Span& range,
                         Diagnostics* diagnostics)
    : sources_(sources),
      diagnostics_(diagnostics),
      range_(range),
      lexer_(*sources, range) {
  last_.span = {range.source, range.begin, range.begin};
  current_ = lexer_.Next();
  second_ = lexer_.Next();
}

Token TokenStream::Take() {
  last_ = current_;
  current_ = second_;
  second_ = lexer_.Next();
  if (last_.kind == TokenKind::kLeftBrace) ++brace_depth_;
  if (last_.kind == TokenKind::kRightBrace) --brace_depth_;
  return last_;
}

bool TokenStream::Accept(TokenKind kind) {
  if (!At(kind)) return false;
  Take();
  return true;
}

bool TokenStream::AcceptWord(absl::string_view word) {
  if (!AtWord(word)) return false;
  Take();
  return true;
}

bool TokenStream::Expect(TokenKind kind, absl::string_view after) {
  if (Accept(kind)) return true;
  std::string expected = absl::StrCat("`", Spelling(kind), "`");
  if (!after.empty()) absl::StrAppend(&expected, " after ", after);
  Unexpected(expected);
  return false;
}

bool TokenStream::ExpectWord(absl::string_view word) {
  if (AcceptWord(word)) return true;
  Unexpected(absl::StrCat("`", word, "`"),
             {std::string(word.data(), word.size())});
  return false;
}

void TokenStream::Unexpected(absl::string_view expected,
                             const std::vector<std::string>& words) {
  if (At(TokenKind::kError)) {
    ReportErrorToken(*sources_, current_, diagnostics_);
    return;
  }
  const std::string message =
      absl::StrCat("expected ", expected, ", found ", Describe(current_));
  // What is missing at the end of a line is missing there, not where the next
  // thing begins.
  Span span = current_.span;
  if (last_.span.end > range_.begin &&
      sources_->LineOf(last_.span.source, last_.span.end) !=
          sources_->LineOf(span)) {
    span.begin = span.end = last_.span.end;
  }
  Diagnostics::Detail error = diagnostics_->Error(span, message);
  const absl::string_view text = Text(current_);
  std::string meant(OperatorFor(text));
  if (std::find(words.begin(), words.end(), meant) == words.end()) {
    meant = At(TokenKind::kWord) ? Nearest(text, words) : "";
  }
  if (!meant.empty()) error.Help(absl::StrCat("did you mean `", meant, "`?"));
}

std::string TokenStream::Describe(const Token& token) const {
  const absl::string_view text = Text(token);
  if (token.kind == TokenKind::kEnd) {
    return range_.end == sources_->text(range_.source).size()
               ? "the end of the file"
               : "the end";
  }
  if (token.kind == TokenKind::kString) {
    return text.size() <= 40 ? absl::StrCat("the string ", text) : "a string";
  }
  if (text.size() > 80) return absl::StrCat("`", text.substr(0, 80), "…`");
  return absl::StrCat("`", text, "`");
}

std::string Alternatives(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 < words.size() ? ", " : " or ";
    absl::StrAppend(&out, "`", words[i], "`");
  }
  return out;
}

}  // namespace sekisho
