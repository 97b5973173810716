// C2SP signed notes: a text, and lines with signatures of it.
//
//   ASSIGN_OR_RETURN(Note note, Note::Parse(bytes));
//   RETURN_IF_ERROR(note.Verify({key}));
//   Use(note.text());
//
// Values; they may be used from several threads.
#ifndef SEKISHO_ENGINE_LOG_NOTE_H_
#define SEKISHO_ENGINE_LOG_NOTE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/log/signing_key.h"

namespace sekisho {

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;

  bool operator==(const NoteSignature&) const = default;
};

class Note {
 public:
  // Larger notes, and notes with more signatures, are refused.
  static constexpr size_t kMaxSize = 64 << 10;
  static constexpr size_t kMaxSignatures = 64;

  // InvalidArgument if `bytes` is not the one form of some note. Says nothing
  // of its signatures.
  static absl::StatusOr<Note> Parse(absl::string_view bytes);

  // REQUIRES: `text` ends with a line feed, is UTF-8 and has no other control
  // characters.
  explicit Note(std::string text) : text_(std::move(text)) {}

  // Adds a signature.
  void Sign(const SigningKey& key);

  // OK if at least one of `keys` signed the text. DataLoss if a signature by
  // one of them is wrong, or if there is none. Signatures by others are left
  // aside.
  absl::Status Verify(absl::Span<const VerifierKey> keys) const;

  const std::string& text() const { return text_; }
  const std::vector<NoteSignature>& signatures() const { return signatures_; }
  // What Parse reads.
  std::string ToString() const;

 private:
  std::string text_;
  std::vector<NoteSignature> signatures_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_NOTE_H_
