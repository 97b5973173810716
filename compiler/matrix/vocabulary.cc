#include "compiler/matrix/vocabulary.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/parser.h"

namespace sekisho {
namespace {

enum Cell {
  kColumn,
  kPhrase,
  kMeaning,
  kEnglish,
  kAliases,
  kFinding,
  kNote,
  kHelp,
};

constexpr absl::string_view kConnectives = "*";
constexpr absl::string_view kNoMeaning = "-";
constexpr absl::string_view kRestates = "restates ";
constexpr absl::string_view kListSeparator = " | ";

TableCell WithoutPrefix(TableCell cell, size_t bytes) {
  cell.text.remove_prefix(bytes);
  cell.span.begin += static_cast<uint32_t>(bytes);
  return Trimmed(cell);
}

std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates) {
  const std::string near = Nearest(word, candidates);
  return near.empty() ? "" : absl::StrCat("did you mean `", near, "`?");
}

class VocabularyReader {
 public:
  VocabularyReader(const SourceSet& sources, const Columns& columns,
                   Diagnostics* diagnostics)
      : sources_(sources),
        columns_(columns),
        keys_(ColumnKeys(columns)),
        diagnostics_(diagnostics) {
    vocabulary_.phrases.resize(columns.size());
  }

  Vocabulary Read(SourceId source) {
    const Table table = ReadTable(sources_, source,
                                  {{"column"},
                                   {"phrase"},
                                   {"meaning"},
                                   {"english", /*required=*/false},
                                   {"aliases", /*required=*/false},
                                   {"finding", /*required=*/false},
                                   {"note", /*required=*/false},
                                   {"help", /*required=*/false}},
                                  diagnostics_);
    for (const TableRow& row : table.rows) {
      if (TooManyErrors(source, diagnostics_)) break;
      ReadEntry(row);
    }
    for (PhraseIndex& phrases : vocabulary_.phrases) phrases.Sort();
    vocabulary_.connectives.Sort();
    CheckConnectives();
    CheckRestatements();
    return std::move(vocabulary_);
  }

 private:
  void ReadEntry(const TableRow& row) {
    VocabularyEntry entry;
    const bool connective = row.cells[kColumn].text == kConnectives;
    if (!connective && !ReadColumn(row.cells[kColumn], &entry.column)) return;
    entry.phrase = row.cells[kPhrase];
    entry.meaning = row.cells[kMeaning];
    entry.english = std::string(row.cells[kEnglish].text);
    entry.note = std::string(row.cells[kNote].text);
    if (entry.phrase.text.empty()) {
      diagnostics_->Error(row.span, "the entry has no phrase");
      return;
    }
    if (!row.cells[kAliases].text.empty()) {
      entry.aliases = SplitCell(row.cells[kAliases], kListSeparator);
    }
    ReadFinding(row, &entry);
    if (connective) {
      ReadConnective(&entry);
    } else {
      ReadMeaning(columns_[*entry.column], &entry);
    }
    if (!row.cells[kHelp].text.empty()) ReadHelp(row.cells[kHelp], &entry);
    AddPhrase(entry, entry.phrase);
    for (const TableCell& alias : entry.aliases) AddPhrase(entry, alias);
    vocabulary_.entries.push_back(std::move(entry));
  }

  bool ReadColumn(const TableCell& cell, std::optional<size_t>* column) {
    *column = FindColumn(columns_, cell.text);
    if (*column) return true;
    diagnostics_
        ->Error(cell.span,
                absl::StrCat("the matrix has no column `", cell.text, "`"))
        .Help(DidYouMean(cell.text, keys_));
    return false;
  }

  void ReadFinding(const TableRow& row, VocabularyEntry* entry) {
    const TableCell& cell = row.cells[kFinding];
    if (cell.text.empty()) return;
    entry->finding = ParseFindingKind(cell.text);
    if (!entry->finding) {
      diagnostics_
          ->Error(cell.span,
                  absl::StrCat("`", cell.text, "` is not a kind of finding"))
          .Help(absl::StrCat("the kinds are `",
                             absl::StrJoin(FindingKindNames(), "`, `"), "`"));
    } else if (entry->note.empty()) {
      diagnostics_->Error(cell.span,
                          "the finding has no note that says what is found");
    }
  }

