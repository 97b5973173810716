#include "compiler/language/pieces.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"

namespace sekisho {
namespace {

bool BeginsComment(absl::string_view text, size_t at) {
  return text.substr(at, 2) == "//";
}

// As the parser recovers. REQUIRES: a line begins there.
bool BeginsPolicy(absl::string_view text, size_t at) {
  const absl::string_view rest = text.substr(at, 6);
  return rest == "permit" || rest == "forbid" || absl::StartsWith(rest, "@");
}

class PieceScanner {
 public:
  explicit PieceScanner(absl::string_view text) : text_(text) {}

  RulePiece PieceAt(size_t begin) {
    RulePiece piece;
    piece.begin = begin;
    looked_at_ = 0;
    size_t at = begin;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == ';') {
        at = EndOfComment(at + 1);
        break;
      }
      if (c == '"') {
        bool is_open = false;
        at = EndOfString(at, &is_open);
        if (is_open) break;
      } else if (BeginsComment(text_, at)) {
        at = EndOfLine(at);
      } else {
        ++at;
      }
    }
    piece.end = at;
    piece.reach = std::max(looked_at_, at) - at;
    return piece;
  }

 private:
  void LookAt(size_t at) { looked_at_ = std::max(looked_at_, at); }

  size_t EndOfLine(size_t at) const {
    return std::min(text_.find_first_of("\r\n", at), text_.size());
  }

  // Behind the comment that follows on the line of `at`, or `at`.
  size_t EndOfComment(size_t at) {
    const size_t comment =
        std::min(text_.find_first_not_of(" \t", at), text_.size());
    LookAt(comment + 2);
    return BeginsComment(text_, comment) ? EndOfLine(comment) : at;
  }

  // Behind the string that begins at `at`; of one without an end, behind its
  // line. Where it would go on over the beginning of a policy, that beginning.
  size_t EndOfString(size_t at, bool* is_open) {
    for (size_t i = at + 1; i < text_.size() && !is_string_open_; ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        return i + 1;
      } else if (text_[i] == '\n' && BeginsPolicy(text_, i + 1)) {
        *is_open = true;
        LookAt(i + 7);
        return i + 1;
      }
    }
    is_string_open_ = true;
    LookAt(text_.size() + 1);
    return std::min(text_.find('\n', at), text_.size());
  }

  const absl::string_view text_;
  size_t looked_at_ = 0;
  // As in the lexer: after a string that goes on to the end of the text all do.
  bool is_string_open_ = false;
};

bool IsLast(absl::string_view text, const RulePiece& piece) {
  return piece.end == text.size() &&
         (piece.begin == piece.end || text[piece.end - 1] != ';');
}

}  // namespace

RulePieces Split(absl::string_view text) {
  PieceScanner scanner(text);
  RulePieces pieces = {scanner.PieceAt(0)};
  while (!IsLast(text, pieces.back())) {
    pieces.push_back(scanner.PieceAt(pieces.back().end));
  }
  return pieces;
}

NewRulePieces Resplit(absl::string_view text, size_t begin, size_t old_end,
                      size_t new_end, RulePieces* pieces,
                      RulePieces* replaced) {
  // The last one reaches to the end of the text, wherever that is.
  const auto first = std::find_if(pieces->begin(), pieces->end() - 1,
                                  [begin](const RulePiece& piece) {
                                    return begin < piece.end + piece.reach;
                                  });
  auto last = first + 1;
  RulePieces found;
  PieceScanner scanner(text);
  for (size_t at = first->begin;;) {
    found.push_back(scanner.PieceAt(at));
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
