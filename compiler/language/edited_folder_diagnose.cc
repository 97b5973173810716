// What is said to be wrong with a folder, from all that was read.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/language/edited_folder.h"
#include "compiler/matrix/finding.h"

namespace sekisho {
EditedFolder::PlaceById EditedFolder::FindSameIds() const {
  PlaceById first;
  if (!rules_.ids().has_same()) return first;
  const auto add = [&](const Policy& policy, absl::string_view file,
                       size_t begin) {
    if (!rules_.ids().IsSame(policy.id)) return;
    first.emplace(policy.id,
                  FilePlace{std::string(file), SpanInFile(policy.span, begin)});
  };
  const auto add_all = [&](const std::vector<Policy>& policies) {
    for (const Policy& policy : policies) {
      add(policy, tables_->folder.sources.name(policy.span.source), 0);
    }
  };
  if (tables_ != nullptr) add_all(tables_->rows);
  for (const auto& [name, file] : rules_.files()) {
    for (const RulePiece& piece : file.pieces) {
      if (piece.reading == nullptr) continue;
      for (const Policy& head : piece.reading->heads) {
        add(head, name, piece.begin);
      }
    }
  }
  if (tables_ != nullptr) add_all(tables_->links);
  return first;
}

std::vector<FileDiagnostic> EditedFolder::Diagnose(
    const std::string& name) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return {};
  std::vector<FileDiagnostic> out = it->second.diagnostics;
  if (!it->second.form.ok()) return out;
  AddRuleDiagnostics(name, &out);
  AddTableDiagnostics(name, &out);
  AddCaseDiagnostics(name, &out);
  std::stable_sort(out.begin(), out.end(),
                   [](const FileDiagnostic& a, const FileDiagnostic& b) {
                     return a.severity < b.severity;
                   });
  if (out.size() > kMaxFileDiagnostics) out.resize(kMaxFileDiagnostics);
  return out;
}

void EditedFolder::AddSameIds(const std::string& name, const Policy& policy,
                              size_t begin, const PlaceById& same_ids,
                              std::vector<FileDiagnostic>* out) const {
  const auto first = same_ids.find(policy.id);
  if (first == same_ids.end()) return;
  const TextSpan span = SpanInFile(policy.span, begin);
  if (first->second.file == name && first->second.span == span) return;
  FileDiagnostic& same = out->emplace_back();
  same.span = span;
  same.message =
      absl::StrCat("there are two policies with the id `", policy.id, "`");
  same.help = "give one of them another `@id`";
  same.notes.push_back({first->second, "the first is here"});
}

void EditedFolder::AddRuleDiagnostics(const std::string& name,
                                      std::vector<FileDiagnostic>* out) const {
  const auto rules = rules_.files().find(name);
  if (rules == rules_.files().end()) return;
  const PlaceById same_ids = FindSameIds();
  // Of warnings there may be very many; errors are looked for to the end.
  size_t errors = 0;
  for (const RulePiece& piece : rules->second.pieces) {
    if (piece.reading == nullptr) continue;
    const auto place = [&](const Span& span) -> FilePlace {
      if (span.source != 0) return {kObligations, SpanInFile(span)};
      return {name, SpanInFile(span, piece.begin)};
    };
    for (const Diagnostic& diagnostic : piece.reading->diagnostics) {
      const bool is_error = diagnostic.severity == Diagnostic::Severity::kError;
      errors += is_error;
      if (is_error || out->size() - errors < kMaxPolicyWarnings) {
        out->push_back(ToFile(diagnostic, place));
      }
    }
    for (const LintFinding& finding : piece.reading->lint) {
      if (out->size() - errors >= kMaxPolicyWarnings) break;
      out->push_back(ToFile(finding, place));
    }
    if (!same_ids.empty()) {
      for (const Policy& head : piece.reading->heads) {
        AddSameIds(name, head, piece.begin, same_ids, out);
      }
    }
    if (errors > kMaxFileDiagnostics) return;
  }
  for (const FileDiagnostic& finding : lint_.Of(name)) {
    if (out->size() - errors >= kMaxPolicyWarnings) break;
    out->push_back(finding);
  }
}

void EditedFolder::AddTableDiagnostics(const std::string& name,
                                       std::vector<FileDiagnostic>* out) const {
  if (tables_ == nullptr || IsPolicyFile(name) || !IsSourceOfFolder(name)) {
    return;
  }
  if (!tables_->status.ok()) {
    out->push_back(AtBeginning(tables_->status.message()));
    return;
  }
  out->insert(out->end(), lint_.Of(name).begin(), lint_.Of(name).end());
  const SourceSet& sources = tables_->folder.sources;
  const auto place = [&](const Span& span) -> FilePlace {
    return {std::string(sources.name(span.source)), SpanInFile(span)};
  };
  for (const Diagnostic& diagnostic : tables_->diagnostics.all()) {
    if (sources.name(diagnostic.span.source) != name) continue;
    out->push_back(ToFile(diagnostic, place));
  }
  if (tables_->matrix) {
    for (const Finding& finding : tables_->matrix->findings) {
      if (sources.name(finding.span.source) != name) continue;
      // There may be one for each cell; no more would be told.
      if (out->size() >= kMaxFileDiagnostics) break;
      FileDiagnostic odd = AtBeginning(
          absl::StrCat(FindingKindName(finding.kind), ": ", finding.message));
      odd.severity = FileDiagnostic::Severity::kInformation;
      odd.span = SpanInFile(finding.span);
      out->push_back(std::move(odd));
    }
  }
  const PlaceById same_ids = FindSameIds();
  for (const auto* policies : {&tables_->rows, &tables_->links}) {
    for (const Policy& policy : *policies) {
      if (sources.name(policy.span.source) != name) continue;
      AddSameIds(name, policy, 0, same_ids, out);
    }
  }
  if (name != kObligations) return;
  // Each once, as several policies may have found it.
  for (const auto& [rules, file] : rules_.files()) {
    for (const RulePiece& piece : file.pieces) {
      if (piece.reading == nullptr) continue;
      for (const Diagnostic& diagnostic : piece.reading->of_obligations) {
        const FileDiagnostic found =
            ToFile(diagnostic, [](const Span& span) -> FilePlace {
              return {kObligations, SpanInFile(span)};
            });
        const bool is_known =
            std::any_of(out->begin(), out->end(), [&](const auto& other) {
              return other.span == found.span && other.message == found.message;
            });
        if (!is_known) out->push_back(found);
      }
    }
  }
}

void EditedFolder::AddCaseDiagnostics(const std::string& name,
                                      std::vector<FileDiagnostic>* out) const {
  if (cases_ == nullptr || !IsCaseFile(name)) return;
  const auto place = [&](const Span& span) -> FilePlace {
    return {std::string(cases_->sources.name(span.source)), SpanInFile(span)};
  };
  for (const Diagnostic& diagnostic : cases_->diagnostics.all()) {
    if (cases_->sources.name(diagnostic.span.source) != name) continue;
    out->push_back(ToFile(diagnostic, place));
  }
}

}  // namespace sekisho
