#include "compiler/json/layout.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

constexpr size_t kMaxLineWidth = 80;
constexpr size_t kMaxIndentedDepth = 16;

constexpr size_t kPiece = size_t{1} << 16;

// Behind the string that begins at `begin`.
size_t EndOfString(absl::string_view text, size_t begin) {
  size_t end = begin + 1;
  while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return end + 1;
}

// Where each array or object ends, in the order of their beginnings.
std::vector<uint32_t> ClosingPlaces(absl::string_view text) {
  std::vector<uint32_t> places;
  std::vector<size_t> open;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = EndOfString(text, i);
      continue;
    }
    if (c == '{' || c == '[') {
      open.push_back(places.size());
      places.push_back(0);
    } else if (c == '}' || c == ']') {
      places[open.back()] = static_cast<uint32_t>(i);
      open.pop_back();
    }
    ++i;
  }
  return places;
}

}  // namespace

std::string QuoteJson(absl::string_view text) {
  return nlohmann::json(std::string(text)).dump();
}

std::string AnnotationsToJson(const std::vector<Annotation>& annotations) {
  return absl::StrCat(
      "{",
      absl::StrJoin(annotations, ",",
                    [](std::string* out, const Annotation& annotation) {
                      absl::StrAppend(out, QuoteJson(annotation.name), ":",
                                      annotation.value.empty()
                                          ? "null"
                                          : QuoteJson(annotation.value));
                    }),
      "}");
}

std::string LayOutJson(absl::string_view compact) {
  std::string out;
  LayOutJson(compact, /*depth=*/0, /*column=*/0, [&](absl::string_view piece) {
    out.append(piece.data(), piece.size());
  });
  out += '\n';
  return out;
}

void LayOutJson(absl::string_view compact, size_t depth, size_t column,
                const TextSink& write) {
  const std::vector<uint32_t> closing = ClosingPlaces(compact);
  // What is not written yet, behind `written` characters.
  std::string out;
  size_t written = column;
  // For each open array or object: whether its items have lines of their own.
  std::vector<bool> broken(depth, true);
  size_t opened = 0;
  size_t line_begin = 0;
  const auto place = [&] { return written + out.size(); };
  const auto new_line = [&] {
    out += '\n';
    line_begin = place();
    out.append(2 * broken.size(), ' ');
  };
  for (size_t i = 0; i < compact.size();) {
    if (out.size() > kPiece) {
      write(out);
      written += out.size();
      out.clear();
    }
    const char c = compact[i];
    if (c == '"') {
      const size_t end = EndOfString(compact, i);
      out.append(compact.data() + i, end - i);
      i = end;
      continue;
    }
    ++i;
    if (c == '}' || c == ']') {
      const bool was_broken = broken.back();
      broken.pop_back();
      if (was_broken) new_line();
      out += c;
      continue;
    }
    out += c;
    if (c == '{' || c == '[') {
      const size_t width = closing[opened++] - i;
      const bool fits = place() - line_begin + width <= kMaxLineWidth;
      const bool outer_broken = broken.empty() || broken.back();
      broken.push_back(outer_broken && !fits && width > 0 &&
                       broken.size() < kMaxIndentedDepth);
      if (broken.back()) new_line();
    } else if (c == ',') {
      if (broken.back()) {
        new_line();
      } else {
        out += ' ';
      }
    } else if (c == ':') {
      out += ' ';
    }
  }
  write(out);
}

}  // namespace sekisho
