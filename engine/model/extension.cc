// Tested by extension_test.cc, and against the public conformance cases.
#include "engine/model/extension.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace sekisho {
namespace {

constexpr int64_t kDay = 86'400'000;
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kSecond = 1'000;

// The digits at the front of `*text`, taken off.
absl::string_view TakeDigits(absl::string_view* text) {
  const size_t size = static_cast<size_t>(
      std::find_if_not(text->begin(), text->end(), absl::ascii_isdigit) -
      text->begin());
  const absl::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  return digits;
}

// *number = 10 * *number + digit, for each digit; downwards if `negative`, so
// that the smallest number is within reach.
bool AddDigits(absl::string_view digits, bool negative, int64_t* number) {
  for (const char digit : digits) {
    const int64_t units = negative ? -(digit - '0') : digit - '0';
    if (__builtin_mul_overflow(*number, int64_t{10}, number) ||
        __builtin_add_overflow(*number, units, number)) {
      return false;
    }
  }
  return true;
}

// Exactly `width` digits at the front of `*text`, taken off.
bool TakeNumber(size_t width, absl::string_view* text, int* number) {
  absl::string_view front = text->substr(0, width);
  const absl::string_view digits = TakeDigits(&front);
  if (digits.size() != width) return false;
  text->remove_prefix(width);
  *number = 0;
  for (const char digit : digits) *number = 10 * *number + (digit - '0');
  return true;
}

// The quotient rounded down; the remainder is not negative then.
int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Years are counted from March here, so that a leap day is the last of its
// year; 400 of them have 146,097 days.
constexpr int64_t kDaysOf400Years = 146'097;
// From 0000-03-01 to 1970-01-01.
constexpr int64_t kEpoch = 719'468;

int64_t DaysBeforeYear(int64_t year) {
  return 365 * year + year / 4 - year / 100 + year / 400;
}
// Before the month, 0 being March.
int64_t DaysBeforeMonth(int64_t month) { return (153 * month + 2) / 5; }

int64_t DayNumber(int64_t year, int month, int day) {
  const int64_t from_march = month > 2 ? month - 3 : month + 9;
  const int64_t y = month > 2 ? year : year - 1;
  const int64_t cycle = FloorDivide(y, 400);
  return cycle * kDaysOf400Years + DaysBeforeYear(y - 400 * cycle) +
         DaysBeforeMonth(from_march) + day - 1 - kEpoch;
}

struct Date {
  int64_t year;
  int month;
  int day;
};

Date DateOf(int64_t day_number) {
  const int64_t since = day_number + kEpoch;
  const int64_t cycle = FloorDivide(since, kDaysOf400Years);
  const int64_t in_cycle = since - cycle * kDaysOf400Years;
  int64_t year = in_cycle / 366;
  while (year < 399 && DaysBeforeYear(year + 1) <= in_cycle) ++year;
  const int64_t in_year = in_cycle - DaysBeforeYear(year);
  int64_t month = 0;
  while (month < 11 && DaysBeforeMonth(month + 1) <= in_year) ++month;
  const int day = static_cast<int>(in_year - DaysBeforeMonth(month) + 1);
  const bool next_year = month >= 10;
  return {400 * cycle + year + (next_year ? 1 : 0),
          static_cast<int>(next_year ? month - 9 : month + 3), day};
}

// True if there is such a day.
bool IsDate(int64_t year, int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const Date date = DateOf(DayNumber(year, month, day));
  return date.month == month && date.day == day;
}

}  // namespace

// ---- Decimal ---------------------------------------------------------------

std::optional<Decimal> Decimal::Parse(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  const absl::string_view whole = TakeDigits(&text);
  if (whole.empty() || !absl::ConsumePrefix(&text, ".")) return std::nullopt;
  std::string fraction(TakeDigits(&text));
  if (fraction.empty() || fraction.size() > 4 || !text.empty()) {
    return std::nullopt;
  }
  fraction.resize(4, '0');
  Decimal decimal;
  if (!AddDigits(whole, negative, &decimal.ten_thousandths) ||
      !AddDigits(fraction, negative, &decimal.ten_thousandths)) {
    return std::nullopt;
  }
  return decimal;
}

