#include "compiler/matrix/show.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/printer.h"
#include "compiler/matrix/usecases.h"
#include "engine/base/text_width.h"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

std::string ToString(absl::string_view text) { return std::string(text); }

absl::string_view BecomesName(Becomes becomes) {
  return becomes == Becomes::kCondition ? "condition" : "annotation";
}

// The findings that are about the row and, of it, about that column.
std::vector<const Finding*> FindingsOf(const MatrixReading& reading, size_t row,
                                       absl::string_view column) {
  std::vector<const Finding*> found;
  for (const Finding& finding : reading.findings) {
    if (finding.rows.begin <= row && row < finding.rows.end &&
        finding.column == column) {
      found.push_back(&finding);
    }
  }
  return found;
}

// Those that are about no one cell of a column.
std::vector<const Finding*> FindingsOfRow(const MatrixReading& reading,
                                          size_t row) {
  std::vector<const Finding*> found;
  for (absl::string_view key :
       {absl::string_view(), kServiceKey, kOldNumberKey, kNumberKey}) {
    for (const Finding* finding : FindingsOf(reading, row, key)) {
      found.push_back(finding);
    }
  }
  return found;
}

// Without the connectives.
std::vector<const VocabularyEntry*> PhrasesOf(const MatrixReading& reading,
                                              const CellReading& cell) {
  std::vector<const VocabularyEntry*> phrases;
  for (const PhraseUse& use : cell.meaning.uses) {
    const VocabularyEntry& entry = reading.vocabulary.entries[use.entry];
    if (entry.column) phrases.push_back(&entry);
  }
  return phrases;
}

std::string NoteText(const VocabularyEntry& entry, size_t phrase_count) {
  if (phrase_count == 1) return entry.note;
  return absl::StrCat(entry.phrase.text, ": ", entry.note);
}

// `header  english  text`, and below the text what belongs to it.
class CellPrinter {
 public:
  CellPrinter(const SourceSet& sources, const MatrixReading& reading)
      : sources_(sources), reading_(reading) {
    for (const Column& column : reading.matrix.columns) {
      header_width_ = std::max(header_width_, TerminalWidth(column.header));
      english_width_ = std::max(english_width_, TerminalWidth(column.english));
    }
  }

  std::string Print(size_t row, size_t column) {
    const Column& about = reading_.matrix.columns[column];
    const CellReading& cell = reading_.rows[row].cells[column];
    const TableCell& printed = reading_.matrix.rows[row].cells[column];
    text_ =
        absl::StrCat(PadRight(about.header, header_width_), "  ",
                     PadRight(about.english, english_width_), "  ",
                     printed.text, "  [", LineAndColumn(printed.span), "]\n");
    if (cell.correction != nullptr) {
      Line("read as", cell.text.text);
      Line("", PlaceText(sources_, cell.text.span));
      Line("because", cell.correction->reason);
    }
    PrintMeaning(about, cell);
    for (const Finding* finding : FindingsOf(reading_, row, about.key)) {
      Line(FindingKindName(finding->kind), finding->message);
    }
    return std::move(text_);
  }

 private:
  std::string LineAndColumn(const Span& span) const {
    const Position at = sources_.PositionOf(span);
    return absl::StrCat(at.line, ":", at.column);
  }

  void Line(absl::string_view label, absl::string_view text) {
    constexpr int kLabelWidth = 14;
    absl::StrAppend(&text_,
                    std::string(header_width_ + english_width_ + 4, ' '),
                    PadRight(label, kLabelWidth), text, "\n");
  }

  void PrintMeaning(const Column& column, const CellReading& cell) {
    const auto phrases = PhrasesOf(reading_, cell);
    Line("means", EnglishOf(reading_, cell));
    if (!cell.meaning.understood) {
      Line("not understood", "see the errors");
    } else if (cell.meaning.condition != nullptr) {
      Line("condition", PrintExpression(*cell.meaning.condition));
    } else if (!cell.meaning.annotation.empty()) {
      Line("annotation", absl::StrCat("@", column.key, "(",
                                      Quote(cell.meaning.annotation), ")"));
    } else if (column.becomes == Becomes::kCondition) {
      Line("condition", "none");
    } else {
      Line("annotation", "none");
    }
    for (const VocabularyEntry* phrase : phrases) {
      // The note of a phrase with a finding is the finding, unless the phrase
      // is not printed.
      if (phrase->note.empty()) continue;
      if (phrase->finding && cell.correction == nullptr) continue;
      Line("note", NoteText(*phrase, phrases.size()));
    }
  }

