#include "compiler/language/edited_folder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/cedar_source.h"
#include "compiler/language/policy_symbols.h"
#include "compiler/source/read_source.h"

namespace sekisho {
namespace {

constexpr char kObligations[] = "obligations.tsv";

bool IsSame(const Schema& a, const Schema& b) {
  const auto same_entity = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.attributes == y.second.attributes &&
           x.second.tags == y.second.tags &&
           x.second.member_of == y.second.member_of &&
           x.second.enum_ids == y.second.enum_ids;
  };
  const auto same_action = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.member_of == y.second.member_of &&
           x.second.principal_types == y.second.principal_types &&
           x.second.resource_types == y.second.resource_types &&
           x.second.context == y.second.context;
  };
  return std::equal(a.entity_types.begin(), a.entity_types.end(),
                    b.entity_types.begin(), b.entity_types.end(),
                    same_entity) &&
         std::equal(a.actions.begin(), a.actions.end(), b.actions.begin(),
                    b.actions.end(), same_action);
}

// `place` says where a place of the diagnostic is in the folder.
template <typename PlaceOf>
FileDiagnostic ToFile(const Diagnostic& diagnostic, const PlaceOf& place) {
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

template <typename PlaceOf>
FileDiagnostic ToFile(const LintFinding& finding, const PlaceOf& place) {
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

TextSpan Shifted(size_t by, const Span& span) {
  return {by + span.begin, by + span.end};
}

void Give(const Occurrences& occurrences, size_t begin,
          EditedFolder::OccurrenceSink sink) {
  for (const Occurrence& o : occurrences) {
    sink(o.symbol, {begin + o.span.begin, begin + o.span.end}, o.is_definition);
  }
}

void Give(const RulePiece& piece, EditedFolder::OccurrenceSink sink) {
  if (piece.reading != nullptr) {
    Give(piece.reading->occurrences, piece.begin, sink);
  }
}

}  // namespace

// ---- Texts -----------------------------------------------------------------

void EditedFolder::SetFile(const std::string& name, std::string text) {
  const auto [it, is_new] = files_.try_emplace(name);
  if (!is_new && it->second.text.text() == text) return;
  it->second.text = Text(std::move(text));
  Refresh(name, &it->second);
}

void EditedFolder::RemoveFile(const std::string& name) {
  if (!files_.contains(name)) return;
  rules_.Remove(name);
  files_.erase(name);
  changed_.insert(name);
  if (IsSchemaFile(name)) ReadSchema();
  if (name == kObligations) ReadObligations();
  tables_changed_ |= IsSourceOfFolder(name) && !IsPolicyFile(name);
  cases_changed_ |= IsCaseFile(name);
}

void EditedFolder::EditFile(const std::string& name, const TextEdit& edit) {
  File& file = files_.at(name);
  const bool was_text = file.form.ok();
  file.text.Replace(edit.span, edit.text);
  if (!IsPolicyFile(name) || !was_text || !CheckSource(name, edit.text).ok()) {
    return Refresh(name, &file);
  }
  rules_.Edit(name, edit.span.begin, edit.span.end,
              edit.span.begin + edit.text.size());
  changed_.insert(name);
}

std::vector<std::string> EditedFolder::FileNames() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

const Text* EditedFolder::FindText(const std::string& name) const {
  const auto it = files_.find(name);
  return it == files_.end() ? nullptr : &it->second.text;
}

void EditedFolder::Refresh(const std::string& name, File* file) {
  file->diagnostics.clear();
  file->occurrences.clear();
  file->form = CheckSource(name, file->text.text());
  if (!file->form.ok()) {
    file->diagnostics.push_back(AtBeginning(file->form.message()));
    changed_.insert(name);
  }
  if (IsPolicyFile(name)) {
    if (file->form.ok()) {
      rules_.Set(name, &file->text);
    } else {
      rules_.Remove(name);
    }
    return;
  }
  if (IsSchemaFile(name)) ReadSchema();
  if (name == kObligations) ReadObligations();
  tables_changed_ |= IsSourceOfFolder(name);
  cases_changed_ |= IsCaseFile(name);
  has_cases_ |= IsCaseFile(name);
}

// ---- Reading ---------------------------------------------------------------

void EditedFolder::ReadSchema() {
  // That there are several is said with the tables.
  const auto it =
      std::find_if(files_.begin(), files_.end(), [](const auto& file) {
        return IsSchemaFile(file.first) && file.second.form.ok();
      });
  if (it == files_.end()) {
    schema_index_ = std::make_shared<const SchemaIndex>();
    if (context_ != nullptr) SetContext(nullptr);
    return;
  }
  const std::string& name = it->first;
  File& file = it->second;
  file.diagnostics.clear();
  changed_.insert(name);
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source = sources.Add(name, file.text.text());
  std::optional<Schema> schema =
      ReadSchemaSource(sources, source, &diagnostics);
  diagnostics.Sort();
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    file.diagnostics.push_back(
        ToFile(diagnostic, [&name](const Span& span) -> FilePlace {
          return {name, Shifted(0, span)};
        }));
  }
  if (FormOf(name) == CedarForm::kText) {
    Diagnostics reported(&sources);
    schema_index_ = std::make_shared<const SchemaIndex>(
        sources, source, schema_syntax::Parse(sources, source, &reported));
  }
  file.occurrences = schema_index_->occurrences();
  SortOccurrences(&file.occurrences);
  // While a schema is being written policies mean what they last meant, and
  // another layout of it means the same.
  if (!schema) return;
  if (context_ == nullptr) {
    SetContext(std::make_unique<const PolicyContext>(
        *std::move(schema), schema_index_, Obligations()));
    return ReadObligations();
  }
  if (IsSame(context_->schema, *schema) &&
      context_->index->HasSameNames(*schema_index_)) {
    return;
  }
  SetContext(std::make_unique<const PolicyContext>(
      *std::move(schema), schema_index_, context_->obligations));
}

