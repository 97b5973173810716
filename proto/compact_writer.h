// Batches in numbers (CompactItems in decision.proto), as a client makes them.
//
//   CompactWriter writer(&symbols);  // of GetSymbols
//   for (const Request& request : requests) writer.Add(request, &items);
//   *batch.mutable_compact() = std::move(items);
#ifndef SEKISHO_PROTO_COMPACT_WRITER_H_
#define SEKISHO_PROTO_COMPACT_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/model/request.h"
#include "engine/model/value.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// Writes one batch. For one thread.
class CompactWriter {
 public:
  // `symbols` must outlive this object.
  explicit CompactWriter(const v1::GetSymbolsResponse* symbols)
      : symbols_(*symbols) {}

  // Adds a request to `*out`, which is the same for all calls and at first
  // empty.
  void Add(const Request& request, v1::CompactItems* out);

 private:
  void AddUid(const EntityUid& uid, v1::CompactItems* out);
  uint32_t NumberOf(const std::string& text, v1::CompactItems* out);
  uint32_t PlaceOf(const Value& value, v1::CompactItems* out);

  const v1::GetSymbolsResponse& symbols_;
  absl::flat_hash_map<std::string, uint32_t> strings_;
  absl::flat_hash_map<Value, uint32_t> values_;
};

}  // namespace sekisho

#endif  // SEKISHO_PROTO_COMPACT_WRITER_H_
