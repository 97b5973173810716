// What the protocol demands of a server whatever it serves. The features are
// tested in compiler/language and, with an editor, in tests/lsp.
#include "cli/lsp/language_server.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

using Json = nlohmann::json;

class Session {
 public:
  Session()
      : server([this](const std::string& message) {
          sent.push_back(Json::parse(message));
        }) {}

  void Receive(const Json& message) { server.Receive(message.dump()); }
  void Finish() {
    while (server.HasWork()) server.Step();
  }
  // What is sent in answer.
  Json Ask(const Json& message) {
    sent.clear();
    Receive(message);
    Finish();
    return sent.empty() ? Json() : sent.front();
  }
  Json Initialize(const Json& capabilities = Json::object()) {
    return Ask({{"id", 0},
                {"method", "initialize"},
                {"params", {{"capabilities", capabilities}}}});
  }

  LanguageServer server;
  std::vector<Json> sent;
};

int CodeOf(const Json& answer) {
  return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
}

Json Request(const std::string& method, Json params = nullptr) {
  return {{"id", "x"}, {"method", method}, {"params", std::move(params)}};
}

TEST(LanguageServerTest, WhatIsNoRequestIsRefused) {
  Session session;
  session.Initialize();
  struct {
    std::string body;
    int code;
  } const kCases[] = {
      {"", -32700},
      {"{\"id\": 1,", -32700},
      {"\"\\ud800\"", -32700},
      {std::string(100'000, '['), -32700},
      {absl::StrCat(std::string(100, '['), std::string(100, ']')), -32700},
      {"[]", -32600},
      {"{}", -32600},
      {"{\"id\": 1}", -32600},
      {"{\"id\": {}, \"method\": \"shutdown\"}", -32600},
      {"{\"id\": 1, \"method\": 7}", -32600},
      {"{\"id\": 1, \"method\": \"textDocument/magic\"}", -32601},
      {"{\"id\": 1, \"method\": \"textDocument/hover\"}", -32602},
      {"{\"id\": 1, \"method\": \"textDocument/hover\", \"params\": [1]}",
       -32602},
      {"{\"id\": 1, \"method\": \"initialize\"}", -32600},
  };
  for (const auto& c : kCases) {
    session.sent.clear();
    session.server.Receive(c.body);
    session.Finish();
    ASSERT_EQ(session.sent.size(), 1u) << c.body.substr(0, 100);
    EXPECT_EQ(CodeOf(session.sent[0]), c.code) << c.body.substr(0, 100);
  }
  session.sent.clear();
  session.server.ReceiveTooLarge();
  EXPECT_EQ(CodeOf(session.sent.at(0)), -32600);
}

TEST(LanguageServerTest, NotificationsAreNeverAnswered) {
  Session session;
  session.Initialize();
  const Json at = {{"uri", "file:///x/p.cedar"}};
  for (const Json& message : std::vector<Json>{
           {{"method", "$/whatever"}},
           {{"method", "textDocument/didOpen"}},
           {{"method", "textDocument/didOpen"},
            {"params", {{"textDocument", at}}}},
           {{"method", "textDocument/didChange"},
            {"params", {{"textDocument", at}}}},
           {{"method", "textDocument/didClose"},
            {"params", {{"textDocument", at}}}},
           {{"method", "$/cancelRequest"}, {"params", {{"id", 17}}}},
           {{"id", 5}, {"result", nullptr}}}) {
    EXPECT_EQ(session.Ask(message), Json()) << message;
  }
}

TEST(LanguageServerTest, ALifeHasItsOrder) {
  Session session;
  EXPECT_EQ(CodeOf(session.Ask(Request("shutdown"))), -32002);
  const Json capabilities = session.Initialize()["result"]["capabilities"];
  EXPECT_EQ(capabilities["positionEncoding"], "utf-16");
  EXPECT_EQ(session.Ask(Request("shutdown"))["result"], nullptr);
  EXPECT_EQ(CodeOf(session.Ask(Request("textDocument/hover"))), -32600);
  session.Ask({{"method", "exit"}});
  EXPECT_TRUE(session.server.is_done());
  EXPECT_TRUE(session.server.is_orderly());

  Session rude;
  rude.Initialize();
  rude.Ask({{"method", "exit"}});
  EXPECT_TRUE(rude.server.is_done());
  EXPECT_FALSE(rude.server.is_orderly());
}

TEST(LanguageServerTest, ARequestThatWaitsCanBeCancelled) {
  Session session;
  session.Initialize();
  session.sent.clear();
  session.Receive({{"id", 1}, {"method", "shutdown"}});
  session.Receive({{"id", 2}, {"method", "textDocument/magic"}});
  session.Receive({{"method", "$/cancelRequest"}, {"params", {{"id", 1}}}});
  session.Finish();
  ASSERT_EQ(session.sent.size(), 2u);
  EXPECT_EQ(session.sent[0]["id"], 1);
  EXPECT_EQ(CodeOf(session.sent[0]), -32800);
  // It was not shut down.
  EXPECT_EQ(CodeOf(session.sent[1]), -32601);
}

constexpr char kDocument[] = "file:///nowhere/p.cedar";

Json Open(const std::string& text) {
  return {{"method", "textDocument/didOpen"},
          {"params",
           {{"textDocument",
             {{"uri", kDocument}, {"version", 1}, {"text", text}}}}}};
}

// About the first `Role` of a policy.
Json RequestAt(int id, const std::string& method) {
  return {{"id", id},
          {"method", method},
          {"params",
           {{"textDocument", {{"uri", kDocument}}},
            {"position", {{"line", 0}, {"character", 22}}},
            {"context", {{"includeDeclaration", true}}}}}};
}

constexpr char kPolicy[] =
    "permit (principal is Role, action, resource == Role::\"a\");";

// What is sent in answer to requests, in that order.
std::vector<Json> AnswersIn(const std::vector<Json>& sent) {
  std::vector<Json> answers;
  for (const Json& message : sent) {
    if (message.contains("id")) answers.push_back(message);
  }
  return answers;
}

TEST(LanguageServerTest, WhatAsksForAllOfAFolderWaitsUntilItHasBeenRead) {
  Session session;
  session.Initialize();
  session.sent.clear();
  session.Receive(Open(kPolicy));
  session.Receive(RequestAt(1, "textDocument/references"));
  session.Receive(RequestAt(2, "textDocument/prepareRename"));
  session.Finish();
  const std::vector<Json> answers = AnswersIn(session.sent);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0]["id"], 2);
  EXPECT_EQ(answers[1]["id"], 1);
  EXPECT_EQ(answers[1]["result"].size(), 2u) << answers[1];
}

TEST(LanguageServerTest, WhatWaitsIsRefusedWhenItsTextIsEdited) {
  Session session;
  session.Initialize();
  session.sent.clear();
  session.Receive(Open(kPolicy));
  session.Receive(RequestAt(1, "textDocument/references"));
  session.Receive(RequestAt(2, "textDocument/references"));
  // One message each: both wait by now.
  for (int i = 0; i < 3; ++i) session.server.Step();
  ASSERT_TRUE(AnswersIn(session.sent).empty());
  session.Receive({{"method", "$/cancelRequest"}, {"params", {{"id", 2}}}});
  session.Receive({{"method", "textDocument/didChange"},
                   {"params",
                    {{"textDocument", {{"uri", kDocument}, {"version", 2}}},
                     {"contentChanges", {{{"text", ""}}}}}}});
  session.Finish();
  const std::vector<Json> answers = AnswersIn(session.sent);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0]["id"], 2);
  EXPECT_EQ(CodeOf(answers[0]), -32800);
  EXPECT_EQ(answers[1]["id"], 1);
  EXPECT_EQ(CodeOf(answers[1]), -32801);
}

