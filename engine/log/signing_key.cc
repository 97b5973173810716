// Tested by note_test.cc.
#include "engine/log/signing_key.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/file.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

// Frozen: the signature type of C2SP signed notes.
constexpr char kEd25519 = 1;
constexpr char kPrivatePrefix[] = "PRIVATE+KEY+";
constexpr size_t kMaxNameSize = 255;
constexpr size_t kMaxKeyFileSize = 4096;

using PKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::string TypedKey(const std::array<uint8_t, 32>& key) {
  std::string typed(1, kEd25519);
  typed.append(key.begin(), key.end());
  return typed;
}

uint32_t KeyId(absl::string_view name,
               const std::array<uint8_t, 32>& public_key) {
  const Sha256Digest digest = Sha256({name, "\n", TypedKey(public_key)});
  return uint32_t{digest[0]} << 24 | uint32_t{digest[1]} << 16 |
         uint32_t{digest[2]} << 8 | digest[3];
}

std::string ToText(absl::string_view name, uint32_t id,
                   const std::array<uint8_t, 32>& key) {
  return absl::StrCat(name, "+", absl::Hex(id, absl::kZeroPad8), "+",
                      absl::Base64Escape(TypedKey(key)));
}

// A key's text, taken apart.
struct KeyText {
  std::string name;
  uint32_t id;
  std::array<uint8_t, 32> key;
};

absl::StatusOr<KeyText> ParseKeyText(absl::string_view text) {
  // The key itself may have `+` in it, the name may not.
  const size_t first = text.find('+');
  const size_t second =
      first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) {
    return absl::InvalidArgumentError("a key has the form `name+hash+key`");
  }
  KeyText parts;
  parts.name = std::string(text.substr(0, first));
  RETURN_IF_ERROR(ValidateKeyName(parts.name));
  const absl::string_view id = text.substr(first + 1, second - first - 1);
  if (id.size() != 8 || !absl::SimpleHexAtoi(id, &parts.id) ||
      absl::StrCat(absl::Hex(parts.id, absl::kZeroPad8)) != id) {
    return absl::InvalidArgumentError(
        "the hash of a key is 8 lower-case hexadecimal digits");
  }
  ASSIGN_OR_RETURN(std::string key, FromStrictBase64(text.substr(second + 1)));
  if (key.empty() || key[0] != kEd25519) {
    return absl::UnimplementedError("the key is not an Ed25519 key");
  }
  if (key.size() != 1 + parts.key.size()) {
    return absl::InvalidArgumentError("an Ed25519 key has 32 bytes");
  }
  std::copy(key.begin() + 1, key.end(), parts.key.begin());
  return parts;
}

absl::Status WrongHash() {
  return absl::InvalidArgumentError("the hash of the key is wrong");
}

}  // namespace

absl::Status ValidateKeyName(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the name is empty");
  if (name.size() > kMaxNameSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("the name is longer than ", kMaxNameSize, " bytes"));
  }
  if (FindInvalidUtf8(name) != name.npos) {
    return absl::InvalidArgumentError("the name is not UTF-8");
  }
  for (size_t i = 0; i < name.size();) {
    const char32_t c = NextCodePoint(name, &i);
    if (c < 0x20 || c == 0x7f || c == '+' || IsUnicodeSpace(c)) {
      return absl::InvalidArgumentError(
          "a name may not have spaces, control characters or `+`");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FromStrictBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) ||
      absl::Base64Escape(bytes) != text) {
    return absl::InvalidArgumentError("not base64");
  }
  return bytes;
}

VerifierKey::VerifierKey(std::string name,
                         const std::array<uint8_t, 32>& public_key)
    : name_(std::move(name)),
      public_key_(public_key),
      id_(KeyId(name_, public_key_)) {}

absl::StatusOr<VerifierKey> VerifierKey::Parse(absl::string_view vkey) {
  ASSIGN_OR_RETURN(KeyText text, ParseKeyText(vkey));
  VerifierKey key(std::move(text.name), text.key);
  if (key.id() != text.id) return WrongHash();
  return key;
}

std::string VerifierKey::ToString() const {
  return ToText(name_, id_, public_key_);
}

bool VerifierKey::Verify(absl::string_view message,
                         absl::string_view signature) const {
  PKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                       public_key_.data(), public_key_.size()),
           &EVP_PKEY_free);
  Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                              key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                          Bytes(message), message.size()) == 1;
}

absl::StatusOr<SigningKey> SigningKey::Generate(absl::string_view name) {
  std::array<uint8_t, 32> seed;
  if (RAND_bytes(seed.data(), seed.size()) != 1) {
    return absl::InternalError("the system has no random numbers");
  }
  return FromSeed(name, seed);
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(
    absl::string_view name, const std::array<uint8_t, 32>& seed) {
  RETURN_IF_ERROR(ValidateKeyName(name));
  PKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(),
                                        seed.size()),
           &EVP_PKEY_free);
  std::array<uint8_t, 32> public_key;
  size_t size = public_key.size();
  if (key == nullptr ||
      EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1) {
    return absl::InternalError("OpenSSL has no Ed25519");
  }
  return SigningKey(seed, VerifierKey(std::string(name), public_key));
}

std::string SigningKey::Sign(absl::string_view message) const {
  PKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(),
                                        seed_.size()),
           &EVP_PKEY_free);
  Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureSize, '\0');
  size_t size = signature.size();
  if (key == nullptr || context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) !=
          1 ||
      EVP_DigestSign(context.get(),
                     reinterpret_cast<uint8_t*>(signature.data()), &size,
                     Bytes(message), message.size()) != 1) {
    // The same calls worked when the key was made: out of memory.
    abort();
  }
  return signature;
}

absl::StatusOr<SigningKey> SigningKey::ReadFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        path,
        " holds a private key and others than its owner have access to "
        "it; try `chmod 600`"));
  }
  ASSIGN_OR_RETURN(std::string text, sekisho::ReadFile(path, kMaxKeyFileSize));
  absl::string_view line = absl::StripSuffix(text, "\n");
  if (!absl::ConsumePrefix(&line, kPrivatePrefix)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not hold a private key"));
  }
  ASSIGN_OR_RETURN(KeyText parts, ParseKeyText(line));
  ASSIGN_OR_RETURN(SigningKey key, FromSeed(parts.name, parts.key));
  if (key.verifier().id() != parts.id) return WrongHash();
  return key;
}

absl::Status SigningKey::WriteFile(const std::string& path) const {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path));
  }
  const std::string line = absl::StrCat(
      kPrivatePrefix, ToText(verifier_.name(), verifier_.id(), seed_), "\n");
  const bool ok = write(fd, line.data(), line.size()) ==
                      static_cast<ssize_t>(line.size()) &&
                  fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (ok) return absl::OkStatus();
  unlink(path.c_str());
  return absl::ErrnoToStatus(error, absl::StrCat("cannot write ", path));
}

}  // namespace sekisho
