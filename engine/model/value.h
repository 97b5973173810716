// The values that policies compute with: Cedar's booleans, 64-bit integers,
// strings, entity references, sets and records, and its extension types
// (decimals, IP addresses, datetimes, durations).
//
//   Value roles = Value::Set({Value::Entity({"Role", "nurse"})});
//   if (roles.Contains(Value::Entity({"Role", "nurse"}))) ...
//
// A Value is immutable and cheap to copy (sets and records are shared). It is
// canonical from construction on: sets are sorted and free of duplicates,
// records are sorted by attribute name, so equal values are equal bytes in
// every encoding. Values may be read from several threads at once.
#ifndef SEKISHO_ENGINE_MODEL_VALUE_H_
#define SEKISHO_ENGINE_MODEL_VALUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/same_text.h"
#include "engine/model/extension.h"

namespace sekisho {

// The name of an entity: a type such as `Health::Person` and an id.
struct EntityUid {
  std::string type;
  std::string id;

  // Cedar's notation, `Type::"id"`, with the id escaped.
  std::string ToString() const;

  auto operator<=>(const EntityUid&) const = default;
  // Ids differ more often.
  bool operator==(const EntityUid& other) const {
    return SameText(id, other.id) && SameText(type, other.type);
  }

  template <typename H>
  friend H AbslHashValue(H h, const EntityUid& uid) {
    return H::combine(std::move(h), uid.type, uid.id);
  }
};

class Value {
 public:
  // Frozen: these numbers order values of different kinds and are written into
  // artifacts.
  enum class Kind : uint8_t {
    kBool = 0,
    kLong = 1,
    kString = 2,
    kEntity = 3,
    kSet = 4,
    kRecord = 5,
    kDecimal = 6,
    kIpAddress = 7,
    kDatetime = 8,
    kDuration = 9,
  };
  using Elements = std::vector<Value>;
  using Attribute = std::pair<std::string, Value>;
  using Attributes = std::vector<Attribute>;

  // `false`.
  Value() : data_(false) {}

  static Value Bool(bool b) { return Value(b); }
  static Value Long(int64_t n) { return Value(n); }
  static Value String(absl::string_view text) {
    return Value(std::in_place_type<std::string>, text.data(), text.size());
  }
  static Value Entity(EntityUid uid) { return Value(std::move(uid)); }
  // Sorts and removes duplicates.
  static Value Set(Elements elements);
  // Sorts by name. REQUIRES: names are distinct.
  static Value Record(Attributes attributes);
  // The same of what is in that order already. REQUIRES: strictly ascending.
  static Value SortedSet(Elements elements);
  static Value SortedRecord(Attributes attributes);
  static Value Extension(Decimal decimal) { return Value(decimal); }
  static Value Extension(IpAddress address) { return Value(address); }
  static Value Extension(Datetime datetime) { return Value(datetime); }
  static Value Extension(Duration duration) { return Value(duration); }

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_long() const { return kind() == Kind::kLong; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_entity() const { return kind() == Kind::kEntity; }
  bool is_set() const { return kind() == Kind::kSet; }
  bool is_record() const { return kind() == Kind::kRecord; }
  static bool IsExtension(Kind kind) { return kind >= Kind::kDecimal; }

  // REQUIRES for each: the value is of that kind. References live as long as
  // this value, or a copy of it.
  bool AsBool() const { return std::get<bool>(data_); }
  int64_t AsLong() const { return std::get<int64_t>(data_); }
  const std::string& AsString() const { return std::get<std::string>(data_); }
  const EntityUid& AsEntity() const { return std::get<EntityUid>(data_); }
  const Elements& AsSet() const { return *std::get<SharedElements>(data_); }
  const Attributes& AsRecord() const {
    return *std::get<SharedAttributes>(data_);
  }
  const Decimal& AsDecimal() const { return std::get<Decimal>(data_); }
  const IpAddress& AsIpAddress() const { return std::get<IpAddress>(data_); }
  const Datetime& AsDatetime() const { return std::get<Datetime>(data_); }
  const Duration& AsDuration() const { return std::get<Duration>(data_); }

  // True if this set has `element`. REQUIRES: is_set().
  bool Contains(const Value& element) const;
  // The attribute's value, or nullptr. REQUIRES: is_record().
  const Value* Find(absl::string_view name) const;

  // A total order: by kind, then by content. Zero means equal.
  static int Compare(const Value& a, const Value& b);
  bool operator==(const Value& other) const {
    return Compare(*this, other) == 0;
  }
  bool operator<(const Value& other) const { return Compare(*this, other) < 0; }

  // Cedar's notation of this value, on one line; parses back to it, unless it
  // holds a datetime that no literal can have (see Datetime::ToString).
  std::string ToString() const;

  template <typename H>
  friend H AbslHashValue(H h, const Value& v) {
    h = H::combine(std::move(h), v.kind());
    switch (v.kind()) {
      case Kind::kBool:
        return H::combine(std::move(h), v.AsBool());
      case Kind::kLong:
        return H::combine(std::move(h), v.AsLong());
      case Kind::kString:
        return H::combine(std::move(h), v.AsString());
      case Kind::kEntity:
        return H::combine(std::move(h), v.AsEntity());
      case Kind::kSet:
        return H::combine(std::move(h), v.AsSet());
      case Kind::kRecord:
        return H::combine(std::move(h), v.AsRecord());
      case Kind::kDecimal:
        return H::combine(std::move(h), v.AsDecimal());
      case Kind::kIpAddress:
        return H::combine(std::move(h), v.AsIpAddress());
      case Kind::kDatetime:
        return H::combine(std::move(h), v.AsDatetime());
      case Kind::kDuration:
        return H::combine(std::move(h), v.AsDuration());
    }
    return h;
  }

 private:
  using SharedElements = std::shared_ptr<const Elements>;
  using SharedAttributes = std::shared_ptr<const Attributes>;
  // The alternatives stand in the order of Kind.
  using Data =
      std::variant<bool, int64_t, std::string, EntityUid, SharedElements,
                   SharedAttributes, Decimal, IpAddress, Datetime, Duration>;

  template <typename T>
  explicit Value(T data) : data_(std::move(data)) {}
  template <typename T, typename... Args>
  explicit Value(std::in_place_type_t<T> type, Args... args)
      : data_(type, args...) {}

  Data data_;
};

// The word for a kind in messages: "bool", "long", "string", ... For extension
// types it is Cedar's name of the type, `ipaddr`.
absl::string_view KindName(Value::Kind kind);

// `text` between double quotes with Cedar's escapes.
std::string Quote(absl::string_view text);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_VALUE_H_
