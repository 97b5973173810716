// What could be written at a place.
#ifndef SEKISHO_COMPILER_LANGUAGE_COMPLETION_H_
#define SEKISHO_COMPILER_LANGUAGE_COMPLETION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/language/edited_folder.h"
#include "compiler/language/text.h"

namespace sekisho {

struct Completion {
  enum class Kind { kKeyword, kVariable, kType, kAttribute, kMethod, kValue };

  Kind kind = Kind::kKeyword;
  // What is shown, and, at `span`, written.
  std::string label;
  TextSpan span;
  // Its type, or what the vocabulary calls it.
  std::string detail;
};

// In a policy: attributes and methods behind `.`, ids behind `::`, values that
// fit behind a comparison, and the words that may stand there; the policy is
// typed as far as it has been written. In a schema: types and keywords. In a
// table: columns, use cases, obligations, and expressions as in policies.
std::vector<Completion> FindCompletions(const EditedFolder& folder,
                                        const std::string& file, size_t offset);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_COMPLETION_H_
