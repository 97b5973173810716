// Tested by tests/server/compact_test.cc.
#include "proto/compact_writer.h"

#include <algorithm>

#include "proto/codec.h"

namespace sekisho {

void CompactWriter::Add(const Request& request, v1::CompactItems* out) {
  out->set_symbols_of(symbols_.policy_hash());
  AddUid(request.principal, out);
  AddUid(request.action, out);
  AddUid(request.resource, out);
  const Value::Attributes& context = request.context.AsRecord();
  out->add_numbers(static_cast<uint32_t>(context.size()));
  for (const auto& [name, value] : context) {
    out->add_numbers(NumberOf(name, out));
    out->add_numbers(PlaceOf(value, out));
  }
}

void CompactWriter::AddUid(const EntityUid& uid, v1::CompactItems* out) {
  out->add_numbers(NumberOf(uid.type, out));
  out->add_numbers(NumberOf(uid.id, out));
}

uint32_t CompactWriter::NumberOf(const std::string& text,
                                 v1::CompactItems* out) {
  const auto& symbols = symbols_.symbols();
  const auto symbol = std::lower_bound(symbols.begin(), symbols.end(), text);
  if (symbol != symbols.end() && *symbol == text) {
    return static_cast<uint32_t>(symbol - symbols.begin());
  }
  const auto [found, inserted] = strings_.try_emplace(
      text, static_cast<uint32_t>(symbols.size() + out->strings_size()));
  if (inserted) out->add_strings(text);
  return found->second;
}

uint32_t CompactWriter::PlaceOf(const Value& value, v1::CompactItems* out) {
  const auto [found, inserted] =
      values_.try_emplace(value, static_cast<uint32_t>(out->values_size()));
  if (inserted) ValueToProto(value, out->add_values());
  return found->second;
}

}  // namespace sekisho
