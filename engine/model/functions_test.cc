#include "engine/model/functions.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

Value Ext(absl::string_view type, absl::string_view text) {
  const std::optional<Value> value = ParseExtension(type, text);
  EXPECT_TRUE(value.has_value()) << type << " " << text;
  return value.value_or(Value());
}
Value Dec(absl::string_view text) { return Ext("decimal", text); }
Value Ip(absl::string_view text) { return Ext("ipaddr", text); }
Value Date(absl::string_view text) { return Ext("datetime", text); }
Value Dur(absl::string_view text) { return Ext("duration", text); }

std::string Result(absl::string_view name,
                   const std::vector<Value>& arguments) {
  const std::optional<Value> value =
      CallFunction(FindFunction(name)->function, arguments);
  return value ? value->ToString() : "error";
}

TEST(FunctionsTest, Results) {
  struct Case {
    const char* name;
    std::vector<Value> arguments;
    const char* result;
  };
  for (const Case& c : {
           Case{"decimal", {Value::String("1.50")}, "decimal(\"1.5\")"},
           {"decimal", {Value::String("1")}, "error"},
           {"ip", {Value::String("10.0.0.1/32")}, "ip(\"10.0.0.1\")"},
           {"datetime",
            {Value::String("2026-04-01T00:00:00Z")},
            "datetime(\"2026-04-01\")"},
           {"duration", {Value::String("60m")}, "duration(\"1h\")"},
           {"lessThan", {Dec("1.5"), Dec("1.6")}, "true"},
           {"lessThan", {Dec("1.5"), Dec("1.5")}, "false"},
           {"lessThanOrEqual", {Dec("1.5"), Dec("1.5")}, "true"},
           {"greaterThan", {Dec("-1.5"), Dec("-1.6")}, "true"},
           {"greaterThan", {Dec("1.5"), Dec("1.5")}, "false"},
           {"greaterThanOrEqual", {Dec("1.5"), Dec("1.5")}, "true"},
           {"isIpv4", {Ip("10.0.0.1")}, "true"},
           {"isIpv4", {Ip("::1")}, "false"},
           {"isIpv6", {Ip("::1")}, "true"},
           {"isLoopback", {Ip("127.0.0.1")}, "true"},
           {"isMulticast", {Ip("224.0.0.1")}, "true"},
           {"isInRange", {Ip("10.0.0.1"), Ip("10.0.0.0/8")}, "true"},
           {"isInRange", {Ip("10.0.0.0/8"), Ip("10.0.0.1")}, "false"},
           {"offset",
            {Date("2026-04-01"), Dur("-1ms")},
            "datetime(\"2026-03-31T23:59:59.999Z\")"},
           {"offset",
            {Date("2026-04-01"), Dur("9223372036854775807ms")},
            "error"},
           {"durationSince",
            {Date("2026-04-01"), Date("2026-03-31")},
            "duration(\"1d\")"},
           {"toDate",
            {Date("2026-04-01T09:00:00Z")},
            "datetime(\"2026-04-01\")"},
           {"toTime", {Date("2026-04-01T09:00:00Z")}, "duration(\"9h\")"},
           {"toMilliseconds", {Dur("-1s1ms")}, "-1001"},
           // Towards zero.
           {"toSeconds", {Dur("-1s999ms")}, "-1"},
           {"toMinutes", {Dur("119s")}, "1"},
           {"toHours", {Dur("-119m")}, "-1"},
           {"toDays", {Dur("47h")}, "1"},
       }) {
    EXPECT_EQ(Result(c.name, c.arguments), c.result) << c.name;
  }
}

// Any other number or kind of arguments is an error.
TEST(FunctionsTest, SignaturesAreKept) {
  const std::vector<Value> one_of_each = {
      Value::Bool(true), Value::Long(1),    Value::String("1.0"),
      Value::Set({}),    Value::Record({}), Value::Entity({"A", "1"}),
      Dec("1.0"),        Ip("10.0.0.1"),    Date("2026-04-01"),
      Dur("1h"),
  };
  for (const FunctionSignature& signature : Functions()) {
    EXPECT_EQ(&SignatureOf(signature.function), &signature) << signature.name;
    EXPECT_EQ(FindFunction(signature.name), &signature) << signature.name;
    EXPECT_EQ(CallFunction(signature.function, {}), std::nullopt);
    EXPECT_EQ(
        CallFunction(signature.function, {Dec("1.0"), Dec("1.0"), Dec("1.0")}),
        std::nullopt);
    for (const Value& a : one_of_each) {
      for (const Value& b : one_of_each) {
        std::vector<Value> arguments = {a, b};
        arguments.resize(signature.arity);
        bool fits = true;
        for (size_t i = 0; i < arguments.size(); ++i) {
          fits = fits && arguments[i].kind() == signature.arguments[i];
        }
        const auto value = CallFunction(signature.function, arguments);
        if (!fits) {
          EXPECT_EQ(value, std::nullopt) << signature.name;
        } else if (value) {
          EXPECT_EQ(value->kind(), signature.result) << signature.name;
        } else {
          EXPECT_FALSE(signature.is_total) << signature.name;
        }
      }
    }
  }
}

TEST(FunctionsTest, TextsOfTypes) {
  EXPECT_EQ(ExtensionText(Dec("1.50")), "1.5");
  EXPECT_EQ(ParseExtension("ip", "10.0.0.1"), std::nullopt);
  EXPECT_EQ(ParseExtension("string", "a"), std::nullopt);
  EXPECT_EQ(ParseExtension("", ""), std::nullopt);
  EXPECT_EQ(ConstructorOf(Value::Kind::kIpAddress)->name, "ip");
  EXPECT_EQ(ConstructorOf(Value::Kind::kString), nullptr);
}

// Values of different types are never equal, and the order is total.
TEST(FunctionsTest, OrderOfValues) {
  const std::vector<Value> ascending = {
      Value::Record({}), Dec("-1.0"), Dec("0.0"),         Ip("10.0.0.1"),
      Ip("10.0.0.2/8"),  Ip("::"),    Date("1969-12-31"), Date("1970-01-01"),
      Dur("-1ms"),       Dur("0ms"),
  };
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] < ascending[j], i < j);
      EXPECT_EQ(ascending[i] == ascending[j], i == j);
    }
  }
}

}  // namespace
}  // namespace sekisho
