// A cell is cut into phrases from left to right, the longest phrase of its
// column first, so a phrase that contains a connective wins over the
// connective. What is left over is an error: nothing is guessed.
//
// Formulas are `or` of `and` of phrases. A phrase without a condition holds
// always, so as an operand of `and` it vanishes, and as one of `or` it makes
// the others vanish, of which the author is warned.
//
// Tested by cell_reader_test.cc.
#include "compiler/matrix/cell_reader.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

// For longer texts, and after many errors, no suggestion is looked for.
constexpr size_t kMaxSuggestedBytes = 300;
constexpr size_t kMaxSuggestions = 100;

// Keeps the size of a condition in bounds.
constexpr size_t kMaxUses = 100;

bool IsConnective(MeaningKind kind) {
  return kind == MeaningKind::kOr || kind == MeaningKind::kAnd ||
         kind == MeaningKind::kSeparator;
}

class CellReader {
 public:
  CellReader(const Columns& columns, const Vocabulary& vocabulary,
             size_t column, Diagnostics* diagnostics)
      : column_(columns[column]),
        vocabulary_(vocabulary),
        phrases_(vocabulary.phrases[column]),
        diagnostics_(diagnostics) {}

  CellMeaning Read(const TableCell& cell) {
    const TableCell text = Trimmed(cell);
    if (text.text.empty()) {
      Error(cell.span,
            absl::StrCat("the cell of `", column_.key, "` is empty"));
    } else if (text.text.size() > kMaxReadCellBytes) {
      Error(cell.span,
            absl::StrCat("a cell of more than ", kMaxReadCellBytes, " bytes"));
    } else if (column_.grammar == Grammar::kPhrase) {
      ReadPhrase(text);
    } else {
      CutPhrases(text);
      if (meaning_.uses.size() > kMaxUses) {
        Error(text.span, absl::StrCat("a cell of more than ", kMaxUses,
                                      " phrases and connectives"));
      }
      CheckConnectives(text);
    }
    meaning_.understood = errors_ == 0 && AllParsed();
    if (!meaning_.understood) return std::move(meaning_);
    if (column_.becomes == Becomes::kCondition) {
      meaning_.condition = Condition(text.span);
    } else {
      meaning_.annotation = Annotation();
    }
    return std::move(meaning_);
  }

 private:
  void Error(const Span& span, absl::string_view message,
             absl::string_view help = "") {
    ++errors_;
    if (diagnostics_ == nullptr) return;
    Diagnostics::Detail error = diagnostics_->Error(span, message);
    if (!help.empty()) error.Help(help);
  }

  void UnknownPhrase(const TableCell& piece) {
    std::string help;
    if (diagnostics_ != nullptr &&
        diagnostics_->error_count() < kMaxSuggestions &&
        piece.text.size() <= kMaxSuggestedBytes) {
      const std::string near = Nearest(piece.text, phrases_.Phrases());
      if (!near.empty()) help = absl::StrCat("did you mean `", near, "`?");
    }
    Error(piece.span,
          absl::StrCat("the vocabulary has no phrase `", piece.text, "` of `",
                       column_.key, "`"),
          help);
  }

  void ReadPhrase(const TableCell& text) {
    const std::optional<size_t> entry = phrases_.Find(text.text);
    if (entry) {
      meaning_.uses.push_back({*entry, text.span});
    } else {
      UnknownPhrase(text);
    }
  }

  // The longest phrase or, if no phrase is as long, connective at the start.
  std::optional<PhraseIndex::Match> Match(absl::string_view text) const {
    const auto phrase = phrases_.Longest(text);
    const auto connective = vocabulary_.connectives.Longest(text);
    if (!phrase) return connective;
    if (!connective) return phrase;
    return connective->bytes > phrase->bytes ? connective : phrase;
  }

  static TableCell Piece(const TableCell& cell, size_t begin, size_t end) {
    return {cell.text.substr(begin, end - begin),
            {cell.span.source, cell.span.begin + static_cast<uint32_t>(begin),
             cell.span.begin + static_cast<uint32_t>(end)}};
  }

  void CutPhrases(const TableCell& cell) {
    // Where the text that is no phrase begins, while there is one.
    constexpr size_t kNowhere = absl::string_view::npos;
    size_t unknown = kNowhere;
    const auto end_unknown = [&](size_t end) {
      if (unknown == kNowhere) return;
      UnknownPhrase(Trimmed(Piece(cell, unknown, end)));
      unknown = kNowhere;
    };
    for (size_t at = 0; at < cell.text.size();) {
      const absl::string_view rest = cell.text.substr(at);
      if (const size_t space = LeadingSpace(rest)) {
        at += space;
        continue;
      }
      // Inside an unknown text only connectives are looked for, so that the
      // whole of it is reported and not what the phrases in it leave over.
      const auto match = unknown == kNowhere
                             ? Match(rest)
                             : vocabulary_.connectives.Longest(rest);
      if (!match) {
        if (unknown == kNowhere) unknown = at;
        at += CharacterBytes(rest);
        continue;
      }
      end_unknown(at);
      meaning_.uses.push_back(
          {match->entry, Piece(cell, at, at + match->bytes).span});
      at += match->bytes;
    }
    end_unknown(cell.text.size());
  }

  static size_t CharacterBytes(absl::string_view text) {
    size_t bytes = 1;
    while (bytes < text.size() && (text[bytes] & 0xC0) == 0x80) ++bytes;
    return bytes;
  }

