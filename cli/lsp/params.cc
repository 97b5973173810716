#include "cli/lsp/params.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/lsp/uri.h"

namespace sekisho {
namespace {

using Json = nlohmann::json;

uint32_t NumberMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  if (!member.is_number_unsigned()) {
    throw BadParams{absl::StrCat("`", name, "` is no number")};
  }
  return static_cast<uint32_t>(
      std::min<uint64_t>(member.get<uint64_t>(), ~uint32_t{0}));
}

}  // namespace

const Json& Member(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) {
    throw BadParams{absl::StrCat("`", name, "` is missing")};
  }
  return object[name];
}

const std::string& StringMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  if (!member.is_string()) {
    throw BadParams{absl::StrCat("`", name, "` is no string")};
  }
  return member.get_ref<const std::string&>();
}

const Json& ArrayMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  if (!member.is_array()) {
    throw BadParams{absl::StrCat("`", name, "` is no array")};
  }
  return member;
}

bool BoolMember(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name] == true;
}

TextPosition PositionMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  return {NumberMember(member, "line"), NumberMember(member, "character")};
}

TextRange RangeMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  return {PositionMember(member, "start"), PositionMember(member, "end")};
}

std::optional<std::string> PathMember(const Json& params) {
  return PathOfUri(StringMember(Member(params, "textDocument"), "uri"));
}

// Of these there may be ten thousand in an answer: lists in braces are copied.
Json ToJson(const TextPosition& position) {
  Json json;
  json["line"] = position.line;
  json["character"] = position.character;
  return json;
}

Json ToJson(const TextRange& range) {
  Json json;
  json["start"] = ToJson(range.begin);
  json["end"] = ToJson(range.end);
  return json;
}

Json MarkdownJson(const std::string& text) {
  return {{"kind", "markdown"}, {"value", text}};
}

}  // namespace sekisho
