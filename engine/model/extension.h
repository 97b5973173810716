// Cedar's extension types: decimals, IP addresses, datetimes and durations.
// Each has one text form that Cedar's constructor of it reads
// (`decimal("1.5")`) and a canonical text that is written; equal values have
// equal texts.
#ifndef SEKISHO_ENGINE_MODEL_EXTENSION_H_
#define SEKISHO_ENGINE_MODEL_EXTENSION_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace sekisho {

// A number with four digits behind the point.
struct Decimal {
  int64_t ten_thousandths = 0;

  // `-?digits.digits`, one to four of them behind the point. Nothing for other
  // texts and numbers out of range, as for all that follow.
  static std::optional<Decimal> Parse(absl::string_view text);
  // As few digits behind the point as possible, but one: `1.5`, `2.0`.
  std::string ToString() const;

  auto operator<=>(const Decimal&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Decimal& d) {
    return H::combine(std::move(h), d.ten_thousandths);
  }
};

// An IPv4 or IPv6 address with the length of its network's prefix. Addresses
// that differ in the prefix differ, and so do those of one network.
struct IpAddress {
  bool is_v6 = false;
  // The first four of IPv4; the others are zero then.
  std::array<uint8_t, 16> bytes = {};
  // At most 32, or 128; that is the one of a single address.
  uint8_t prefix = 32;

  // `10.0.0.1`, `10.0.0.0/8`, `::1`, `fe80::/10`; no IPv4 within IPv6.
  static std::optional<IpAddress> Parse(absl::string_view text);
  // From 4 or 16 bytes.
  static std::optional<IpAddress> FromBytes(absl::string_view bytes,
                                            uint64_t prefix);
  absl::string_view address() const {
    return {reinterpret_cast<const char*>(bytes.data()), is_v6 ? 16u : 4u};
  }
  // Without the prefix of a single address.
  std::string ToString() const;

  bool IsLoopback() const;
  bool IsMulticast() const;
  // True if all addresses of this network are in the other one.
  bool IsInRange(const IpAddress& network) const;

  auto operator<=>(const IpAddress&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& ip) {
    return H::combine(std::move(h), ip.is_v6, ip.bytes, ip.prefix);
  }
};

// A span of time, in either direction.
struct Duration {
  int64_t ms = 0;

  // `-?1d2h3m4s5ms`: any of the units, at least one, in this order.
  static std::optional<Duration> Parse(absl::string_view text);
  // The same, without units that are zero; `0ms` for none.
  std::string ToString() const;

  auto operator<=>(const Duration&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Duration& d) {
    return H::combine(std::move(h), d.ms);
  }
};

// A point in time: milliseconds since 1970-01-01 UTC, leap seconds left out.
struct Datetime {
  int64_t ms = 0;

  // `2026-04-01`, `2026-04-01T09:30:00Z`, `..00.123Z`, `..00+0900`,
  // `..00.123-0130`; years 0000 to 9999.
  static std::optional<Datetime> Parse(absl::string_view text);
  // In UTC; the time of day only if it is not midnight, milliseconds only if
  // there are some. Years that Parse does not read, which only `offset` can
  // lead to, have a sign: `+10000-01-01`, `-0001-12-31`.
  std::string ToString() const;
  // What Parse reads, and all that ToString writes.
  static std::optional<Datetime> ParseAny(absl::string_view text);

  // Nothing on overflow.
  std::optional<Datetime> Offset(Duration by) const;
  std::optional<Duration> Since(Datetime earlier) const;
  // Midnight before, or at, this.
  std::optional<Datetime> ToDate() const;
  // The time since midnight.
  Duration ToTime() const;

  auto operator<=>(const Datetime&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Datetime& d) {
    return H::combine(std::move(h), d.ms);
  }
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_EXTENSION_H_
