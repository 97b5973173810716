// A policy folder compiled, with its cases: for whoever runs them.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<CompiledCases> all,
//                    CompileWithCases("policies/healthcare"));
//   Send(all->compilation.artifact);
//   for (const Case& c : all->set.cases) ...
#ifndef SEKISHO_COMPILER_CASES_COMPILED_CASES_H_
#define SEKISHO_COMPILER_CASES_COMPILED_CASES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "compiler/cases/cases.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/source/source.h"

namespace sekisho {

struct CompiledCases {
  explicit CompiledCases(PolicyFolder f)
      : folder(std::move(f)), compilation(&folder.sources) {}
  // The compilation refers to the folder.
  CompiledCases(const CompiledCases&) = delete;
  CompiledCases& operator=(const CompiledCases&) = delete;

  PolicyFolder folder;
  Compilation compilation;
  // The cases are no part of the artifact's sources.
  SourceSet case_sources;
  CaseSet set;
};

// InvalidArgument, with everything that is wrong as text, if the sources or the
// cases have errors.
absl::StatusOr<std::unique_ptr<CompiledCases>> CompileWithCases(
    const std::string& path);

// The same of a folder that may have no cases.
absl::StatusOr<std::unique_ptr<CompiledCases>> CompileWithAnyCases(
    const std::string& path);

// What the cases of that folder may speak of.
// REQUIRES: `compilation`, which must outlive the result, has a schema.
CaseWords WordsOf(const Compilation& compilation);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CASES_COMPILED_CASES_H_
