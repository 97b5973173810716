// A schema as it is written, before names are resolved.
#ifndef SEKISHO_COMPILER_CEDAR_SCHEMA_SYNTAX_H_
#define SEKISHO_COMPILER_CEDAR_SCHEMA_SYNTAX_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho::schema_syntax {

// A name, a path such as `A::B`, or a string with its escapes resolved.
struct Name {
  std::string text;
  Span span;
};

struct Attribute;

struct TypeExpr {
  enum class Kind { kName, kSet, kRecord };
  // What a name may mean. Text leaves it open; the JSON form can say.
  enum class Meaning { kAnyType, kEntityType, kCommonType };
  Kind kind = Kind::kName;
  Name name;
  Meaning meaning = Meaning::kAnyType;
  std::unique_ptr<TypeExpr> element;
  std::vector<Attribute> attributes;
  Span span;
};

struct Attribute {
  std::vector<Annotation> annotations;
  Name name;
  bool required = true;
  TypeExpr type;
};

struct EntityDeclaration {
  std::vector<Annotation> annotations;
  std::vector<Name> names;
  std::vector<Name> parents;
  // A record; in the JSON form also the name of one.
  std::optional<TypeExpr> attributes;
  std::optional<TypeExpr> tags;
  bool is_enum = false;
  std::vector<Name> enum_ids;
};

struct ActionReference {
  // `A::Action` of `A::Action::"id"`; empty where only the id is written.
  std::string type;
  Name id;
};

struct ActionDeclaration {
  std::vector<Annotation> annotations;
  std::vector<Name> names;
  std::vector<ActionReference> parents;
  // All three absent for an action that applies to nothing; otherwise only the
  // context may be.
  std::optional<std::vector<Name>> principals;
  std::optional<std::vector<Name>> resources;
  std::optional<TypeExpr> context;
};

struct TypeDeclaration {
  std::vector<Annotation> annotations;
  Name name;
  TypeExpr type;
};

struct Namespace {
  std::vector<Annotation> annotations;
  // Empty for what stands outside of all namespaces.
  Name name;
  std::vector<EntityDeclaration> entities;
  std::vector<ActionDeclaration> actions;
  std::vector<TypeDeclaration> types;
};

// The first is the one without a name; there is one for each `namespace`.
// Declarations with errors are left out.
std::vector<Namespace> Parse(const SourceSet& sources, SourceId source,
                             Diagnostics* diagnostics);

}  // namespace sekisho::schema_syntax

#endif  // SEKISHO_COMPILER_CEDAR_SCHEMA_SYNTAX_H_
