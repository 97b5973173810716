// Two passes over the pieces. The first finds for each group where it ends and
// whether it must not stand on one line; widths are sums, so that what fits is
// a subtraction. The second writes. Time is linear in the number of pieces and
// bytes.
//
// Tested by format_test.cc.
#include "compiler/format/line_breaker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/text_width.h"

namespace sekisho {
namespace {

constexpr int kIndentWidth = 2;

bool IsLine(Piece::Kind kind) {
  return kind == Piece::Kind::kLine || kind == Piece::Kind::kFill ||
         kind == Piece::Kind::kHardLine;
}

// A string may hold line breaks.
int LastLineWidth(absl::string_view text) {
  return TerminalWidth(text.substr(text.rfind('\n') + 1));
}

// What the first pass finds.
struct Measures {
  struct Group {
    bool broken = false;
    bool has_line = false;
    size_t end = 0;  // its last piece
    // Its last line piece so far.
    size_t last_line = 0;
  };

  // In the order in which they begin.
  std::vector<Group> groups;
  // The width of all before a piece, on one line.
  std::vector<int64_t> before;
  // The first line piece from a piece on.
  std::vector<uint32_t> next_line;
  // For kFill, the next line piece of its group, or the piece behind the group.
  std::vector<uint32_t> fill_end;

  Measures(const std::vector<Piece>& pieces, absl::string_view source);
};

Measures::Measures(const std::vector<Piece>& pieces, absl::string_view source) {
  const size_t count = pieces.size();
  // What stands outside of all groups is never on one line.
  groups.push_back({.broken = true, .end = count});
  std::vector<size_t> open = {0};
  before.resize(count + 1);
  next_line.resize(count + 1, static_cast<uint32_t>(count));
  fill_end.resize(count, static_cast<uint32_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const Piece& piece = pieces[i];
    int64_t width = piece.space ? 1 : 0;
    for (int n = 0; n < piece.opens; ++n) {
      open.push_back(groups.size());
      groups.emplace_back();
    }
    Group& group = groups[open.back()];
    if (piece.kind == Piece::Kind::kText) {
      width += TerminalWidth(source.substr(piece.begin, piece.size));
    } else if (piece.kind == Piece::Kind::kComment) {
      group.broken = true;
    } else if (IsLine(piece.kind)) {
      group.broken |= piece.kind == Piece::Kind::kHardLine ||
                      (!group.has_line && piece.newline);
      if (group.has_line) {
        fill_end[group.last_line] = static_cast<uint32_t>(i);
      }
      group.has_line = true;
      group.last_line = i;
    }
    before[i + 1] = before[i] + width;
    for (int n = 0; n < piece.closes; ++n) {
      const Group& closed = groups[open.back()];
      groups[open.back()].end = i;
      if (closed.has_line) {
        fill_end[closed.last_line] = static_cast<uint32_t>(i + 1);
      }
      const bool broken = closed.broken;
      open.pop_back();
      groups[open.back()].broken |= broken;
    }
  }
  for (size_t i = count; i-- > 0;) {
    next_line[i] =
        IsLine(pieces[i].kind) ? static_cast<uint32_t>(i) : next_line[i + 1];
  }
}

}  // namespace

void LineBreaker::Write(const std::vector<Piece>& pieces) {
  const Measures measures(pieces, source_);
  const auto fits = [&](size_t begin, size_t end) {
    const int column = at_line_begin_ ? indent_ : column_;
    return column + measures.before[end] - measures.before[begin] <=
           kMaxLineWidth;
  };
  size_t next_group = 1;
  // Of the groups that have begun, whether they are broken.
  std::vector<bool> broken = {true};
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    for (int n = 0; n < piece.opens; ++n) {
      const Measures::Group& group = measures.groups[next_group++];
      broken.push_back(
          broken.back() &&
          (group.broken || !fits(i, measures.next_line[group.end + 1])));
    }
    switch (piece.kind) {
      case Piece::Kind::kText:
        WriteText(piece);
        break;
      case Piece::Kind::kComment:
        WriteComment(piece);
        break;
      case Piece::Kind::kIndent:
        indent_ += kIndentWidth;
        opened_ = true;
        break;
      case Piece::Kind::kDedent:
        indent_ -= kIndentWidth;
        blank_ = false;
        break;
      case Piece::Kind::kLine:
      case Piece::Kind::kFill:
      case Piece::Kind::kHardLine:
        if (broken.back() &&
            (piece.kind != Piece::Kind::kFill || piece.newline ||
             at_line_begin_ ||
             !fits(i, measures.next_line[measures.fill_end[i]]))) {
          EndLine();
          blank_ |= piece.blank;
        } else if (piece.space && !at_line_begin_) {
          line_.text += ' ';
          ++column_;
        }
        break;
    }
    broken.resize(broken.size() - piece.closes);
  }
}

void LineBreaker::BeginLine() {
  at_line_begin_ = false;
  if (blank_ && !opened_) {
    FlushCommented();
    out_ += '\n';
  }
  blank_ = false;
  line_.indent = indent_;
  line_.text.assign(indent_, ' ');
  column_ = indent_;
}

void LineBreaker::EndLine() {
  if (at_line_begin_) return;
  at_line_begin_ = true;
  if (line_.comment.empty()) {
    FlushCommented();
    absl::StrAppend(&out_, line_.text, "\n");
  } else {
    if (!commented_.empty() && commented_[0].indent != line_.indent) {
      FlushCommented();
    }
    commented_.push_back(std::move(line_));
  }
  line_ = Line();
}

void LineBreaker::WriteText(const Piece& piece) {
  if (at_line_begin_) {
    BeginLine();
  } else if (piece.space) {
    line_.text += ' ';
    ++column_;
  }
  opened_ = false;
  const absl::string_view text = TextOf(piece);
  absl::StrAppend(&line_.text, text);
  const bool has_line_break = text.find('\n') != absl::string_view::npos;
  column_ = (has_line_break ? 0 : column_) + LastLineWidth(text);
}

void LineBreaker::WriteComment(const Piece& piece) {
  if (piece.aligned && at_line_begin_ && !commented_.empty()) {
    commented_.push_back(
        {commented_[0].indent, "", std::string(TextOf(piece))});
  } else if (!piece.newline && !at_line_begin_) {
    line_.comment = std::string(TextOf(piece));
  } else {
    EndLine();
    blank_ |= piece.blank;
    BeginLine();
    absl::StrAppend(&line_.text, TextOf(piece));
  }
  EndLine();
  opened_ = false;
  blank_ |= piece.blank_behind;
}

void LineBreaker::FlushCommented() {
  int width = 0;
  for (const Line& line : commented_) {
    width = std::max(width, LastLineWidth(line.text));
  }
  for (const Line& line : commented_) {
    out_ += line.text;
    out_.append(width - LastLineWidth(line.text) + 1, ' ');
    absl::StrAppend(&out_, line.comment, "\n");
  }
  commented_.clear();
}

std::string LineBreaker::Finish() {
  EndLine();
  FlushCommented();
  return std::move(out_);
}

}  // namespace sekisho
