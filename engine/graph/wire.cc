// Tested by artifact_test.cc, which reads what is written.
#include "engine/graph/wire.h"

#include <cstdint>

#include "engine/graph/artifact.pb.h"
#include "engine/graph/artifact_proto.h"

namespace sekisho {
namespace {

void AppendVarint(uint64_t n, std::string* out) {
  for (; n >= 0x80; n >>= 7) out->push_back(static_cast<char>(n | 0x80));
  out->push_back(static_cast<char>(n));
}

}  // namespace

void AppendHead(int number, size_t size, std::string* out) {
  constexpr uint64_t kLengthDelimited = 2;
  AppendVarint(static_cast<uint64_t>(number) << 3 | kLengthDelimited, out);
  AppendVarint(size, out);
}

void AppendField(int number, absl::string_view bytes, std::string* out) {
  AppendHead(number, bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

void AppendField(int number, const google::protobuf::MessageLite& message,
                 std::string* out) {
  AppendHead(number, message.ByteSizeLong(), out);
  message.AppendToString(out);
}

void AppendField(int number, const Value& value, std::string* out) {
  if (!value.is_set()) {
    artifact::Value proto;
    ToProto(value, &proto);
    AppendField(number, proto, out);
    return;
  }
  std::string elements;
  for (const Value& element : value.AsSet()) {
    AppendField(artifact::Value::Set::kElementsFieldNumber, element, &elements);
  }
  std::string set;
  AppendField(artifact::Value::kSetFieldNumber, elements, &set);
  AppendField(number, set, out);
}

}  // namespace sekisho
