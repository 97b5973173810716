#include "engine/model/value.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Value Long(int64_t n) { return Value::Long(n); }
Value String(absl::string_view text) { return Value::String(text); }
Value Uid(const char* type, const char* id) {
  return Value::Entity({type, id});
}

// Values in the order that Compare defines.
std::vector<Value> Ascending() {
  return {
      Value::Bool(false),
      Value::Bool(true),
      Long(std::numeric_limits<int64_t>::min()),
      Long(-1),
      Long(0),
      Long(std::numeric_limits<int64_t>::max()),
      String(""),
      String(absl::string_view("\0", 1)),
      String("a"),
      String("aa"),
      String("b"),
      String("病院"),  // bytes are unsigned
      Uid("A", "z"),
      Uid("B", "a"),
      Uid("B", "b"),
      Value::Set({}),
      Value::Set({Long(1)}),
      Value::Set({Long(1), Long(2)}),
      Value::Set({Long(2)}),
      Value::Set({Value::Set({})}),
      Value::Record({}),
      Value::Record({{"a", Long(1)}}),
      Value::Record({{"a", Long(1)}, {"b", Long(0)}}),
      Value::Record({{"a", Long(2)}}),
      Value::Record({{"b", Long(0)}}),
  };
}

TEST(ValueTest, TheOrderIsTotal) {
  const std::vector<Value> values = Ascending();
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      const int order = Value::Compare(values[i], values[j]);
      EXPECT_EQ(order < 0, i < j)
          << values[i].ToString() << " and " << values[j].ToString();
      EXPECT_EQ(order > 0, i > j);
      EXPECT_EQ(values[i] == values[j], i == j);
      EXPECT_EQ(values[i] < values[j], i < j);
    }
  }
}

TEST(ValueTest, EqualValuesHaveEqualHashes) {
  absl::flat_hash_set<Value> set;
  for (const Value& value : Ascending()) EXPECT_TRUE(set.insert(value).second);
  for (const Value& value : Ascending()) EXPECT_FALSE(set.insert(value).second);
}

TEST(ValueTest, SetsAreSortedAndHaveNoDuplicates) {
  const Value set = Value::Set({Long(2), String("x"), Long(1), Long(2)});
  EXPECT_EQ(set.AsSet(), (Value::Elements{Long(1), Long(2), String("x")}));
  EXPECT_EQ(set, Value::Set({String("x"), Long(1), Long(2), Long(1)}));
  EXPECT_TRUE(set.Contains(Long(1)));
  EXPECT_TRUE(set.Contains(String("x")));
  EXPECT_FALSE(set.Contains(Long(3)));
  EXPECT_FALSE(set.Contains(Value::Set({Long(1)})));
}

TEST(ValueTest, RecordsAreSortedByName) {
  const Value record =
      Value::Record({{"b", Long(1)}, {"a", Long(2)}, {"", Long(3)}});
  EXPECT_EQ(record.ToString(), R"({"": 3, a: 2, b: 1})");
  EXPECT_EQ(record,
            Value::Record({{"", Long(3)}, {"a", Long(2)}, {"b", Long(1)}}));
  ASSERT_NE(record.Find("b"), nullptr);
  EXPECT_EQ(*record.Find("b"), Long(1));
  EXPECT_EQ(*record.Find(""), Long(3));
  EXPECT_EQ(record.Find("ab"), nullptr);
  EXPECT_EQ(record.Find("c"), nullptr);
}

TEST(ValueTest, ToString) {
  const struct {
    Value value;
    std::string text;
  } kCases[] = {
      {Value(), "false"},
      {Value::Bool(true), "true"},
      {Long(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {String("a \"b\""), R"("a \"b\"")"},
      {Uid("Health::Person", "o'hara\n"), R"(Health::Person::"o'hara\n")"},
      {Value::Set({}), "[]"},
      {Value::Set({String("b"), String("a")}), R"(["a", "b"])"},
      {Value::Record({}), "{}"},
      {Value::Record({{"_a1", Value::Set({Long(1)})}}), "{_a1: [1]}"},
      // Names that are no identifiers.
      {Value::Record({{"1a", Long(1)}, {"病", Long(2)}, {"a b", Long(3)}}),
       R"({"1a": 1, "a b": 3, "病": 2})"},
      {Value::Record({{"in", Long(1)}, {"then", Long(2)}, {"inn", Long(3)}}),
       R"({"in": 1, inn: 3, "then": 2})"},
  };
  for (const auto& c : kCases) EXPECT_EQ(c.value.ToString(), c.text);
}

TEST(ValueTest, Quote) {
  const struct {
    absl::string_view text;
    std::string quoted;
  } kCases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {R"(a"b\c)", R"("a\"b\\c")"},
      {"\n\r\t", R"("\n\r\t")"},
      {absl::string_view("\0", 1), R"("\0")"},
      {absl::string_view("\0001", 2), R"("\01")"},
      {"\x01\x1f\x7f", R"("\u{1}\u{1f}\u{7f}")"},
      {"関所 🏥 *'", R"("関所 🏥 *'")"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Quote(c.text), c.quoted);
}

TEST(ValueTest, KindNames) {
  std::string names;
  for (const Value& value : {Value(), Long(1), String(""), Uid("T", ""),
                             Value::Set({}), Value::Record({})}) {
    const absl::string_view name = KindName(value.kind());
    names.append(name.data(), name.size()).append(" ");
  }
  EXPECT_EQ(names, "bool long string entity set record ");
}

}  // namespace
}  // namespace sekisho
