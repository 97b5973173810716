#include "compiler/language/navigation.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/lexer.h"
#include "compiler/cedar_source.h"
#include "engine/model/json.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

constexpr char kMatrixFile[] = "usecase-matrix.txt";

std::vector<FilePlace> Find(const EditedFolder& folder,
                            const SymbolSet& symbols, bool definitions,
                            bool references) {
  std::vector<FilePlace> places;
  // Files of policies declare nothing else.
  const bool in_rules =
      references ||
      std::any_of(symbols.symbols().begin(), symbols.symbols().end(),
                  [](const Symbol& symbol) {
                    return symbol.kind == SymbolKind::kPolicy;
                  });
  for (const std::string& file : folder.FileNames()) {
    if (!in_rules && IsPolicyFile(file)) continue;
    folder.ForEachOccurrenceOf(
        file, symbols,
        [&](const Symbol&, const TextSpan& span, bool is_definition) {
          if (!(is_definition ? definitions : references)) return;
          const bool is_known = !places.empty() && places.back().file == file &&
                                places.back().span == span;
          if (!is_known) places.push_back({file, span});
        });
  }
  return places;
}

// What the last part of a symbol's name would be with that text in its place.
Symbol Renamed(const Symbol& symbol, const std::string& to) {
  switch (symbol.kind) {
    case SymbolKind::kEntityType:
    case SymbolKind::kCommonType: {
      const size_t colon = symbol.name.rfind("::");
      return {symbol.kind, colon == std::string::npos
                               ? to
                               : symbol.name.substr(0, colon + 2) + to};
    }
    case SymbolKind::kAttribute:
      return {symbol.kind,
              symbol.name.substr(0, symbol.name.rfind('.') + 1) + to};
    case SymbolKind::kAction:
    case SymbolKind::kEntity:
      return {symbol.kind,
              EntityUid{symbol.name.substr(0, symbol.name.find("::\"")), to}
                  .ToString()};
    case SymbolKind::kPolicy:
    case SymbolKind::kObligation:
    case SymbolKind::kColumn:
      return {symbol.kind, to};
    case SymbolKind::kPhrase:
      return {symbol.kind,
              symbol.name.substr(0, symbol.name.find('\t') + 1) + to};
  }
  return symbol;
}

// Whether what is in the span stands between quotes.
bool IsQuoted(const Text& text, const TextSpan& span) {
  const std::string& all = text.text();
  return span.begin > 0 && span.end < all.size() &&
         all[span.begin - 1] == '"' &&
         (all[span.end] == '"' || all.compare(span.end, 2, "\\\"") == 0);
}

// What is put between the quotes around the span, or in the place of a name
// without quotes. In JSON an entity may be a string, in which its own quotes
// are escaped.
std::string Written(const std::string& name, const std::string& file,
                    const Text& text, const TextSpan& span) {
  const auto inside = [](const std::string& quoted) {
    return quoted.substr(1, quoted.size() - 2);
  };
  if (!IsQuoted(text, span)) return name;
  if (FormOf(file) == CedarForm::kText) return inside(Quote(name));
  const bool is_escaped = text.text()[span.end] == '\\';
  return inside(
      ValueToJson(Value::String(is_escaped ? inside(Quote(name)) : name)));
}

// Whether names of that kind are any text where they stand without quotes,
// which is in tables.
bool MayStandAlone(SymbolKind kind) {
  return kind == SymbolKind::kPolicy || kind == SymbolKind::kObligation;
}

