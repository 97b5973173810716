#include "compiler/language/edited_folder.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/cedar_source.h"
#include "compiler/links/links.h"
#include "compiler/source/read_source.h"

namespace sekisho {
namespace {

// How long work waits for tables to be read.
constexpr std::chrono::milliseconds kMoment(2);

bool HasErrors(const std::vector<FileDiagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const FileDiagnostic& diagnostic) {
                       return diagnostic.severity ==
                              FileDiagnostic::Severity::kError;
                     });
}

}  // namespace

// ---- Texts -----------------------------------------------------------------

void EditedFolder::SetFile(const std::string& name, std::string text) {
  const auto [it, is_new] = files_.try_emplace(name);
  if (!is_new && it->second.text.text() == text) return;
  it->second.text = Text(std::move(text));
  lint_.Forget(name);
  Refresh(name, &it->second);
}

void EditedFolder::RemoveFile(const std::string& name) {
  if (!files_.contains(name)) return;
  rules_.Remove(name);
  files_.erase(name);
  lint_.Forget(name);
  lint_is_stale_ = true;
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
  lint_.Edit(name, edit);
  lint_is_stale_ = true;
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
  lint_is_stale_ = true;
  file->diagnostics.clear();
  file->occurrences = OccurrenceList();
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
          return {name, SpanInFile(span)};
        }));
  }
  if (FormOf(name) == CedarForm::kText) {
    Diagnostics reported(&sources);
    schema_index_ = std::make_shared<const SchemaIndex>(
        sources, source, schema_syntax::Parse(sources, source, &reported));
  }
  file.occurrences = OccurrenceList(schema_index_->occurrences());
  // While a schema is being written policies mean what they last meant, and
  // another layout of it means the same.
  if (!schema) return;
  if (context_ == nullptr) {
    SetContext(std::make_shared<const PolicyContext>(
        *std::move(schema), schema_index_, Obligations()));
    return ReadObligations();
  }
  if (IsSameSchema(context_->schema, *schema) &&
      context_->index->HasSameNames(*schema_index_)) {
    return;
  }
  SetContext(std::make_shared<const PolicyContext>(
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
  SetContext(std::make_shared<const PolicyContext>(
      context_->schema, context_->index, std::move(obligations)));
}

void EditedFolder::SetContext(std::shared_ptr<const PolicyContext> context) {
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
    WorkOnTables();
  } else if (CasesAreStale()) {
    ReadCaseFiles();
  }
}

bool EditedFolder::ReadAt(const std::string& name, size_t offset) {
  rules_.ReadAt(name, offset);
  return IsPolicyFile(name) || !TablesAreStale();
}

bool EditedFolder::TablesAreStale() const {
  return next_tables_.valid() || tables_changed_ ||
         (tables_ != nullptr && tables_->needs_heads() &&
          table_heads_version_ != rules_.heads_version());
}

const TableReading* EditedFolder::tables() const {
  return tables_ != nullptr && tables_->status.ok() ? tables_.get() : nullptr;
}

void EditedFolder::WorkOnTables() {
  if (!next_tables_.valid()) BeginTables();
  if (next_tables_.wait_for(kMoment) != std::future_status::ready) return;
  std::shared_ptr<const TableReading> tables = next_tables_.get();
  // Otherwise it is of other texts than there are by now.
  if (!tables_changed_) TakeTables(std::move(tables));
}

void EditedFolder::BeginTables() {
  std::vector<std::pair<std::string, std::string>> texts;
  bool needs_heads = false;
  for (const auto& [name, file] : files_) {
    if (IsPolicyFile(name) || !IsSourceOfFolder(name) || !file.form.ok()) {
      continue;
    }
    needs_heads |= name == kObligations || name == kLinksFile;
    texts.emplace_back(name, file.text.text());
  }
  std::vector<Policy> heads;
  if (needs_heads) {
    for (const Policy* head : rules_.Heads()) heads.push_back(*head);
  }
  table_heads_version_ = rules_.heads_version();
  tables_changed_ = false;
  next_tables_ = std::async(std::launch::async,
                            [texts = std::move(texts), context = context_,
                             heads = std::move(heads)]() mutable {
                              std::vector<const Policy*> all;
                              for (const Policy& head : heads)
                                all.push_back(&head);
                              return std::make_shared<const TableReading>(
                                  std::move(texts), context.get(), all);
                            });
}