std::string Decimal::ToString() const {
  std::string text = absl::StrFormat(
      "%s%d.%04d", ten_thousandths < 0 ? "-" : "",
      std::abs(ten_thousandths / 10'000), std::abs(ten_thousandths % 10'000));
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

// ---- IpAddress -------------------------------------------------------------

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  const bool is_v6 = address.find(':') != std::string::npos;
  if (address.find('\0') != std::string::npos ||
      (is_v6 && address.find('.') != std::string::npos)) {
    return std::nullopt;
  }
  IpAddress ip;
  ip.is_v6 = is_v6;
  ip.prefix = is_v6 ? 128 : 32;
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), ip.bytes.data()) !=
      1) {
    return std::nullopt;
  }
  if (slash == absl::string_view::npos) return ip;
  absl::string_view rest = text.substr(slash + 1);
  const absl::string_view digits = TakeDigits(&rest);
  const bool leading_zero = digits.size() > 1 && digits[0] == '0';
  if (digits.empty() || digits.size() > 3 || leading_zero || !rest.empty()) {
    return std::nullopt;
  }
  int64_t prefix = 0;
  AddDigits(digits, /*negative=*/false, &prefix);
  return FromBytes(ip.address(), static_cast<uint64_t>(prefix));
}

std::optional<IpAddress> IpAddress::FromBytes(absl::string_view bytes,
                                              uint64_t prefix) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  if (prefix > 8 * bytes.size()) return std::nullopt;
  IpAddress ip;
  ip.is_v6 = bytes.size() == 16;
  ip.prefix = static_cast<uint8_t>(prefix);
  std::memcpy(ip.bytes.data(), bytes.data(), bytes.size());
  return ip;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> buffer = {};
  inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), buffer.data(),
            buffer.size());
  std::string text = buffer.data();
  if (is_v6 && text.find('.') != std::string::npos) {
    // IPv4 within IPv6, which Cedar does not read.
    text.clear();
    for (size_t i = 0; i < 16; i += 2) {
      absl::StrAppend(&text, i == 0 ? "" : ":",
                      absl::Hex(bytes[i] << 8 | bytes[i + 1]));
    }
  }
  if (prefix != (is_v6 ? 128 : 32)) absl::StrAppend(&text, "/", prefix);
  return text;
}

bool IpAddress::IsInRange(const IpAddress& network) const {
  if (is_v6 != network.is_v6 || prefix < network.prefix) return false;
  const size_t whole = network.prefix / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole,
                  network.bytes.begin())) {
    return false;
  }
  const int bits = network.prefix % 8;
  return bits == 0 || (bytes[whole] ^ network.bytes[whole]) >> (8 - bits) == 0;
}

bool IpAddress::IsLoopback() const {
  static const IpAddress v4 = *Parse("127.0.0.0/8");
  static const IpAddress v6 = *Parse("::1");
  return IsInRange(is_v6 ? v6 : v4);
}

bool IpAddress::IsMulticast() const {
  static const IpAddress v4 = *Parse("224.0.0.0/4");
  static const IpAddress v6 = *Parse("ff00::/8");
  return IsInRange(is_v6 ? v6 : v4);
}

// ---- Duration --------------------------------------------------------------

std::optional<Duration> Duration::Parse(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (text.empty()) return std::nullopt;
  struct Unit {
    absl::string_view name;
    int64_t ms;
  };
  Duration sum;
  for (const Unit& unit : {Unit{"d", kDay},
                           {"h", kHour},
                           {"m", kMinute},
                           {"s", kSecond},
                           {"ms", 1}}) {
    absl::string_view rest = text;
    const absl::string_view digits = TakeDigits(&rest);
    absl::string_view name = rest;
    while (!rest.empty() && absl::ascii_isalpha(rest[0])) rest.remove_prefix(1);
    name = name.substr(0, name.size() - rest.size());
    if (digits.empty() || name != unit.name) continue;
    text = rest;
    int64_t number = 0;
    if (!AddDigits(digits, negative, &number) ||
        __builtin_mul_overflow(number, unit.ms, &number) ||
        __builtin_add_overflow(sum.ms, number, &sum.ms)) {
      return std::nullopt;
    }
  }
  if (!text.empty()) return std::nullopt;
  return sum;
}

std::string Duration::ToString() const {
  if (ms == 0) return "0ms";
  // As a number that has no sign, which the smallest would not fit into.
  uint64_t left =
      ms < 0 ? -static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  std::string text = ms < 0 ? "-" : "";
  const auto take = [&](int64_t unit, absl::string_view name) {
    const uint64_t count = left / static_cast<uint64_t>(unit);
    left %= static_cast<uint64_t>(unit);
    if (count > 0) absl::StrAppend(&text, count, name);
  };
  take(kDay, "d");
  take(kHour, "h");
  take(kMinute, "m");
  take(kSecond, "s");
  take(1, "ms");
  return text;
}

