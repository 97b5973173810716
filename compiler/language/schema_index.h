// Where a schema declares and uses names, and what an attribute's name means
// where types are known. Built of the schema as it is written: a type that
// records share is one declaration, whoever has it.
#ifndef SEKISHO_COMPILER_LANGUAGE_SCHEMA_INDEX_H_
#define SEKISHO_COMPILER_LANGUAGE_SCHEMA_INDEX_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/language/symbol.h"
#include "compiler/source/source.h"

namespace sekisho {

class SchemaIndex {
 public:
  // Of no schema.
  SchemaIndex() = default;
  // `namespaces` are those of a source, as far as it could be parsed.
  SchemaIndex(const SourceSet& sources, SourceId source,
              std::vector<schema_syntax::Namespace> namespaces);
  SchemaIndex(SchemaIndex&&) = default;
  SchemaIndex& operator=(SchemaIndex&&) = default;

  struct Declaration {
    // As it could be written in a schema, shortened.
    std::string text;
    // Of `@doc`, and of the comment above.
    std::string documentation;
  };

  const Occurrences& occurrences() const { return occurrences_; }
  // Whether the same names are used in the same order.
  bool HasSameNames(const SchemaIndex& other) const;
  // Null for what the schema does not declare.
  const Declaration* Find(const Symbol& symbol) const;

  // A type as it is written somewhere in the schema; lives as long as the
  // index.
  struct Written {
    const schema_syntax::TypeExpr* type = nullptr;
    const schema_syntax::Namespace* space = nullptr;
  };
  // Nothing where none is declared.
  std::optional<Written> AttributesOf(absl::string_view entity_type) const;
  std::optional<Written> TagsOf(absl::string_view entity_type) const;
  std::optional<Written> ContextOf(const std::string& action) const;

  struct Member {
    Symbol symbol;
    Written type;
  };
  // Of the elements of a set of that type; nothing for another type.
  std::optional<Written> ElementOf(const Written& type) const;
  // The attribute of that name of a record, or of an entity, of that type.
  std::optional<Member> FindMember(const Written& type,
                                   absl::string_view name) const;

 private:
  using Space = schema_syntax::Namespace;

  struct Entity {
    const schema_syntax::EntityDeclaration* declaration;
    const Space* space;
  };

  class Builder;

  // What the name means: the qualified name of a common type or entity type.
  std::optional<std::string> ResolveCommon(const std::string& name,
                                           const Space& space) const;
  std::optional<std::string> ResolveEntity(const std::string& name,
                                           const Space& space) const;
  // The record or the set that the type is, through the names of common types;
  // for an entity type, its attributes.
  std::optional<Written> Resolve(Written type) const;

  // Stays where it is: the maps point into it.
  std::vector<Space> spaces_;
  Occurrences occurrences_;
  absl::flat_hash_map<Symbol, Declaration> declarations_;
  // By qualified name.
  absl::flat_hash_map<std::string, Entity> entities_;
  absl::flat_hash_map<std::string, Written> commons_;
  // By action.
  absl::flat_hash_map<std::string, Written> contexts_;
  absl::flat_hash_map<const schema_syntax::Attribute*, std::string> paths_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_SCHEMA_INDEX_H_
