#include "proto/explanation_codec.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/explain.h"
#include "analysis/value_words.h"
#include "proto/codec.h"
#include "proto/policy_codec.h"

namespace sekisho {
namespace {

constexpr char kEnglishTag[] = "en";
constexpr char kJapaneseTag[] = "ja";

v1::Explanation::Coverage ToProto(Coverage coverage) {
  switch (coverage) {
    case Coverage::kCovered:
      return v1::Explanation::COVERED;
    case Coverage::kNoPermitForAction:
      return v1::Explanation::NO_PERMIT_FOR_ACTION;
    case Coverage::kNoPermitForTypes:
      break;
  }
  return v1::Explanation::NO_PERMIT_FOR_TYPES;
}

v1::ExplainedCell::Outcome ToProto(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return v1::ExplainedCell::FAILS;
    case Truth::kTrue:
      return v1::ExplainedCell::HOLDS;
    case Truth::kError:
      break;
  }
  return v1::ExplainedCell::CANNOT_BE_EVALUATED;
}

v1::Found::State ToProto(FoundState state) {
  switch (state) {
    case FoundState::kValue:
      return v1::Found::VALUE;
    case FoundState::kAbsent:
      return v1::Found::ABSENT;
    case FoundState::kEntityMissing:
      return v1::Found::ENTITY_MISSING;
    case FoundState::kEntityUnknown:
      return v1::Found::ENTITY_UNKNOWN;
    case FoundState::kError:
      break;
  }
  return v1::Found::UNREADABLE;
}

v1::Edit::Operation ToProto(EditKind kind) {
  switch (kind) {
    case EditKind::kAssign:
      return v1::Edit::ASSIGN;
    case EditKind::kInsert:
      return v1::Edit::INSERT;
    case EditKind::kRemove:
      return v1::Edit::REMOVE;
    case EditKind::kDelete:
      break;
  }
  return v1::Edit::DELETE;
}

v1::Edit::Owner ToProto(Place::Owner owner) {
  switch (owner) {
    case Place::Owner::kAction:
      return v1::Edit::ACTION;
    case Place::Owner::kContext:
      return v1::Edit::CONTEXT;
    case Place::Owner::kEntity:
      break;
  }
  return v1::Edit::ENTITY;
}

v1::Words ToProto(const Label& label) {
  v1::Words words;
  words.set_english(label.english);
  words.set_japanese(label.japanese);
  return words;
}

v1::Found ToProto(const Found& found) {
  v1::Found out;
  out.set_path(found.path);
  out.set_state(ToProto(found.state));
  if (found.state == FoundState::kValue ||
      found.state == FoundState::kEntityMissing ||
      found.state == FoundState::kEntityUnknown) {
    out.set_text(ValueText(found.value));
    if (!found.value_words.empty()) {
      *out.mutable_words() = ToProto(found.value_words);
    }
  }
  return out;
}

v1::Edit ToProto(const Edit& edit) {
  v1::Edit out;
  out.set_path(edit.path);
  out.set_operation(ToProto(edit.kind));
  out.set_owner(ToProto(edit.place.owner));
  if (edit.place.owner == Place::Owner::kEntity) {
    EntityUidToProto(edit.place.entity, out.mutable_entity());
  }
  for (const std::string& name : edit.place.attributes) {
    out.add_attributes(name);
  }
  if (edit.kind != EditKind::kDelete) {
    ValueToProto(edit.value, out.mutable_value());
    if (!edit.value_words.empty()) {
      *out.mutable_words() = ToProto(edit.value_words);
    }
  }
  return out;
}

v1::ExplainedCell ToProto(const CellReport& cell) {
  v1::ExplainedCell out;
  out.set_column(cell.column);
  if (!cell.header.empty()) *out.mutable_header() = ToProto(cell.header);
  out.set_from_request(cell.from_request);
  if (!cell.wanted.empty()) *out.mutable_wanted() = ToProto(cell.wanted);
  out.set_condition(cell.text);
  out.set_source(cell.source);
  out.set_line(cell.line);
  out.set_outcome(ToProto(cell.outcome));
  for (const Found& found : cell.found) *out.add_found() = ToProto(found);
  for (const Label& help : cell.help) *out.add_help() = ToProto(help);
  for (const EditSet& edits : cell.options) {
    v1::EditSet* option = out.add_options();
    for (const Edit& edit : edits) *option->add_edits() = ToProto(edit);
  }
  return out;
}

v1::ExplainedPolicy ToProto(const PolicyReport& policy) {
  v1::ExplainedPolicy out;
  PolicyToProto(policy.info, policy.info.id, out.mutable_policy());
  const std::string* service = policy.info.Annotation("service");
  if (service != nullptr) out.set_service(*service);
  for (const CellReport& cell : policy.cells) *out.add_cells() = ToProto(cell);
  for (const Edit& edit : policy.plan) *out.add_plan() = ToProto(edit);
  for (const std::string& name : policy.plan_obligations) {
    out.add_plan_obligations(name);
  }
  return out;
}

v1::Explanation ToProto(const Explanation& explanation) {
  v1::Explanation out;
  for (const PolicyReport& policy : explanation.determining) {
    *out.add_determining() = ToProto(policy);
  }
  for (const std::string& name : explanation.unsupported_obligations) {
    out.add_unsupported_obligations(name);
  }
  for (const PolicyReport& policy : explanation.undecided_forbids) {
    *out.add_undecided_forbids() = ToProto(policy);
  }
  for (const PolicyInfo& policy : explanation.errors) {
    PolicyToProto(policy, policy.id, out.add_errors());
  }
  if (explanation.decision.cause == Cause::kNotCovered) {
    out.set_coverage(ToProto(explanation.coverage));
  }
  for (const PolicyReport& policy : explanation.nearest) {
    *out.add_nearest() = ToProto(policy);
  }
  for (const EntityUid& uid : explanation.read) {
    EntityUidToProto(uid, out.add_read());
  }
  return out;
}

v1::RedactedExplanation ToProto(const RedactedExplanation& explanation) {
  v1::RedactedExplanation out;
  for (const RedactedExplanation::Way& way : explanation.ways) {
    v1::RedactedWay* told = out.add_ways();
    for (const RedactedExplanation::Cell& cell : way.cells) {
      v1::RedactedCell* told_cell = told->add_cells();
      if (!cell.header.empty()) {
        *told_cell->mutable_header() = ToProto(cell.header);
      }
      if (!cell.wanted.empty()) {
        *told_cell->mutable_wanted() = ToProto(cell.wanted);
      }
      for (const Label& help : cell.help) {
        *told_cell->add_help() = ToProto(help);
      }
    }
  }
  return out;
}

template <typename T>
void AddTexts(const T& explanation, const std::vector<Language>& languages,
              v1::ExplainResponse* out) {
  for (Language language : languages) {
    v1::ExplanationText* text = out->add_texts();
    text->set_language(language == Language::kEnglish ? kEnglishTag
                                                      : kJapaneseTag);
    text->set_text(InWords(explanation, language));
  }
}

}  // namespace

