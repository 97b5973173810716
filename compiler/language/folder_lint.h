// What `sekisho lint` finds in a folder beyond its single policies: in the
// schema and in tables, and policies that say what others say.
//
// It is looked for in a thread of its own, in readings, which never change.
// What was found last stays until something newer is, and moves with the text;
// of a place that is edited it is forgotten. Not thread-safe.
#ifndef SEKISHO_COMPILER_LANGUAGE_FOLDER_LINT_H_
#define SEKISHO_COMPILER_LANGUAGE_FOLDER_LINT_H_

#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "compiler/language/file_diagnostic.h"
#include "compiler/language/policy_reading.h"
#include "compiler/language/table_reading.h"

namespace sekisho {

// A folder as it has been read, without errors.
struct ReadFolder {
  struct RuleFile {
    std::string name;
    // Each with where its text begins, in order.
    std::vector<std::pair<size_t, std::shared_ptr<const PolicyReading>>>
        readings;
  };

  std::shared_ptr<const PolicyContext> context;
  std::shared_ptr<const TableReading> tables;
  std::vector<RuleFile> rules;
};

class FolderLint {
 public:
  bool is_running() const { return next_.valid(); }
  // REQUIRES: !is_running().
  void Begin(ReadFolder folder);
  // Waits a moment for what was begun; true if it is done.
  bool Wait();
  // What was found counts from now on; adds the files of which something else
  // is found than before to `changed`. REQUIRES: Wait() was true.
  void Take(absl::btree_set<std::string>* changed);
  // It does not count.
  void Drop() { next_.get(); }

  // The file has another text at that place, or another text.
  void Edit(const std::string& name, const TextEdit& edit);
  void Forget(const std::string& name) { by_file_.erase(name); }

  // In the order of the text; at most kMaxFileDiagnostics, of a file of
  // policies kMaxPolicyWarnings.
  const std::vector<FileDiagnostic>& Of(const std::string& name) const;

 private:
  using ByFile = absl::btree_map<std::string, std::vector<FileDiagnostic>>;
  static ByFile Find(const ReadFolder& folder);

  ByFile by_file_;
  std::future<ByFile> next_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_FOLDER_LINT_H_
