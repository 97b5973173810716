#include "compiler/language/written.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sekisho {

WrittenText::WrittenText(absl::string_view text) {
  const SourceId source =
      sources_.Add("", std::string(text.data(), text.size()));
  partial_begin_ = text.size();
  Lexer lexer(sources_, {source, 0, static_cast<uint32_t>(text.size())});
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd;
       token = lexer.Next()) {
    tokens_.push_back(token);
  }
  if (!tokens_.empty() && tokens_.back().span.end == text.size()) {
    const Token last = tokens_.back();
    in_string_ =
        last.kind == TokenKind::kError && absl::StartsWith(TextOf(last), "\"");
    if (in_string_ || last.kind == TokenKind::kWord) {
      partial_begin_ = last.span.begin + (in_string_ ? 1 : 0);
      tokens_.pop_back();
    }
  }
  open_ = OpenIn(sources_, tokens_, text.size());
}

absl::string_view WrittenText::partial() const {
  return sources_.text(0).substr(partial_begin_);
}

Token WrittenText::Last(size_t back) const {
  return back < tokens_.size() ? tokens_[tokens_.size() - 1 - back] : Token();
}

std::string WrittenText::PathEndingAt(size_t back) const {
  if (!LastIs(TokenKind::kWord, back)) return "";
  std::string path(TextOf(Last(back)));
  while (LastIs(TokenKind::kColonColon, back + 1) &&
         LastIs(TokenKind::kWord, back + 2)) {
    back += 2;
    path = absl::StrCat(TextOf(Last(back)), "::", path);
  }
  return path;
}

std::vector<absl::string_view> WrittenText::OpenIn(
    const SourceSet& sources, const std::vector<Token>& tokens, size_t end) {
  std::vector<absl::string_view> open;
  for (const Token& token : tokens) {
    if (token.span.end > end) break;
    const absl::string_view text = sources.text(token.span);
    switch (token.kind) {
      case TokenKind::kLeftParen:
      case TokenKind::kLeftBrace:
      case TokenKind::kLeftBracket:
        open.push_back(text);
        break;
      case TokenKind::kRightParen:
      case TokenKind::kRightBrace:
      case TokenKind::kRightBracket:
        if (!open.empty()) open.pop_back();
        break;
      case TokenKind::kWord:
        if (text == "if") open.push_back(text);
        if (text == "then" && !open.empty() && open.back() == "if") {
          open.back() = text;
        }
        if (text == "else" && !open.empty() && open.back() == "then") {
          open.pop_back();
        }
        break;
      default:
        break;
    }
  }
  return open;
}

std::string WrittenText::Closed(size_t end) const {
  std::string closed(sources_.text(0).substr(0, end));
  std::vector<absl::string_view> open = OpenIn(sources_, tokens_, end);
  for (; !open.empty(); open.pop_back()) {
    const absl::string_view last = open.back();
    absl::StrAppend(&closed, last == "("      ? ")"
                             : last == "["    ? "]"
                             : last == "{"    ? "}"
                             : last == "then" ? " else true"
                                              : " then true else true");
  }
  return absl::StrCat(closed, ";");
}

}  // namespace sekisho