void EditedFolder::ReadObligations() {
  if (context_ == nullptr) return;
  Obligations obligations;
  const auto it = files_.find(kObligations);
  if (it != files_.end() && it->second.form.ok()) {
    SourceSet sources;
    sources.Add("", "");
    Diagnostics reported(&sources);
    obligations = Obligations(
        sources, sources.Add(kObligations, it->second.text.text()), &reported);
  } else if (context_->obligations.declarations().empty()) {
    return;
  }
  SetContext(std::make_unique<const PolicyContext>(
      context_->schema, context_->index, std::move(obligations)));
}

void EditedFolder::SetContext(std::unique_ptr<const PolicyContext> context) {
  rules_.SetContext(context.get());
  context_ = std::move(context);
  tables_changed_ = true;
}

void EditedFolder::Work() {
  if (rules_.HasWork()) {
    const std::string done = rules_.Work();
    if (!done.empty()) changed_.insert(done);
    if (!rules_.HasWork() && files_.contains(kObligations)) {
      changed_.insert(kObligations);
    }
  } else if (TablesAreStale()) {
    ReadTables();
  } else if (CasesAreStale()) {
    ReadCaseFiles();
  }
}

void EditedFolder::ReadAt(const std::string& name, size_t offset) {
  rules_.ReadAt(name, offset);
  if (!IsPolicyFile(name) && TablesAreStale()) ReadTables();
}

bool EditedFolder::TablesAreStale() const {
  return tables_changed_ || (tables_ != nullptr && tables_->needs_heads() &&
                             table_heads_version_ != rules_.heads_version());
}

const TableReading* EditedFolder::tables() const {
  return tables_ != nullptr && tables_->status.ok() ? tables_.get() : nullptr;
}

void EditedFolder::ReadTables() {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, file] : files_) {
    if (IsPolicyFile(name) || !IsSourceOfFolder(name) || !file.form.ok()) {
      continue;
    }
    texts.emplace_back(name, file.text.text());
    changed_.insert(name);
  }
  CountTableIds(-1);
  table_heads_version_ = rules_.heads_version();
  tables_changed_ = false;
  tables_ = std::make_unique<const TableReading>(
      std::move(texts), context_.get(), rules_.Heads());
  CountTableIds(1);
  cases_changed_ = true;
}

bool EditedFolder::CasesAreStale() const {
  return has_cases_ &&
         (cases_changed_ || case_heads_version_ != rules_.heads_version()) &&
         context_ != nullptr && tables() != nullptr &&
         !tables_->diagnostics.has_errors() && !rules_.HasErrors();
}

void EditedFolder::ReadCaseFiles() {
  CaseWords words;
  words.schema = &context_->schema;
  const auto add_all = [&words](const std::vector<Policy>& policies) {
    for (const Policy& policy : policies) words.policies.push_back(policy.id);
  };
  add_all(tables_->rows);
  size_t position = 0;
  for (const Policy* head : rules_.Heads()) {
    words.policies.push_back(head->id.empty() ? absl::StrCat("policy", position)
                                              : head->id);
    ++position;
  }
  add_all(tables_->links);
  case_heads_version_ = rules_.heads_version();
  if (!cases_changed_ && words.policies == case_policies_) return;
  cases_changed_ = false;
  case_policies_ = words.policies;
  if (tables_->matrix) {
    for (const Column& column : tables_->matrix->matrix.columns) {
      if (column.becomes == Becomes::kCondition) {
        words.columns.push_back(column.key);
      }
    }
  }
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, file] : files_) {
    if (!IsCaseFile(name) || !file.form.ok()) continue;
    texts.emplace_back(name, file.text.text());
    changed_.insert(name);
  }
  cases_ = std::make_unique<const CaseReading>(std::move(texts), words);
}

