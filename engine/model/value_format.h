// Values as bytes: the part that the formats of entities and of log records
// share. How a name (an entity type or an attribute) is written is theirs.
//
//   value    := 0x00                    false
//            |  0x01                    true
//            |  0x02 varint             integer: 0, -1, 1, -2, ... are 0, 1, 2,
//                                       3, ...
//            |  0x03 string
//            |  0x04 uid
//            |  0x05 count value*       set
//            |  0x06 fields             record
//            |  0x07 varint             decimal: its ten-thousandths, as an
//                                       integer
//            |  0x08 4 bytes prefix     IPv4 address, or network
//            |  0x09 16 bytes prefix    IPv6 address, or network
//            |  0x0a varint             datetime: milliseconds since 1970 UTC,
//                                       as an integer
//            |  0x0b varint             duration: milliseconds, as an integer
//   fields   := count (name value)*
//   uid      := name string             type and id
//   prefix   := byte                    at most 32, or 128
//   string   := count byte*             UTF-8
//   count    := varint
//   varint   := seven bits a byte, the low ones first, the high bit set on all
//               bytes but the last; no longer than needed
//
// Names of fields and elements of sets are strictly ascending (as
// Value::Compare orders them), so a value has exactly one encoding. The layout
// and the numbers are frozen.
#ifndef SEKISHO_ENGINE_MODEL_VALUE_FORMAT_H_
#define SEKISHO_ENGINE_MODEL_VALUE_FORMAT_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"
#include "engine/model/value.h"

namespace sekisho {

// How deep sets and records nest in what is written and read, at most. The
// record that attributes are fields of has depth 0.
inline constexpr int kMaxFormatDepth = 64;

// Frozen.
enum class ValueTag : uint8_t {
  kFalse = 0,
  kTrue = 1,
  kLong = 2,
  kString = 3,
  kEntity = 4,
  kSet = 5,
  kRecord = 6,
  kDecimal = 7,
  kIpv4 = 8,
  kIpv6 = 9,
  kDatetime = 10,
  kDuration = 11,
};

// `NameWriter` has `void Name(absl::string_view)`, which writes a name to the
// same bytes.
template <typename NameWriter>
class ValueWriter {
 public:
  // Both must outlive this object.
  ValueWriter(ByteWriter* out, NameWriter* names)
      : out_(*out), names_(*names) {}

  // The attributes of a record of depth 0.
  void Fields(const Value& record) { Fields(record, 0); }
  void Uid(const EntityUid& uid) {
    names_.Name(uid.type);
    out_.String(uid.id);
  }

  // True if some value was nested too deeply, and therefore left out.
  bool too_deep() const { return too_deep_; }

 private:
  void Fields(const Value& record, int depth) {
    out_.Varint(record.AsRecord().size());
    for (const auto& [name, value] : record.AsRecord()) {
      names_.Name(name);
      Put(value, depth + 1);
    }
  }

  void Put(const Value& value, int depth) {
    if (depth > kMaxFormatDepth) {
      too_deep_ = true;
      return;
    }
    switch (value.kind()) {
      case Value::Kind::kBool:
        Tag(value.AsBool() ? ValueTag::kTrue : ValueTag::kFalse);
        break;
      case Value::Kind::kLong:
        Integer(ValueTag::kLong, value.AsLong());
        break;
      case Value::Kind::kString:
        Tag(ValueTag::kString);
        out_.String(value.AsString());
        break;
      case Value::Kind::kEntity:
        Tag(ValueTag::kEntity);
        Uid(value.AsEntity());
        break;
      case Value::Kind::kSet:
        Tag(ValueTag::kSet);
        out_.Varint(value.AsSet().size());
        for (const Value& element : value.AsSet()) Put(element, depth + 1);
        break;
      case Value::Kind::kRecord:
        Tag(ValueTag::kRecord);
        Fields(value, depth);
        break;
      case Value::Kind::kDecimal:
        Integer(ValueTag::kDecimal, value.AsDecimal().ten_thousandths);
        break;
      case Value::Kind::kIpAddress: {
        const IpAddress& ip = value.AsIpAddress();
        Tag(ip.is_v6 ? ValueTag::kIpv6 : ValueTag::kIpv4);
        out_.Bytes(ip.address().data(), ip.address().size());
        out_.Byte(ip.prefix);
        break;
      }
      case Value::Kind::kDatetime:
        Integer(ValueTag::kDatetime, value.AsDatetime().ms);
        break;
      case Value::Kind::kDuration:
        Integer(ValueTag::kDuration, value.AsDuration().ms);
        break;
    }
  }

