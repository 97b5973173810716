#include "bench/request_file.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

constexpr char kRequest[] =
    R"("principal": {"type": "User", "id": "a\"b"}, "action":
    "Action::\"view\"", "resource": {"type": "Doc", "id": "d"},
    "context": {"n": 1, "of": {"__entity": {"type": "User", "id": "c"}}})";

std::string Object(const std::string& more = "") {
  return absl::StrCat("{", kRequest, more, "}");
}

std::string MessageOf(const std::string& json) {
  const auto requests = RequestsFromJson(json, nullptr);
  return std::string(requests.status().message());
}

TEST(RequestFileTest, ReadsArraysAndTests) {
  const std::string list =
      absl::StrCat("[", Object(), ",", Object(",\"decision\":\"allow\""), ",",
                   Object(",\"decision\":\"deny\",\"reason\":[\"p\"]"), "]");
  for (const std::string& json :
       {list,
        absl::StrCat("{\"shouldValidate\": true, \"requests\":", list, "}")}) {
    const auto requests = RequestsFromJson(json, nullptr);
    ASSERT_TRUE(requests.ok()) << requests.status();
    ASSERT_EQ(requests->size(), 3u);
    EXPECT_EQ((*requests)[0].request.principal, (EntityUid{"User", "a\"b"}));
    EXPECT_EQ((*requests)[0].request.action, (EntityUid{"Action", "view"}));
    EXPECT_EQ((*requests)[0].request.context,
              Value::Record({{"n", Value::Long(1)},
                             {"of", Value::Entity({"User", "c"})}}));
    EXPECT_EQ((*requests)[0].permitted, std::nullopt);
    EXPECT_EQ((*requests)[1].permitted, true);
    EXPECT_EQ((*requests)[2].permitted, false);
  }
}

TEST(RequestFileTest, WhatIsWrittenIsReadAsTheSame) {
  const auto requests = RequestsFromJson(
      absl::StrCat("[", Object(), ",", Object(",\"decision\":\"deny\""), "]"),
      nullptr);
  ASSERT_TRUE(requests.ok());
  const std::string written = RequestsToJson(*requests);
  const auto again = RequestsFromJson(written, nullptr);
  ASSERT_TRUE(again.ok()) << again.status() << written;
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ((*again)[1].permitted, false);
  EXPECT_EQ((*again)[0].request.context, (*requests)[0].request.context);
  EXPECT_EQ(RequestsToJson(*again), written);
}

TEST(RequestFileTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(MessageOf(""), "this is not JSON");
  EXPECT_EQ(MessageOf("[1"), "this is not JSON");
  EXPECT_EQ(MessageOf("[]"), "it has no requests");
  EXPECT_EQ(MessageOf("{\"requests\": []}"), "it has no requests");
  EXPECT_THAT(MessageOf("{}"), HasSubstr("neither an array"));
  EXPECT_THAT(MessageOf("{\"requests\": 1}"), HasSubstr("neither an array"));
  EXPECT_EQ(MessageOf(absl::StrCat("[", Object(), ",1]")),
            "requests[1]: a request is an object");
  EXPECT_EQ(MessageOf(absl::StrCat("[", Object(",\"decision\":true"), "]")),
            "requests[0]: decision: neither `allow` nor `deny`");
  EXPECT_THAT(MessageOf("[{\"principal\": null}]"),
              HasSubstr("requests[0]: principal"));
  EXPECT_EQ(MessageOf(std::string(100'000, '[')), "it is nested too deeply");
}

}  // namespace
}  // namespace sekisho
