// The syntax tree of Cedar policies. Rule files are parsed into it, matrix
// rows are lowered into it, and every later pass starts from it.
//
// Expressions are immutable and shared: the condition that a vocabulary entry
// stands for is one tree, however many rows use it. Depth is bounded (see
// kMaxDepth in parser.h), so passes may recurse: a chain of `&&` or `||`
// without parentheses, the only thing that grows long in practice, is one node.
#ifndef SEKISHO_COMPILER_CEDAR_AST_H_
#define SEKISHO_COMPILER_CEDAR_AST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/source/source.h"
#include "engine/model/value.h"

namespace sekisho {

enum class Variable : uint8_t { kPrincipal, kAction, kResource, kContext };

enum class ExprKind : uint8_t {
  kLiteral,       // value: bool, long, string, entity
  kVariable,      // variable
  kNot,           // !a
  kNegate,        // -a
  kAnd,           // a && b && ...: two or more arguments, left to right
  kOr,            // a || b || ...: two or more arguments, left to right
  kIf,            // if a then b else c
  kEqual,         // a == b
  kNotEqual,      // a != b
  kLess,          // a < b
  kLessEqual,     // a <= b
  kGreater,       // a > b
  kGreaterEqual,  // a >= b
  kAdd,           // a + b
  kSubtract,      // a - b
  kMultiply,      // a * b
  kIn,            // a in b
  kHas,           // a has name
  kGet,           // a.name, a["name"]
  kLike,          // a like pattern
  kIs,            // a is name; with two arguments: a is name in b
  kSet,           // [a, b, ...]
  kRecord,        // {names[0]: a, names[1]: b, ...}
  kCall,          // args[0].name(args[1], ...): methods of sets, of tags, and
                  // of extension types (see engine/model/functions.h)
  kFunction,      // name(args[0], ...): constructors of extension types
};

class Expr;
using ExprPtr = std::shared_ptr<const Expr>;

// A `like` pattern: one or more literal pieces with `*` between them, so `a*b`
// is {"a", "b"} and `*` is {"", ""}. Bytes of UTF-8, escapes resolved.
using Pattern = std::vector<std::string>;

// What an expression is made of, to make one. Each field is for the kinds that
// it names; the others leave it as it is.
struct ExprParts {
  ExprKind kind = ExprKind::kLiteral;
  Span span;
  // A bool, long, string or entity.
  Value value;
  Variable variable = Variable::kPrincipal;
  // Attribute, entity type (qualified), method or function. Any text for an
  // attribute. Methods and functions of extension types may have the wrong
  // number of arguments, which is an error when they are evaluated.
  std::string name;
  // Where `name` stands.
  Span name_span;
  // Attribute names of a record, in source order, distinct.
  std::vector<std::string> names;
  Pattern pattern;
  std::vector<ExprPtr> args;
};

ExprPtr MakeExpr(ExprParts parts);
// Of no place.
ExprPtr MakeLiteral(Value value);
ExprPtr MakeVariable(Variable variable);
ExprPtr MakeOperation(ExprKind kind, std::vector<ExprPtr> args,
                      std::string name = "");

// There may be millions, so an expression holds what its kind has and no more:
// 24 bytes for a number, 56 for `a == b`.
class Expr {
 public:
  const ExprKind kind;
  // Of a variable.
  const Variable variable;
  // Of a literal.
  const Value::Kind value_kind;
  const Span span;

  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

  // True for a literal of that kind.
  bool is_bool() const { return IsLiteral(Value::Kind::kBool); }
  bool is_long() const { return IsLiteral(Value::Kind::kLong); }
  bool is_string() const { return IsLiteral(Value::Kind::kString); }
  bool is_entity() const { return IsLiteral(Value::Kind::kEntity); }

  // REQUIRES for each: a literal of that kind.
  bool AsBool() const;
  int64_t AsLong() const;
  const std::string& AsString() const;
  const EntityUid& AsEntity() const;
  // REQUIRES: a literal.
  Value value() const;

  // As in ExprParts; empty where the kind has none.
  const std::string& name() const;
  Span name_span() const;
  const std::vector<std::string>& names() const;
  const Pattern& pattern() const;
  absl::Span<const ExprPtr> args() const;

  // What it was made of.
  ExprParts parts() const;

 protected:
  explicit Expr(const ExprParts& parts);
  ~Expr() = default;

 private:
  bool IsLiteral(Value::Kind of) const {
    return kind == ExprKind::kLiteral && value_kind == of;
  }
};

enum class Effect : uint8_t { kPermit = 0, kForbid = 1 };

// What a policy head says of its principal, action or resource.
struct Scope {
  enum class Kind : uint8_t {
    kAny,    // principal
    kEqual,  // principal == uid
    kIn,     // principal in uid; for actions also in [uid, ...]
    kIs,     // principal is type
    kIsIn,   // principal is type in uid
  };
  Kind kind = Kind::kAny;
  std::string type;
  std::vector<EntityUid> uids;
  // True where a slot, `?principal` or `?resource`, stands for the entity; then
  // there is none in `uids`.
  bool has_slot = false;
  // True where the source writes a list, even of one.
  bool is_list = false;
  Span span;
};

// The annotations that name what the policy obliges and advises to.
inline constexpr absl::string_view kObligationsAnnotation = "obligations";
inline constexpr absl::string_view kAdviceAnnotation = "advice";

struct Annotation {
  std::string name;
  // Empty for an annotation without one, which means the same.
  std::string value;
  Span span;
};

// One `when` or `unless`.
struct Clause {
  bool unless = false;
  ExprPtr body;
  // What the clause comes from: for a matrix row the cell, otherwise the
  // clause itself.
  Span origin;
  // For a matrix row: the key of the column. Empty otherwise.
  std::string column;
};

// A policy, or a template: what has a slot is no policy by itself, but each
// link (template.h) makes one of it.
struct Policy {
  // The `@id` annotation, the matrix row's number, or `policyN` by position.
  std::string id;
  Effect effect = Effect::kPermit;
  std::vector<Annotation> annotations;
  Scope principal;
  Scope action;
  Scope resource;
  std::vector<Clause> clauses;
  Span span;

  bool is_template() const { return principal.has_slot || resource.has_slot; }
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_AST_H_
