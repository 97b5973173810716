#include "compiler/json/document.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Every value with its place, `begin-end:text`, in source order.
void Describe(JsonValue value, std::string* out) {
  const Span span = value.span();
  absl::StrAppend(out, span.begin, "-", span.end, " ");
  if (value.is_array()) {
    for (const JsonValue element : value.elements()) Describe(element, out);
  } else if (value.is_object()) {
    for (const JsonMember member : value.members()) {
      absl::StrAppend(out, member.name.AsString(), "@",
                      member.name.span().begin, "=");
      Describe(member.value, out);
    }
  }
}

std::string Describe(const std::string& json) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source = sources.Add("x", json);
  const auto document = JsonDocument::Parse(sources, source, &diagnostics);
  if (!document) return diagnostics.all()[0].message;
  std::string out;
  Describe(document->root(), &out);
  return out;
}

TEST(JsonDocumentTest, ValuesKnowTheirPlaces) {
  EXPECT_EQ(Describe("1"), "0-1 ");
  EXPECT_EQ(Describe(" [ 1.5e+3 ,-2,\ttrue , null,\"\" ]\n"),
            "1-31 3-9 11-13 15-19 22-26 27-29 ");
  EXPECT_EQ(Describe(R"({"a:\"," : {"b":[[],{}]} , "é":"\\"})"),
            "0-37 a:\",@1=11-24 b@12=16-23 17-19 20-22 é@27=32-36 ");
  EXPECT_EQ(Describe("{}"), "0-2 ");
}

TEST(JsonDocumentTest, ReadsScalars) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const auto document = JsonDocument::Parse(
      sources,
      sources.Add(
          "x",
          R"({"s": "\ud83d\ude00\u0000", "b": true, "n": -9223372036854775808,
                      "big": 9223372036854775808, "f": 1.0})"),
      &diagnostics);
  ASSERT_TRUE(document.has_value());
  const JsonValue root = document->root();
  EXPECT_EQ(root.Find("s").AsString(), std::string("\xf0\x9f\x98\x80\0", 5));
  EXPECT_TRUE(root.Find("b").AsBool());
  EXPECT_EQ(root.Find("n").AsLong(), INT64_MIN);
  EXPECT_EQ(root.Find("big").AsLong(), std::nullopt);
  EXPECT_EQ(root.Find("f").AsLong(), std::nullopt);
  EXPECT_FALSE(root.Find("x"));
  EXPECT_FALSE(root.Find("s").Find("x"));
}

TEST(JsonDocumentTest, NamesMustBeDistinctInEachObject) {
  EXPECT_EQ(Describe(R"([{"a":1,"b":{"a":2}},{"a":3}])"),
            "0-29 1-20 a@2=6-7 b@8=12-19 a@13=17-18 21-28 a@22=26-27 ");
  EXPECT_EQ(Describe(R"({"b":{"a":1,"\u0061":2}})"), "`a` stands twice");
}

}  // namespace
}  // namespace sekisho
