// Property: whatever an editor sends, the language server answers each request
// once, ends without a crash, and reads messages the same however they arrive.
//
// An input is the bytes of a session.
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cli/lsp/language_server.h"
#include "cli/lsp/message_reader.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

// The messages up to where the stream breaks.
std::vector<std::string> Read(absl::string_view stream, size_t step) {
  MessageReader reader;
  std::vector<std::string> bodies;
  for (size_t at = 0; at < stream.size(); at += step) {
    reader.Add(stream.substr(at, step));
    std::string body;
    for (;;) {
      const MessageReader::Result result = reader.Next(&body);
      if (result == MessageReader::Result::kNone) break;
      if (result == MessageReader::Result::kBroken) return bodies;
      bodies.push_back(result == MessageReader::Result::kMessage ? body : "");
    }
  }
  return bodies;
}

void Serve(const std::vector<std::string>& bodies) {
  std::vector<nlohmann::json> sent;
  LanguageServer server([&sent](const std::string& message) {
    sent.push_back(nlohmann::json::parse(message));
  });
  for (const std::string& body : bodies) {
    sent.clear();
    server.Receive(body);
    while (server.HasWork()) server.Step();
    if (server.is_done()) return;
    const auto request = nlohmann::json::parse(body, nullptr, false);
    if (!request.is_object() || !request.contains("id") ||
        !request.contains("method") || !request["method"].is_string() ||
        request["method"] == "$/cancelRequest") {
      continue;
    }
    size_t answers = 0;
    for (const nlohmann::json& message : sent) {
      answers += message.contains("result") || message.contains("error");
    }
    if (answers != 1) abort();
  }
}

std::string Session(const std::vector<nlohmann::json>& messages) {
  std::string session;
  for (const nlohmann::json& message : messages) {
    absl::StrAppend(&session, FrameMessage(message.dump()));
  }
  return session;
}

nlohmann::json RequestOf(const std::string& method, nlohmann::json params) {
  return {{"id", 1}, {"method", method}, {"params", std::move(params)}};
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const nlohmann::json document = {{"uri", "file:///nowhere/p.cedar"},
                                   {"version", 1},
                                   {"text", "permit (principal, a;"}};
  const nlohmann::json at = {{"line", 0}, {"character", 8}};
  const nlohmann::json edit = {{"range", {{"start", at}, {"end", at}}},
                               {"text", "\"\n;"}};
  const nlohmann::json place = {{"textDocument", document}, {"position", at}};
  return {
      Session({
          RequestOf("initialize", nlohmann::json::object()),
          {{"method", "textDocument/didOpen"},
           {"params", {{"textDocument", document}}}},
          {{"method", "textDocument/didChange"},
           {"params",
            {{"textDocument", document},
             {"contentChanges", nlohmann::json::array({edit})}}}},
          RequestOf("textDocument/hover", place),
          RequestOf("textDocument/definition", place),
          RequestOf("textDocument/rename", place),
          RequestOf("textDocument/completion", place),
          RequestOf("textDocument/formatting", place),
          RequestOf("textDocument/codeAction", place),
          {{"method", "$/cancelRequest"}, {"params", {{"id", 1}}}},
          {{"method", "textDocument/didClose"},
           {"params", {{"textDocument", document}}}},
          RequestOf("shutdown", nullptr),
          {{"method", "exit"}},
      }),
      FrameMessage("[1,{}]") + FrameMessage("{\"id\":{}}") +
          FrameMessage("\"x\"") + "Content-Length: 5\r\n\r\n",
  };
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view stream(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> bodies =
      sekisho::Read(stream, stream.size() + 1);
  if (sekisho::Read(stream, 7) != bodies) abort();
  sekisho::Serve(bodies);
  return 0;
}