// A name that may mean several symbols is renamed for all of them, or for none.
SymbolSet WithSharedNames(const EditedFolder& folder,
                          const std::vector<Symbol>& symbols) {
  SymbolSet all(symbols);
  for (size_t before = 0; before < all.symbols().size();) {
    before = all.symbols().size();
    std::vector<Symbol> more = all.symbols();
    for (const std::string& file : folder.FileNames()) {
      TextSpan span;
      std::vector<Symbol> sharing;
      const auto close = [&] {
        const bool is_shared =
            std::any_of(sharing.begin(), sharing.end(),
                        [&](const Symbol& s) { return all.Contains(s); });
        for (const Symbol& symbol : sharing) {
          if (is_shared &&
              std::find(more.begin(), more.end(), symbol) == more.end()) {
            more.push_back(symbol);
          }
        }
        sharing.clear();
      };
      folder.ForEachSharedName(
          file, [&](const Symbol& symbol, const TextSpan& at, bool) {
            if (at != span) close();
            span = at;
            sharing.push_back(symbol);
          });
      close();
    }
    all = SymbolSet(std::move(more));
  }
  return all;
}

// A file with errors may hold names that were not read.
std::optional<std::string> FileWithErrors(const EditedFolder& folder) {
  for (const std::string& file : folder.FileNames()) {
    for (const FileDiagnostic& diagnostic : folder.Diagnose(file)) {
      if (diagnostic.severity == FileDiagnostic::Severity::kError) return file;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<NameAt> FindName(const EditedFolder& folder,
                               const std::string& file, size_t offset) {
  std::optional<NameAt> found;
  folder.ForOccurrencesAt(
      file, offset, [&](const Symbol& symbol, const TextSpan& span, bool) {
        if (offset < span.begin || offset > span.end) return;
        if (found && found->span == span) {
          found->symbols.push_back(symbol);
        } else if (!found || span.end - span.begin <
                                 found->span.end - found->span.begin) {
          found = {span, {symbol}};
        }
      });
  return found;
}

std::vector<FilePlace> FindDefinitions(const EditedFolder& folder,
                                       const std::vector<Symbol>& symbols) {
  return Find(folder, SymbolSet(symbols), /*definitions=*/true,
              /*references=*/false);
}

std::vector<FilePlace> FindReferences(const EditedFolder& folder,
                                      const std::vector<Symbol>& symbols,
                                      bool with_definitions) {
  return Find(folder, SymbolSet(symbols), with_definitions,
              /*references=*/true);
}

absl::StatusOr<absl::btree_map<std::string, std::vector<TextEdit>>> RenameAll(
    const EditedFolder& folder, const std::vector<Symbol>& named,
    const std::string& to) {
  const auto refuse = [](auto... why) {
    return absl::FailedPreconditionError(absl::StrCat(why...));
  };
  if (to.empty() || absl::StrContains(to, '\t') ||
      absl::StrContains(to, '\n')) {
    return refuse("a name is one line of text");
  }
  const SymbolSet symbols = WithSharedNames(folder, named);
  std::vector<Symbol> renamed;
  for (const Symbol& symbol : symbols.symbols()) {
    if (symbol.kind == SymbolKind::kPhrase) {
      return refuse("a phrase is what the matrix says; add an alias instead");
    }
    renamed.push_back(Renamed(symbol, to));
  }
  const std::vector<FilePlace> taken =
      Find(folder, SymbolSet(std::move(renamed)), /*definitions=*/true,
           /*references=*/true);
  if (!taken.empty()) return refuse("there is a `", to, "` already");
  if (FindDefinitions(folder, symbols.symbols()).empty()) {
    return refuse("it is not declared in this folder");
  }

  if (const auto file = FileWithErrors(folder)) {
    return refuse("there are errors in ", *file, "; mend them first");
  }

  absl::btree_map<std::string, std::vector<TextEdit>> edits;
  for (const FilePlace& place :
       Find(folder, symbols, /*definitions=*/true, /*references=*/true)) {
    if (place.file == kMatrixFile) {
      return refuse("the matrix stays as it was published");
    }
    const Text& text = *folder.FindText(place.file);
    if (!IsQuoted(text, place.span) &&
        !MayStandAlone(symbols.symbols()[0].kind) && !IsPlainName(to)) {
      return refuse("`", to, "` cannot stand without quotes");
    }
    edits[place.file].push_back(
        {place.span, Written(to, place.file, text, place.span)});
  }
  return edits;
}

}  // namespace sekisho
