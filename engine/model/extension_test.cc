#include "engine/model/extension.h"

#include <limits>
#include <optional>
#include <random>
#include <string>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// What a text is printed as; "error" if it is none of the type.
template <typename T>
std::string Canonical(absl::string_view text) {
  const std::optional<T> value = T::Parse(text);
  return value ? value->ToString() : "error";
}

struct Case {
  absl::string_view text;
  const char* canonical;
};

TEST(DecimalTest, Texts) {
  for (const Case& c : {
           Case{"0.0", "0.0"},
           {"-0.0", "0.0"},
           {"1.5000", "1.5"},
           {"001.25", "1.25"},
           {"-0.0001", "-0.0001"},
           {"12.0305", "12.0305"},
           {"922337203685477.5807", "922337203685477.5807"},
           {"-922337203685477.5808", "-922337203685477.5808"},
           {"922337203685477.5808", "error"},
           {"-922337203685477.5809", "error"},
           {"99999999999999999999.0", "error"},
           {"1.23456", "error"},
           {"1", "error"},
           {"1.", "error"},
           {".5", "error"},
           {"-.5", "error"},
           {"+1.5", "error"},
           {"--1.5", "error"},
           {"1.-5", "error"},
           {" 1.5", "error"},
           {"1.5 ", "error"},
           {"1,5", "error"},
           {"1.5e3", "error"},
           {"１.５", "error"},
           {"", "error"},
           {"-", "error"},
       }) {
    EXPECT_EQ(Canonical<Decimal>(c.text), c.canonical) << c.text;
  }
}

