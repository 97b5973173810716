// A JSON source as a tree whose values know where they stand.
//
//   std::optional<JsonDocument> document =
//       JsonDocument::Parse(sources, source, &diagnostics);
//   for (JsonMember member : document->root().members()) ...
//
// The tree is flat, 16 bytes a value, and keeps no text: strings and numbers
// are read from the source when they are asked for. Nesting is not limited
// here; who recurses limits it.
#ifndef SEKISHO_COMPILER_JSON_DOCUMENT_H_
#define SEKISHO_COMPILER_JSON_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

class JsonDocument;
class JsonElements;
class JsonMembers;

enum class JsonKind : uint8_t {
  kNull,
  kBool,
  kNumber,
  kString,
  kArray,
  kObject,
};

// A value of a document, or nothing. Valid as long as the document stays where
// it is, and cheap to copy.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(const JsonDocument* document, uint32_t index)
      : document_(document), index_(index) {}

  explicit operator bool() const { return document_ != nullptr; }

  JsonKind kind() const;
  bool is_string() const { return kind() == JsonKind::kString; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_object() const { return kind() == JsonKind::kObject; }
  Span span() const;
  // As it is written.
  absl::string_view text() const;

  // REQUIRES for each: the value is of that kind.
  bool AsBool() const { return text() == "true"; }
  std::string AsString() const;
  JsonElements elements() const;
  JsonMembers members() const;
  // The number, if it is a 64-bit integer.
  std::optional<int64_t> AsLong() const;

  // The member of that name; nothing if there is none, or this is no object.
  JsonValue Find(absl::string_view name) const;

 private:
  friend class JsonElements;
  friend class JsonMembers;

  // Behind the value and what belongs to it.
  uint32_t next() const;

  const JsonDocument* document_ = nullptr;
  uint32_t index_ = 0;
};

struct JsonMember {
  // A string.
  JsonValue name;
  JsonValue value;
};

// The elements of an array, for a range-based `for`.
class JsonElements {
 public:
  class Iterator {
   public:
    explicit Iterator(JsonValue at) : at_(at) {}
    JsonValue operator*() const { return at_; }
    Iterator& operator++() {
      at_.index_ = at_.next();
      return *this;
    }
    bool operator!=(const Iterator& other) const {
      return at_.index_ != other.at_.index_;
    }

   private:
    JsonValue at_;
  };

  explicit JsonElements(JsonValue array) : array_(array) {}
  Iterator begin() const {
    return Iterator({array_.document_, array_.index_ + 1});
  }
  Iterator end() const { return Iterator({array_.document_, array_.next()}); }

 private:
  JsonValue array_;
};

// The members of an object, likewise.
class JsonMembers {
 public:
  class Iterator {
   public:
    explicit Iterator(JsonValue name) : name_(name) {}
    JsonMember operator*() const { return {name_, Value()}; }
    Iterator& operator++() {
      name_.index_ = Value().next();
      return *this;
    }
    bool operator!=(const Iterator& other) const {
      return name_.index_ != other.name_.index_;
    }

   private:
    JsonValue Value() const { return {name_.document_, name_.index_ + 1}; }

    JsonValue name_;
  };

  explicit JsonMembers(JsonValue object) : object_(object) {}
  Iterator begin() const {
    return Iterator({object_.document_, object_.index_ + 1});
  }
  Iterator end() const { return Iterator({object_.document_, object_.next()}); }

 private:
  JsonValue object_;
};

class JsonDocument {
 public:
  // `sources` must outlive the document. Nothing, and an error, for a source
  // that is not JSON, is too large, or has an object in which a name stands
  // twice.
  static std::optional<JsonDocument> Parse(const SourceSet& sources,
                                           SourceId source,
                                           Diagnostics* diagnostics);

  JsonValue root() const { return {this, 0}; }

 private:
  friend class JsonValue;
  friend class JsonTreeBuilder;

  // An array is followed by its elements, an object by its members, each a name
  // and a value.
  struct Node {
    uint32_t begin;
    uint32_t end;
    uint32_t next;
    JsonKind kind;
  };

  JsonDocument(const SourceSet* sources, SourceId source)
      : sources_(sources), source_(source) {}

  const SourceSet* sources_;
  SourceId source_;
  std::vector<Node> nodes_;
};

// The string that `quoted` stands for. REQUIRES: `quoted` is a JSON string with
// its quotes.
std::string UnquoteJson(absl::string_view quoted);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_DOCUMENT_H_
