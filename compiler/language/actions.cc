#include "compiler/language/actions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/format/format.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {
namespace {

// What stands between backticks.
std::vector<std::string> Quoted(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '`');
  std::vector<std::string> quoted;
  for (size_t i = 1; i + 1 < parts.size(); i += 2) quoted.push_back(parts[i]);
  return quoted;
}

// `did you mean ..?`: what was meant, in the place of what the message says was
// written.
std::optional<TextEdit> Suggestion(const Text& text,
                                   const FileDiagnostic& diagnostic) {
  if (!absl::StartsWith(diagnostic.help, "did you mean `")) return std::nullopt;
  const std::vector<std::string> meant = Quoted(diagnostic.help);
  if (meant.size() != 1) return std::nullopt;
  const absl::string_view written = text.substr(diagnostic.span);
  for (const std::string& word : Quoted(diagnostic.message)) {
    const size_t at = written.find(word);
    if (word.empty() || at == absl::string_view::npos) continue;
    const size_t begin = diagnostic.span.begin + at;
    return TextEdit{{begin, begin + word.size()}, meant.front()};
  }
  return std::nullopt;
}

bool Touches(const TextSpan& a, const TextSpan& b) {
  return a.begin <= b.end && b.begin <= a.end;
}

}  // namespace

std::vector<Fix> FindFixes(const EditedFolder& folder, const std::string& file,
                           const TextSpan& at) {
  std::vector<Fix> fixes;
  const Text* text = folder.FindText(file);
  if (text == nullptr) return fixes;
  for (const FileDiagnostic& diagnostic : folder.Diagnose(file)) {
    // Tables are read behind their texts.
    if (!Touches(diagnostic.span, at) || diagnostic.span.end > text->size()) {
      continue;
    }
    if (!diagnostic.fix.empty()) {
      fixes.push_back(
          {diagnostic.help.empty() ? diagnostic.message : diagnostic.help,
           diagnostic, diagnostic.fix});
    } else if (auto edit = Suggestion(*text, diagnostic)) {
      fixes.push_back({absl::StrCat("write `", edit->text, "`"),
                       diagnostic,
                       {*std::move(edit)}});
    }
  }
  return fixes;
}

std::optional<TextEdit> FormatFile(const EditedFolder& folder,
                                   const std::string& file) {
  const Text* text = folder.FindText(file);
  if (text == nullptr || !IsFormatted(file)) return std::nullopt;
  SourceSet sources;
  Diagnostics reported(&sources);
  const std::optional<std::string> formatted =
      FormatSource(sources, sources.Add(file, text->text()), &reported);
  if (!formatted || *formatted == text->text()) return std::nullopt;
  // Only lines that change, so that a cursor elsewhere stays.
  const std::string& old = text->text();
  const auto first = std::mismatch(old.begin(), old.end(), formatted->begin(),
                                   formatted->end());
  size_t begin = first.first - old.begin();
  begin = begin == 0 ? 0 : old.rfind('\n', begin - 1) + 1;
  size_t same = std::mismatch(old.rbegin(), old.rend() - begin,
                              formatted->rbegin(), formatted->rend() - begin)
                    .first -
                old.rbegin();
  while (same > 0 && old[old.size() - same] != '\n') --same;
  return TextEdit{{begin, old.size() - same},
                  formatted->substr(begin, formatted->size() - same - begin)};
}

}  // namespace sekisho
