#include "compiler/cedar/lexer.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

struct Symbol {
  absl::string_view text;
  TokenKind kind;
};

// Longer ones before their prefixes.
constexpr Symbol kSymbols[] = {
    {"::", TokenKind::kColonColon},   {"==", TokenKind::kEqual},
    {"!=", TokenKind::kNotEqual},     {"<=", TokenKind::kLessEqual},
    {">=", TokenKind::kGreaterEqual}, {"&&", TokenKind::kAnd},
    {"||", TokenKind::kOr},           {"(", TokenKind::kLeftParen},
    {")", TokenKind::kRightParen},    {"{", TokenKind::kLeftBrace},
    {"}", TokenKind::kRightBrace},    {"[", TokenKind::kLeftBracket},
    {"]", TokenKind::kRightBracket},  {",", TokenKind::kComma},
    {";", TokenKind::kSemicolon},     {":", TokenKind::kColon},
    {".", TokenKind::kDot},           {"@", TokenKind::kAt},
    {"?", TokenKind::kQuestion},      {"=", TokenKind::kAssign},
    {"<", TokenKind::kLess},          {">", TokenKind::kGreater},
    {"!", TokenKind::kNot},           {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},         {"*", TokenKind::kStar},
    {"/", TokenKind::kSlash},         {"%", TokenKind::kPercent},
};

bool IsWordStart(char c) { return c == '_' || absl::ascii_isalpha(c); }
bool IsWordPart(char c) { return c == '_' || absl::ascii_isalnum(c); }

// What an input method leaves behind, as what was meant: fullwidth forms and
// typographic quotes. 0 for others.
char AsciiFor(char32_t c) {
  if (c >= 0xff01 && c <= 0xff5e) return static_cast<char>(c - 0xfee0);
  switch (c) {
    case 0x201c:
    case 0x201d:
      return '"';
    case 0x3001:  // 、
      return ',';
    case 0x300c:  // 「
    case 0x300d:  // 」
      return '"';
    case 0x2212:  // −
      return '-';
    default:
      return 0;
  }
}

bool IsForeignLetter(char32_t c) {
  return c > 0x7f && AsciiFor(c) == 0 && !IsUnicodeSpace(c);
}

// One element of a string: a character, or the wildcard of a pattern.
struct Element {
  char32_t code_point = 0;
  bool is_wildcard = false;
};

// Reads the elements between the quotes of a string token.
class StringReader {
 public:
  StringReader(const SourceSet& sources, const Token& token, bool is_pattern,
               Diagnostics* diagnostics)
      : text_(sources.text(token.span)),
        span_(token.span),
        is_pattern_(is_pattern),
        diagnostics_(diagnostics),
        end_(text_.size() - 1) {}

  bool AtEnd() const { return at_ >= end_; }

  // REQUIRES: !AtEnd(). False after an error.
  bool Next(Element* element) {
    begin_ = at_;
    const char32_t c = NextCodePoint(text_, &at_);
    *element = {c, is_pattern_ && c == '*'};
    if (c == '\\') return Escape(element);
    if (c != '\r') return true;
    return Fail("a string cannot contain a carriage return", "write `\\r`");
  }

 private:
  bool Escape(Element* element) {
    const char32_t c = NextCodePoint(text_, &at_);
    element->is_wildcard = false;
    switch (c) {
      case 'n':
        element->code_point = '\n';
        return true;
      case 'r':
        element->code_point = '\r';
        return true;
      case 't':
        element->code_point = '\t';
        return true;
      case '0':
        element->code_point = '\0';
        return true;
      case '\\':
      case '"':
      case '\'':
        element->code_point = c;
        return true;
      case '*':
        element->code_point = c;
        if (is_pattern_) return true;
        return Fail("`\\*` is an escape of `like` patterns only",
                    "write `*`; it means itself here");
      case 'x':
        return HexEscape(element);
      case 'u':
        return UnicodeEscape(element);
      default:
        return Fail(absl::StrCat("`", Written(), "` is not an escape"),
                    "the escapes are \\n \\r \\t \\0 \\\\ \\\" \\' \\xHH and "
                    "\\u{HHHH}; a backslash is written `\\\\`");
    }
  }

  // \x00 to \x7f.
  bool HexEscape(Element* element) {
    char32_t value = 0;
    for (int i = 0; i < 2; ++i) {
      if (AtEnd() || !absl::ascii_isxdigit(text_[at_])) {
        return Fail("`\\x` takes two hexadecimal digits", "");
      }
      value = value * 16 + Digit(text_[at_++]);
    }
    element->code_point = value;
    if (value <= 0x7f) return true;
    return Fail(absl::StrCat("`", Written(), "` is above `\\x7f`"),
                "write `\\u{..}`");
  }