  void ReadHelp(const TableCell& cell, VocabularyEntry* entry) {
    if (entry->kind != MeaningKind::kCondition) {
      if (entry->kind == MeaningKind::kUnknown) return;
      diagnostics_->Error(cell.span, "help for what is no condition");
      return;
    }
    const std::vector<TableCell> texts = SplitCell(cell, kListSeparator);
    if (texts.size() != 2 || texts[0].text.empty() || texts[1].text.empty()) {
      diagnostics_->Error(cell.span, "the help is not in two languages")
          .Help("write English ` | ` Japanese");
      return;
    }
    for (const TableCell& text : texts) {
      if (!CheckPlaceholders(text)) return;
    }
    entry->help_english = std::string(texts[0].text);
    entry->help_japanese = std::string(texts[1].text);
  }

  // Whether each `{..}` in the help names a column.
  bool CheckPlaceholders(const TableCell& text) {
    size_t at = 0;
    while ((at = text.text.find('{', at)) != absl::string_view::npos) {
      const size_t end = std::min(text.text.find('}', at), text.text.size());
      TableCell key = text;
      key.text = text.text.substr(at + 1, end - at - 1);
      key.span.begin += static_cast<uint32_t>(at + 1);
      key.span.end = key.span.begin + static_cast<uint32_t>(key.text.size());
      std::optional<size_t> column;
      if (!ReadColumn(key, &column)) return false;
      at = end;
    }
    return true;
  }

  void ReadConnective(VocabularyEntry* entry) {
    const absl::string_view meaning = entry->meaning.text;
    if (meaning == "or") {
      entry->kind = MeaningKind::kOr;
    } else if (meaning == "and") {
      entry->kind = MeaningKind::kAnd;
    } else if (meaning == ",") {
      entry->kind = MeaningKind::kSeparator;
    } else {
      diagnostics_->Error(
          entry->meaning.span,
          absl::StrCat("`", meaning, "` is none of `or`, `and`, `,`"));
    }
  }

  void ReadMeaning(const Column& column, VocabularyEntry* entry) {
    const absl::string_view meaning = entry->meaning.text;
    if (meaning.empty()) {
      diagnostics_
          ->Error(entry->phrase.span, absl::StrCat("`", entry->phrase.text,
                                                   "` is given no meaning"))
          .Help("write `-` if it adds nothing");
    } else if (meaning == kNoMeaning) {
      entry->kind = MeaningKind::kNone;
    } else if (column.becomes == Becomes::kAnnotation) {
      entry->kind = MeaningKind::kText;
    } else if (absl::StartsWith(meaning, kRestates)) {
      ReadRestatement(entry);
    } else {
      entry->condition =
          ParseExpression(sources_, entry->meaning.span, diagnostics_);
      if (entry->condition) entry->kind = MeaningKind::kCondition;
    }
  }

  void ReadRestatement(VocabularyEntry* entry) {
    const TableCell rest = WithoutPrefix(entry->meaning, kRestates.size());
    const size_t length = std::min(rest.text.find(' '), rest.text.size());
    TableCell key = rest;
    key.text = rest.text.substr(0, length);
    key.span.end = key.span.begin + static_cast<uint32_t>(length);
    std::optional<size_t> column;
    if (!ReadColumn(key, &column)) return;
    entry->kind = MeaningKind::kRestates;
    entry->restated_column = *column;
    entry->restated_phrases =
        SplitCell(WithoutPrefix(rest, length), kListSeparator);
  }

