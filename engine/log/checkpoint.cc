// Tested by note_test.cc.
#include "engine/log/checkpoint.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/base/status_macros.h"

namespace sekisho {

absl::StatusOr<Checkpoint> Checkpoint::Parse(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  // The last line feed ends the third line.
  if (lines.size() != 4 || !lines[3].empty() || lines[0].empty()) {
    return absl::InvalidArgumentError(
        "a checkpoint has three lines: origin, size and root");
  }
  Checkpoint checkpoint;
  checkpoint.origin = std::string(lines[0]);
  if (!absl::SimpleAtoi(lines[1], &checkpoint.size) ||
      absl::StrCat(checkpoint.size) != lines[1]) {
    return absl::InvalidArgumentError(
        "the size of a checkpoint is a decimal number");
  }
  ASSIGN_OR_RETURN(std::string root, FromStrictBase64(lines[2]));
  if (root.size() != checkpoint.root.size()) {
    return absl::InvalidArgumentError("the root of a checkpoint has 32 bytes");
  }
  std::copy(root.begin(), root.end(), checkpoint.root.begin());
  return checkpoint;
}

std::string Checkpoint::ToString() const {
  const absl::string_view bytes(reinterpret_cast<const char*>(root.data()),
                                root.size());
  return absl::StrCat(origin, "\n", size, "\n", absl::Base64Escape(bytes),
                      "\n");
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::Span<const VerifierKey> keys) {
  ASSIGN_OR_RETURN(Note parsed, Note::Parse(note));
  RETURN_IF_ERROR(parsed.Verify(keys));
  return Checkpoint::Parse(parsed.text());
}

std::string SignCheckpoint(const Checkpoint& checkpoint,
                           const SigningKey& key) {
  Note note(checkpoint.ToString());
  note.Sign(key);
  return note.ToString();
}

}  // namespace sekisho
