// A policy folder (compiler/folder.h) as it is while somebody works on it: what
// is in its files or, where an editor has one open, in the editor, and what is
// wrong with it.
//
// Policies are read piece by piece, and what was read is kept by its text, so
// that an edit costs what it changes. A change of the schema makes all of them
// be read again, which Work() does bit by bit. Not thread-safe.
#ifndef SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_
#define SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "compiler/language/pieces.h"
#include "compiler/language/policy_reading.h"
#include "compiler/language/text.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {

// A place in a file of the folder.
struct FilePlace {
  std::string file;
  TextSpan span;
};

struct FileDiagnostic {
  struct Note {
    FilePlace place;
    std::string message;
  };

  Diagnostic::Severity severity = Diagnostic::Severity::kError;
  TextSpan span;
  std::string message;
  std::string help;
  std::vector<Note> notes;
};

struct TextEdit {
  TextSpan span;
  std::string text;
};

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
  bool HasWork() const { return !unread_.empty(); }
  // Reads some of it, a few milliseconds' worth.
  void Work();

  // The files for which other diagnostics may hold than when this was called
  // last.
  std::vector<std::string> TakeChanged();
  // As far as they have been read. In the order of the text, at most
  // kMaxFileDiagnostics.
  std::vector<FileDiagnostic> Diagnose(const std::string& name) const;

 private:
  struct File {
    Text text;
    // What is wrong with it as a text; then nothing else is known of it.
    absl::Status form;
    // Of policies in Cedar text; of those in JSON, one.
    Pieces pieces;
    // Which of the pieces have not been read yet begin here.
    size_t first_unread = 0;
    // Of all other files.
    std::vector<FileDiagnostic> diagnostics;
  };

  // What follows from another text of the file.
  void Refresh(const std::string& name, File* file);
  void ReadSchema();
  // Policies are to be read again.
  void Forget();
  void MarkUnread(const std::string& name, File* file);
  void ReadPiece(const std::string& name, const File& file, Piece* piece);
  // Takes the reading from the piece, or puts it into it.
  void SetReading(std::shared_ptr<const PolicyReading> reading, Piece* piece);
  void CountId(const std::string& id, int by);
  // Where the first policy of each id that several have is.
  const absl::flat_hash_map<std::string, FilePlace>& FindSameIds() const;

  absl::btree_map<std::string, File> files_;
  // Null as long as no schema could be read.
  std::unique_ptr<const PolicyContext> context_;
  // Counts the contexts that there have been.
  uint64_t context_number_ = 1;
  // Of this context, by text; when there are more than `readings_limit_`, those
  // that no piece has are dropped.
  absl::flat_hash_map<std::string, std::shared_ptr<const PolicyReading>>
      readings_;
  size_t readings_limit_ = 0;
  absl::flat_hash_map<std::string, int> id_counts_;
  // Those with a count above 1, and where the first of each is; empty
  // if that has to be found.
  size_t same_id_count_ = 0;
  mutable absl::flat_hash_map<std::string, FilePlace> same_ids_;
  // Ids of which that may have changed since TakeChanged().
  absl::flat_hash_set<std::string> turned_ids_;
  // Files of policies that have pieces to be read.
  absl::btree_set<std::string> unread_;
  absl::btree_set<std::string> changed_;
};

inline constexpr size_t kMaxFileDiagnostics = 1000;

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_EDITED_FOLDER_H_
