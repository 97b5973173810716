// Varints and strings, for the byte formats of entities, keys and log records.
#ifndef SEKISHO_ENGINE_BASE_BYTES_H_
#define SEKISHO_ENGINE_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"

namespace sekisho {

inline void PutVarint(uint64_t number, std::string* out) {
  for (; number >= 0x80; number >>= 7) {
    out->push_back(static_cast<char>(number | 0x80));
  }
  out->push_back(static_cast<char>(number));
}

// A varint with the length, then the bytes.
inline void PutString(absl::string_view text, std::string* out) {
  PutVarint(text.size(), out);
  out->append(text.data(), text.size());
}

// Writes what PutVarint and PutString append, several times as fast: for what
// is done once a decision.
class ByteWriter {
 public:
  // Replaces what is in `*out`, which must outlive it; it is of no use before
  // Finish. What is long already is not made longer.
  explicit ByteWriter(std::string* out) : out_(*out) {
    if (out_.size() < kFirstSize) out_.resize(kFirstSize);
    next_ = out_.data();
    end_ = next_ + out_.size();
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Byte(uint8_t byte) {
    Ensure(1);
    *next_++ = static_cast<char>(byte);
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Varint(uint64_t number) {
    Ensure(kMaxVarintSize);
    PutUnchecked(number);
  }
  void Bytes(const void* bytes, size_t size) {
    Ensure(size);
    PutUnchecked(bytes, size);
  }
  void String(absl::string_view text) {
    Ensure(kMaxVarintSize + text.size());
    PutUnchecked(text.size());
    PutUnchecked(text.data(), text.size());
  }

  // What was written so far, at the beginning of `*out`.
  absl::string_view written() const {
    return absl::string_view(out_.data(),
                             static_cast<size_t>(next_ - out_.data()));
  }
  // Leaves that in `*out` and nothing else.
  void Finish() { out_.resize(written().size()); }

 private:
  static constexpr size_t kFirstSize = 1024;
  static constexpr size_t kMaxVarintSize = 10;

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Ensure(size_t size) {
    if (ABSL_PREDICT_FALSE(static_cast<size_t>(end_ - next_) < size)) {
      Grow(size);
    }
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE void PutUnchecked(uint64_t number) {
    for (; ABSL_PREDICT_FALSE(number >= 0x80); number >>= 7) {
      *next_++ = static_cast<char>(number | 0x80);
    }
    *next_++ = static_cast<char>(number);
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE void PutUnchecked(const void* bytes,
                                                 size_t size) {
    const char* const from = static_cast<const char*>(bytes);
    // Most are short; two copies of a fixed size that may overlap are faster
    // than a call.
    if (size > 32) {
      std::memcpy(next_, from, size);
    } else if (size > 16) {
      std::memcpy(next_, from, 16);
      std::memcpy(next_ + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(next_, from, 8);
      std::memcpy(next_ + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(next_, from, 4);
      std::memcpy(next_ + size - 4, from + size - 4, 4);
    } else if (size > 0) {
      next_[0] = from[0];
      next_[size / 2] = from[size / 2];
      next_[size - 1] = from[size - 1];
    }
    next_ += size;
  }
  ABSL_ATTRIBUTE_NOINLINE
  void Grow(size_t size) {
    const size_t used = written().size();
    out_.resize(2 * out_.size() + size);
    next_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }

  std::string& out_;
  char* next_;
  char* end_;
};

// Small numbers of either sign to small numbers.
inline uint64_t ZigZag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^
         static_cast<uint64_t>(number >> 63);
}
inline int64_t UnZigZag(uint64_t number) {
  return static_cast<int64_t>((number >> 1) ^ (~(number & 1) + 1));
}

// Reads from the front of untrusted bytes, which must outlive it and the views
// it returns. Each method returns false, and leaves the reader of no further
// use, if the bytes do not go on that way.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  absl::string_view rest() const { return bytes_; }

  bool Byte(uint8_t* byte) {
    if (bytes_.empty()) return false;
    *byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return true;
  }

  // Refuses numbers over 64 bits and encodings longer than needed.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool Varint(uint64_t* number) {
    if (ABSL_PREDICT_FALSE(bytes_.empty() || (bytes_.front() & 0x80) != 0)) {
      return LongVarint(number);
    }
    *number = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return true;
  }
  // The number of things that follow, each of a byte at least: never more than
  // there are bytes, so that memory may be set aside for them.
  bool Count(uint64_t* count) {
    return Varint(count) && *count <= bytes_.size();
  }

  // The next `size` bytes.
  bool Bytes(size_t size, absl::string_view* bytes) {
    if (size > bytes_.size()) return false;
    *bytes = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }

  bool String(absl::string_view* text) {
    uint64_t size;
    return Count(&size) && Bytes(size, text);
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE bool LongVarint(uint64_t* number) {
    *number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte;
      if (!Byte(&byte)) return false;
      uint64_t bits = byte & 0x7f;
      if (shift == 63 && bits > 1) return false;
      *number |= bits << shift;
      if ((byte & 0x80) == 0) return byte != 0 || shift == 0;
    }
    return false;
  }

  absl::string_view bytes_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_BYTES_H_
