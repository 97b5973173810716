#include "cli/lsp/language_server.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/lsp/params.h"
#include "cli/lsp/uri.h"

namespace sekisho {
namespace {

using Json = nlohmann::json;

constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kServerNotInitialized = -32002;
constexpr int kRequestCancelled = -32800;
constexpr int kContentModified = -32801;
constexpr int kRequestFailed = -32803;

// Deeper messages are refused: none of the protocol's is nearly as deep.
constexpr int kMaxMessageDepth = 64;
constexpr size_t kMaxQueuedMessages = 10'000;
constexpr size_t kMaxWaitingRequests = 1'000;

constexpr int kIncrementalSync = 2;

bool IsId(const Json& id) { return id.is_number_integer() || id.is_string(); }

// Nothing if it is not JSON, or too deep.
std::optional<Json> Parse(absl::string_view text) {
  bool is_too_deep = false;
  Json json = Json::parse(
      text.begin(), text.end(),
      [&](int depth, Json::parse_event_t, const Json&) {
        is_too_deep |= depth > kMaxMessageDepth;
        return !is_too_deep;
      },
      /*allow_exceptions=*/false);
  if (json.is_discarded() || is_too_deep) return std::nullopt;
  return json;
}

}  // namespace

const absl::btree_map<absl::string_view, LanguageServer::Request>&
LanguageServer::Requests() {
  static const auto* const kRequests =
      new absl::btree_map<absl::string_view, Request>{
          {"initialize", &LanguageServer::Initialize},
          {"shutdown", &LanguageServer::Shutdown},
          {"textDocument/codeAction", &LanguageServer::CodeAction},
          {"textDocument/completion", &LanguageServer::Completion},
          {"textDocument/definition", &LanguageServer::Definition},
          {"textDocument/formatting", &LanguageServer::Formatting},
          {"textDocument/hover", &LanguageServer::Hover},
          {"textDocument/prepareRename", &LanguageServer::PrepareRename},
          {"textDocument/references", &LanguageServer::References},
          {"textDocument/rename", &LanguageServer::Rename},
      };
  return *kRequests;
}

const absl::btree_map<absl::string_view, LanguageServer::Notification>&
LanguageServer::Notifications() {
  static const auto* const kNotifications =
      new absl::btree_map<absl::string_view, Notification>{
          {"exit", &LanguageServer::Exit},
          {"textDocument/didChange", &LanguageServer::DidChange},
          {"textDocument/didClose", &LanguageServer::DidClose},
          {"textDocument/didOpen", &LanguageServer::DidOpen},
          {"workspace/didChangeWatchedFiles",
           &LanguageServer::DidChangeWatchedFiles},
      };
  return *kNotifications;
}

// ---- Messages --------------------------------------------------------------

void LanguageServer::Receive(absl::string_view body) {
  std::optional<Json> message = Parse(body);
  if (!message) {
    return Refuse(nullptr, {kParseError, "this message is not JSON"});
  }
  const bool is_cancel = message->is_object() && message->contains("method") &&
                         (*message)["method"] == "$/cancelRequest";
  if (is_cancel) return Cancel(message->value("params", Json()));
  queue_.push_back(*std::move(message));
  // A client that does not wait for answers is made to.
  while (queue_.size() > kMaxQueuedMessages) Step();
}

void LanguageServer::ReceiveTooLarge() {
  Refuse(nullptr, {kInvalidRequest, "this message is too large"});
}

void LanguageServer::Cancel(const Json& params) {
  if (!params.is_object() || !params.contains("id")) return;
  const Json& id = params["id"];
  if (!IsId(id)) return;
  for (std::deque<Json>* messages : {&queue_, &waiting_}) {
    const auto it = std::find_if(
        messages->begin(), messages->end(), [&](const Json& message) {
          return message.is_object() && message.contains("id") &&
                 message["id"] == id;
        });
    if (it == messages->end()) continue;
    messages->erase(it);
    return Refuse(id, {kRequestCancelled, "cancelled"});
  }
}

void LanguageServer::RefuseWaiting(const std::string& path) {
  std::erase_if(waiting_, [&](const Json& message) {
    if (PathMember(message["params"]) != path) return false;
    Refuse(message["id"], {kContentModified, "the text has been edited"});
    return true;
  });
}

bool LanguageServer::HasWork() const {
  return !is_done() &&
         (!queue_.empty() || workspace_.HasWork() || !waiting_.empty() ||
          !unpublished_.empty() || workspace_.HasLint());
}

void LanguageServer::Step() {
  const auto take_first = [](std::deque<Json>* messages) {
    Json message = std::move(messages->front());
    messages->pop_front();
    return message;
  };
  if (!queue_.empty()) {
    Handle(take_first(&queue_));
  } else if (workspace_.HasWork()) {
    workspace_.Work();
  } else if (!waiting_.empty()) {
    HandleRequest(take_first(&waiting_));
  } else if (!unpublished_.empty()) {
    PublishFile(unpublished_.extract(unpublished_.begin()).value());
  } else if (workspace_.HasLint()) {
    workspace_.Lint();
  }
  if (queue_.empty()) Publish();
}

void LanguageServer::Handle(Json message) {
  if (!message.is_object()) {
    return Refuse(nullptr, {kInvalidRequest, "a message is an object"});
  }
  const bool has_id = message.contains("id");
  if (!message.contains("method")) {
    // An answer to something that was never asked.
    if (message.contains("result") || message.contains("error")) return;
    return Refuse(nullptr, {kInvalidRequest, "there is no method"});
  }
  const Json& method = message["method"];
  if (!method.is_string() || (has_id && !IsId(message["id"]))) {
    return Refuse(nullptr, {kInvalidRequest, "not a request"});
  }
  // Null if there are none.
  const Json& params = message["params"];
  if (has_id) return HandleRequest(std::move(message));
  // The protocol lets a server ignore what it does not know, and what comes
  // before `initialize`.
  const auto it = Notifications().find(method.get_ref<const std::string&>());
  if (it == Notifications().end()) return;
  if (state_ != State::kRunning && it->first != "exit") return;
  try {
    (this->*it->second)(params);
  } catch (const BadParams&) {
    // Nobody waits for an answer.
  }
}

void LanguageServer::HandleRequest(Json message) {
  const Json& id = message["id"];
  const auto& method = message["method"].get_ref<const std::string&>();
  if (state_ == State::kNew && method != "initialize") {
    return Refuse(id, {kServerNotInitialized, "`initialize` comes first"});
  }
  if (state_ == State::kShutDown || state_ == State::kDone ||
      (state_ == State::kRunning && method == "initialize")) {
    return Refuse(id, {kInvalidRequest,
                       absl::StrCat("`", method, "` does not belong here")});
  }
  const auto it = Requests().find(method);
  if (it == Requests().end()) {
    return Refuse(id,
                  {kMethodNotFound, absl::StrCat("no method `", method, "`")});
  }
  try {
    Answer(id, (this->*it->second)(message["params"]));
  } catch (const NotYet&) {
    if (waiting_.size() == kMaxWaitingRequests) {
      return Refuse(id, {kRequestFailed, "too many requests wait"});
    }
    waiting_.push_back(std::move(message));
  } catch (const BadParams& bad) {
    Refuse(id, {kInvalidParams, bad.message});
  } catch (const RequestFailed& failed) {
    Refuse(id, {kRequestFailed, failed.message});
  }
}

void LanguageServer::Answer(const Json& id, Json result) {
  Json answer = {{"jsonrpc", "2.0"}, {"id", id}};
  answer["result"] = std::move(result);
  Send(answer);
}

void LanguageServer::Refuse(const Json& id, const Error& error) {
  Send({{"jsonrpc", "2.0"},
        {"id", id},
        {"error", {{"code", error.code}, {"message", error.message}}}});
}

void LanguageServer::Send(const Json& message) {
  send_(message.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// ---- Life ------------------------------------------------------------------

Json LanguageServer::Initialize(const Json& params) {
  const Json::json_pointer encodings("/capabilities/general/positionEncodings");
  if (params.is_object() && params.contains(encodings) &&
      params[encodings].is_array()) {
    for (const Json& encoding : params[encodings]) {
      if (encoding == "utf-8") unit_ = TextUnit::kUtf8;
    }
  }
  state_ = State::kRunning;
  return {
      {"capabilities",
       {
           {"positionEncoding", unit_ == TextUnit::kUtf8 ? "utf-8" : "utf-16"},
           {"textDocumentSync",
            {{"openClose", true}, {"change", kIncrementalSync}}},
           {"codeActionProvider",
            {{"codeActionKinds", Json::array({"quickfix"})}}},
           {"completionProvider",
            {{"triggerCharacters", Json::array({".", ":", "\"", "@", "["})}}},
           {"definitionProvider", true},
           {"documentFormattingProvider", true},
           {"hoverProvider", true},
           {"referencesProvider", true},
           {"renameProvider", {{"prepareProvider", true}}},
       }},
      {"serverInfo", {{"name", "sekisho"}}},
  };
}

Json LanguageServer::Shutdown(const Json&) {
  state_ = State::kShutDown;
  return nullptr;
}

void LanguageServer::Exit(const Json&) {
  is_orderly_ = state_ == State::kShutDown;
  state_ = State::kDone;
}

// ---- Documents -------------------------------------------------------------

void LanguageServer::DidOpen(const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path) return;
  const Json& document = params["textDocument"];
  workspace_.Open(*path, StringMember(document, "text"));
  versions_[*path] = document.value("version", int64_t{0});
}

void LanguageServer::DidChange(const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path || !workspace_.IsOpen(*path)) return;
  RefuseWaiting(*path);
  for (const Json& change : ArrayMember(params, "contentChanges")) {
    TextEdit edit;
    edit.text = StringMember(change, "text");
    const Text& text = *workspace_.FindText(*path);
    edit.span = change.contains("range")
                    ? text.SpanOf(RangeMember(change, "range"), unit_)
                    : TextSpan{0, text.size()};
    workspace_.Edit(*path, edit);
  }
  const Json& version = Member(params["textDocument"], "version");
  if (version.is_number_integer()) versions_[*path] = version;
}

void LanguageServer::DidClose(const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path) return;
  workspace_.Close(*path);
  versions_.erase(*path);
}

