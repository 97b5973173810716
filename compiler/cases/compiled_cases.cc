#include "compiler/cases/compiled_cases.h"

#include "compiler/cedar/ast.h"
#include "compiler/matrix/columns.h"
#include "engine/base/status_macros.h"

namespace sekisho {

CaseWords WordsOf(const Compilation& compilation) {
  CaseWords words;
  words.schema = &*compilation.schema;
  for (const Policy& policy : compilation.policies) {
    words.policies.push_back(policy.id);
  }
  if (compilation.matrix) {
    for (const Column& column : compilation.matrix->matrix.columns) {
      if (column.becomes != Becomes::kCondition) continue;
      words.columns.push_back(column.key);
    }
  }
  return words;
}

namespace {

absl::StatusOr<std::unique_ptr<CompiledCases>> CompileFolder(
    const std::string& path) {
  ASSIGN_OR_RETURN(PolicyFolder folder, LoadPolicyFolder(path));
  auto all = std::make_unique<CompiledCases>(std::move(folder));
  RETURN_IF_ERROR(Compile(all->folder, {}, &all->compilation));
  Diagnostics& compiled = all->compilation.diagnostics;
  if (compiled.has_errors()) {
    compiled.Sort();
    return absl::InvalidArgumentError(compiled.ToString());
  }
  return all;
}

absl::Status AddCases(const std::string& path, CompiledCases* all) {
  ASSIGN_OR_RETURN(CaseFiles files, AddCaseFiles(path, &all->case_sources));
  Diagnostics diagnostics(&all->case_sources);
  all->set = ReadCases(all->case_sources, files, WordsOf(all->compilation),
                       &diagnostics);
  if (!diagnostics.has_errors()) return absl::OkStatus();
  diagnostics.Sort();
  return absl::InvalidArgumentError(diagnostics.ToString());
}

}  // namespace

absl::StatusOr<std::unique_ptr<CompiledCases>> CompileWithCases(
    const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<CompiledCases> all, CompileFolder(path));
  RETURN_IF_ERROR(AddCases(path, all.get()));
  return all;
}

absl::StatusOr<std::unique_ptr<CompiledCases>> CompileWithAnyCases(
    const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<CompiledCases> all, CompileFolder(path));
  const absl::Status status = AddCases(path, all.get());
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return all;
}

}  // namespace sekisho
