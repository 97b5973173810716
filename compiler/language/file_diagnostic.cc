#include "compiler/language/file_diagnostic.h"

namespace sekisho {

FileDiagnostic ToFile(const Diagnostic& diagnostic, PlaceInFolder place) {
  FileDiagnostic out;
  if (diagnostic.severity == Diagnostic::Severity::kWarning) {
    out.severity = FileDiagnostic::Severity::kWarning;
  }
  out.span = place(diagnostic.span).span;
  out.message = diagnostic.message;
  out.help = diagnostic.help;
  for (const Diagnostic::Note& note : diagnostic.notes) {
    out.notes.push_back({place(note.span), note.message});
  }
  return out;
}

FileDiagnostic ToFile(const LintFinding& finding, PlaceInFolder place) {
  const Diagnostic diagnostic{Diagnostic::Severity::kWarning, finding.span,
                              finding.message, finding.notes, finding.help};
  FileDiagnostic out = ToFile(diagnostic, place);
  out.rule = std::string(finding.rule);
  for (const SourceEdit& edit : finding.fix) {
    out.fix.push_back({place(edit.span).span, edit.text});
  }
  return out;
}

FileDiagnostic AtBeginning(absl::string_view message) {
  FileDiagnostic diagnostic;
  diagnostic.message = std::string(message.data(), message.size());
  return diagnostic;
}

}  // namespace sekisho
