#include "compiler/json/reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/cedar/lexer.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/token_stream.h"

namespace sekisho {
namespace {

absl::string_view Describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "a boolean";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      return "an object";
  }
  return "";
}

}  // namespace

bool JsonReader::is_full() const {
  return diagnostics_.error_count() - errors_before_ > kMaxErrors;
}

Diagnostics::Detail JsonReader::Error(const Span& span,
                                      absl::string_view message) {
  const size_t errors = diagnostics_.error_count() - errors_before_;
  if (errors < kMaxErrors) return diagnostics_.Error(span, message);
  if (errors == kMaxErrors) {
    diagnostics_.Error(span, "too many errors; there may be more");
  }
  unreported_ = Diagnostics(sources_);
  return unreported_.Error(span, message);
}

void JsonReader::ReportUnknown(const Span& span, absl::string_view what,
                               absl::string_view found,
                               const std::vector<std::string>& known) {
  Diagnostics::Detail error =
      Error(span, absl::StrCat("`", found, "` is not ", what));
  const std::string nearest = Nearest(found, known);
  if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  } else if (known.size() <= 10) {
    error.Help(absl::StrCat("use ", Alternatives(known)));
  }
}

bool JsonReader::Expect(JsonValue value, JsonKind kind,
                        absl::string_view what) {
  if (value.kind() == kind) return true;
  Error(value.span(), absl::StrCat("expected ", Describe(kind), " for ", what,
                                   ", found ", Describe(value.kind())));
  return false;
}

std::optional<JsonFields> JsonReader::Fields(
    JsonValue value, absl::string_view what,
    const std::vector<std::string>& names, size_t required) {
  if (!Expect(value, JsonKind::kObject, what)) return std::nullopt;
  JsonFields fields(names.size());
  bool ok = true;
  for (const JsonMember member : value.members()) {
    if (is_full()) return std::nullopt;
    const std::string name = member.name.AsString();
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) {
      ReportUnknown(member.name.span(), absl::StrCat("a member of ", what),
                    name, names);
      ok = false;
      continue;
    }
    fields[it - names.begin()] = member.value;
  }
  for (size_t i = 0; i < required; ++i) {
    if (fields[i]) continue;
    Error(value.span(), absl::StrCat(what, " needs a member `", names[i], "`"));
    ok = false;
  }
  if (!ok) return std::nullopt;
  return fields;
}

bool JsonReader::ReadString(JsonValue value, absl::string_view what,
                            std::string* out) {
  if (!Expect(value, JsonKind::kString, what)) return false;
  *out = value.AsString();
  return true;
}

bool JsonReader::ReadIdentifier(JsonValue value, absl::string_view what,
                                std::string* out) {
  if (!ReadString(value, what, out)) return false;
  if (IsPlainName(*out)) return true;
  Diagnostics::Detail error =
      Error(value.span(), absl::StrCat("`", *out, "` cannot be ", what));
  if (IsReserved(*out)) {
    error.Help("it is a reserved word");
  } else {
    error.Help("names are made of letters, digits and `_`");
  }
  return false;
}

bool JsonReader::ReadPath(JsonValue value, absl::string_view what,
                          std::string* out, absl::string_view prefix) {
  if (!ReadString(value, what, out)) return false;
  absl::string_view path = *out;
  absl::ConsumePrefix(&path, prefix);
  const std::vector<absl::string_view> words = absl::StrSplit(path, "::");
  if (std::all_of(words.begin(), words.end(), IsPlainName)) return true;
  Error(value.span(), absl::StrCat("`", *out, "` cannot be ", what))
      .Help("names are made of letters, digits and `_`, with `::` in between");
  return false;
}

bool JsonReader::ReadAnnotations(JsonValue value,
                                 std::vector<Annotation>* annotations) {
  if (!value) return true;
  if (!Expect(value, JsonKind::kObject, "the annotations")) return false;
  bool ok = true;
  for (const JsonMember member : value.members()) {
    Annotation annotation;
    annotation.span = Join(member.name.span(), member.value.span());
    annotation.name = member.name.AsString();
    if (!IsPlainName(annotation.name) && !IsReserved(annotation.name)) {
      Error(member.name.span(),
            absl::StrCat("`", annotation.name, "` cannot name an annotation"))
          .Help("names are made of letters, digits and `_`");
      ok = false;
    }
    if (member.value.kind() != JsonKind::kNull) {
      ok &= ReadString(member.value, "an annotation", &annotation.value);
    }
    annotations->push_back(std::move(annotation));
  }
  return ok;
}

}  // namespace sekisho
