#include "compiler/language/table_completion.h"

#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/matrix/finding.h"

namespace sekisho {
namespace {

// The names of the columns, in the first line that is none of comments.
std::vector<std::string> HeaderOf(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    return absl::StrSplit(line, '\t');
  }
  return {};
}

// The symbols of that kind that are declared, by what they are called.
absl::btree_set<std::string> Declared(const EditedFolder& folder,
                                      SymbolKind kind) {
  absl::btree_set<std::string> names;
  for (const std::string& file : folder.FileNames()) {
    folder.ForEachOccurrence(
        file, [&](const Symbol& symbol, const TextSpan&, bool is_definition) {
          if (is_definition && symbol.kind == kind) names.insert(symbol.name);
        });
  }
  return names;
}

}  // namespace

std::vector<Completion> CompleteTable(const EditedFolder& folder,
                                      const std::string& file, size_t offset) {
  const Text& text = *folder.FindText(file);
  const std::vector<std::string> header = HeaderOf(text.text());
  const size_t begin = text.LineAt(offset).begin;
  const absl::string_view before = text.substr({begin, offset});
  const std::vector<absl::string_view> cells = absl::StrSplit(before, '\t');
  if (cells.size() > header.size()) return {};
  const std::string& column = header[cells.size() - 1];
  const absl::string_view cell = cells.back();
  const size_t cell_begin = offset - cell.size();
  if (column == "meaning" || column == "value" || column == "change") {
    return CompleteExpression(folder, cell, cell_begin);
  }

  absl::btree_set<std::string> words;
  if (column == "column") {
    words = Declared(folder, SymbolKind::kColumn);
  } else if (column == "usecase" || column == "request" || column == "by" ||
             column == "template") {
    words = Declared(folder, SymbolKind::kPolicy);
  } else if (column == "obliges") {
    words = Declared(folder, SymbolKind::kObligation);
  } else if (column == "finding") {
    for (std::string& name : FindingKindNames()) words.insert(std::move(name));
  } else if (column == "expect") {
    words = {"permit", "deny", "invalid"};
  } else if (column == "becomes") {
    words = {"condition", "annotation"};
  } else if (column == "grammar") {
    words = {"phrase", "list", "formula"};
  } else if (column == "vouched") {
    words = {"store", "request", "-"};
  } else if (column == "kind") {
    words = {"obligation", "advice"};
  }
  std::vector<Completion> out;
  for (const std::string& word : words) {
    out.push_back(
        {Completion::Kind::kValue, word, {cell_begin, offset}, column});
  }
  return out;
}

}  // namespace sekisho
