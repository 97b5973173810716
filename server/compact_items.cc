// Tested by tests/server/compact_test.cc and tests/fuzz/compact_items_fuzz.cc.
#include "server/compact_items.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "proto/codec.h"
#include "server/limits.h"

namespace sekisho {
namespace {

// Of an item: three uids, and how many attributes follow.
constexpr size_t kUids = 3;
constexpr size_t kCountAt = 2 * kUids;
constexpr size_t kHeadNumbers = kCountAt + 1;
constexpr size_t kAttributeNumbers = 2;

absl::Status Wrong(size_t item, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("compact.numbers: of item ", item, ", ", what));
}

}  // namespace

absl::StatusOr<CompactItems> CompactItems::Read(
    const v1::CompactItems& message, absl::Span<const std::string> symbols) {
  CompactItems items(message, symbols);
  items.values_.reserve(message.values().size());
  for (int i = 0; i < message.values_size(); ++i) {
    ASSIGN_OR_RETURN(Value value,
                     ValueFromProto(message.values(i),
                                    absl::StrCat("compact.values[", i, "]")));
    items.values_.push_back(std::move(value));
  }
  RETURN_IF_ERROR(items.FindItems());
  return items;
}

absl::Status CompactItems::FindItems() {
  std::vector<size_t> value_bytes;
  value_bytes.reserve(values_.size());
  for (const v1::Value& value : message_.values()) {
    value_bytes.push_back(value.ByteSizeLong());
  }
  const size_t end = message_.numbers().size();
  for (size_t at = 0; at < end;) {
    const size_t item = begins_.size();
    RETURN_IF_ERROR(CheckAtMost("compact.numbers", static_cast<int>(item + 1),
                                kMaxBatchItems));
    if (end - at < kHeadNumbers) return Wrong(item, "there is only a part");
    const size_t attributes = NumberAt(at + kCountAt);
    if ((end - at - kHeadNumbers) / kAttributeNumbers < attributes) {
      return Wrong(item, "there are fewer attributes than it says");
    }
    RETURN_IF_ERROR(CheckItem(at, attributes, value_bytes));
    begins_.push_back(at);
    at += kHeadNumbers + kAttributeNumbers * attributes;
  }
  return CheckCount("compact.numbers", size(), kMaxBatchItems);
}

absl::Status CompactItems::CheckItem(
    size_t begin, size_t attributes,
    const std::vector<size_t>& value_bytes) const {
  const size_t item = begins_.size();
  size_t bytes = 0;
  const auto take_text = [&](size_t at) {
    if (!IsText(NumberAt(at))) return false;
    bytes += TextOf(NumberAt(at)).size();
    return true;
  };
  for (size_t at = begin; at < begin + kCountAt; ++at) {
    if (!take_text(at)) {
      return Wrong(item,
                   absl::StrCat("no string has the number ", NumberAt(at)));
    }
    const bool is_type = (at - begin) % 2 == 0;
    if (is_type && TextOf(NumberAt(at)).empty()) {
      return Wrong(item, "an entity type is empty");
    }
  }
  for (size_t i = 0; i < attributes; ++i) {
    const size_t at = begin + kHeadNumbers + kAttributeNumbers * i;
    if (!take_text(at)) {
      return Wrong(item,
                   absl::StrCat("no string has the number ", NumberAt(at)));
    }
    const size_t value = NumberAt(at + 1);
    if (value >= values_.size()) {
      return Wrong(item, absl::StrCat("there is no value ", value));
    }
    bytes += value_bytes[value];
  }
  if (bytes > kMaxCompactItemBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("compact.numbers: item ", item, " is longer than ",
                     kMaxCompactItemBytes, " bytes"));
  }
  return absl::OkStatus();
}

void CompactItems::TakeUid(size_t at, EntityUid* out) const {
  out->type = TextOf(NumberAt(at));
  out->id = TextOf(NumberAt(at + 1));
}

absl::Status CompactItems::Take(int item, Request* out) const {
  const size_t begin = begins_[static_cast<size_t>(item)];
  TakeUid(begin, &out->principal);
  TakeUid(begin + 2, &out->action);
  TakeUid(begin + 4, &out->resource);
  const size_t count = NumberAt(begin + kCountAt);
  Value::Attributes attributes;
  attributes.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = begin + kHeadNumbers + kAttributeNumbers * i;
    attributes.emplace_back(TextOf(NumberAt(at)), values_[NumberAt(at + 1)]);
  }
  out->context = Value::Record(std::move(attributes));
  const std::string* twice = FirstRepeatedName(out->context);
  if (twice == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("context.", *twice, ": is given twice"));
}

}  // namespace sekisho
