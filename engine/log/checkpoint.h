// C2SP checkpoints: what a log says of itself at one size, as the text of a
// signed note.
//
//   Checkpoint checkpoint = {"pdp.example/decisions", tree.size(),
//   tree.Root()}; Note note(checkpoint.ToString()); note.Sign(key);
#ifndef SEKISHO_ENGINE_LOG_CHECKPOINT_H_
#define SEKISHO_ENGINE_LOG_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/log/note.h"

namespace sekisho {

struct Checkpoint {
  // The log's name, unique among logs.
  std::string origin;
  // How many records the log has, and the root of their tree.
  uint64_t size = 0;
  Sha256Digest root{};

  // InvalidArgument if `text` is not the one form of some checkpoint. Lines
  // after the third, which the standard allows and discourages, are refused:
  // nothing of ours writes them.
  static absl::StatusOr<Checkpoint> Parse(absl::string_view text);
  // What Parse reads.
  std::string ToString() const;

  bool operator==(const Checkpoint&) const = default;
};

// The checkpoint in a note that one of `keys` signed. Errors: those of
// Note::Parse, Note::Verify and Checkpoint::Parse.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::Span<const VerifierKey> keys);

// The note with its signature.
std::string SignCheckpoint(const Checkpoint& checkpoint, const SigningKey& key);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_CHECKPOINT_H_