  void AddPhrase(const VocabularyEntry& entry, const TableCell& cell) {
    if (cell.text.empty()) {
      diagnostics_->Error(cell.span, "an alias is empty");
      return;
    }
    if (cell.text.size() > kMaxPhraseBytes) {
      diagnostics_->Error(cell.span, absl::StrCat("a phrase of more than ",
                                                  kMaxPhraseBytes, " bytes"));
      return;
    }
    const absl::string_view key =
        entry.column ? columns_[*entry.column].key : kConnectives;
    const auto [first, fresh] =
        seen_.emplace(absl::StrCat(key, "\t", cell.text), cell.span);
    if (!fresh) {
      diagnostics_
          ->Error(cell.span, absl::StrCat("two entries of `", key, "` for `",
                                          cell.text, "`"))
          .Note(first->second, "the first is here");
      return;
    }
    PhraseIndex& index = entry.column ? vocabulary_.phrases[*entry.column]
                                      : vocabulary_.connectives;
    index.Add(cell.text, vocabulary_.entries.size());
  }

  // In a list or formula a phrase that is a connective too has two meanings.
  void CheckConnectives() {
    for (const VocabularyEntry& entry : vocabulary_.entries) {
      if (!entry.column) continue;
      if (columns_[*entry.column].grammar == Grammar::kPhrase) continue;
      const auto other = vocabulary_.connectives.Find(entry.phrase.text);
      if (!other) continue;
      diagnostics_
          ->Error(entry.phrase.span,
                  absl::StrCat("`", entry.phrase.text,
                               "` is a connective and cannot be a phrase of a "
                               "list or formula as well"))
          .Note(vocabulary_.entries[*other].phrase.span,
                "the connective is here");
    }
  }

  void CheckRestatements() {
    for (VocabularyEntry& entry : vocabulary_.entries) {
      if (entry.kind != MeaningKind::kRestates) continue;
      const PhraseIndex& phrases = vocabulary_.phrases[entry.restated_column];
      for (const TableCell& phrase : entry.restated_phrases) {
        if (phrases.Find(phrase.text)) continue;
        entry.kind = MeaningKind::kUnknown;
        diagnostics_
            ->Error(phrase.span,
                    absl::StrCat("`", phrase.text, "` is not a phrase of `",
                                 columns_[entry.restated_column].key, "`"))
            .Help(DidYouMean(phrase.text, phrases.Phrases()));
      }
    }
  }

  const SourceSet& sources_;
  const Columns& columns_;
  const std::vector<std::string> keys_;
  Diagnostics* const diagnostics_;
  Vocabulary vocabulary_;
  absl::flat_hash_map<std::string, Span> seen_;
};

}  // namespace

void PhraseIndex::Add(absl::string_view phrase, size_t entry) {
  items_.push_back({phrase, entry});
}

void PhraseIndex::Sort() {
  std::sort(items_.begin(), items_.end(),
            [](const Item& a, const Item& b) { return a.phrase < b.phrase; });
}

std::optional<PhraseIndex::Match> PhraseIndex::Longest(
    absl::string_view text) const {
  std::optional<Match> longest;
  auto begin = items_.begin();
  auto end = items_.end();
  // [begin, end) are the phrases that start with the first `depth` bytes.
  for (size_t depth = 0; begin != end; ++depth) {
    if (begin->phrase.size() == depth) {
      longest = Match{begin->entry, depth};
      ++begin;
    }
    if (depth == text.size()) break;
    const unsigned char next = static_cast<unsigned char>(text[depth]);
    const auto byte = [depth](const Item& item) {
      return static_cast<unsigned char>(item.phrase[depth]);
    };
    begin = std::partition_point(
        begin, end, [&](const Item& item) { return byte(item) < next; });
    end = std::partition_point(
        begin, end, [&](const Item& item) { return byte(item) == next; });
  }
  return longest;
}

std::optional<size_t> PhraseIndex::Find(absl::string_view phrase) const {
  const std::optional<Match> match = Longest(phrase);
  if (!match || match->bytes != phrase.size()) return std::nullopt;
  return match->entry;
}

std::vector<std::string> PhraseIndex::Phrases() const {
  std::vector<std::string> phrases;
  for (const Item& item : items_) phrases.emplace_back(item.phrase);
  return phrases;
}

Vocabulary ReadVocabulary(const SourceSet& sources, SourceId source,
                          const Columns& columns, Diagnostics* diagnostics) {
  return VocabularyReader(sources, columns, diagnostics).Read(source);
}

}  // namespace sekisho
