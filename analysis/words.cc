#include "analysis/words.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/value_words.h"
#include "engine/base/text_width.h"

namespace sekisho {
namespace {

// Options of one cell that are written out.
constexpr size_t kMaxWrittenOptions = 3;

class Writer {
 public:
  explicit Writer(Language language) : language_(language) {}

  std::string Write(const Explanation& e) {
    Line(0, Headline(e));
    for (const PolicyReport& policy : e.determining) {
      e.decision.permitted() ||
              e.decision.cause == Cause::kObligationUnsupported
          ? WriteDetermining(policy)
          : WriteForbid(policy);
    }
    if (!e.unsupported_obligations.empty()) {
      Line(0, "");
      Line(0, absl::StrCat(In("The enforcement point would have to support: ",
                              "適用点に必要な対応: "),
                           absl::StrJoin(e.unsupported_obligations, ", ")));
    }
    for (const PolicyReport& policy : e.undecided_forbids) WriteForbid(policy);
    if (!e.errors.empty()) {
      Line(0, absl::StrCat(In("Could not be evaluated: ", "評価できません: "),
                           absl::StrJoin(e.errors, ", ",
                                         [](std::string* out, const auto& p) {
                                           absl::StrAppend(out, p.id);
                                         })));
    }
    for (const PolicyReport& policy : e.nearest) WriteNear(policy);
    return std::move(text_);
  }

  std::string Write(const RedactedExplanation& e) {
    if (e.permitted) {
      Line(0, In("Permitted.", "許可されています。"));
      return std::move(text_);
    }
    Line(0, In("Denied.", "許可されていません。"));
    if (e.ways.empty()) {
      Line(0, In("There is nothing that you can change to be permitted.",
                 "利用者の側で変更できることはありません。"));
    }
    for (size_t i = 0; i < e.ways.size(); ++i) {
      Line(0, i == 0 ? In("What would be needed:", "必要なこと:")
                     : In("Or:", "または:"));
      for (const RedactedExplanation::Cell& cell : e.ways[i].cells) {
        WriteRedacted(cell);
      }
    }
    return std::move(text_);
  }

 private:
  absl::string_view In(absl::string_view english,
                       absl::string_view japanese) const {
    return language_ == Language::kEnglish ? english : japanese;
  }
  // The label in the language, or in the other one.
  const std::string& In(const Label& label) const {
    const bool english = language_ == Language::kEnglish;
    const std::string& text = english ? label.english : label.japanese;
    return !text.empty() ? text : english ? label.japanese : label.english;
  }

  void Line(int indent, absl::string_view text) {
    absl::StrAppend(&text_, std::string(2 * indent, ' '), text, "\n");
  }
  // `word  text`, words in a column.
  void Item(absl::string_view english, absl::string_view japanese,
            absl::string_view text) {
    constexpr int kWordWidth = 8;
    Line(2, absl::StrCat(PadRight(In(english, japanese), kWordWidth), text));
  }

  std::string Headline(const Explanation& e) const {
    switch (e.decision.cause) {
      case Cause::kPermitted:
        return std::string(In("Permitted.", "許可。"));
      case Cause::kForbidden:
        return std::string(
            In("Denied: it is forbidden.", "拒否: 明示的に禁止されています。"));
      case Cause::kForbidUndecided:
        return std::string(In("Denied: a prohibition could not be evaluated.",
                              "拒否: 禁止の規則を評価できませんでした。"));
      case Cause::kNotCovered:
        break;
      case Cause::kObligationUnsupported:
        return std::string(
            In("Denied: the enforcement point cannot fulfil an obligation.",
               "拒否: 許可に伴う義務を適用点が履行できません。"));
    }
    const std::string action = e.action.ToString();
    switch (e.coverage) {
      case Coverage::kCovered:
        break;
      case Coverage::kNoPermitForAction:
        return absl::StrCat(
            In("Denied: nothing permits ", "拒否: 操作 "), action,
            In(" on such a resource (", " を許可する規則はありません ("),
            e.principal_type, In(" to ", " → "), e.resource_type,
            In(").", ")。"));
      case Coverage::kNoPermitForTypes:
        return absl::StrCat(
            In("Denied: nothing permits anything to a ",
               "拒否: 次の組み合わせを許可する規則はありません: "),
            e.principal_type, In(" on a ", " → "), e.resource_type,
            In(".", "。"));
    }
    return std::string(In("Denied: nothing that permits applies.",
                          "拒否: 当てはまる許可の規則はありません。"));
  }

  // `use case ①-1 (service), usecase-matrix.txt:5`
  std::string NameOf(const PolicyInfo& policy) const {
    const std::string* use_case = policy.Annotation("matrix");
    const std::string* service = policy.Annotation("service");
    std::string name =
        use_case != nullptr
            ? absl::StrCat(In("use case ", "ユースケース "), *use_case)
            : absl::StrCat(In("policy ", "規則 "), policy.id);
    if (use_case != nullptr && *use_case != policy.id) {
      absl::StrAppend(&name, In(", policy ", "、規則 "), policy.id);
    }
    if (service != nullptr) absl::StrAppend(&name, " (", *service, ")");
    return absl::StrCat(name, "  [", policy.source, ":", policy.line, "]");
  }

