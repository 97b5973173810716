// The fields of a message written one by one, as bytes: a message with millions
// of fields is written without there being an object for each. What is written
// in the order of field numbers is what the whole message would be.
#ifndef SEKISHO_ENGINE_GRAPH_WIRE_H_
#define SEKISHO_ENGINE_GRAPH_WIRE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/model/value.h"
#include "google/protobuf/message_lite.h"

namespace sekisho {

// What stands before the bytes of such a field.
void AppendHead(int number, size_t size, std::string* out);

// A string, bytes, a message or numbers that are packed.
void AppendField(int number, absl::string_view bytes, std::string* out);
void AppendField(int number, const google::protobuf::MessageLite& message,
                 std::string* out);
// As artifact.proto's Value. A set's elements are written one by one too.
void AppendField(int number, const Value& value, std::string* out);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_WIRE_H_