// Opens a policy with an error behind characters that count differently.
TEST(LanguageServerTest, PositionsAreInTheUnitsThatWereAgreedOn) {
  const Json utf8 = {
      {"general", {{"positionEncodings", Json::array({"utf-16", "utf-8"})}}}};
  for (const auto& [capabilities, character] :
       {std::pair<Json, int>{Json::object(), 12}, {utf8, 18}}) {
    Session session;
    session.Initialize(capabilities);
    session.Receive({{"method", "textDocument/didOpen"},
                     {"params",
                      {{"textDocument",
                        {{"uri", "file:///nowhere/%E9%96%A2.cedar"},
                         {"version", 7},
                         {"text", "@id(\"関所🚧\") permt (principal);"}}}}}});
    session.Finish();
    const Json published = session.sent.back();
    EXPECT_EQ(published["method"], "textDocument/publishDiagnostics");
    const Json params = published["params"];
    EXPECT_EQ(params["uri"], "file:///nowhere/%E9%96%A2.cedar");
    EXPECT_EQ(params["version"], 7);
    ASSERT_EQ(params["diagnostics"].size(), 1u) << params;
    const Json diagnostic = params["diagnostics"][0];
    EXPECT_EQ(diagnostic["message"],
              "expected `permit` or `forbid`, found `permt`\nhelp: did you "
              "mean `permit`?");
    EXPECT_EQ(diagnostic["range"]["start"],
              (Json{{"line", 0}, {"character", character}}));
  }
}

}  // namespace
}  // namespace sekisho
