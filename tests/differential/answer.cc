#include "tests/differential/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

std::vector<std::string> Pick(const std::vector<std::string>& ids,
                              const PolicyIndexes& policies) {
  std::vector<std::string> picked;
  for (PolicyIndex index : policies) picked.push_back(ids[index]);
  return picked;
}

template <typename References>
std::vector<std::string> IdsOfReferences(const References& references) {
  std::vector<std::string> ids;
  for (const v1::PolicyReference& policy : references) {
    ids.push_back(policy.id());
  }
  return ids;
}

bool Fits(const Schema& schema, const Type& type, const Value& value) {
  if (type.kind != value.kind()) return false;
  switch (type.kind) {
    case Type::Kind::kEntity: {
      const EntityUid& uid = value.AsEntity();
      const auto& ids = schema.entity_types.at(type.entity_type).enum_ids;
      return uid.type == type.entity_type &&
             (ids.empty() || ids.contains(uid.id));
    }
    case Type::Kind::kSet:
      return std::all_of(value.AsSet().begin(), value.AsSet().end(),
                         [&](const Value& element) {
                           return Fits(schema, *type.element, element);
                         });
    case Type::Kind::kRecord: {
      for (const auto& [name, attribute] : *type.attributes) {
        const Value* found = value.Find(name);
        if (found == nullptr ? attribute.required
                             : !Fits(schema, attribute.type, *found)) {
          return false;
        }
      }
      return std::all_of(value.AsRecord().begin(), value.AsRecord().end(),
                         [&](const Value::Attribute& attribute) {
                           return type.attributes->contains(attribute.first);
                         });
    }
    default:
      return true;
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  if (!answer.decided()) return out << answer.code;
  const char* const kCauses[] = {"permitted", "forbidden", "forbid undecided",
                                 "not covered"};
  return out << (answer.permitted ? "permit: " : "deny: ")
             << kCauses[static_cast<int>(answer.cause)] << " by ["
             << absl::StrJoin(answer.determining, ", ") << "] errors ["
             << absl::StrJoin(answer.errors, ", ") << "] undecided ["
             << absl::StrJoin(answer.undecided_forbids, ", ") << "]";
}

std::vector<std::string> IdsOf(const std::vector<Policy>& policies) {
  std::vector<std::string> ids;
  for (const Policy& policy : policies) ids.push_back(policy.id);
  return ids;
}

Answer AnswerOf(const absl::StatusOr<Decision>& decision,
                const std::vector<std::string>& ids) {
  Answer answer;
  answer.code = decision.status().code();
  if (!decision.ok()) return answer;
  answer.permitted = decision->permitted();
  answer.cause = decision->cause;
  answer.determining = Pick(ids, decision->determining);
  answer.errors = Pick(ids, decision->errors);
  answer.undecided_forbids = Pick(ids, decision->undecided_forbids);
  return answer;
}

Answer AnswerOf(const v1::DecideResponse& response) {
  Answer answer;
  answer.permitted = response.decision() == v1::PERMIT;
  switch (response.cause()) {
    case v1::PERMITTED:
      answer.cause = Cause::kPermitted;
      break;
    case v1::FORBIDDEN:
      answer.cause = Cause::kForbidden;
      break;
    case v1::FORBID_UNDECIDED:
      answer.cause = Cause::kForbidUndecided;
      break;
    case v1::NOT_COVERED:
      answer.cause = Cause::kNotCovered;
      break;
    default:
      answer.code = absl::StatusCode::kInternal;
  }
  answer.determining = IdsOfReferences(response.determining());
  answer.errors = IdsOfReferences(response.errors());
  answer.undecided_forbids = IdsOfReferences(response.undecided_forbids());
  return answer;
}

Answer AnswerOf(const absl::StatusOr<v1::DecideResponse>& response) {
  if (response.ok()) return AnswerOf(*response);
  Answer answer;
  answer.code = response.status().code();
  return answer;
}

Answer AnswerOf(const v1::DecideResult& result) {
  if (result.has_decision()) return AnswerOf(result.decision());
  Answer answer;
  answer.code = static_cast<absl::StatusCode>(result.error().code());
  return answer;
}

bool Fits(const Schema& schema, const Request& request) {
  auto it = schema.actions.find(request.action);
  return it != schema.actions.end() &&
         it->second.principal_types.contains(request.principal.type) &&
         it->second.resource_types.contains(request.resource.type) &&
         Fits(schema, Type::Record(it->second.context), request.context);
}

}  // namespace sekisho