absl::StatusOr<ExplanationForm> ExplanationFormOf(
    const v1::ExplainRequest& request) {
  ExplanationForm form;
  switch (request.detail()) {
    case v1::ExplainRequest::DETAIL_UNSPECIFIED:
    case v1::ExplainRequest::REDACTED:
      break;
    case v1::ExplainRequest::FULL:
      form.redacted = false;
      break;
    default:
      return absl::InvalidArgumentError("detail: is neither REDACTED nor FULL");
  }
  if (request.languages_size() == 0) return form;
  form.languages.clear();
  for (int i = 0; i < request.languages_size(); ++i) {
    const std::string& tag = request.languages(i);
    const Language language =
        tag == kJapaneseTag ? Language::kJapanese : Language::kEnglish;
    const bool is_known = tag == kEnglishTag || tag == kJapaneseTag;
    if (!is_known || std::count(form.languages.begin(), form.languages.end(),
                                language) > 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "languages[", i,
          "]: ", is_known ? "is given twice" : "is neither `en` nor `ja`"));
    }
    form.languages.push_back(language);
  }
  return form;
}

void ExplanationToProto(const Explanation& explanation,
                        const ExplanationForm& form, v1::ExplainResponse* out) {
  out->set_decision(explanation.decision.permitted() ? v1::PERMIT : v1::DENY);
  if (form.redacted) {
    const RedactedExplanation redacted = Redact(explanation);
    *out->mutable_redacted() = ToProto(redacted);
    AddTexts(redacted, form.languages, out);
    return;
  }
  out->set_cause(CauseToProto(explanation.decision.cause));
  *out->mutable_full() = ToProto(explanation);
  AddTexts(explanation, form.languages, out);
}

}  // namespace sekisho
