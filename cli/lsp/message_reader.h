// The framing of the Language Server Protocol: messages out of a stream of
// bytes, each with a header that says how long it is.
//
//   reader.Add(bytes);
//   std::string body;
//   while (reader.Next(&body) == MessageReader::Result::kMessage) Use(body);
//
// Whatever the bytes are, no more than kMaxMessageBytes of a message are kept.
#ifndef SEKISHO_CLI_LSP_MESSAGE_READER_H_
#define SEKISHO_CLI_LSP_MESSAGE_READER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

// The text of a policy file may have 64 MiB; JSON needs more for it.
inline constexpr size_t kMaxMessageBytes = size_t{128} << 20;
inline constexpr size_t kMaxMessageHeaderBytes = 4096;

class MessageReader {
 public:
  enum class Result {
    kNone,      // until more bytes come
    kMessage,   // one is in `body`
    kTooLarge,  // one of more than kMaxMessageBytes, which is left out
    kBroken,    // the bytes are no such stream; nothing follows
  };

  void Add(absl::string_view bytes);
  Result Next(std::string* body);

 private:
  // Takes the header if all of it is there.
  Result ReadHeader();

  std::string buffer_;
  // Of the buffer, taken already.
  size_t taken_ = 0;
  bool has_header_ = false;
  bool is_broken_ = false;
  size_t body_bytes_ = 0;
  // Of a message that is left out, still to come.
  size_t skipped_bytes_ = 0;
};

// The message with its header.
std::string FrameMessage(absl::string_view body);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LSP_MESSAGE_READER_H_
