// Between two tokens stand white space and comments and nothing else, so the
// comments are found there, and the lexer need not know of them.
//
// Tested by format_test.cc.
#include "compiler/format/token_layout.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/base/text_width.h"

namespace sekisho {
namespace {

bool IsOpening(TokenKind kind) {
  return kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBrace ||
         kind == TokenKind::kLeftBracket;
}

bool IsClosing(TokenKind kind) {
  return kind == TokenKind::kRightParen || kind == TokenKind::kRightBrace ||
         kind == TokenKind::kRightBracket;
}

// A carriage return before a line feed is part of it.
size_t CountLineBreaks(absl::string_view space) {
  size_t count = 0;
  for (size_t i = 0; i < space.size(); ++i) {
    const bool is_first_half = i + 1 < space.size() && space[i + 1] == '\n';
    if (space[i] == '\n' || (space[i] == '\r' && !is_first_half)) ++count;
  }
  return count;
}

}  // namespace

TokenLayout::TokenLayout(const SourceSet& sources, SourceId source)
    : sources_(sources), text_(sources.text(source)), lines_(text_) {
  Lexer lexer(sources, {source, 0, static_cast<uint32_t>(text_.size())});
  std::vector<uint32_t> open;
  do {
    const auto index = static_cast<uint32_t>(tokens_.size());
    tokens_.push_back(lexer.Next());
    closing_.push_back(index);
    if (IsOpening(tokens_.back().kind)) {
      open.push_back(index);
    } else if (IsClosing(tokens_.back().kind)) {
      closing_[open.back()] = index;
      open.pop_back();
    }
  } while (tokens_.back().kind != TokenKind::kEnd);
  ReadGap();
}

const Token& TokenLayout::PeekSecond() const {
  return tokens_[std::min(next_ + 1, tokens_.size() - 1)];
}

bool TokenLayout::AtWord(absl::string_view word) const {
  return At(TokenKind::kWord) && sources_.text(Peek().span) == word;
}

bool TokenLayout::AtBracketsInBrackets() const {
  const TokenKind inner = PeekSecond().kind;
  return (inner == TokenKind::kLeftBracket || inner == TokenKind::kLeftBrace) &&
         closing_[next_ + 1] + 1 == closing_[next_];
}

bool TokenLayout::Precedes(TokenKind kind) const {
  for (size_t i = next_; !IsClosing(tokens_[i].kind); i = closing_[i] + 1) {
    const TokenKind found = tokens_[i].kind;
    if (found == kind) return true;
    if (found == TokenKind::kEnd || found == TokenKind::kComma) return false;
    if (found != TokenKind::kWord) continue;
    const absl::string_view word = sources_.text(tokens_[i].span);
    if (word == "then" || word == "else") return false;
  }
  return false;
}

void TokenLayout::TakeAfter(bool space) {
  AddComments();
  newline_ = false;
  AddToken(space);
}

void TokenLayout::AddToken(bool space) {
  const Span& span = tokens_[next_].span;
  Add({.kind = Piece::Kind::kText,
       .space = space,
       .begin = span.begin,
       .size = span.end - span.begin});
  ++next_;
  ReadGap();
}

size_t TokenLayout::Begin() {
  AddComments();
  return pieces_.size();
}

void TokenLayout::Group(size_t begin) {
  ++pieces_[begin].opens;
  ++pieces_.back().closes;
}

void TokenLayout::AddLine(Piece::Kind kind, bool space, bool keep_blank) {
  AddComments();
  Add({.kind = kind,
       .space = space,
       .newline = newline_,
       .blank = keep_blank && blank_});
  newline_ = false;
}

void TokenLayout::Line(bool space, bool keep_blank) {
  AddLine(Piece::Kind::kLine, space, keep_blank);
}

void TokenLayout::Fill() {
  AddLine(Piece::Kind::kFill, /*space=*/true, /*keep_blank=*/true);
}

void TokenLayout::HardLine(bool keep_blank) {
  AddLine(Piece::Kind::kHardLine, /*space=*/false, keep_blank);
}

void TokenLayout::BlankLine() {
  const bool has_blank =
      blank_ || std::any_of(comments_.begin(), comments_.end(),
                            [](const Piece& comment) { return comment.blank; });
  const auto own = std::find_if(
      comments_.begin(), comments_.end(),
      [](const Piece& comment) { return comment.newline && !comment.aligned; });
  if (!has_blank) (own != comments_.end() ? own->blank : blank_) = true;
  HardLine(/*keep_blank=*/true);
}

void TokenLayout::TakeBrackets(bool space, Items items,
                               absl::FunctionRef<void()> item) {
  const bool inner_space = items == Items::kEachOnALineSpaced;
  const size_t begin = Begin();
  TakeAfter(space);
  Indent();
  const bool is_empty = IsClosing(Peek().kind);
  if (!is_empty) Line(inner_space);
  while (!IsClosing(Peek().kind)) {
    item();
    if (!At(TokenKind::kComma)) break;
    TakeBehind(/*space=*/false);
    if (IsClosing(Peek().kind)) break;
    if (items == Items::kFilled) {
      Fill();
    } else {
      Line(/*space=*/true, /*keep_blank=*/true);
    }
  }
  AddComments();
  Dedent();
  if (!is_empty) Line(inner_space);
  Take();
  Group(begin);
}

void TokenLayout::EndItem() {
  lines_.Write(pieces_);
  pieces_.clear();
}

std::string TokenLayout::Finish() {
  AddComments();
  EndItem();
  return lines_.Finish();
}

void TokenLayout::AddComments() {
  pieces_.insert(pieces_.end(), comments_.begin(), comments_.end());
  comments_.clear();
}

size_t TokenLayout::ColumnOf(size_t at) const {
  const size_t line = text_.substr(0, at).find_last_of("\r\n") + 1;
  return TerminalWidth(text_.substr(line, at - line));
}

void TokenLayout::ReadGap() {
  const size_t gap_begin = next_ == 0 ? 0 : tokens_[next_ - 1].span.end;
  size_t at = gap_begin;
  const size_t end = tokens_[next_].span.begin;
  bool is_behind = next_ > 0;  // the token, or a comment that is
  while (true) {
    const size_t comment = std::min(text_.substr(0, end).find("//", at), end);
    const size_t line_breaks = CountLineBreaks(text_.substr(at, comment - at));
    newline_ |= line_breaks > 0;
    blank_ = line_breaks > 1;
    if (comment == end) break;
    const size_t comment_end =
        std::min(text_.find_first_of("\r\n", comment), end);
    const absl::string_view text = absl::StripTrailingAsciiWhitespace(
        text_.substr(comment, comment_end - comment));
    Piece piece = {.kind = Piece::Kind::kComment,
                   .newline = next_ == 0 || line_breaks > 0 || at == 0,
                   .blank = blank_,
                   .begin = static_cast<uint32_t>(comment),
                   .size = static_cast<uint32_t>(text.size())};
    if (is_behind && piece.newline && !comments_.empty()) {
      piece.aligned =
          !piece.blank && ColumnOf(comment) == ColumnOf(comments_.back().begin);
    }
    is_behind = is_behind && (!piece.newline || piece.aligned);
    comments_.push_back(piece);
    newline_ = true;
    at = comment_end;
  }
  if (at > gap_begin && comments_.back().newline) {
    comments_.back().blank_behind = blank_;
  }
}

}  // namespace sekisho
