// Property: whatever the numbers of a batch are, it is refused, or each of its
// items is a request or is refused.
#include <string>
#include <vector>

#include "engine/model/request.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/compact_items.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {

std::vector<std::string> FuzzSeeds() {
  v1::CompactItems one;
  one.add_strings("a");
  one.add_values()->set_long_value(7);
  // The symbols are those below.
  for (const uint32_t number : {1, 4, 0, 3, 1, 4, 1, 2, 0}) {
    one.add_numbers(number);
  }
  v1::CompactItems two = one;
  two.mutable_numbers()->MergeFrom(one.numbers());
  two.mutable_values(0)->mutable_set()->add_elements()->set_bool_value(true);
  two.set_numbers(6, 0);
  return {one.SerializeAsString(), two.SerializeAsString()};
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const symbols =
      new std::vector<std::string>{"Action", "Person", "count", "view"};
  sekisho::v1::CompactItems message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto items = sekisho::CompactItems::Read(message, *symbols);
  if (!items.ok()) return 0;
  sekisho::Request request;
  for (int i = 0; i < items->size(); ++i) {
    if (!items->Take(i, &request).ok()) continue;
    if (request.principal.type.empty() || !request.context.is_record()) {
      __builtin_trap();
    }
  }
  return 0;
}
