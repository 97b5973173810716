#include "analysis/value_words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

// The first bytes of `text`, no character cut in two.
std::string Cut(std::string text) {
  if (text.size() <= kMaxValueWordsBytes) return text;
  size_t end = kMaxValueWordsBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

// `[a, b, … (1000)]`
template <typename F>
std::string List(const Value::Elements& elements, F text_of) {
  std::string text = "[";
  const size_t count = std::min(elements.size(), kMaxValueWordsElements);
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", text_of(elements[i]));
  }
  if (count < elements.size()) {
    absl::StrAppend(&text, ", … (", elements.size(), ")");
  }
  return text + "]";
}

}  // namespace

std::string ValueText(const Value& value) {
  if (value.is_set()) return Cut(List(value.AsSet(), ValueText));
  return Cut(value.ToString());
}

Label ValueWords(const Explanations& explanations, const Value& value) {
  if (const Label* label = explanations.LabelOf(value)) return *label;
  if (!value.is_set()) return {};
  const Value::Elements& elements = value.AsSet();
  const bool any = std::any_of(
      elements.begin(), elements.end(),
      [&](const Value& element) { return explanations.LabelOf(element); });
  if (!any) return {};
  auto in = [&](std::string Label::*language) {
    return Cut(List(elements, [&](const Value& element) {
      const Label* label = explanations.LabelOf(element);
      return label == nullptr ? ValueText(element) : label->*language;
    }));
  };
  return {in(&Label::english), in(&Label::japanese)};
}

}  // namespace sekisho
