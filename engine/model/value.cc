#include "engine/model/value.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

// Cedar identifiers need no quotes as attribute names, keywords apart.
bool IsIdentifier(absl::string_view name) {
  for (absl::string_view keyword : {"true", "false", "if", "then", "else", "in",
                                    "like", "has", "is", "__cedar"}) {
    if (name == keyword) return false;
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

template <typename T>
int ThreeWay(const T& a, const T& b) {
  const auto order = a <=> b;
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

int CompareElements(const Value::Elements& a, const Value::Elements& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (int order = Value::Compare(a[i], b[i])) return order;
  }
  return ThreeWay(a.size(), b.size());
}

int CompareAttributes(const Value::Attributes& a, const Value::Attributes& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (int order = ThreeWay(a[i].first, b[i].first)) return order;
    if (int order = Value::Compare(a[i].second, b[i].second)) return order;
  }
  return ThreeWay(a.size(), b.size());
}

}  // namespace

std::string EntityUid::ToString() const {
  return absl::StrCat(type, "::", Quote(id));
}

Value Value::Set(Elements elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  return SortedSet(std::move(elements));
}

Value Value::SortedSet(Elements elements) {
  return Value(
      SharedElements(std::make_shared<const Elements>(std::move(elements))));
}

Value Value::Record(Attributes attributes) {
  const auto by_name = [](const Attribute& a, const Attribute& b) {
    return a.first < b.first;
  };
  // Most are, and sorting would move each to find that out.
  if (!std::is_sorted(attributes.begin(), attributes.end(), by_name)) {
    std::sort(attributes.begin(), attributes.end(), by_name);
  }
  return SortedRecord(std::move(attributes));
}

Value Value::SortedRecord(Attributes attributes) {
  if (attributes.empty()) {
    // Owned by nobody, so that threads do not count who refers to it.
    static const auto* const none = new Attributes;
    return Value(SharedAttributes(SharedAttributes(), none));
  }
  return Value(SharedAttributes(
      std::make_shared<const Attributes>(std::move(attributes))));
}

bool Value::Contains(const Value& element) const {
  const Elements& elements = AsSet();
  return std::binary_search(elements.begin(), elements.end(), element);
}

const Value* Value::Find(absl::string_view name) const {
  const Attributes& attributes = AsRecord();
  // Looking at few in a row is faster than at every other one.
  constexpr size_t kFew = 16;
  if (attributes.size() <= kFew) {
    for (const Attribute& attribute : attributes) {
      if (attribute.first == name) return &attribute.second;
    }
    return nullptr;
  }
  auto it = std::lower_bound(
      attributes.begin(), attributes.end(), name,
      [](const Attribute& attribute, absl::string_view wanted) {
        return absl::string_view(attribute.first) < wanted;
      });
  if (it == attributes.end() || it->first != name) return nullptr;
  return &it->second;
}

int Value::Compare(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return ThreeWay(a.kind(), b.kind());
  switch (a.kind()) {
    case Kind::kBool:
      return ThreeWay(a.AsBool(), b.AsBool());
    case Kind::kLong:
      return ThreeWay(a.AsLong(), b.AsLong());
    case Kind::kString:
      return ThreeWay(a.AsString(), b.AsString());
    case Kind::kEntity:
      return ThreeWay(a.AsEntity(), b.AsEntity());
    case Kind::kSet:
      return CompareElements(a.AsSet(), b.AsSet());
    case Kind::kRecord:
      return CompareAttributes(a.AsRecord(), b.AsRecord());
    case Kind::kDecimal:
      return ThreeWay(a.AsDecimal(), b.AsDecimal());
    case Kind::kIpAddress:
      return ThreeWay(a.AsIpAddress(), b.AsIpAddress());
    case Kind::kDatetime:
      return ThreeWay(a.AsDatetime(), b.AsDatetime());
    case Kind::kDuration:
      return ThreeWay(a.AsDuration(), b.AsDuration());
  }
  return 0;
}

std::string Value::ToString() const {
  switch (kind()) {
    case Kind::kBool:
      return AsBool() ? "true" : "false";
    case Kind::kLong:
      return absl::StrCat(AsLong());
    case Kind::kString:
      return Quote(AsString());
    case Kind::kEntity:
      return AsEntity().ToString();
    case Kind::kSet:
      return absl::StrCat(
          "[",
          absl::StrJoin(AsSet(), ", ",
                        [](std::string* out, const Value& element) {
                          absl::StrAppend(out, element.ToString());
                        }),
          "]");
    case Kind::kRecord:
      return absl::StrCat(
          "{",
          absl::StrJoin(AsRecord(), ", ",
                        [](std::string* out, const Attribute& attribute) {
                          absl::StrAppend(out,
                                          IsIdentifier(attribute.first)
                                              ? attribute.first
                                              : Quote(attribute.first),
                                          ": ", attribute.second.ToString());
                        }),
          "}");
    case Kind::kDecimal:
    case Kind::kIpAddress:
    case Kind::kDatetime:
    case Kind::kDuration:
      return absl::StrCat(ConstructorOf(kind())->name, "(",
                          Quote(ExtensionText(*this)), ")");
  }
  return "";
}

absl::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kBool:
      return "bool";
    case Value::Kind::kLong:
      return "long";
    case Value::Kind::kString:
      return "string";
    case Value::Kind::kEntity:
      return "entity";
    case Value::Kind::kSet:
      return "set";
    case Value::Kind::kRecord:
      return "record";
    case Value::Kind::kDecimal:
      return "decimal";
    case Value::Kind::kIpAddress:
      return "ipaddr";
    case Value::Kind::kDatetime:
      return "datetime";
    case Value::Kind::kDuration:
      return "duration";
  }
  return "value";
}

std::string Quote(absl::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          absl::StrAppendFormat(&out, "\\u{%x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
  return out;
}

}  // namespace sekisho
