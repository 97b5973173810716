// Tested by note_test.cc.
#include "engine/log/note.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

// An em dash and a space.
constexpr char kSignaturePrefix[] = "\xe2\x80\x94 ";
constexpr size_t kKeyIdSize = 4;

absl::Status NotANote(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a signed note: ", why));
}

absl::StatusOr<NoteSignature> ParseSignature(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kSignaturePrefix)) {
    return NotANote("a signature does not begin with an em dash");
  }
  const size_t space = line.find(' ');
  if (space == line.npos) return NotANote("a signature has no name");
  NoteSignature signature;
  signature.name = std::string(line.substr(0, space));
  RETURN_IF_ERROR(ValidateKeyName(signature.name));
  ASSIGN_OR_RETURN(std::string blob, FromStrictBase64(line.substr(space + 1)));
  if (blob.size() <= kKeyIdSize) return NotANote("a signature is too short");
  for (size_t i = 0; i < kKeyIdSize; ++i) {
    signature.key_id = signature.key_id << 8 | static_cast<uint8_t>(blob[i]);
  }
  signature.signature = blob.substr(kKeyIdSize);
  return signature;
}

}  // namespace

absl::StatusOr<Note> Note::Parse(absl::string_view bytes) {
  if (bytes.size() > kMaxSize) return NotANote("it is too large");
  if (FindInvalidUtf8(bytes) != bytes.npos) return NotANote("it is not UTF-8");
  const bool has_control = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<uint8_t>(c) < 0x20 && c != '\n';
  });
  if (has_control) return NotANote("it has control characters");

  const size_t blank = bytes.rfind("\n\n");
  if (blank == bytes.npos) return NotANote("it has no signatures");
  Note note(std::string(bytes.substr(0, blank + 1)));
  absl::string_view lines = bytes.substr(blank + 2);
  if (!absl::ConsumeSuffix(&lines, "\n")) {
    return NotANote("it does not end with a line feed");
  }
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    if (note.signatures_.size() == kMaxSignatures) {
      return NotANote("it has too many signatures");
    }
    ASSIGN_OR_RETURN(NoteSignature signature, ParseSignature(line));
    note.signatures_.push_back(std::move(signature));
  }
  return note;
}

void Note::Sign(const SigningKey& key) {
  signatures_.push_back(
      {key.verifier().name(), key.verifier().id(), key.Sign(text_)});
}

absl::Status Note::Verify(absl::Span<const VerifierKey> keys) const {
  bool verified = false;
  for (const NoteSignature& signature : signatures_) {
    for (const VerifierKey& key : keys) {
      if (key.name() != signature.name || key.id() != signature.key_id) {
        continue;
      }
      if (!key.Verify(text_, signature.signature)) {
        return absl::DataLossError(
            absl::StrCat("the signature of ", key.name(), " is wrong"));
      }
      verified = true;
    }
  }
  if (verified) return absl::OkStatus();
  return absl::DataLossError("no trusted key signed it");
}

std::string Note::ToString() const {
  std::string out = absl::StrCat(text_, "\n");
  for (const NoteSignature& signature : signatures_) {
    std::string blob;
    for (int shift = 24; shift >= 0; shift -= 8) {
      blob.push_back(static_cast<char>(signature.key_id >> shift));
    }
    absl::StrAppend(&out, kSignaturePrefix, signature.name, " ",
                    absl::Base64Escape(blob + signature.signature), "\n");
  }
  return out;
}

}  // namespace sekisho
