// One scanner walks the text by recursive descent, at most kMaxJsonDepth deep,
// and tells every value's path and place to whoever asked. What it lets pass
// is read again, and checked in full, by engine/model/json.cc.
// Tested by json_places_test.cc and cases_test.cc.
#include "compiler/cases/json_places.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/model/json.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

bool IsIdentifier(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_';
  });
}

// As engine/model/json.cc writes it.
std::string MemberPath(const std::string& path, const std::string& name) {
  if (!IsIdentifier(name)) return absl::StrCat(path, "[", Quote(name), "]");
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

struct Place {
  int depth = 0;
  std::string path;
  // Of the innermost member that holds the value.
  std::string name;
  Span name_span;
  Span span;
};

class Scanner {
 public:
  using Visitor = std::function<void(const Place&)>;

  // REQUIRES: `range` is within a source.
  Scanner(const SourceSet& sources, const Span& range, Visitor visitor)
      : text_(sources.text(range)), range_(range), visit_(std::move(visitor)) {}

  // False if the range is not one JSON value; error() and error_span() say why.
  bool Scan() {
    Place root;
    Skip();
    if (!Value(&root)) return false;
    Skip();
    return at_ == text_.size() || Fail("this is not JSON");
  }

  const std::string& error() const { return error_; }
  Span error_span() const { return From(error_at_); }
  // What has been scanned, with spaces in place of comments.
  std::string WithoutComments() const {
    std::string text(text_.data(), text_.size());
    for (const auto& [begin, end] : comments_) {
      std::fill(text.begin() + begin, text.begin() + end, ' ');
    }
    return text;
  }

 private:
  Span From(size_t begin) const {
    const size_t end = std::max(at_, begin);
    return {range_.source, static_cast<uint32_t>(range_.begin + begin),
            static_cast<uint32_t>(range_.begin + end)};
  }

  bool Fail(absl::string_view message) {
    error_ = std::string(message);
    error_at_ = at_;
    return false;
  }

  void Skip() {
    while (at_ < text_.size()) {
      if (absl::StartsWith(text_.substr(at_), "//")) {
        const size_t begin = at_;
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
        comments_.emplace_back(begin, at_);
      } else if (text_[at_] == ' ' || text_[at_] == '\t' ||
                 text_[at_] == '\n' || text_[at_] == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  // Takes `c` and the white space around it.
  bool Accept(char c) {
    Skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    Skip();
    return true;
  }

  bool Value(Place* place) {
    if (place->depth > kMaxJsonDepth) {
      return Fail(absl::StrCat("nested deeper than ", kMaxJsonDepth));
    }
    const size_t begin = at_;
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    bool read = false;
    if (first == '{') {
      read = Object(*place);
    } else if (first == '[') {
      read = Array(*place);
    } else if (first == '"') {
      read = String(nullptr);
    } else {
      read = Word();
    }
    if (!read) return false;
    place->span = From(begin);
    visit_(*place);
    return true;
  }

  bool Object(const Place& object) {
    ++at_;
    Skip();
    if (AtClose('}')) return true;
    do {
      Place member;
      member.depth = object.depth + 1;
      const size_t begin = at_;
      if (!String(&member.name)) return false;
      member.name_span = From(begin);
      member.path = MemberPath(object.path, member.name);
      if (!Accept(':')) return Fail("expected `:` after the name");
      if (!Value(&member)) return false;
    } while (Accept(','));
    return AtClose('}') || Fail("expected `,` or `}`");
  }

  bool Array(const Place& array) {
    ++at_;
    Skip();
    if (AtClose(']')) return true;
    size_t index = 0;
    do {
      Place element;
      element.depth = array.depth + 1;
      element.name = array.name;
      element.name_span = array.name_span;
      element.path = absl::StrCat(array.path, "[", index++, "]");
      if (!Value(&element)) return false;
    } while (Accept(','));
    return AtClose(']') || Fail("expected `,` or `]`");
  }

  // Takes `c`, but not the space after it, which is outside the value.
  bool AtClose(char c) {
    Skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool String(std::string* out) {
    const size_t begin = at_;
    if (at_ >= text_.size() || text_[at_] != '"') {
      return Fail("expected a string");
    }
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    if (end >= text_.size() || text_[end] != '"') {
      return Fail("this string does not end");
    }
    const absl::string_view quoted = text_.substr(begin, end + 1 - begin);
    const nlohmann::json string = nlohmann::json::parse(
        quoted.begin(), quoted.end(), nullptr, /*allow_exceptions=*/false);
    if (!string.is_string()) return Fail("this is not a JSON string");
    if (out != nullptr) *out = string.get<std::string>();
    at_ = end + 1;
    return true;
  }

  // A number, true, false or null.
  bool Word() {
    size_t end = at_;
    while (end < text_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(text_[end])) ||
            absl::StrContains("+-.", text_.substr(end, 1)))) {
      ++end;
    }
    const absl::string_view word = text_.substr(at_, end - at_);
    if (!nlohmann::json::accept(word.begin(), word.end())) {
      return Fail("this is not JSON");
    }
    at_ = end;
    return true;
  }

  const absl::string_view text_;
  const Span range_;
  const Visitor visit_;
  size_t at_ = 0;
  // Where comments begin and end.
  std::vector<std::pair<size_t, size_t>> comments_;
  std::string error_;
  size_t error_at_ = 0;
};

}  // namespace

std::optional<std::vector<JsonItem>> ReadJsonItems(const SourceSet& sources,
                                                   SourceId source,
                                                   JsonOuter outer,
                                                   Diagnostics* diagnostics) {
  const absl::string_view text = sources.text(source);
  const Span all{source, 0, static_cast<uint32_t>(text.size())};
  std::vector<JsonItem> items;
  Span whole;
  Scanner scanner(sources, all, [&](const Place& place) {
    if (place.depth == 0) whole = place.span;
    if (place.depth == 1) {
      items.push_back({place.name, place.name_span, place.span, ""});
    }
  });
  if (!scanner.Scan()) {
    diagnostics->Error(scanner.error_span(), scanner.error());
    return std::nullopt;
  }
  const std::string json = scanner.WithoutComments();
  for (JsonItem& item : items) {
    item.json = json.substr(item.span.begin, item.span.end - item.span.begin);
  }
  const bool is_object = outer == JsonOuter::kObject;
  if (text[whole.begin] != (is_object ? '{' : '[')) {
    diagnostics->Error(whole,
                       is_object ? "expected an object" : "expected an array");
    return std::nullopt;
  }
  absl::flat_hash_map<std::string, Span> seen;
  bool distinct = true;
  for (const JsonItem& item : items) {
    if (!is_object) break;
    const auto [it, is_new] = seen.emplace(item.name, item.name_span);
    if (is_new) continue;
    distinct = false;
    diagnostics
        ->Error(item.name_span, absl::StrCat("`", item.name, "` stands twice"))
        .Note(it->second, "first here");
  }
  if (!distinct) return std::nullopt;
  return items;
}

const JsonNode* JsonNode::Find(absl::string_view member) const {
  if (!is_object) return nullptr;
  const auto it =
      std::find_if(items.begin(), items.end(),
                   [&](const JsonNode& item) { return item.name == member; });
  return it == items.end() ? nullptr : &*it;
}

std::optional<JsonNode> ReadJsonTree(const SourceSet& sources, SourceId source,
                                     Diagnostics* diagnostics) {
  const absl::string_view text = sources.text(source);
  // Values that are complete, by their depth; what holds them comes after them.
  std::vector<std::vector<JsonNode>> done(kMaxJsonDepth + 2);
  Scanner scanner(sources, {source, 0, static_cast<uint32_t>(text.size())},
                  [&](const Place& place) {
                    JsonNode& node = done[place.depth].emplace_back();
                    // An element has the name of what holds it.
                    node.name = place.name;
                    node.name_span = place.name_span;
                    node.span = place.span;
                    node.is_object = text[place.span.begin] == '{';
                    node.items = std::move(done[place.depth + 1]);
                    done[place.depth + 1].clear();
                  });
  if (!scanner.Scan()) {
    diagnostics->Error(scanner.error_span(), scanner.error());
    return std::nullopt;
  }
  return std::move(done[0][0]);
}

Span JsonPlaceOf(const SourceSet& sources, const Span& value,
                 absl::string_view message) {
  Span best = value;
  size_t length = 0;
  Scanner scanner(sources, value, [&](const Place& place) {
    const std::string& path = place.path;
    if (path.size() > length && absl::StartsWith(message, path) &&
        absl::StartsWith(message.substr(path.size()), ":")) {
      length = path.size();
      best = place.span;
    }
  });
  scanner.Scan();
  return best;
}

}  // namespace sekisho
