// The requests of a batch in numbers (CompactItems in decision.proto). What is
// read is not trusted.
//
//   ASSIGN_OR_RETURN(const CompactItems items,
//                    CompactItems::Read(message.compact(), symbols));
//   for (int i = 0; i < items.size(); ++i) {
//     RETURN_IF_ERROR(items.Take(i, &request));
//   }
#ifndef SEKISHO_SERVER_COMPACT_ITEMS_H_
#define SEKISHO_SERVER_COMPACT_ITEMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/model/request.h"
#include "engine/model/value.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

class CompactItems {
 public:
  // Checks every number. Both arguments must outlive this object. Errors are
  // those of the RPC and name the field, `compact.numbers: ..`.
  static absl::StatusOr<CompactItems> Read(
      const v1::CompactItems& message, absl::Span<const std::string> symbols);

  int size() const { return static_cast<int>(begins_.size()); }

  // Makes `*out` the request of an item, and uses its memory again.
  // InvalidArgument if an attribute is given twice.
  absl::Status Take(int item, Request* out) const;

 private:
  CompactItems(const v1::CompactItems& message,
               absl::Span<const std::string> symbols)
      : message_(message), symbols_(symbols) {}

  absl::Status FindItems();
  absl::Status CheckItem(size_t begin, size_t attributes,
                         const std::vector<size_t>& value_bytes) const;
  uint32_t NumberAt(size_t at) const {
    return message_.numbers(static_cast<int>(at));
  }
  bool IsText(uint32_t number) const {
    return number < symbols_.size() + message_.strings().size();
  }
  // REQUIRES: IsText(number).
  const std::string& TextOf(uint32_t number) const {
    return number < symbols_.size()
               ? symbols_[number]
               : message_.strings(static_cast<int>(number - symbols_.size()));
  }
  void TakeUid(size_t at, EntityUid* out) const;

  const v1::CompactItems& message_;
  const absl::Span<const std::string> symbols_;
  std::vector<Value> values_;
  // Where in the message's numbers each item begins.
  std::vector<size_t> begins_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_COMPACT_ITEMS_H_
