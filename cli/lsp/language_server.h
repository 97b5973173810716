// The Language Server Protocol 3.17 over a Workspace: messages in, messages
// out. Whatever comes in, there is an answer to each request and no crash.
//
//   LanguageServer server(send);
//   server.Receive(body);                    // queues it
//   while (server.HasWork()) server.Step();  // handles one, or reads on
//
// A request that is cancelled while it is queued is not handled. One that asks
// for what is still to be read waits until it has been, and others are answered
// meanwhile. What is wrong with files is published when no message waits. Not
// thread-safe.
#ifndef SEKISHO_CLI_LSP_LANGUAGE_SERVER_H_
#define SEKISHO_CLI_LSP_LANGUAGE_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "compiler/language/text.h"
#include "compiler/language/workspace.h"
#include "nlohmann/json.hpp"

namespace sekisho {

class LanguageServer {
 public:
  using Json = nlohmann::json;
  // Takes a message's JSON text.
  using Sink = std::function<void(const std::string&)>;

  explicit LanguageServer(Sink send) : send_(std::move(send)) {}

  // A message, or what should have been one.
  void Receive(absl::string_view body);
  // One that was too large to be read.
  void ReceiveTooLarge();

  bool HasWork() const;
  void Step();

  // After the notification `exit`.
  bool is_done() const { return state_ == State::kDone; }
  // Whether `shutdown` came before it.
  bool is_orderly() const { return is_orderly_; }

 private:
  enum class State { kNew, kRunning, kShutDown, kDone };

  // Thrown by a request that cannot be done; `message` is for the user.
  struct RequestFailed {
    std::string message;
  };
  // Thrown by a request that waits until the workspace has no work.
  struct NotYet {};
  // An error of the protocol.
  struct Error {
    int code;
    std::string message;
  };
  using Request = Json (LanguageServer::*)(const Json& params);
  using Notification = void (LanguageServer::*)(const Json& params);
  static const absl::btree_map<absl::string_view, Request>& Requests();
  static const absl::btree_map<absl::string_view, Notification>&
  Notifications();

  void Handle(Json message);
  // REQUIRES: it has an id, and a string for a method.
  void HandleRequest(Json message);
  void Cancel(const Json& params);
  // The requests that wait and are about places in that document, as it was.
  void RefuseWaiting(const std::string& path);
  void Answer(const Json& id, Json result);
  void Refuse(const Json& id, const Error& error);
  void Send(const Json& message);
  // What has changed of open files; the others are left to later steps, as
  // there may be very many.
  void Publish();
  void PublishFile(const std::string& path);

  Json Initialize(const Json& params);
  Json Shutdown(const Json& params);
  void Exit(const Json& params);
  void DidOpen(const Json& params);
  void DidChange(const Json& params);
  void DidClose(const Json& params);
  void DidChangeWatchedFiles(const Json& params);

  // A place that a request is about.
  struct Place {
    FileName file;
    EditedFolder* folder = nullptr;
    const Text* text = nullptr;
    size_t offset = 0;
  };
  // Nothing if the document is in no folder that is known. May throw NotYet.
  std::optional<Place> PlaceOf(const Json& params);
  Json CodeAction(const Json& params);
  Json Completion(const Json& params);
  Json Definition(const Json& params);
  Json Formatting(const Json& params);
  Json Hover(const Json& params);
  Json PrepareRename(const Json& params);
  Json References(const Json& params);
  Json Rename(const Json& params);

  Json RangeJson(const Text& text, const TextSpan& span) const;
  Json EditJson(const Text& text, const TextEdit& edit) const;
  Json LocationsJson(const Place& from, const std::vector<FilePlace>& places);
  // REQUIRES: the file is in the workspace.
  Json LocationJson(const std::string& folder, const FilePlace& place);
  Json DiagnosticJson(const std::string& path,
                      const FileDiagnostic& diagnostic);

  const Sink send_;
  State state_ = State::kNew;
  bool is_orderly_ = false;
  TextUnit unit_ = TextUnit::kUtf16;
  Workspace workspace_;
  std::deque<Json> queue_;
  // Requests, which threw NotYet.
  std::deque<Json> waiting_;
  // Of open documents, as the client counts.
  absl::btree_map<std::string, int64_t> versions_;
  // Files that are not open, of which other things are to be told.
  absl::btree_set<std::string> unpublished_;
  // Files for which the client was told something that is wrong.
  absl::btree_set<std::string> published_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_LSP_LANGUAGE_SERVER_H_
