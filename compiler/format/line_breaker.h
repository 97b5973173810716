// Where lines break: pieces of text with the places between them where a line
// may end, to lines of at most kMaxLineWidth columns where that can be.
//
// Pieces form groups. A group stands on one line, or all its kLine pieces end
// lines. It does so if it does not fit, if it holds a comment, and if the
// author ended a line at the first of them: so that an author has a say, and
// what has been laid out stays as it is.
#ifndef SEKISHO_COMPILER_FORMAT_LINE_BREAKER_H_
#define SEKISHO_COMPILER_FORMAT_LINE_BREAKER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sekisho {

inline constexpr int kMaxLineWidth = 80;

struct Piece {
  enum class Kind : uint8_t {
    kText,
    kComment,   // ends its line
    kLine,      // ends the line if its group does not stand on one
    kFill,      // ends it then only if the author did or what follows does not
                // fit
    kHardLine,  // ends the line
    kIndent,    // lines from here on begin deeper
    kDedent,
  };
  Kind kind = Kind::kText;
  // Text: a space goes before it. Lines that do not end: they are a space.
  bool space = false;
  // Lines: the author ended a line here. Comments: on a line of its own.
  bool newline = false;
  // Lines: an empty line goes before what follows. Comments: before it.
  bool blank = false;
  // Comments: an empty line goes before what follows.
  bool blank_behind = false;
  // Comments: below another one behind text, and to stay below it.
  bool aligned = false;
  // Groups that begin with this piece and that end with it.
  uint16_t opens = 0;
  uint16_t closes = 0;
  // The text of kText and kComment, in the source.
  uint32_t begin = 0;
  uint32_t size = 0;
};

// Comments behind text on lines one below the other are aligned.
//
// For one thread.
class LineBreaker {
 public:
  // `source` must outlive this object.
  explicit LineBreaker(absl::string_view source) : source_(source) {}

  // REQUIRES: each group begins and ends in `pieces`.
  void Write(const std::vector<Piece>& pieces);

  // All lines, the last with its line break.
  std::string Finish();

 private:
  struct Line {
    int indent = 0;
    std::string text;
    std::string comment;
  };

  absl::string_view TextOf(const Piece& piece) const {
    return source_.substr(piece.begin, piece.size);
  }
  void WriteText(const Piece& piece);
  void WriteComment(const Piece& piece);
  void BeginLine();
  void EndLine();
  void FlushCommented();

  const absl::string_view source_;
  std::string out_;
  // The line being written, unless there is none yet.
  bool at_line_begin_ = true;
  Line line_;
  int column_ = 0;
  int indent_ = 0;
  // The next line is to have an empty one before it.
  bool blank_ = false;
  // Nothing has been written since the last indent.
  bool opened_ = true;
  // The last lines, as long as they end with comments, all at one indent.
  std::vector<Line> commented_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_FORMAT_LINE_BREAKER_H_
