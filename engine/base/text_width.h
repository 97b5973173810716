// How wide text is in a terminal: for tables, and for carets under a line.
//
// Wide and fullwidth characters of UAX #11 take two columns, combining
// characters, variation selectors and other invisible ones none, all others
// one. Ambiguous ones, such as circled digits, count one, as in terminals that
// are not set to the old East Asian encodings.
#ifndef SEKISHO_ENGINE_BASE_TEXT_WIDTH_H_
#define SEKISHO_ENGINE_BASE_TEXT_WIDTH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

int TerminalWidth(absl::string_view utf8);
int CodePointWidth(char32_t code_point);

// `text` with spaces after it up to `width` columns; unchanged if wider.
std::string PadRight(absl::string_view text, int width);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_TEXT_WIDTH_H_
