#include "analysis/cases/run_cases.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/decide.h"
#include "engine/model/cause.h"
#include "engine/model/obligation.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

std::vector<std::string> IdsOf(const Artifact& artifact,
                               const PolicyIndexes& policies) {
  std::vector<std::string> ids;
  for (const PolicyIndex policy : policies) {
    ids.push_back(artifact.policies()[policy].id);
  }
  return ids;
}

std::string ListText(const std::vector<std::string>& ids) {
  return ids.empty() ? "none" : absl::StrJoin(ids, ", ");
}

// Whether an error's message is about `field` or a part of it.
bool NamesField(absl::string_view message, absl::string_view field) {
  if (!absl::StartsWith(message, field)) return false;
  message.remove_prefix(field.size());
  return !message.empty() && absl::StrContains(":.[", message.substr(0, 1));
}

std::string ObligationText(const std::string& name, const Value* parameters) {
  return parameters == nullptr || parameters->AsRecord().empty()
             ? name
             : absl::StrCat(name, " ", parameters->ToString());
}

void CompareObligations(const std::vector<ExpectedObligation>& expected,
                        const Obliged& obliged,
                        std::vector<std::string>* mismatches) {
  std::vector<Obligation> found = obliged.obligations;
  found.insert(found.end(), obliged.advice.begin(), obliged.advice.end());
  const bool same =
      std::equal(expected.begin(), expected.end(), found.begin(), found.end(),
                 [](const ExpectedObligation& a, const Obligation& b) {
                   return a.name == b.name &&
                          (!a.parameters || *a.parameters == b.parameters);
                 });
  if (same) return;
  std::vector<std::string> wanted;
  for (const ExpectedObligation& each : expected) {
    wanted.push_back(ObligationText(
        each.name, each.parameters ? &*each.parameters : nullptr));
  }
  std::vector<std::string> had;
  for (const Obligation& each : found) {
    had.push_back(ObligationText(each.name, &each.parameters));
  }
  mismatches->push_back(absl::StrCat("expected the obligations ",
                                     ListText(wanted), ", found ",
                                     ListText(had)));
}

}  // namespace

absl::StatusOr<FoundEntity> CaseEntities::Find(const EntityUid& uid) {
  for (const Entity& entity : case_.put) {
    if (entity.uid == uid) return FoundEntity(&entity);
  }
  const std::vector<EntityUid>& deleted = case_.deleted;
  if (std::find(deleted.begin(), deleted.end(), uid) != deleted.end()) {
    return FoundEntity(nullptr);
  }
  return population_.Find(uid);
}

std::string ExpectationText(const Case& c) {
  const absl::string_view name = ExpectationName(c.expect);
  if (c.expect == Expectation::kInvalid) {
    return absl::StrCat(name, ": ", c.field);
  }
  return c.by.empty() ? std::string(name)
                      : absl::StrCat(name, " by ", absl::StrJoin(c.by, ", "));
}

std::string AnswerText(const Artifact& artifact,
                       const absl::StatusOr<Decision>& answer) {
  if (!answer.ok()) {
    return absl::StrCat(
        absl::IsInvalidArgument(answer.status()) ? "invalid: " : "error: ",
        answer.status().message());
  }
  std::string text = answer->permitted() ? "permit" : "deny";
  if (!answer->determining.empty()) {
    absl::StrAppend(&text, " by ",
                    absl::StrJoin(IdsOf(artifact, answer->determining), ", "));
  } else if (!answer->permitted()) {
    absl::StrAppend(&text, ": ", CauseName(answer->cause));
  }
  return text;
}

std::vector<std::string> Mismatches(const Artifact& artifact, const Case& c,
                                    const absl::StatusOr<Decision>& answer,
                                    const Obliged& obliged) {
  std::vector<std::string> out;
  const std::string unexpected =
      absl::StrCat("expected ", ExpectationText(c), ", found ",
                   AnswerText(artifact, answer));
  if (!answer.ok() || c.expect == Expectation::kInvalid) {
    const bool named = absl::IsInvalidArgument(answer.status()) &&
                       NamesField(answer.status().message(), c.field);
    if (c.expect != Expectation::kInvalid || !named) out.push_back(unexpected);
    return out;
  }
  const bool permit = c.expect == Expectation::kPermit;
  if (answer->permitted() != permit ||
      IdsOf(artifact, answer->determining) != c.by) {
    out.push_back(unexpected);
  }
  if (c.errors) {
    const std::vector<std::string> errors = IdsOf(artifact, answer->errors);
    if (errors != *c.errors) {
      out.push_back(
          absl::StrCat("expected that these fail: ", ListText(*c.errors),
                       "; found ", ListText(errors)));
    }
  } else if (answer->cause == Cause::kForbidUndecided) {
    out.push_back(
        absl::StrCat("denied because a forbid failed (",
                     ListText(IdsOf(artifact, answer->undecided_forbids)),
                     "); if that is meant, name it in the column `errors`"));
  }
  if (c.obliges) CompareObligations(*c.obliges, obliged, &out);
  return out;
}

CaseResult CaseRunner::Run(const Case& c) {
  CaseEntities entities = EntitiesOf(c);
  CaseResult result{Decide(artifact_, c.request, entities), {}, {}};
  if (result.answer.ok()) {
    result.obliged =
        Oblige(artifact_, c.request, std::nullopt, &*result.answer);
  }
  result.mismatches = Mismatches(artifact_, c, result.answer, result.obliged);
  return result;
}

}  // namespace sekisho