  // \u{..} with one to six digits, between which there may be underscores.
  bool UnicodeEscape(Element* element) {
    constexpr absl::string_view kForm =
        "`\\u` takes one to six hexadecimal digits between braces, as "
        "`\\u{a9}`";
    if (AtEnd() || text_[at_] != '{') return Fail(kForm, "");
    ++at_;
    char32_t value = 0;
    int digits = 0;
    for (; !AtEnd() && text_[at_] != '}'; ++at_) {
      if (text_[at_] == '_' && digits > 0) continue;
      if (!absl::ascii_isxdigit(text_[at_]) || ++digits > 6) {
        return Fail(kForm, "");
      }
      value = value * 16 + Digit(text_[at_]);
    }
    if (AtEnd() || digits == 0) return Fail(kForm, "");
    ++at_;
    element->code_point = value;
    if (value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff)) return true;
    return Fail(absl::StrCat("`", Written(), "` is not a Unicode character"),
                "");
  }

  static char32_t Digit(char c) {
    if (absl::ascii_isdigit(c)) return c - '0';
    return absl::ascii_tolower(c) - 'a' + 10;
  }

  absl::string_view Written() const {
    return text_.substr(begin_, at_ - begin_);
  }

  bool Fail(absl::string_view message, absl::string_view help) {
    const auto position = [&](size_t at) {
      return span_.begin + static_cast<uint32_t>(at);
    };
    diagnostics_
        ->Error({span_.source, position(begin_), position(at_)}, message)
        .Help(help);
    return false;
  }

  absl::string_view text_;
  Span span_;
  bool is_pattern_;
  Diagnostics* diagnostics_;
  size_t end_;
  size_t at_ = 1;
  size_t begin_ = 1;
};

}  // namespace

Lexer::Lexer(const SourceSet& sources, const Span& range)
    : text_(sources.text(range.source).substr(0, range.end)),
      source_(range.source),
      at_(range.begin) {}

void Lexer::SkipSpaceAndComments() {
  while (at_ < text_.size()) {
    if (absl::StartsWith(text_.substr(at_), "//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      continue;
    }
    size_t after = at_;
    if (!IsUnicodeSpace(NextCodePoint(text_, &after))) return;
    at_ = after;
  }
}

Token Lexer::Make(TokenKind kind, size_t begin) const {
  return {kind,
          {source_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)}};
}

Token Lexer::Next() {
  SkipSpaceAndComments();
  const size_t begin = at_;
  if (at_ >= text_.size()) return Make(TokenKind::kEnd, begin);

  const char first = text_[at_];
  if (IsWordStart(first)) {
    while (at_ < text_.size() && IsWordPart(text_[at_])) ++at_;
    return Make(TokenKind::kWord, begin);
  }
  if (absl::ascii_isdigit(first)) {
    while (at_ < text_.size() && absl::ascii_isdigit(text_[at_])) ++at_;
    return Make(TokenKind::kNumber, begin);
  }
  if (first == '"') {
    for (++at_; at_ < text_.size() && !is_string_open_; ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return Make(TokenKind::kString, begin);
      }
    }
    // Without an end; go on behind the line.
    is_string_open_ = true;
    at_ = std::min(text_.find('\n', begin), text_.size());
    return Make(TokenKind::kError, begin);
  }
  const absl::string_view rest = text_.substr(at_, 2);
  for (const Symbol& symbol : kSymbols) {
    if (absl::StartsWith(rest, symbol.text)) {
      at_ += symbol.text.size();
      return Make(symbol.kind, begin);
    }
  }
  // A word in another script is one error.
  if (IsForeignLetter(NextCodePoint(text_, &at_))) {
    for (size_t after = at_; after < text_.size(); at_ = after) {
      if (!IsForeignLetter(NextCodePoint(text_, &after))) break;
    }
  }
  return Make(TokenKind::kError, begin);
}

absl::string_view Spelling(TokenKind kind) {
  for (const Symbol& symbol : kSymbols) {
    if (symbol.kind == kind) return symbol.text;
  }
  return "";
}

void ReportErrorToken(const SourceSet& sources, const Token& token,
                      Diagnostics* diagnostics) {
  const absl::string_view text = sources.text(token.span);
  if (text[0] == '"') {
    diagnostics->Error(token.span, "this string has no end")
        .Help("close it with `\"`");
    return;
  }
  Diagnostics::Detail error = diagnostics->Error(
      token.span, absl::StrCat("`", text, "` does not belong here"));
  size_t offset = 0;
  const char32_t c = NextCodePoint(text, &offset);
  if (c == '&' || c == '|') {
    error.Help(absl::StrCat("did you mean `", text, text, "`?"));
  } else if (c == '\'') {
    error.Help("strings are written with `\"`");
  } else if (const char meant = AsciiFor(c)) {
    error.Help(
        absl::StrCat("write the half-width `", std::string(1, meant), "`"));
  } else if (c > 0x7f) {
    error.Help(
        "put it into quotes; names without quotes are made of a-z, A-Z, 0-9 "
        "and _");
  }
}

bool IsReserved(absl::string_view word) {
  constexpr absl::string_view kReserved[] = {
      "true", "false", "if",  "then", "else",
      "in",   "like",  "has", "is",   "__cedar",
  };
  return std::find(std::begin(kReserved), std::end(kReserved), word) !=
         std::end(kReserved);
}

bool IsPlainName(absl::string_view name) {
  return !name.empty() && IsWordStart(name[0]) &&
         std::all_of(name.begin(), name.end(), IsWordPart) && !IsReserved(name);
}

bool Unescape(const SourceSet& sources, const Token& token, std::string* out,
              Diagnostics* diagnostics) {
  StringReader reader(sources, token, /*is_pattern=*/false, diagnostics);
  out->clear();
  while (!reader.AtEnd()) {
    Element element;
    if (!reader.Next(&element)) return false;
    AppendUtf8(element.code_point, out);
  }
  return true;
}

bool UnescapePattern(const SourceSet& sources, const Token& token, Pattern* out,
                     Diagnostics* diagnostics) {
  StringReader reader(sources, token, /*is_pattern=*/true, diagnostics);
  out->assign(1, "");
  while (!reader.AtEnd()) {
    Element element;
    if (!reader.Next(&element)) return false;
    if (element.is_wildcard) {
      out->push_back("");
    } else {
      AppendUtf8(element.code_point, &out->back());
    }
  }
  return true;
}

}  // namespace sekisho