TEST(IpAddressTest, Texts) {
  for (const Case& c : {
           Case{"10.0.0.1", "10.0.0.1"},
           {"10.0.0.1/32", "10.0.0.1"},
           {"10.0.0.1/24", "10.0.0.1/24"},
           {"0.0.0.0/0", "0.0.0.0/0"},
           {"::1", "::1"},
           {"::", "::"},
           {"FE80:0:0:0:0:0:0:0/10", "fe80::/10"},
           {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
           {"::ffff:ff00:1", "0:0:0:0:0:ffff:ff00:1"},
           {"::1/128", "::1"},
           {"1:2:3:4:5:6:7:8::", "error"},
           {"1::2::3", "error"},
           {"1:2:3", "error"},
           {"12345::", "error"},
           {"g::", "error"},
           {"::ffff:127.0.0.1", "error"},
           {"fe80::1%eth0", "error"},
           {"10.0.0", "error"},
           {"10.0.0.0.1", "error"},
           {"10.0.0.256", "error"},
           {"10.0.0.01", "error"},
           {" 10.0.0.1", "error"},
           {"10.0.0.1/33", "error"},
           {"10.0.0.1/08", "error"},
           {"10.0.0.1/", "error"},
           {"10.0.0.1/-1", "error"},
           {"10.0.0.1/8/8", "error"},
           {"10.0.0.1/4294967304", "error"},
           {"::/129", "error"},
           {"/8", "error"},
           {{"10.0.0.1\0", 9}, "error"},
           {"", "error"},
       }) {
    EXPECT_EQ(Canonical<IpAddress>(c.text), c.canonical) << c.text;
  }
}

TEST(IpAddressTest, PrefixesAreCompared) {
  EXPECT_EQ(IpAddress::Parse("10.0.0.1"), IpAddress::Parse("10.0.0.1/32"));
  EXPECT_NE(IpAddress::Parse("10.0.0.1"), IpAddress::Parse("10.0.0.1/24"));
  EXPECT_NE(IpAddress::Parse("10.0.0.1/24"), IpAddress::Parse("10.0.0.2/24"));
  EXPECT_NE(IpAddress::Parse("0.0.0.0"), IpAddress::Parse("::"));
}

TEST(IpAddressTest, Ranges) {
  struct RangeCase {
    const char* inner;
    const char* outer;
    bool in;
  };
  for (const RangeCase& c : {
           RangeCase{"10.1.2.3", "10.0.0.0/8", true},
           {"10.1.2.3", "10.255.255.255/8", true},
           {"11.1.2.3", "10.0.0.0/8", false},
           {"10.0.0.0/8", "10.0.0.0/8", true},
           {"10.0.0.0/7", "10.0.0.0/8", false},
           {"10.0.0.127", "10.0.0.0/25", true},
           {"10.0.0.128", "10.0.0.0/25", false},
           {"1.2.3.4", "0.0.0.0/0", true},
           {"1.2.3.4", "::/0", false},
           {"::1", "0.0.0.0/0", false},
           {"fe80::1", "fe80::/10", true},
           {"fec0::1", "fe80::/10", false},
           {"::1", "::1", true},
       }) {
    EXPECT_EQ(IpAddress::Parse(c.inner)->IsInRange(*IpAddress::Parse(c.outer)),
              c.in)
        << c.inner << " " << c.outer;
  }
}

TEST(IpAddressTest, LoopbackAndMulticast) {
  for (const char* text : {"127.0.0.1", "127.1.2.3/8", "::1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "127.0.0.1/7", "::1/127", "::2"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"224.0.0.1", "239.255.255.255/4", "ff02::1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsMulticast()) << text;
  }
  for (const char* text :
       {"223.0.0.1", "224.0.0.0/3", "240.0.0.0", "ff00::/7", "fe02::1"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->IsMulticast()) << text;
  }
}

TEST(DatetimeTest, Texts) {
  for (const Case& c : {
           Case{"1970-01-01", "1970-01-01"},
           {"0000-01-01", "0000-01-01"},
           {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
           {"2024-02-29", "2024-02-29"},
           {"2000-02-29", "2000-02-29"},
           {"2026-04-01T00:00:00Z", "2026-04-01"},
           {"2026-04-01T09:30:00+0900", "2026-04-01T00:30:00Z"},
           {"2026-04-01T09:30:00.250-0130", "2026-04-01T11:00:00.250Z"},
           {"2026-04-01T09:30:00.000-0000", "2026-04-01T09:30:00Z"},
           {"0000-01-01T00:00:00+2359", "-0001-12-31T00:01:00Z"},
           {"1900-02-29", "error"},
           {"2023-02-29", "error"},
           {"2026-04-31", "error"},
           {"2026-13-01", "error"},
           {"2026-00-01", "error"},
           {"2026-01-00", "error"},
           {"26-01-01", "error"},
           {"02026-01-01", "error"},
           {"-2026-01-01", "error"},
           {"2026-1-1", "error"},
           {"2026-04-01T09:30Z", "error"},
           {"2026-04-01T09:30:00", "error"},
           {"2026-04-01t09:30:00Z", "error"},
           {"2026-04-01 09:30:00Z", "error"},
           {"2026-04-01T24:00:00Z", "error"},
           {"2026-04-01T09:60:00Z", "error"},
           {"2026-04-01T09:30:60Z", "error"},
           {"2026-04-01T09:30:00.1Z", "error"},
           {"2026-04-01T09:30:00.1234Z", "error"},
           {"2026-04-01T09:30:00+09:00", "error"},
           {"2026-04-01T09:30:00+2400", "error"},
           {"2026-04-01T09:30:00+0060", "error"},
           {"2026-04-01T09:30:00z", "error"},
           {"2026-04-01T09:30:00ZZ", "error"},
           {"2026-04-01Z", "error"},
           {"", "error"},
       }) {
    EXPECT_EQ(Canonical<Datetime>(c.text), c.canonical) << c.text;
  }
  EXPECT_EQ(Datetime::Parse("1969-12-31T23:59:59.999Z")->ms, -1);
  EXPECT_EQ(Datetime::Parse("2026-11-22")->ms, 1'795'305'600'000);
}

// Against the days counted one by one.
TEST(DatetimeTest, EveryDayOf800Years) {
  const int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t ms = Datetime::Parse("1600-01-01")->ms;
  for (int year = 1600; year < 2400; ++year) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int month = 1; month <= 12; ++month) {
      const int days = kDays[month - 1] + (leap && month == 2 ? 1 : 0);
      for (int day = 1; day <= days; ++day, ms += 86'400'000) {
        const std::string text =
            absl::StrFormat("%04d-%02d-%02d", year, month, day);
        ASSERT_EQ(Datetime{ms}.ToString(), text);
        ASSERT_EQ(Datetime::Parse(text), Datetime{ms});
      }
    }
  }
}

TEST(DatetimeTest, ParseAnyReadsWhatIsWritten) {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 100'000; ++i) {
    // Of every size.
    const Datetime datetime{static_cast<int64_t>(random()) >> random() % 30};
    ASSERT_EQ(Datetime::ParseAny(datetime.ToString()), datetime)
        << datetime.ToString();
  }
  for (const int64_t ms : {kLeast, kLeast + 1, kMost - 1, kMost}) {
    EXPECT_EQ(Datetime::ParseAny(Datetime{ms}.ToString()), Datetime{ms});
  }
  EXPECT_EQ(Datetime::ParseAny("2026-11-22T09:00:00+0900"),
            Datetime::Parse("2026-11-22"));
  for (const char* text :
       {"", "+", "-", "+2026-11-22", "-0000-01-01", "+10000-02-30",
        "+10000-01-01T00:00:00Z", "+10000-01-01T09:00:00+0900",
        "+292278994-08-17T07:12:55.808Z", "-292275055-05-16T16:47:04.191Z",
        "+99999999999999999999-01-01", "10000-01-01", "+010000-01-01"}) {
    EXPECT_EQ(Datetime::ParseAny(text), std::nullopt) << text;
  }
}

