// Lints a policy folder.
//
//   Compilation compilation(&folder.sources);
//   ASSIGN_OR_RETURN(std::vector<LintFinding> findings,
//                    LintFolder(folder, &compilation));
//   std::cerr << compilation.diagnostics.ToString();
#ifndef SEKISHO_COMPILER_LINT_LINT_FOLDER_H_
#define SEKISHO_COMPILER_LINT_LINT_FOLDER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/lint/lint.h"

namespace sekisho {

// What remains after DropAllowed(). Nothing if the folder has errors: those are
// in the compilation's diagnostics. Without a schema less is found. The status
// is that of Compile().
absl::StatusOr<std::vector<LintFinding>> LintFolder(const PolicyFolder& folder,
                                                    Compilation* compilation);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINT_LINT_FOLDER_H_