  const VocabularyEntry& EntryOf(const PhraseUse& use) const {
    return vocabulary_.entries[use.entry];
  }

  // `or` and `and` stand between two phrases of a formula; separators may
  // stand anywhere.
  void CheckConnectives(const TableCell& cell) {
    if (errors_ > 0 || !AllParsed()) return;
    bool phrase_before = false;
    const PhraseUse* open = nullptr;
    const PhraseUse* previous = nullptr;
    size_t phrase_count = 0;
    for (const PhraseUse& use : meaning_.uses) {
      const MeaningKind kind = EntryOf(use).kind;
      const absl::string_view text = EntryOf(use).phrase.text;
      if (kind == MeaningKind::kSeparator) {
        phrase_before = false;
      } else if (!IsConnective(kind)) {
        if (phrase_before && column_.grammar == Grammar::kFormula) {
          Error(use.span, "two phrases of a formula stand side by side",
                "put a connective or a separator between them");
        }
        phrase_before = true;
        open = nullptr;
        ++phrase_count;
      } else if (column_.grammar == Grammar::kList) {
        Error(use.span, absl::StrCat("`", text,
                                     "` in a list, whose phrases "
                                     "all hold"));
      } else if (phrase_count == 0 || open != nullptr) {
        Error(use.span, absl::StrCat("no phrase stands before `", text, "`"));
      } else {
        open = &use;
        phrase_before = false;
      }
      previous = &use;
    }
    if (open != nullptr) {
      Error(open->span, absl::StrCat("no phrase stands after `",
                                     EntryOf(*open).phrase.text, "`"));
    } else if (phrase_count == 0 && previous != nullptr) {
      Error(cell.span, "the cell has separators only");
    }
  }

  // False if the meaning of a phrase has an error, which has been reported.
  bool AllParsed() const {
    for (const PhraseUse& use : meaning_.uses) {
      const VocabularyEntry& entry = EntryOf(use);
      if (entry.kind == MeaningKind::kUnknown) return false;
    }
    return true;
  }

  ExprPtr Condition(const Span& span) {
    std::vector<ExprPtr> alternatives;
    std::vector<ExprPtr> operands;
    bool any_condition = false;
    for (const PhraseUse& use : meaning_.uses) {
      const VocabularyEntry& entry = EntryOf(use);
      if (entry.kind == MeaningKind::kOr) {
        alternatives.push_back(AllOf(operands, span));
        operands.clear();
      } else if (entry.kind == MeaningKind::kCondition) {
        any_condition = true;
        operands.push_back(entry.condition);
      }
    }
    alternatives.push_back(AllOf(operands, span));
    ExprPtr condition = AnyOf(alternatives, span);
    if (condition == nullptr && any_condition && diagnostics_ != nullptr) {
      diagnostics_->Warning(span,
                            "an alternative without a condition makes "
                            "the others vanish");
    }
    return condition;
  }

  std::string Annotation() const {
    std::string text;
    absl::string_view joint;
    for (const PhraseUse& use : meaning_.uses) {
      const VocabularyEntry& entry = EntryOf(use);
      if (entry.kind == MeaningKind::kOr) joint = " or ";
      if (entry.kind == MeaningKind::kAnd) joint = " and ";
      if (entry.kind != MeaningKind::kText) continue;
      if (!text.empty()) {
        absl::StrAppend(&text, joint.empty() ? ListJoint() : joint);
      }
      absl::StrAppend(&text, entry.meaning.text);
      joint = "";
    }
    return text;
  }

  absl::string_view ListJoint() const {
    return column_.grammar == Grammar::kFormula ? " and " : "; ";
  }

  const Column& column_;
  const Vocabulary& vocabulary_;
  const PhraseIndex& phrases_;
  Diagnostics* const diagnostics_;
  size_t errors_ = 0;
  CellMeaning meaning_;
};

// Chains of one kind are one node.
ExprPtr Chain(ExprKind kind, const std::vector<ExprPtr>& operands,
              const Span& span) {
  std::vector<ExprPtr> args;
  for (const ExprPtr& operand : operands) {
    if (operand->kind == kind) {
      args.insert(args.end(), operand->args().begin(), operand->args().end());
    } else {
      args.push_back(operand);
    }
  }
  ExprParts parts;
  parts.kind = kind;
  parts.span = span;
  parts.args = std::move(args);
  return MakeExpr(std::move(parts));
}

}  // namespace

ExprPtr AllOf(const std::vector<ExprPtr>& operands, const Span& span) {
  std::vector<ExprPtr> present;
  for (const ExprPtr& operand : operands) {
    if (operand != nullptr) present.push_back(operand);
  }
  if (present.size() <= 1) return present.empty() ? nullptr : present[0];
  return Chain(ExprKind::kAnd, present, span);
}

ExprPtr AnyOf(const std::vector<ExprPtr>& operands, const Span& span) {
  for (const ExprPtr& operand : operands) {
    if (operand == nullptr) return nullptr;
  }
  if (operands.size() <= 1) return operands.empty() ? nullptr : operands[0];
  return Chain(ExprKind::kOr, operands, span);
}

CellMeaning ReadCell(const Columns& columns, const Vocabulary& vocabulary,
                     size_t column, const TableCell& cell,
                     Diagnostics* diagnostics) {
  return CellReader(columns, vocabulary, column, diagnostics).Read(cell);
}

}  // namespace sekisho