  void WriteDetermining(const PolicyReport& policy) {
    Line(0, "");
    Line(0, absl::StrCat(In("By ", "根拠: "), NameOf(policy.info)));
    for (const CellReport& cell : policy.cells) {
      Line(1, absl::StrCat(Title(cell), ": ", Wanted(cell)));
    }
  }

  void WriteForbid(const PolicyReport& policy) {
    Line(0, "");
    Line(0, absl::StrCat(In("Forbidden by ", "禁止の根拠: "),
                         NameOf(policy.info)));
    for (const CellReport& cell : policy.cells) {
      Line(1, absl::StrCat(Title(cell), ": ", Wanted(cell)));
      WriteDetails(cell);
    }
  }

  void WriteNear(const PolicyReport& policy) {
    Line(0, "");
    const size_t count = policy.cells.size();
    if (count == 0) {
      Line(0,
           absl::StrCat(NameOf(policy.info),
                        In(": would permit", ": 許可の条件を満たしています")));
      return;
    }
    Line(0, absl::StrCat(NameOf(policy.info), ": ", count,
                         count == 1
                             ? In(" condition in the way", " 項目が不足")
                             : In(" conditions in the way", " 項目が不足")));
    for (const CellReport& cell : policy.cells) {
      Line(1, Title(cell));
      Item("wanted", "必要", Wanted(cell));
      WriteDetails(cell);
    }
    if (!policy.plan_obligations.empty()) {
      Line(1, absl::StrCat(In("and to support: ", "さらに対応が必要: "),
                           absl::StrJoin(policy.plan_obligations, ", ")));
    }
  }

  std::string Title(const CellReport& cell) const {
    if (!cell.header.empty()) return In(cell.header);
    return absl::StrCat(In("condition at ", "条件 "), cell.source, ":",
                        cell.line);
  }

  const std::string& Wanted(const CellReport& cell) const {
    return cell.wanted.empty() ? cell.text : In(cell.wanted);
  }

  void WriteDetails(const CellReport& cell) {
    for (const Found& found : cell.found) Item("found", "実際", Text(found));
    for (const Label& help : cell.help) Item("helps", "対処", In(help));
    const size_t count = std::min(cell.options.size(), kMaxWrittenOptions);
    for (size_t i = 0; i < count; ++i) {
      const std::string edits = absl::StrJoin(
          cell.options[i], In(", and ", "、かつ "),
          [this](std::string* out, const Edit& edit) { *out += Text(edit); });
      i == 0 ? Item("change", "変更", edits) : Item("or", "または", edits);
    }
    if (count < cell.options.size()) {
      Item("", "",
           absl::StrCat(In("and ", "ほか "), cell.options.size() - count,
                        In(" more ways", " 通り")));
    }
  }

  // `home (Location::"home")`
  std::string Named(const Value& value, const Label& words) const {
    if (words.empty()) return ValueText(value);
    return absl::StrCat(In(words), " (", ValueText(value), ")");
  }

  std::string Text(const Found& found) const {
    switch (found.state) {
      case FoundState::kValue:
        return absl::StrCat(found.path, " = ",
                            Named(found.value, found.value_words));
      case FoundState::kAbsent:
        return absl::StrCat(found.path, In(" is absent", " がありません"));
      case FoundState::kEntityMissing:
        return absl::StrCat(
            found.path, ": ", ValueText(found.value),
            In(" is not in the store", " は登録されていません"));
      case FoundState::kEntityUnknown:
        return absl::StrCat(
            found.path, ": ", ValueText(found.value),
            In(" was not looked up by the decision, so that the evidence "
               "lacks it",
               " は判定時に参照されておらず、証拠に含まれていません"));
      case FoundState::kError:
        break;
    }
    return absl::StrCat(found.path, In(" cannot be read", " を読み取れません"));
  }

  std::string Text(const Edit& edit) const {
    const std::string value = Named(edit.value, edit.value_words);
    switch (edit.kind) {
      case EditKind::kAssign:
        return absl::StrCat(edit.path, In(" becomes ", " を次にする: "), value);
      case EditKind::kInsert:
        return absl::StrCat(edit.path, In(" gains ", " に加える: "), value);
      case EditKind::kRemove:
        return absl::StrCat(edit.path, In(" loses ", " から除く: "), value);
      case EditKind::kDelete:
        return absl::StrCat(edit.path, In(" is taken away", " をなくす"));
    }
    return "";
  }

  void WriteRedacted(const RedactedExplanation::Cell& cell) {
    std::vector<std::string> parts;
    if (!cell.wanted.empty()) {
      parts.push_back(absl::StrCat(In(cell.header), ": ", In(cell.wanted)));
    }
    for (const Label& help : cell.help) parts.push_back(In(help));
    for (size_t i = 0; i < parts.size(); ++i) {
      Line(1, absl::StrCat(i == 0 ? "- " : "  ", parts[i]));
    }
  }

  const Language language_;
  std::string text_;
};

}  // namespace

std::string InWords(const Explanation& explanation, Language language) {
  return Writer(language).Write(explanation);
}

std::string InWords(const RedactedExplanation& explanation, Language language) {
  return Writer(language).Write(explanation);
}

}  // namespace sekisho