void LanguageServer::DidChangeWatchedFiles(const Json& params) {
  for (const Json& change : ArrayMember(params, "changes")) {
    if (const auto path = PathOfUri(StringMember(change, "uri"))) {
      workspace_.Reload(*path);
    }
  }
}

// ---- Diagnostics -----------------------------------------------------------

Json LanguageServer::RangeJson(const Text& text, const TextSpan& span) const {
  return ToJson(text.RangeOf(span, unit_));
}

Json LanguageServer::EditJson(const Text& text, const TextEdit& edit) const {
  Json json;
  json["range"] = RangeJson(text, edit.span);
  json["newText"] = edit.text;
  return json;
}

Json LanguageServer::LocationJson(const std::string& folder,
                                  const FilePlace& place) {
  const std::string path = JoinPath({folder, place.file});
  return {{"uri", UriOfPath(path)},
          {"range", RangeJson(*workspace_.FindText(path), place.span)}};
}

Json LanguageServer::DiagnosticJson(const std::string& path,
                                    const FileDiagnostic& diagnostic) {
  Json json = {
      {"range", RangeJson(*workspace_.FindText(path), diagnostic.span)},
      {"severity", 1 + static_cast<int>(diagnostic.severity)},
      {"source", "sekisho"},
      {"message",
       diagnostic.help.empty()
           ? diagnostic.message
           : absl::StrCat(diagnostic.message, "\nhelp: ", diagnostic.help)},
  };
  if (!diagnostic.rule.empty()) json["code"] = diagnostic.rule;
  const std::string folder = SplitPath(path).folder;
  for (const FileDiagnostic::Note& note : diagnostic.notes) {
    // The file may have gone since it was noted.
    if (workspace_.FindText(JoinPath({folder, note.place.file})) == nullptr) {
      continue;
    }
    json["relatedInformation"].push_back(
        {{"location", LocationJson(folder, note.place)},
         {"message", note.message}});
  }
  return json;
}

void LanguageServer::Publish() {
  for (const std::string& path : workspace_.TakeChanged()) {
    if (workspace_.IsOpen(path)) {
      PublishFile(path);
    } else {
      unpublished_.insert(path);
    }
  }
}

void LanguageServer::PublishFile(const std::string& path) {
  Json diagnostics = Json::array();
  for (const FileDiagnostic& diagnostic : workspace_.Diagnose(path)) {
    diagnostics.push_back(DiagnosticJson(path, diagnostic));
  }
  const bool is_open = workspace_.IsOpen(path);
  if (diagnostics.empty() && !is_open && !published_.contains(path)) return;
  if (diagnostics.empty()) {
    published_.erase(path);
  } else {
    published_.insert(path);
  }
  Json params = {{"uri", UriOfPath(path)},
                 {"diagnostics", std::move(diagnostics)}};
  if (is_open) params["version"] = versions_.at(path);
  Send({{"jsonrpc", "2.0"},
        {"method", "textDocument/publishDiagnostics"},
        {"params", std::move(params)}});
}

}  // namespace sekisho
