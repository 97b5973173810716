#include "engine/graph/attribute_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

absl::string_view RootName(PathRoot root) {
  switch (root) {
    case PathRoot::kPrincipal:
      return "principal";
    case PathRoot::kAction:
      return "action";
    case PathRoot::kResource:
      return "resource";
    case PathRoot::kContext:
      return "context";
  }
  return "";
}

bool IsIdentifier(absl::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string AttributePath::ToString() const {
  std::string text(RootName(root));
  for (const std::string& name : names) {
    if (IsIdentifier(name)) {
      absl::StrAppend(&text, ".", name);
    } else {
      absl::StrAppend(&text, "[", Quote(name), "]");
    }
  }
  return text;
}

}  // namespace sekisho