void EditedFolder::TakeTables(std::shared_ptr<const TableReading> tables) {
  CountTableIds(-1);
  tables_.swap(tables);
  dropping_ = std::async(std::launch::async,
                         [old = std::move(tables)]() mutable { old.reset(); });
  CountTableIds(1);
  cases_changed_ = true;
  for (const auto& [name, file] : files_) {
    if (IsSourceOfFolder(name) && !IsPolicyFile(name)) changed_.insert(name);
  }
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
  cases_ =
      std::make_unique<const CaseReading>(std::move(texts), words, *context_);
}

bool EditedFolder::IsWithoutErrors() const {
  return context_ != nullptr && tables() != nullptr &&
         !tables_->diagnostics.has_errors() && !rules_.HasErrors() &&
         !rules_.ids().has_same() &&
         std::none_of(files_.begin(), files_.end(), [](const auto& file) {
           return HasErrors(file.second.diagnostics);
         });
}

void EditedFolder::Lint() {
  if (!lint_.is_running()) {
    ReadFolder folder{context_, tables_, {}};
    for (const auto& [name, file] : rules_.files()) {
      ReadFolder::RuleFile& rules = folder.rules.emplace_back();
      rules.name = name;
      for (const RulePiece& piece : file.pieces) {
        if (piece.reading->heads.empty()) continue;
        rules.readings.emplace_back(piece.begin, piece.reading);
      }
    }
    lint_is_stale_ = false;
    return lint_.Begin(std::move(folder));
  }
  if (!lint_.Wait()) return;
  // Otherwise it is of other texts than there are by now.
  if (lint_is_stale_) {
    lint_.Drop();
  } else {
    lint_.Take(&changed_);
  }
}

void EditedFolder::CountTableIds(int by) {
  if (tables_ == nullptr) return;
  for (const auto* policies : {&tables_->rows, &tables_->links}) {
    for (const Policy& policy : *policies) rules_.ids().Add(policy.id, by);
  }
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

// ---- Names -----------------------------------------------------------------

void EditedFolder::ForEachList(const std::string& name, ListSink sink) const {
  const auto rules = rules_.files().find(name);
  if (rules != rules_.files().end()) {
    for (const RulePiece& piece : rules->second.pieces) {
      if (piece.reading == nullptr) continue;
      sink(piece.reading->occurrences, piece.begin);
    }
    return;
  }
  const auto file = files_.find(name);
  if (file == files_.end()) return;
  sink(file->second.occurrences, 0);
  const auto give = [&](const auto& by_file) {
    const auto of_file = by_file.find(name);
    if (of_file != by_file.end()) sink(of_file->second, 0);
  };
  if (tables() != nullptr) give(tables_->occurrences);
  if (cases_ != nullptr) give(cases_->occurrences);
}

void EditedFolder::ForEachOccurrence(const std::string& name,
                                     OccurrenceSink sink) const {
  ForEachList(name, [sink](const OccurrenceList& list, size_t begin) {
    list.ForEach(begin, sink);
  });
}

void EditedFolder::ForEachOccurrenceOf(const std::string& name,
                                       const SymbolSet& symbols,
                                       OccurrenceSink sink) const {
  ForEachList(name, [&](const OccurrenceList& list, size_t begin) {
    list.ForEachOf(symbols, begin, sink);
  });
}

void EditedFolder::ForEachSharedName(const std::string& name,
                                     OccurrenceSink sink) const {
  ForEachList(name, [sink](const OccurrenceList& list, size_t begin) {
    if (list.has_shared_names()) list.ForEach(begin, sink);
  });
}

void EditedFolder::ForOccurrencesAt(const std::string& name, size_t offset,
                                    OccurrenceSink sink) const {
  const RulePiece* piece = rules_.FindPiece(name, offset);
  if (piece == nullptr) return ForEachOccurrence(name, sink);
  if (piece->reading == nullptr) return;
  piece->reading->occurrences.ForEach(piece->begin, sink);
}

}  // namespace sekisho
