// The files of policies of a folder, read piece by piece: an edit costs what it
// changes, a change of what policies are checked against is taken up by Work(),
// bit by bit. What was read is kept by its text, so that what comes back is not
// read again.
#ifndef SEKISHO_COMPILER_LANGUAGE_RULE_FILES_H_
#define SEKISHO_COMPILER_LANGUAGE_RULE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "compiler/language/pieces.h"
#include "compiler/language/policy_ids.h"
#include "compiler/language/policy_reading.h"
#include "compiler/language/text.h"

namespace sekisho {

class RuleFiles {
 public:
  // `text` is the file's, new or after other changes than Edit() is told of.
  // It must outlive the file.
  void Set(const std::string& name, const Text* text);
  void Remove(const std::string& name);
  // The file's text has at [begin, new_end) what replaced [begin, old_end).
  void Edit(const std::string& name, size_t begin, size_t old_end,
            size_t new_end);
  // Null: only the form of policies is looked at. Must outlive this object, or
  // the next call.
  void SetContext(const PolicyContext* context);

  bool HasWork() const { return !unread_.empty(); }
  // Reads some pieces, a few milliseconds' worth, and returns the name of the
  // file if that was all of it, otherwise nothing.
  std::string Work();

  // Reads the piece that `offset` is in now, if it has to be read.
  void ReadAt(const std::string& name, size_t offset);

  struct File {
    const Text* text = nullptr;
    // Of policies in JSON there is one.
    RulePieces pieces;
    // No piece before it has to be read.
    size_t first_unread = 0;
  };
  const absl::btree_map<std::string, File>& files() const { return files_; }
  // The piece that `offset` is in, or null.
  const RulePiece* FindPiece(const std::string& name, size_t offset) const;

  // Whether any policy that has been read has errors.
  bool HasErrors() const { return pieces_with_errors_ > 0; }

  PolicyIds& ids() { return ids_; }
  const PolicyIds& ids() const { return ids_; }
  // Changes when the heads of policies do.
  uint64_t heads_version() const { return heads_version_; }
  // In order. Valid until something is edited or read.
  std::vector<const Policy*> Heads() const;

 private:
  void MarkUnread(const std::string& name, File* file);
  // Those of [begin, end) that have to be read.
  void ReadPieces(const std::string& name, File* file, size_t begin,
                  size_t end);
  // Null: the piece has none any more.
  void SetReading(std::shared_ptr<const PolicyReading> reading,
                  RulePiece* piece);

  absl::btree_map<std::string, File> files_;
  const PolicyContext* context_ = nullptr;
  // Counts the contexts there have been, for RulePiece::context.
  uint64_t context_number_ = 1;
  // Of this context, by text; when there are more than `readings_limit_`, those
  // that no piece has are dropped.
  absl::flat_hash_map<std::string, std::shared_ptr<const PolicyReading>>
      readings_;
  size_t readings_limit_ = 0;
  // Files that have pieces to be read.
  absl::btree_set<std::string> unread_;
  PolicyIds ids_;
  size_t pieces_with_errors_ = 0;
  uint64_t heads_version_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_RULE_FILES_H_
