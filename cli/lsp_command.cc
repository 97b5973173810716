// `sekisho lsp`.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "cli/command.h"
#include "cli/lsp/language_server.h"
#include "cli/lsp/message_reader.h"

namespace sekisho {
namespace {

// Whether there is something to read, or the end, without waiting for it.
bool HasInput() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

// False at the end.
bool ReadInput(MessageReader* reader) {
  char bytes[1 << 16];
  ssize_t size;
  do {
    size = read(STDIN_FILENO, bytes, sizeof(bytes));
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  reader->Add(absl::string_view(bytes, static_cast<size_t>(size)));
  return true;
}

int Run() {
  std::ios::sync_with_stdio(false);
  LanguageServer server([](const std::string& message) {
    std::cout << FrameMessage(message) << std::flush;
  });
  MessageReader reader;
  while (!server.is_done()) {
    if (server.HasWork() && !HasInput()) {
      server.Step();
      continue;
    }
    if (!ReadInput(&reader)) break;
    std::string body;
    for (;;) {
      const MessageReader::Result result = reader.Next(&body);
      if (result == MessageReader::Result::kNone) break;
      if (result == MessageReader::Result::kBroken) {
        std::cerr << "error: expected a header of the Language Server "
                     "Protocol, `Content-Length: ..`, on standard input\n";
        return kExitFailed;
      }
      if (result == MessageReader::Result::kTooLarge) {
        server.ReceiveTooLarge();
      } else {
        server.Receive(body);
      }
    }
  }
  return server.is_orderly() ? kExitOk : kExitFailed;
}

}  // namespace

void AddLspCommand(CLI::App* app, int* status) {
  CLI::App* lsp = app->add_subcommand(
      "lsp",
      "Serve an editor, by the Language Server Protocol on standard input and "
      "output");
  // What some editors say to every server.
  auto stdio = std::make_shared<bool>(false);
  lsp->add_flag("--stdio", *stdio, "Changes nothing");
  lsp->callback([status, stdio] { *status = Run(); });
}

}  // namespace sekisho
