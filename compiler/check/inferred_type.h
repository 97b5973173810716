// The types that the checker computes with: those of the schema, plus what is
// known of booleans. An expression of type True or False evaluates to nothing
// else (it may still fail), which is what lets `principal is Nurse && ..` leave
// its right side unchecked for other principals.
#ifndef SEKISHO_COMPILER_CHECK_INFERRED_TYPE_H_
#define SEKISHO_COMPILER_CHECK_INFERRED_TYPE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/model/schema.h"

namespace sekisho {

// Cheap to copy: declared sets and records share the schema's types. Views and
// shared parts live as long as the schema and the policy.
struct InferredType {
  enum class Kind : uint8_t {
    kUnknown,  // after an error; fits everywhere, so that one error is one
    kTrue,
    kFalse,
    kBool,
    kLong,
    kString,
    kEntity,
    kSet,
    kRecord,
    kDecimal,
    kIpAddress,
    kDatetime,
    kDuration,
  };
  struct Attribute;
  using Attributes = std::vector<std::pair<std::string, Attribute>>;

  Kind kind = Kind::kUnknown;
  // kEntity.
  absl::string_view entity_type = {};
  // kSet: the element's type, declared or that of a set literal.
  std::shared_ptr<const Type> declared_element = nullptr;
  std::shared_ptr<const InferredType> literal_element = nullptr;
  // kRecord: declared attributes, or those of a record literal by name.
  std::shared_ptr<const RecordType> declared_attributes = nullptr;
  std::shared_ptr<const Attributes> literal_attributes = nullptr;

  static InferredType Of(Kind kind) { return {.kind = kind}; }
  static InferredType Boolean(bool value) {
    return Of(value ? Kind::kTrue : Kind::kFalse);
  }
  static InferredType Entity(absl::string_view type) {
    return {.kind = Kind::kEntity, .entity_type = type};
  }
  static InferredType Declared(const Type& type);
  static InferredType Context(const RecordType& attributes);
  static InferredType Set(InferredType element);
  // Sorts by name.
  static InferredType Record(Attributes attributes);

  bool known() const { return kind != Kind::kUnknown; }
  bool is_true() const { return kind == Kind::kTrue; }
  bool is_false() const { return kind == Kind::kFalse; }
  bool is_bool() const {
    return kind == Kind::kTrue || kind == Kind::kFalse || kind == Kind::kBool;
  }
  bool is_entity() const { return kind == Kind::kEntity; }
  bool is_set() const { return kind == Kind::kSet; }
  bool is_record() const { return kind == Kind::kRecord; }

  // REQUIRES: is_set().
  InferredType Element() const;
  // The attribute of that name. REQUIRES: is_record().
  std::optional<Attribute> Find(const std::string& name) const;
  // In order of names. REQUIRES: is_record().
  std::vector<std::string> Names() const;

  // The schema's type: True and False become Bool. REQUIRES: known().
  Type ToType() const;
  std::string ToString() const;
};

struct InferredType::Attribute {
  InferredType type;
  bool required = true;
};

// The type that both are, by the rules of strict validation: entities of one
// type only, records with the same attributes only. Nothing if there is none;
// unknown if either is.
std::optional<InferredType> LeastUpperBound(const InferredType& a,
                                            const InferredType& b);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_INFERRED_TYPE_H_
