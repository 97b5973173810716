// Tested by tests/eval/machine_test.cc.
#include "engine/eval/operand.h"

#include <algorithm>

namespace sekisho {
namespace {

template <typename T>
int ThreeWay(const T& a, const T& b) {
  const auto order = a <=> b;
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

}  // namespace

int Operand::Compare(const Operand& a, const Value& b) {
  if (a.kind_ != b.kind()) return ThreeWay(a.kind_, b.kind());
  switch (a.kind_) {
    case Kind::kBool:
      return ThreeWay(a.bool_, b.AsBool());
    case Kind::kLong:
      return ThreeWay(a.long_, b.AsLong());
    case Kind::kEntity:
      return ThreeWay(*a.entity_, b.AsEntity());
    default:
      return Value::Compare(*a.value_, b);
  }
}

bool Operand::Equal(const Operand& a, const Operand& b) {
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Kind::kBool:
      return a.bool_ == b.bool_;
    case Kind::kLong:
      return a.long_ == b.long_;
    case Kind::kEntity:
      return *a.entity_ == *b.entity_;
    default:
      return *a.value_ == *b.value_;
  }
}

size_t IndexIn(const Value::Elements& elements, const Operand& operand) {
  const auto at =
      std::lower_bound(elements.begin(), elements.end(), operand,
                       [](const Value& element, const Operand& wanted) {
                         return Operand::Compare(wanted, element) > 0;
                       });
  if (at == elements.end() || Operand::Compare(operand, *at) != 0) {
    return elements.size();
  }
  return static_cast<size_t>(at - elements.begin());
}

bool Contains(const Value::Elements& elements, const Operand& operand) {
  return IndexIn(elements, operand) != elements.size();
}

}  // namespace sekisho