TEST(DatetimeTest, Arithmetic) {
  const Datetime noon = *Datetime::Parse("2026-04-01T12:00:00Z");
  EXPECT_EQ(noon.ToDate(), Datetime::Parse("2026-04-01"));
  EXPECT_EQ(noon.ToTime(), *Duration::Parse("12h"));
  EXPECT_EQ(noon.Offset(*Duration::Parse("-1d12h")),
            Datetime::Parse("2026-03-31"));
  EXPECT_EQ(noon.Since(*Datetime::Parse("2026-04-02")),
            Duration::Parse("-12h"));

  const Datetime before = *Datetime::Parse("1969-12-31T23:00:00Z");
  EXPECT_EQ(before.ToDate(), Datetime::Parse("1969-12-31"));
  EXPECT_EQ(before.ToTime(), *Duration::Parse("23h"));
  EXPECT_EQ(Datetime::Parse("1969-12-31")->ToTime(), Duration{0});

  EXPECT_EQ(Datetime{kMost}.Offset({1}), std::nullopt);
  EXPECT_EQ(Datetime{kLeast}.Offset({-1}), std::nullopt);
  EXPECT_EQ(Datetime{kLeast}.Since({1}), std::nullopt);
  EXPECT_EQ(Datetime{kLeast}.ToDate(), std::nullopt);
  EXPECT_NE(Datetime{kMost}.ToDate(), std::nullopt);
  EXPECT_GE(Datetime{kLeast}.ToTime(), Duration{0});
  // Beyond what literals can say, and still a text.
  EXPECT_EQ(Datetime::Parse("9999-12-31")->Offset({86'400'000})->ToString(),
            "+10000-01-01");
  EXPECT_FALSE(Datetime{kLeast}.ToString().empty());
  EXPECT_FALSE(Datetime{kMost}.ToString().empty());
}

TEST(DurationTest, Texts) {
  for (const Case& c : {
           Case{"1d2h3m4s5ms", "1d2h3m4s5ms"},
           {"90m", "1h30m"},
           {"0d0h", "0ms"},
           {"-0ms", "0ms"},
           {"-1d1h1m1s1ms", "-1d1h1m1s1ms"},
           {"1d5ms", "1d5ms"},
           {"5m5ms", "5m5ms"},
           {"0001s", "1s"},
           {"9223372036854775807ms", "106751991167d7h12m55s807ms"},
           {"-9223372036854775808ms", "-106751991167d7h12m55s808ms"},
           {"9223372036854775808ms", "error"},
           {"106751991168d", "error"},
           {"106751991167d7h12m55s808ms", "error"},
           {"39063693332522587520d", "error"},
           {"1h1d", "error"},
           {"1m1m", "error"},
           {"1ms1s", "error"},
           {"1", "error"},
           {"d", "error"},
           {"1d2", "error"},
           {"1D", "error"},
           {"1.5h", "error"},
           {"+1h", "error"},
           {"--1h", "error"},
           {"1h-1m", "error"},
           {"1 h", "error"},
           {"1sm", "error"},
           {"-", "error"},
           {"", "error"},
       }) {
    EXPECT_EQ(Canonical<Duration>(c.text), c.canonical) << c.text;
  }
}

// Every value that a constructor can make.
TEST(ExtensionTest, CanonicalTextsParseBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    // Of all sizes.
    const int64_t n = static_cast<int64_t>(random()) >> (random() % 64);
    const Decimal decimal{n};
    ASSERT_EQ(Decimal::Parse(decimal.ToString()), decimal);
    const Duration duration{n};
    ASSERT_EQ(Duration::Parse(duration.ToString()), duration);
    const Datetime datetime{n % 200'000'000'000'000};
    if (datetime >= *Datetime::Parse("0000-01-01")) {
      ASSERT_EQ(Datetime::Parse(datetime.ToString()), datetime);
    }
    std::string bytes;
    for (int j = 0; j < (i % 2 ? 4 : 16); ++j) {
      bytes.push_back(static_cast<char>(random() % 4 == 0 ? random() : 0));
    }
    const auto ip =
        IpAddress::FromBytes(bytes, random() % (8 * bytes.size() + 1));
    ASSERT_TRUE(ip.has_value());
    ASSERT_EQ(IpAddress::Parse(ip->ToString()), ip) << ip->ToString();
  }
}

}  // namespace
}  // namespace sekisho