void EditedFolder::CountTableIds(int by) {
  if (tables_ == nullptr) return;
  for (const auto* policies : {&tables_->rows, &tables_->links}) {
    for (const Policy& policy : *policies) rules_.ids().Add(policy.id, by);
  }
}

// ---- What is wrong ---------------------------------------------------------

EditedFolder::PlaceById EditedFolder::FindSameIds() const {
  PlaceById first;
  if (!rules_.ids().has_same()) return first;
  const auto add = [&](const Policy& policy, absl::string_view file,
                       size_t begin) {
    if (!rules_.ids().IsSame(policy.id)) return;
    first.emplace(policy.id,
                  FilePlace{std::string(file), Shifted(begin, policy.span)});
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

void EditedFolder::MarkTurned() {
  const absl::flat_hash_set<std::string> turned = rules_.ids().TakeTurned();
  if (turned.empty()) return;
  for (const auto& [name, file] : rules_.files()) {
    for (const RulePiece& piece : file.pieces) {
      if (piece.reading == nullptr) continue;
      for (const Policy& head : piece.reading->heads) {
        if (turned.contains(head.id)) changed_.insert(name);
      }
    }
  }
  if (tables() == nullptr) return;
  for (const auto* policies : {&tables_->rows, &tables_->links}) {
    for (const Policy& policy : *policies) {
      if (!turned.contains(policy.id)) continue;
      changed_.insert(
          std::string(tables_->folder.sources.name(policy.span.source)));
    }
  }
}

std::vector<std::string> EditedFolder::TakeChanged() {
  MarkTurned();
  const std::vector<std::string> changed(changed_.begin(), changed_.end());
  changed_.clear();
  return changed;
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
  const TextSpan span = Shifted(begin, policy.span);
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
      if (span.source != 0) return {kObligations, Shifted(0, span)};
      return {name, Shifted(piece.begin, span)};
    };
    for (const Diagnostic& diagnostic : piece.reading->diagnostics) {
      const bool is_error = diagnostic.severity == Diagnostic::Severity::kError;
      errors += is_error;
      if (is_error || out->size() < kMaxFileDiagnostics) {
        out->push_back(ToFile(diagnostic, place));
      }
    }
    for (const LintFinding& finding : piece.reading->lint) {
      if (out->size() >= kMaxFileDiagnostics) break;
      out->push_back(ToFile(finding, place));
    }
    if (!same_ids.empty()) {
      for (const Policy& head : piece.reading->heads) {
        AddSameIds(name, head, piece.begin, same_ids, out);
      }
    }
    if (errors > kMaxFileDiagnostics) return;
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
  const SourceSet& sources = tables_->folder.sources;
  const auto place = [&](const Span& span) -> FilePlace {
    return {std::string(sources.name(span.source)), Shifted(0, span)};
  };
  for (const Diagnostic& diagnostic : tables_->diagnostics.all()) {
    if (sources.name(diagnostic.span.source) != name) continue;
    out->push_back(ToFile(diagnostic, place));
  }
  if (tables_->matrix) {
    for (const Finding& finding : tables_->matrix->findings) {
      if (sources.name(finding.span.source) != name) continue;
      FileDiagnostic odd = AtBeginning(
          absl::StrCat(FindingKindName(finding.kind), ": ", finding.message));
      odd.severity = FileDiagnostic::Severity::kInformation;
      odd.span = Shifted(0, finding.span);
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
              return {kObligations, Shifted(0, span)};
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
    return {std::string(cases_->sources.name(span.source)), Shifted(0, span)};
  };
  for (const Diagnostic& diagnostic : cases_->diagnostics.all()) {
    if (cases_->sources.name(diagnostic.span.source) != name) continue;
    out->push_back(ToFile(diagnostic, place));
  }
}

// ---- Names -----------------------------------------------------------------

void EditedFolder::ForEachOccurrence(const std::string& name,
                                     OccurrenceSink sink) const {
  const auto rules = rules_.files().find(name);
  if (rules == rules_.files().end()) return GiveOthers(name, sink);
  for (const RulePiece& piece : rules->second.pieces) Give(piece, sink);
}

void EditedFolder::ForOccurrencesAt(const std::string& name, size_t offset,
                                    OccurrenceSink sink) const {
  const RulePiece* piece = rules_.FindPiece(name, offset);
  if (piece == nullptr) return GiveOthers(name, sink);
  Give(*piece, sink);
}

void EditedFolder::GiveOthers(const std::string& name,
                              OccurrenceSink sink) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return;
  Give(it->second.occurrences, 0, sink);
  const auto give = [&](const auto& by_file) {
    const auto of_file = by_file.find(name);
    if (of_file != by_file.end()) Give(of_file->second, 0, sink);
  };
  if (tables() != nullptr) give(tables_->occurrences);
  if (cases_ != nullptr) give(cases_->occurrences);
}

}  // namespace sekisho
