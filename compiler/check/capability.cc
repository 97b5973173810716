#include "compiler/check/capability.h"

#include <algorithm>

#include "compiler/cedar/same_expression.h"

namespace sekisho {

bool Capability::operator==(const Capability& other) const {
  if (attribute != other.attribute) return false;
  if ((tag == nullptr) != (other.tag == nullptr)) return false;
  return SameExpression(*on, *other.on) &&
         (tag == nullptr || SameExpression(*tag, *other.tag));
}

bool Contains(const Capabilities& all, const Capability& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void AddAll(const Capabilities& more, Capabilities* all) {
  for (const Capability& one : more) {
    if (!Contains(*all, one)) all->push_back(one);
  }
}

Capabilities Intersection(const Capabilities& a, const Capabilities& b) {
  Capabilities both;
  for (const Capability& one : a) {
    if (Contains(b, one)) both.push_back(one);
  }
  return both;
}

}  // namespace sekisho
