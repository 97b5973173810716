// A policy folder (compiler/folder.h) as it is while somebody works on it: what
// is in its files or, where an editor has one open, in the editor; what is
// wrong with it, and which names stand where.
//
// Policies and the schema are read at once, as far as an edit changes them; a
// new schema means that all policies are read again, which Work() does, and a
// change of tables that all of them are, which takes longer: a thread of its
// own does it, of whose result Work() makes use. Lint() comes last, in a thread
// of its own too. Not thread-safe.
#ifndef SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_
#define SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_

#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "compiler/language/case_reading.h"
#include "compiler/language/file_diagnostic.h"
#include "compiler/language/folder_lint.h"
#include "compiler/language/occurrence_list.h"
#include "compiler/language/pieces.h"
#include "compiler/language/policy_reading.h"
#include "compiler/language/rule_files.h"
#include "compiler/language/schema_index.h"
#include "compiler/language/table_reading.h"
#include "compiler/language/text.h"

namespace sekisho {

class EditedFolder {
 public:
  // A file that is new, or has another text. Its name is its path below the
  // folder. Names that mean nothing to a policy folder are kept too; nothing is
  // said of them.
  void SetFile(const std::string& name, std::string text);
  void RemoveFile(const std::string& name);
  // Changes the text of a file. REQUIRES: it is there.
  void EditFile(const std::string& name, const TextEdit& edit);

  std::vector<std::string> FileNames() const;
  // Null if there is no such file.
  const Text* FindText(const std::string& name) const;

  // Whether there is something to read that has not been read.
  bool HasWork() const {
    return rules_.HasWork() || TablesAreStale() || CasesAreStale();
  }
  // Reads some of it.
  void Work();
  // Whether there is something to lint that has not been linted, now that all
  // has been read and there are no errors; no answer but Diagnose() depends on
  // that.
  bool HasLint() const {
    return !HasWork() &&
           (lint_.is_running() || (lint_is_stale_ && IsWithoutErrors()));
  }
  // Begins with it, or waits a moment for what was begun.
  void Lint();
  // Reads now what is asked about a place of a file; false if that takes long,
  // and is left to Work().
  bool ReadAt(const std::string& name, size_t offset);

  // The files for which other diagnostics may hold than when this was called
  // last.
  std::vector<std::string> TakeChanged();
  // As far as they have been read, errors first, then warnings; at most
  // kMaxFileDiagnostics.
  std::vector<FileDiagnostic> Diagnose(const std::string& name) const;

  // The names in the file as far as it has been read, in the order of the text.
  void ForEachOccurrence(const std::string& name, OccurrenceSink sink) const;
  void ForEachOccurrenceOf(const std::string& name, const SymbolSet& symbols,
                           OccurrenceSink sink) const;
  // At least those that may mean several symbols.
  void ForEachSharedName(const std::string& name, OccurrenceSink sink) const;
  // At least those that `offset` is in or right behind.
  void ForOccurrencesAt(const std::string& name, size_t offset,
                        OccurrenceSink sink) const;

  // What the schema meant when it last meant something; null before.
  const PolicyContext* context() const { return context_.get(); }
  // The schema as it is written now.
  const SchemaIndex& schema_index() const { return *schema_index_; }
  const RuleFiles& rules() const { return rules_; }
  // The tables as they were read last; null before, and if they are no folder
  // together.
  const TableReading* tables() const;

 private:
  static constexpr char kObligations[] = "obligations.tsv";

  struct File {
    Text text;
    // What is wrong with it as a text; then nothing else is known of it.
    absl::Status form;
    // But for files of policies, and what the tables say of it.
    std::vector<FileDiagnostic> diagnostics;
    OccurrenceList occurrences;
  };

  // What follows from another text of the file.
  void Refresh(const std::string& name, File* file);
  void ReadSchema();
  void ReadObligations();
  void SetContext(std::shared_ptr<const PolicyContext> context);
  bool TablesAreStale() const;
  // Begins to read the tables, or waits a moment for what was begun.
  void WorkOnTables();
  void BeginTables();
  void TakeTables(std::shared_ptr<const TableReading> tables);
  // Where errors leave open what policies there are, cases wait.
  bool CasesAreStale() const;
  void ReadCaseFiles();
  void CountTableIds(int by);
  // Of what has been read.
  bool IsWithoutErrors() const;
  // The files with policies whose id turned out to be that of others, or not.
  void MarkTurned();
  void AddRuleDiagnostics(const std::string& name,
                          std::vector<FileDiagnostic>* out) const;
  void AddCaseDiagnostics(const std::string& name,
                          std::vector<FileDiagnostic>* out) const;
  void AddTableDiagnostics(const std::string& name,
                           std::vector<FileDiagnostic>* out) const;
  using PlaceById = absl::flat_hash_map<std::string, FilePlace>;
  // Where the first policy of each id that several have is.
  PlaceById FindSameIds() const;
  // That the policy, whose source begins there in the file, is not that one.
  void AddSameIds(const std::string& name, const Policy& policy, size_t begin,
                  const PlaceById& same_ids,
                  std::vector<FileDiagnostic>* out) const;
  // What is known of the names in the file, each of a text that begins there.
  using ListSink =
      absl::FunctionRef<void(const OccurrenceList& list, size_t begin)>;
  void ForEachList(const std::string& name, ListSink sink) const;

  std::map<std::string, File> files_;
  std::shared_ptr<const PolicyContext> context_;
  std::shared_ptr<const SchemaIndex> schema_index_ =
      std::make_shared<const SchemaIndex>();
  RuleFiles rules_;
  std::shared_ptr<const TableReading> tables_;
  // Valid while they are being read.
  std::future<std::shared_ptr<const TableReading>> next_tables_;
  // Of the last ones: to free ten thousand rows takes a while too.
  std::future<void> dropping_;
  // Whether tables, or what they are checked against, changed since that began.
  bool tables_changed_ = false;
  // The heads that the tables were read with.
  uint64_t table_heads_version_ = 0;
  // As they were when nothing else was wrong.
  std::unique_ptr<const CaseReading> cases_;
  bool has_cases_ = false;
  // Whether cases, or tables, changed since; and the policies they were read
  // with.
  bool cases_changed_ = false;
  uint64_t case_heads_version_ = 0;
  std::vector<std::string> case_policies_;
  FolderLint lint_;
  // Whether any text changed since it began.
  bool lint_is_stale_ = false;
  absl::btree_set<std::string> changed_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_
