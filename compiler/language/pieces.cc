#include "compiler/language/pieces.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sekisho {
namespace {

bool BeginsComment(absl::string_view text, size_t at) {
  return text.substr(at, 2) == "//";
}

// Behind the comment that follows on the line of `at`, or `at`.
size_t EndOfComment(absl::string_view text, size_t at) {
  const size_t comment = text.find_first_not_of(" \t", at);
  if (comment == absl::string_view::npos || !BeginsComment(text, comment)) {
    return at;
  }
  return std::min(text.find_first_of("\r\n", comment), text.size());
}

// Behind the string that begins at `at`, as the lexer sees it: one without an
// end stops with its line.
size_t EndOfString(absl::string_view text, size_t at, bool* is_open) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  *is_open = true;
  return std::min(text.find('\n', at), text.size());
}

RulePiece PieceAt(absl::string_view text, size_t begin) {
  RulePiece piece;
  piece.begin = begin;
  size_t at = begin;
  while (at < text.size()) {
    const char c = text[at];
    if (c == ';') {
      at = EndOfComment(text, at + 1);
      break;
    }
    if (c == '"') {
      at = EndOfString(text, at, &piece.has_open_string);
    } else if (BeginsComment(text, at)) {
      at = std::min(text.find_first_of("\r\n", at), text.size());
    } else {
      ++at;
    }
  }
  piece.end = at;
  return piece;
}

bool IsLast(absl::string_view text, const RulePiece& piece) {
  return piece.end == text.size() &&
         (piece.begin == piece.end || text[piece.end - 1] != ';');
}

}  // namespace

RulePieces Split(absl::string_view text) {
  RulePieces pieces = {PieceAt(text, 0)};
  while (!IsLast(text, pieces.back())) {
    pieces.push_back(PieceAt(text, pieces.back().end));
  }
  return pieces;
}

NewRulePieces Resplit(absl::string_view text, size_t begin, size_t old_end,
                      size_t new_end, RulePieces* pieces,
                      RulePieces* replaced) {
  auto first = std::partition_point(
      pieces->begin() + 1, pieces->end(),
      [begin](const RulePiece& piece) { return piece.begin <= begin; });
  --first;
  // A comment on its line may belong to the piece before.
  if (first != pieces->begin()) --first;
  // Whether a string has an end depends on all that follows.
  first = std::find_if(pieces->begin(), first, [](const RulePiece& piece) {
    return piece.has_open_string;
  });
  auto last = first + 1;
  RulePieces found;
  for (size_t at = first->begin;;) {
    found.push_back(PieceAt(text, at));
    at = found.back().end;
    if (IsLast(text, found.back())) {
      last = pieces->end();
      break;
    }
    if (at < new_end) continue;
    const size_t was_at = at - new_end + old_end;
    last = std::partition_point(
        last, pieces->end(),
        [was_at](const RulePiece& piece) { return piece.begin < was_at; });
    if (last != pieces->end() && last->begin == was_at) break;
  }
  for (auto it = last; it != pieces->end(); ++it) {
    it->begin = it->begin - old_end + new_end;
    it->end = it->end - old_end + new_end;
  }
  const NewRulePieces result{
      static_cast<size_t>(first - pieces->begin()),
      static_cast<size_t>(first - pieces->begin()) + found.size()};
  replaced->assign(std::make_move_iterator(first),
                   std::make_move_iterator(last));
  const auto at = pieces->erase(first, last);
  pieces->insert(at, std::make_move_iterator(found.begin()),
                 std::make_move_iterator(found.end()));
  return result;
}

}  // namespace sekisho
