// Ed25519 keys with the names and text forms of C2SP signed notes.
//
//   ASSIGN_OR_RETURN(SigningKey key, SigningKey::Generate("pdp.example/log"));
//   RETURN_IF_ERROR(key.WriteFile("/etc/sekisho/log.key"));
//   key.verifier().ToString();  // what auditors are given: the "vkey"
//
// Values; they may be used from several threads.
#ifndef SEKISHO_ENGINE_LOG_SIGNING_KEY_H_
#define SEKISHO_ENGINE_LOG_SIGNING_KEY_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

inline constexpr size_t kEd25519SignatureSize = 64;

// OK if `name` can be a key's, or a log's: UTF-8 without spaces, control
// characters and `+`, not empty, 255 bytes at most.
absl::Status ValidateKeyName(absl::string_view name);

// The bytes that `text` stands for in base64 (RFC 4648, with padding).
// InvalidArgument for any text but the one that encodes them.
absl::StatusOr<std::string> FromStrictBase64(absl::string_view text);

// A public key.
class VerifierKey {
 public:
  // From `name+hash+key`. InvalidArgument if it is not of that form or its
  // hash is wrong, Unimplemented if it is not an Ed25519 key.
  static absl::StatusOr<VerifierKey> Parse(absl::string_view vkey);
  VerifierKey(std::string name, const std::array<uint8_t, 32>& public_key);

  const std::string& name() const { return name_; }
  // What tells it from other keys of that name.
  uint32_t id() const { return id_; }
  const std::array<uint8_t, 32>& public_key() const { return public_key_; }
  // What Parse reads.
  std::string ToString() const;

  // Whether `signature` is one of `message` by this key.
  bool Verify(absl::string_view message, absl::string_view signature) const;

  bool operator==(const VerifierKey&) const = default;

 private:
  std::string name_;
  std::array<uint8_t, 32> public_key_;
  uint32_t id_;
};

// A private key.
class SigningKey {
 public:
  // Errors: see ValidateKeyName.
  static absl::StatusOr<SigningKey> Generate(absl::string_view name);
  static absl::StatusOr<SigningKey> FromSeed(
      absl::string_view name, const std::array<uint8_t, 32>& seed);

  // From a file with the one line `PRIVATE+KEY+name+hash+key`. NotFound if
  // there is none, PermissionDenied if others than its owner may read it,
  // InvalidArgument if it is not of that form.
  static absl::StatusOr<SigningKey> ReadFile(const std::string& path);
  // Creates that file, for its owner only. AlreadyExists if there is one: a
  // key is never overwritten.
  absl::Status WriteFile(const std::string& path) const;

  const VerifierKey& verifier() const { return verifier_; }
  // kEd25519SignatureSize bytes, the same each time.
  std::string Sign(absl::string_view message) const;

 private:
  SigningKey(const std::array<uint8_t, 32>& seed, VerifierKey verifier)
      : seed_(seed), verifier_(std::move(verifier)) {}

  std::array<uint8_t, 32> seed_;
  VerifierKey verifier_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_SIGNING_KEY_H_
