#include "compiler/check/capability.h"

#include <algorithm>

namespace sekisho {
namespace {

bool ReadTheSame(const Expr& a, const Expr& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.args().size() != b.args().size()) return false;
  switch (a.kind) {
    case ExprKind::kLiteral:
      if (!(a.value() == b.value())) return false;
      break;
    case ExprKind::kVariable:
      if (a.variable != b.variable) return false;
      break;
    default:
      if (a.name() != b.name() || a.names() != b.names() ||
          a.pattern() != b.pattern()) {
        return false;
      }
  }
  for (size_t i = 0; i < a.args().size(); ++i) {
    if (!ReadTheSame(*a.args()[i], *b.args()[i])) return false;
  }
  return true;
}

}  // namespace

bool Capability::operator==(const Capability& other) const {
  if (attribute != other.attribute) return false;
  if ((tag == nullptr) != (other.tag == nullptr)) return false;
  return ReadTheSame(*on, *other.on) &&
         (tag == nullptr || ReadTheSame(*tag, *other.tag));
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
