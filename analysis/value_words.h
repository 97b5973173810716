// What values are called.
#ifndef SEKISHO_ANALYSIS_VALUE_WORDS_H_
#define SEKISHO_ANALYSIS_VALUE_WORDS_H_

#include <cstddef>
#include <string>

#include "engine/graph/explanation.h"
#include "engine/model/value.h"

namespace sekisho {

// Longer ones are cut, and say so.
inline constexpr size_t kMaxValueWordsBytes = 300;
inline constexpr size_t kMaxValueWordsElements = 8;

// By the labels of the vocabulary, element by element; Cedar text for what has
// none. Empty where no label applies: then Cedar text says it as well.
Label ValueWords(const Explanations& explanations, const Value& value);

// Cedar text on one line, cut likewise.
std::string ValueText(const Value& value);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_VALUE_WORDS_H_
