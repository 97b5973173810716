// What the readers of JSON policies and schemas share: members by name, and
// errors in one wording.
#ifndef SEKISHO_COMPILER_JSON_READER_H_
#define SEKISHO_COMPILER_JSON_READER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/json/document.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// The members of an object by the order of their names in a list; nothing where
// there is no such member.
using JsonFields = std::vector<JsonValue>;

class JsonReader {
 public:
  // Both must outlive this object.
  JsonReader(const SourceSet* sources, Diagnostics* diagnostics)
      : sources_(sources),
        diagnostics_(*diagnostics),
        unreported_(sources),
        errors_before_(diagnostics->error_count()) {}

  // As that of Diagnostics. What comes after kMaxErrors is not kept.
  Diagnostics::Detail Error(const Span& span, absl::string_view message);

  // True once errors are no longer kept.
  bool is_full() const;

  // The members with these names. Errors: the value is no object, has members
  // with other names, or lacks one of the first `required`. `what` is the thing
  // in a message, such as "a policy".
  std::optional<JsonFields> Fields(JsonValue value, absl::string_view what,
                                   const std::vector<std::string>& names,
                                   size_t required);
  // Each returns false after an error.
  bool Expect(JsonValue value, JsonKind kind, absl::string_view what);
  bool ReadString(JsonValue value, absl::string_view what, std::string* out);
  // A word of Cedar that is not reserved.
  bool ReadIdentifier(JsonValue value, absl::string_view what,
                      std::string* out);
  // Such words with `::` between them. `prefix` may stand before them.
  bool ReadPath(JsonValue value, absl::string_view what, std::string* out,
                absl::string_view prefix = "");
  // {"name": "value" or null, ..}, or nothing.
  bool ReadAnnotations(JsonValue value, std::vector<Annotation>* annotations);

  // Reports that `found` is not `what`, such as "a variable", of which `known`
  // are all.
  void ReportUnknown(const Span& span, absl::string_view what,
                     absl::string_view found,
                     const std::vector<std::string>& known);

 private:
  const SourceSet* sources_;
  Diagnostics& diagnostics_;
  // Where errors go that are not kept.
  Diagnostics unreported_;
  const size_t errors_before_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_READER_H_
