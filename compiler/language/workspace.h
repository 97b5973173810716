// The policy folders that an editor has files of open. A file belongs to the
// folder it lies in, or, below `cases/`, to the one above that.
#ifndef SEKISHO_COMPILER_LANGUAGE_WORKSPACE_H_
#define SEKISHO_COMPILER_LANGUAGE_WORKSPACE_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "compiler/language/edited_folder.h"
#include "compiler/language/text.h"

namespace sekisho {

// A file's folder, and its name there.
struct FileName {
  std::string folder;
  std::string name;

  auto operator<=>(const FileName&) const = default;
};

FileName SplitPath(const std::string& path);
std::string JoinPath(const FileName& file);

// Files are named by their absolute paths. Not thread-safe.
class Workspace {
 public:
  // The editor has the file open from now on, with that text. The other files
  // of its folder are read from disk if it is the first of them.
  void Open(const std::string& path, std::string text);
  // The editor has the file open no longer; what is on disk counts again. A
  // folder without an open file is forgotten.
  void Close(const std::string& path);
  bool IsOpen(const std::string& path) const { return open_.contains(path); }
  // REQUIRES: IsOpen(path).
  void Edit(const std::string& path, const TextEdit& edit);
  // The file may be there, gone or another one on disk.
  void Reload(const std::string& path);

  // The folder that the file belongs to, if it has an open file, or null.
  EditedFolder* FindFolder(const FileName& file);
  // Null if it is in no such folder.
  const Text* FindText(const std::string& path);

  // As for a folder; paths.
  bool HasWork() const;
  void Work();
  bool HasLint() const;
  void Lint();
  std::vector<std::string> TakeChanged();
  std::vector<FileDiagnostic> Diagnose(const std::string& path);

 private:
  // All files of the folder but `open`.
  void LoadFolder(const FileName& open, EditedFolder* folder);

  absl::btree_map<std::string, EditedFolder> folders_;
  absl::btree_set<std::string> open_;
  // Files of folders that were forgotten.
  std::vector<std::string> forgotten_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_WORKSPACE_H_