  const SourceSet& sources_;
  const MatrixReading& reading_;
  int header_width_ = 0;
  int english_width_ = 0;
  std::string text_;
};

Json FindingsJson(const SourceSet& sources,
                  const std::vector<const Finding*>& findings) {
  Json list = Json::array();
  for (const Finding* finding : findings) {
    list.push_back({{"kind", ToString(FindingKindName(finding->kind))},
                    {"message", finding->message},
                    {"place", PlaceText(sources, finding->span)}});
  }
  return list;
}

Json PhrasesJson(const MatrixReading& reading, const CellReading& cell) {
  Json list = Json::array();
  for (const VocabularyEntry* entry : PhrasesOf(reading, cell)) {
    Json phrase = {{"phrase", ToString(entry->phrase.text)},
                   {"english", entry->english},
                   {"meaning", ToString(entry->meaning.text)}};
    if (!entry->note.empty()) phrase["note"] = entry->note;
    list.push_back(std::move(phrase));
  }
  return list;
}

Json CellJson(const SourceSet& sources, const MatrixReading& reading,
              size_t row, size_t column) {
  const Column& about = reading.matrix.columns[column];
  const CellReading& cell = reading.rows[row].cells[column];
  const TableCell& printed = reading.matrix.rows[row].cells[column];
  Json json = {{"column", about.key},
               {"header", about.header},
               {"english", about.english},
               {"becomes", ToString(BecomesName(about.becomes))},
               {"vouched", about.vouched},
               {"text", ToString(printed.text)},
               {"place", PlaceText(sources, printed.span)}};
  if (cell.correction != nullptr) {
    json["adopted"] = {{"text", ToString(cell.text.text)},
                       {"place", PlaceText(sources, cell.text.span)},
                       {"reason", cell.correction->reason}};
  }
  json["phrases"] = PhrasesJson(reading, cell);
  if (cell.meaning.condition != nullptr) {
    json["condition"] = PrintExpression(*cell.meaning.condition);
  }
  if (!cell.meaning.annotation.empty()) {
    json["annotation"] = cell.meaning.annotation;
  }
  json["findings"] = FindingsJson(sources, FindingsOf(reading, row, about.key));
  return json;
}

}  // namespace

std::string ShowUseCase(const SourceSet& sources, const MatrixReading& reading,
                        size_t row, const Policy* policy) {
  const MatrixRow& printed = reading.matrix.rows[row];
  std::string text =
      absl::StrCat(printed.number.text, "  ", printed.service.text, "\n",
                   "formerly ", printed.old_number.text, ", ",
                   PlaceText(sources, printed.number.span), "\n");
  for (const Finding* finding : FindingsOfRow(reading, row)) {
    absl::StrAppend(&text, FindingKindName(finding->kind), ": ",
                    finding->message, "\n");
  }
  absl::StrAppend(&text, "\n");
  CellPrinter printer(sources, reading);
  for (size_t i = 0; i < reading.matrix.columns.size(); ++i) {
    absl::StrAppend(&text, printer.Print(row, i));
  }
  absl::StrAppend(&text, "\n",
                  policy == nullptr ? "The row becomes no rule.\n"
                                    : RuleText(sources, reading, *policy));
  return text;
}

nlohmann::ordered_json UseCaseJson(const SourceSet& sources,
                                   const MatrixReading& reading, size_t row,
                                   const Policy* policy) {
  const MatrixRow& printed = reading.matrix.rows[row];
  Json json = {{"usecase", ToString(printed.number.text)},
               {"formerly", ToString(printed.old_number.text)},
               {"service", ToString(printed.service.text)},
               {"place", PlaceText(sources, printed.number.span)},
               {"understood", reading.rows[row].understood}};
  Json cells = Json::array();
  for (size_t i = 0; i < reading.matrix.columns.size(); ++i) {
    cells.push_back(CellJson(sources, reading, row, i));
  }
  json["cells"] = std::move(cells);
  json["findings"] = FindingsJson(sources, FindingsOfRow(reading, row));
  if (policy != nullptr) json["rule"] = RuleText(sources, reading, *policy);
  return json;
}

}  // namespace sekisho
