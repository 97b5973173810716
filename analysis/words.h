// Explanations in words, for people at an enforcement point or behind it.
#ifndef SEKISHO_ANALYSIS_WORDS_H_
#define SEKISHO_ANALYSIS_WORDS_H_

#include <string>

#include "analysis/explanation.h"

namespace sekisho {

enum class Language { kEnglish, kJapanese };

// Several lines: the decision, what decided or which use cases come nearest,
// and for each cell in the way what is wanted, what was found and what would
// help. For who runs the enforcement point: names entities and attributes.
std::string InWords(const Explanation& explanation, Language language);

// Several lines, for the one who asked: only what Redact leaves.
std::string InWords(const RedactedExplanation& explanation, Language language);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_WORDS_H_
