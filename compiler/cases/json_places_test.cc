#include "compiler/cases/json_places.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The items of an object as `name=text`, or the first error with its place.
std::string Items(const std::string& text, JsonOuter outer) {
  SourceSet sources;
  const SourceId id = sources.Add("x.json", text);
  Diagnostics diagnostics(&sources);
  const auto items = ReadJsonItems(sources, id, outer, &diagnostics);
  if (!items) {
    const Diagnostic& error = diagnostics.all().front();
    return absl::StrCat(sources.PositionOf(error.span).column, ": ",
                        error.message);
  }
  std::string out;
  for (const JsonItem& item : *items) {
    absl::StrAppend(&out, item.name, "=", sources.text(item.span), ";");
  }
  return out;
}

TEST(JsonPlacesTest, FindsItems) {
  const struct {
    const char* text;
    const char* items;
  } kObjects[] = {
      {"{}", ""},
      {" { \"a\" : 1 , \"\\u2460-1\":{\"b\":[2, {}]} } ",
       "a=1;①-1={\"b\":[2, {}]};"},
      {"{\"a\": \"\\\"}\", \"b\": -1.5e+3, \"c\": null}",
       "a=\"\\\"}\";b=-1.5e+3;c=null;"},
      {"[]", "1: expected an object"},
      {"", "1: this is not JSON"},
      {"{\"a\": 1", "8: expected `,` or `}`"},
      {"{\"a\" 1}", "6: expected `:` after the name"},
      {"{\"a\": 1,}", "9: expected a string"},
      {"{\"a\": 01}", "7: this is not JSON"},
      {"{\"a\": \"x}", "7: this string does not end"},
      {"{\"a\": \"\\x\"}", "7: this is not a JSON string"},
      {"{} x", "4: this is not JSON"},
      {"{\"a\": 1, \"a\": 2}", "10: `a` stands twice"},
  };
  for (const auto& row : kObjects) {
    EXPECT_EQ(Items(row.text, JsonOuter::kObject), row.items) << row.text;
  }
  EXPECT_EQ(Items("[1, [2], {\"a\": 3}]", JsonOuter::kArray),
            "=1;=[2];={\"a\": 3};");
  EXPECT_EQ(Items("{}", JsonOuter::kArray), "1: expected an array");
  EXPECT_EQ(Items("[1,]", JsonOuter::kArray), "4: this is not JSON");
}

TEST(JsonPlacesTest, FindsThePlaceOfAMessage) {
  SourceSet sources;
  const std::string text = R"(  {"a": {"b c": [1, {"d": 22}]}, "ab": 3})";
  const SourceId id = sources.Add("x.json", text);
  const Span value{id, 2, static_cast<uint32_t>(text.size())};
  const auto at = [&](absl::string_view message) {
    return std::string(sources.text(JsonPlaceOf(sources, value, message)));
  };
  EXPECT_EQ(at("a[\"b c\"][1].d: wrong"), "22");
  EXPECT_EQ(at("a[\"b c\"][0]: wrong"), "1");
  EXPECT_EQ(at("ab: wrong"), "3");
  EXPECT_EQ(at("a: wrong"), R"({"b c": [1, {"d": 22}]})");
  EXPECT_EQ(at("wrong"), text.substr(2));
  EXPECT_EQ(at("x.y: wrong"), text.substr(2));
}

}  // namespace
}  // namespace sekisho
