// A value on the stack of the machine: booleans and integers themselves, all
// others where they are kept, in the request, an entity or the graph. So a
// program that only reads copies nothing.
#ifndef SEKISHO_ENGINE_EVAL_OPERAND_H_
#define SEKISHO_ENGINE_EVAL_OPERAND_H_

#include <cstdint>

#include "engine/model/value.h"

namespace sekisho {

// Trivially copyable. What it refers to must outlive it.
class Operand {
 public:
  using Kind = Value::Kind;

  static Operand Bool(bool b) {
    Operand out(Kind::kBool);
    out.bool_ = b;
    return out;
  }
  static Operand Long(int64_t n) {
    Operand out(Kind::kLong);
    out.long_ = n;
    return out;
  }
  static Operand Entity(const EntityUid& uid) {
    Operand out(Kind::kEntity);
    out.entity_ = &uid;
    return out;
  }
  static Operand Of(const Value& value) {
    switch (value.kind()) {
      case Kind::kBool:
        return Bool(value.AsBool());
      case Kind::kLong:
        return Long(value.AsLong());
      case Kind::kEntity:
        return Entity(value.AsEntity());
      default: {
        Operand out(value.kind());
        out.value_ = &value;
        return out;
      }
    }
  }

  Kind kind() const { return kind_; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_long() const { return kind_ == Kind::kLong; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_entity() const { return kind_ == Kind::kEntity; }
  bool is_set() const { return kind_ == Kind::kSet; }
  bool is_record() const { return kind_ == Kind::kRecord; }

  // REQUIRES for each: it is of that kind.
  bool AsBool() const { return bool_; }
  int64_t AsLong() const { return long_; }
  const EntityUid& AsEntity() const { return *entity_; }
  // REQUIRES: it is of none of the kinds above.
  const Value& AsValue() const { return *value_; }

  Value ToValue() const {
    switch (kind_) {
      case Kind::kBool:
        return Value::Bool(bool_);
      case Kind::kLong:
        return Value::Long(long_);
      case Kind::kEntity:
        return Value::Entity(*entity_);
      default:
        return *value_;
    }
  }

  // As Value::Compare of the values.
  static int Compare(const Operand& a, const Value& b);
  static bool Equal(const Operand& a, const Operand& b);

 private:
  explicit Operand(Kind kind) : kind_(kind) {}

  Kind kind_;
  union {
    bool bool_;
    int64_t long_;
    const EntityUid* entity_;
    const Value* value_;
  };
};

// Whether the ascending values have it among them.
bool Contains(const Value::Elements& elements, const Operand& operand);
// Its place among the ascending values, or their number.
size_t IndexIn(const Value::Elements& elements, const Operand& operand);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_OPERAND_H_