// ---- Datetime --------------------------------------------------------------

std::optional<Datetime> Datetime::Parse(absl::string_view text) {
  int year, month, day;
  if (!TakeNumber(4, &text, &year) || !absl::ConsumePrefix(&text, "-") ||
      !TakeNumber(2, &text, &month) || !absl::ConsumePrefix(&text, "-") ||
      !TakeNumber(2, &text, &day) || !IsDate(year, month, day)) {
    return std::nullopt;
  }
  Datetime datetime{DayNumber(year, month, day) * kDay};
  if (text.empty()) return datetime;

  int hour, minute, second, ms = 0;
  if (!absl::ConsumePrefix(&text, "T") || !TakeNumber(2, &text, &hour) ||
      !absl::ConsumePrefix(&text, ":") || !TakeNumber(2, &text, &minute) ||
      !absl::ConsumePrefix(&text, ":") || !TakeNumber(2, &text, &second) ||
      hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  if (absl::ConsumePrefix(&text, ".") && !TakeNumber(3, &text, &ms)) {
    return std::nullopt;
  }
  datetime.ms += hour * kHour + minute * kMinute + second * kSecond + ms;
  if (text == "Z") return datetime;

  const bool east = absl::ConsumePrefix(&text, "+");
  if ((!east && !absl::ConsumePrefix(&text, "-")) ||
      !TakeNumber(2, &text, &hour) || !TakeNumber(2, &text, &minute) ||
      !text.empty() || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  const int64_t ahead = hour * kHour + minute * kMinute;
  datetime.ms -= east ? ahead : -ahead;
  return datetime;
}

std::string Datetime::ToString() const {
  const int64_t days = FloorDivide(ms, kDay);
  const Date date = DateOf(days);
  std::string text = absl::StrFormat("%s%04d-%02d-%02d",
                                     date.year < 0      ? "-"
                                     : date.year > 9999 ? "+"
                                                        : "",
                                     std::abs(date.year), date.month, date.day);
  const int64_t time = ToTime().ms;
  if (time == 0) return text;
  absl::StrAppendFormat(&text, "T%02d:%02d:%02d", time / kHour,
                        time % kHour / kMinute, time % kMinute / kSecond);
  if (time % kSecond != 0)
    absl::StrAppendFormat(&text, ".%03d", time % kSecond);
  return text + "Z";
}

std::optional<Datetime> Datetime::ParseAny(absl::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return Parse(text);
  absl::string_view rest = text.substr(1);
  int64_t year = 0;
  if (!AddDigits(TakeDigits(&rest), text[0] == '-', &year) ||
      std::abs(year) > 300'000'000) {
    return std::nullopt;
  }
  // A year that Parse reads, whole 400 years away and not further from 1970
  // than the year itself. 400 years have always the same number of days.
  constexpr int64_t kCycle = 146'097 * kDay;
  const int64_t near = (year < 0 ? 1600 : 2000) + year % 400;
  std::optional<Datetime> parsed =
      Parse(absl::StrCat(absl::Dec(near, absl::kZeroPad4), rest));
  int64_t away;
  if (!parsed || __builtin_mul_overflow((year - near) / 400, kCycle, &away) ||
      __builtin_add_overflow(parsed->ms, away, &parsed->ms) ||
      parsed->ToString() != text) {
    return std::nullopt;
  }
  return parsed;
}

std::optional<Datetime> Datetime::Offset(Duration by) const {
  Datetime moved;
  if (__builtin_add_overflow(ms, by.ms, &moved.ms)) return std::nullopt;
  return moved;
}

std::optional<Duration> Datetime::Since(Datetime earlier) const {
  Duration between;
  if (__builtin_sub_overflow(ms, earlier.ms, &between.ms)) return std::nullopt;
  return between;
}

std::optional<Datetime> Datetime::ToDate() const {
  Datetime midnight;
  if (__builtin_sub_overflow(ms, ToTime().ms, &midnight.ms)) {
    return std::nullopt;
  }
  return midnight;
}

Duration Datetime::ToTime() const {
  const int64_t time = ms % kDay;
  return {time < 0 ? time + kDay : time};
}

}  // namespace sekisho
