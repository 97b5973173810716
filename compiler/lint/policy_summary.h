// What the rules about a whole folder (folder_rules.h) look at in a policy:
// much less than its syntax tree, so that it can be kept for each of ten
// thousand.
//
// Conditions and uses are told from others by their hashes, which differ from
// process to process.
#ifndef SEKISHO_COMPILER_LINT_POLICY_SUMMARY_H_
#define SEKISHO_COMPILER_LINT_POLICY_SUMMARY_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"

namespace sekisho {

// What a policy, or something else of a folder, can make use of.
enum class Use : uint8_t {
  kAttribute,        // of whatever has one of that name
  kEntityAttribute,  // the entity's type, the name
  kType,             // of entities
  kEntity,           // type, id
  kEntityOfType,     // some entity of that type
  kPermittedAction,  // type, id: a permit applies to it
};
uint64_t HashOfUse(Use use, absl::string_view a, absl::string_view b = "");

// Of naming the entity.
void AddUsesOf(const EntityUid& uid, std::vector<uint64_t>* uses);

// The rules about how policies are written are for what people write as Cedar
// policies: a row of a matrix has its number for an id, and its columns for an
// order.
bool IsOfMatrix(const Policy& policy);

struct PolicySummary {
  Effect effect = Effect::kPermit;
  // No `@id` is written, as there should be.
  bool lacks_id = false;
  // Of the effect with the obligations and advice.
  uint64_t kind = 0;
  // What it asks for: the parts of its head, and the operands of `&&` of its
  // conditions, in order.
  std::vector<uint64_t> conditions;
  // Ascending.
  std::vector<uint64_t> uses;
};

// `typed` is what CheckPolicy returned for the policy in `environments`; both
// may be empty, and then less is known to be used.
PolicySummary Summarize(const Policy& policy,
                        const std::vector<RequestEnvironment>& environments,
                        const std::vector<TypedPolicy>& typed);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINT_POLICY_SUMMARY_H_
