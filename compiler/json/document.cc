// The library checks the text and says which value comes next; where it stands
// is found in the text, behind the one before.
//
// Tested by document_test.cc.
#include "compiler/json/document.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

// Values in one source: more than the largest policies and schemas that are
// read (see parser.h) can have. 256 MB of them.
constexpr size_t kMaxValues = 16'000'000;
// Errors in one source after which no more are reported.
constexpr size_t kMaxRepeatedNames = 100;

}  // namespace

// Receives the library's events. Each returns false to stop the parser.
class JsonTreeBuilder {
 public:
  JsonTreeBuilder(JsonDocument* document, Diagnostics* diagnostics)
      : document_(*document),
        text_(document->sources_->text(document->source_)),
        diagnostics_(*diagnostics) {}

  bool ok() const { return !failed_ && repeated_names_ == 0; }

  bool null() { return AddWord(JsonKind::kNull); }
  bool boolean(bool) { return AddWord(JsonKind::kBool); }
  bool number_integer(int64_t) { return AddWord(JsonKind::kNumber); }
  bool number_unsigned(uint64_t) { return AddWord(JsonKind::kNumber); }
  bool number_float(double, const std::string&) {
    return AddWord(JsonKind::kNumber);
  }
  bool string(std::string&) { return AddString(); }
  bool key(std::string&) { return AddString(); }
  bool binary(std::vector<uint8_t>&) { return false; }
  bool start_object(size_t) { return Open(JsonKind::kObject); }
  bool start_array(size_t) { return Open(JsonKind::kArray); }
  bool end_array() { return Close(); }
  bool end_object() {
    const uint32_t index = open_.back();
    Close();
    CheckNames(index);
    return repeated_names_ < kMaxRepeatedNames;
  }

  bool parse_error(size_t offset, const std::string&,
                   const nlohmann::detail::exception&) {
    failed_ = true;
    // The library's offset is behind the character that was wrong.
    const uint32_t size = static_cast<uint32_t>(text_.size());
    uint32_t begin = offset == 0 ? 0 : static_cast<uint32_t>(offset - 1);
    begin = std::min(begin, size);
    while (begin > 0 && begin < size && IsContinuation(text_[begin])) --begin;
    uint32_t end = std::min(begin + 1, size);
    while (end < size && IsContinuation(text_[end])) ++end;
    const Span span{document_.source_, begin, end};
    if (absl::StripAsciiWhitespace(text_.substr(begin)).empty()) {
      diagnostics_.Error(span, "this is not JSON: it ends too early");
    } else {
      diagnostics_.Error(span, "this is not JSON from here on");
    }
    return false;
  }

 private:
  static bool IsContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  }

  // To the beginning of the next token.
  void Skip() {
    while (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' ||
           text_[at_] == '\r' || text_[at_] == ',' || text_[at_] == ':') {
      ++at_;
    }
  }

  bool Add(JsonKind kind, size_t end) {
    if (document_.nodes_.size() == kMaxValues) {
      failed_ = true;
      diagnostics_.Error({document_.source_, static_cast<uint32_t>(at_),
                          static_cast<uint32_t>(end)},
                         absl::StrCat("more than ", kMaxValues, " values"));
      return false;
    }
    const uint32_t next = static_cast<uint32_t>(document_.nodes_.size() + 1);
    document_.nodes_.push_back(
        {static_cast<uint32_t>(at_), static_cast<uint32_t>(end), next, kind});
    at_ = end;
    return true;
  }

  bool AddWord(JsonKind kind) {
    Skip();
    size_t end = at_;
    while (end < text_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(text_[end])) ||
            text_[end] == '+' || text_[end] == '-' || text_[end] == '.')) {
      ++end;
    }
    return Add(kind, end);
  }

  bool AddString() {
    Skip();
    size_t end = at_ + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    return Add(JsonKind::kString, end + 1);
  }

  bool Open(JsonKind kind) {
    Skip();
    open_.push_back(static_cast<uint32_t>(document_.nodes_.size()));
    return Add(kind, at_ + 1);
  }

  bool Close() {
    Skip();
    ++at_;
    JsonDocument::Node& node = document_.nodes_[open_.back()];
    node.end = static_cast<uint32_t>(at_);
    node.next = static_cast<uint32_t>(document_.nodes_.size());
    open_.pop_back();
    return true;
  }

  void CheckNames(uint32_t index) {
    absl::flat_hash_map<absl::string_view, Span> seen;
    // Names with escapes, where the views into them stay valid.
    std::deque<std::string> unescaped;
    for (const JsonMember member : JsonValue(&document_, index).members()) {
      absl::string_view name = member.name.text();
      if (absl::StrContains(name, "\\")) {
        name = unescaped.emplace_back(member.name.AsString());
      } else {
        name = name.substr(1, name.size() - 2);
      }
      const auto [it, is_new] = seen.emplace(name, member.name.span());
      if (is_new) continue;
      ++repeated_names_;
      diagnostics_
          .Error(member.name.span(), absl::StrCat("`", name, "` stands twice"))
          .Note(it->second, "first here");
      if (repeated_names_ >= kMaxRepeatedNames) return;
    }
  }

  JsonDocument& document_;
  const absl::string_view text_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
  std::vector<uint32_t> open_;
  bool failed_ = false;
  size_t repeated_names_ = 0;
};

std::optional<JsonDocument> JsonDocument::Parse(const SourceSet& sources,
                                                SourceId source,
                                                Diagnostics* diagnostics) {
  JsonDocument document(&sources, source);
  JsonTreeBuilder builder(&document, diagnostics);
  const absl::string_view text = sources.text(source);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (!builder.ok()) return std::nullopt;
  return document;
}

JsonKind JsonValue::kind() const { return document_->nodes_[index_].kind; }

Span JsonValue::span() const {
  const JsonDocument::Node& node = document_->nodes_[index_];
  return {document_->source_, node.begin, node.end};
}

absl::string_view JsonValue::text() const {
  return document_->sources_->text(span());
}

std::string UnquoteJson(absl::string_view quoted) {
  if (!absl::StrContains(quoted, "\\")) {
    return std::string(quoted.substr(1, quoted.size() - 2));
  }
  return nlohmann::json::parse(quoted.begin(), quoted.end(), nullptr,
                               /*allow_exceptions=*/false)
      .get<std::string>();
}

std::string JsonValue::AsString() const { return UnquoteJson(text()); }

std::optional<int64_t> JsonValue::AsLong() const {
  int64_t number;
  if (!absl::SimpleAtoi(text(), &number)) return std::nullopt;
  return number;
}

uint32_t JsonValue::next() const { return document_->nodes_[index_].next; }

JsonElements JsonValue::elements() const { return JsonElements(*this); }

JsonMembers JsonValue::members() const { return JsonMembers(*this); }

JsonValue JsonValue::Find(absl::string_view name) const {
  if (!is_object()) return {};
  for (const JsonMember member : members()) {
    if (member.name.AsString() == name) return member.value;
  }
  return {};
}

}  // namespace sekisho