  void Integer(ValueTag tag, int64_t number) {
    Tag(tag);
    out_.Varint(ZigZag(number));
  }
  void Tag(ValueTag tag) { out_.Byte(static_cast<uint8_t>(tag)); }

  ByteWriter& out_;
  NameWriter& names_;
  bool too_deep_ = false;
};

// Reads what ValueWriter writes and nothing else. `NameReader` has
// `bool Name(std::string*)`, which reads a name from the same bytes. Each
// method returns false if the bytes do not go on as they must.
template <typename NameReader>
class ValueReader {
 public:
  // Both must outlive this object.
  ValueReader(ByteReader* in, NameReader* names) : in_(*in), names_(*names) {}

  // A record of depth 0.
  bool Fields(Value* record) { return Fields(0, record); }
  bool Uid(EntityUid* uid) {
    absl::string_view id;
    if (!names_.Name(&uid->type) || !in_.String(&id)) return false;
    uid->id.assign(id.data(), id.size());
    return true;
  }

 private:
  // Set aside at once: what a damaged count says is not to be believed.
  static size_t Expected(uint64_t count) {
    return static_cast<size_t>(std::min<uint64_t>(count, 16));
  }

  bool Fields(int depth, Value* record) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    Value::Attributes attributes;
    attributes.reserve(Expected(count));
    for (uint64_t i = 0; i < count; ++i) {
      auto& [name, value] = attributes.emplace_back();
      if (!names_.Name(&name)) return false;
      if (i > 0 && attributes[i - 1].first >= name) return false;
      if (!Get(depth + 1, &value)) return false;
    }
    *record = Value::SortedRecord(std::move(attributes));
    return true;
  }

  bool Elements(int depth, Value* set) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    Value::Elements elements;
    elements.reserve(Expected(count));
    for (uint64_t i = 0; i < count; ++i) {
      Value element;
      if (!Get(depth + 1, &element)) return false;
      if (i > 0 && !(elements.back() < element)) return false;
      elements.push_back(std::move(element));
    }
    *set = Value::SortedSet(std::move(elements));
    return true;
  }

  bool Get(int depth, Value* value) {
    uint8_t byte;
    if (depth > kMaxFormatDepth || !in_.Byte(&byte)) return false;
    const auto tag = static_cast<ValueTag>(byte);
    int64_t number;
    switch (tag) {
      case ValueTag::kFalse:
      case ValueTag::kTrue:
        *value = Value::Bool(tag == ValueTag::kTrue);
        return true;
      case ValueTag::kLong:
        if (!Integer(&number)) return false;
        *value = Value::Long(number);
        return true;
      case ValueTag::kString: {
        absl::string_view text;
        if (!in_.String(&text)) return false;
        *value = Value::String(text);
        return true;
      }
      case ValueTag::kEntity: {
        EntityUid uid;
        if (!Uid(&uid)) return false;
        *value = Value::Entity(std::move(uid));
        return true;
      }
      case ValueTag::kSet:
        return Elements(depth, value);
      case ValueTag::kRecord:
        return Fields(depth, value);
      case ValueTag::kDecimal:
        if (!Integer(&number)) return false;
        *value = Value::Extension(Decimal{number});
        return true;
      case ValueTag::kIpv4:
        return Ip(4, value);
      case ValueTag::kIpv6:
        return Ip(16, value);
      case ValueTag::kDatetime:
        if (!Integer(&number)) return false;
        *value = Value::Extension(Datetime{number});
        return true;
      case ValueTag::kDuration:
        if (!Integer(&number)) return false;
        *value = Value::Extension(Duration{number});
        return true;
    }
    return false;
  }

  bool Integer(int64_t* number) {
    uint64_t bits;
    if (!in_.Varint(&bits)) return false;
    *number = UnZigZag(bits);
    return true;
  }

  bool Ip(size_t size, Value* value) {
    absl::string_view address;
    uint8_t prefix;
    if (!in_.Bytes(size, &address) || !in_.Byte(&prefix)) return false;
    const std::optional<IpAddress> ip = IpAddress::FromBytes(address, prefix);
    if (!ip) return false;
    *value = Value::Extension(*ip);
    return true;
  }

  ByteReader& in_;
  NameReader& names_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_VALUE_FORMAT_H_
