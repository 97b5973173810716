// Tested by schema_test.cc in compiler/json.
#include "compiler/cedar/schema_printer.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "compiler/cedar/lexer.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

using schema_syntax::ActionDeclaration;
using schema_syntax::ActionReference;
using schema_syntax::Attribute;
using schema_syntax::EntityDeclaration;
using schema_syntax::Name;
using schema_syntax::Namespace;
using schema_syntax::TypeDeclaration;
using schema_syntax::TypeExpr;

class SchemaPrinter {
 public:
  SchemaPrinter(const std::vector<Namespace>& namespaces,
                Diagnostics* diagnostics)
      : namespaces_(namespaces), diagnostics_(*diagnostics) {
    for (const Namespace& space : namespaces) {
      for (const EntityDeclaration& entity : space.entities) {
        for (const Name& name : entity.names) declared_.insert(name.text);
      }
      for (const TypeDeclaration& type : space.types) {
        declared_.insert(type.name.text);
        common_types_.insert(Qualify(space, type.name.text));
      }
    }
  }

  std::string PrintAll();

 private:
  static std::string Qualify(const Namespace& space, const std::string& name) {
    return space.name.text.empty() ? name
                                   : absl::StrCat(space.name.text, "::", name);
  }

  void PrintDeclarations();
  void PrintAnnotations(const std::vector<Annotation>& annotations);
  void Print(const TypeDeclaration& type);
  void Print(const EntityDeclaration& entity);
  void Print(const ActionDeclaration& action);
  // A record with an attribute a line.
  void PrintAttributes(const TypeExpr& record);
  std::string TypeText(const TypeExpr& type);
  std::string NameText(const TypeExpr& type);
  // The record that the shape of an entity is; null, and an error, if it cannot
  // be written here.
  const TypeExpr* RecordOf(const TypeExpr& shape);

  const std::vector<Namespace>& namespaces_;
  Diagnostics& diagnostics_;
  // Short names of entity types and common types.
  absl::flat_hash_set<std::string> declared_;
  // Qualified.
  absl::flat_hash_set<std::string> common_types_;
  const Namespace* space_ = nullptr;
  std::string indent_;
  std::string out_;
};

std::string WordOrString(const std::string& name) {
  return IsPlainName(name) ? name : Quote(name);
}

std::string TypeNames(const std::vector<Name>& names) {
  return absl::StrCat("[",
                      absl::StrJoin(names, ", ",
                                    [](std::string* out, const Name& name) {
                                      *out += name.text;
                                    }),
                      "]");
}

std::string AnnotationText(const Annotation& annotation) {
  return absl::StrCat("@", annotation.name,
                      annotation.value.empty()
                          ? ""
                          : absl::StrCat("(", Quote(annotation.value), ")"));
}

std::string SchemaPrinter::PrintAll() {
  for (const Namespace& space : namespaces_) {
    space_ = &space;
    indent_.clear();
    if (space.name.text.empty()) {
      PrintDeclarations();
      continue;
    }
    PrintAnnotations(space.annotations);
    absl::StrAppend(&out_, "namespace ", space.name.text, " {\n");
    indent_ = "  ";
    PrintDeclarations();
    out_ += "}\n";
  }
  return std::move(out_);
}

void SchemaPrinter::PrintDeclarations() {
  for (const TypeDeclaration& type : space_->types) Print(type);
  for (const EntityDeclaration& entity : space_->entities) Print(entity);
  for (const ActionDeclaration& action : space_->actions) Print(action);
}

void SchemaPrinter::PrintAnnotations(
    const std::vector<Annotation>& annotations) {
  for (const Annotation& annotation : annotations) {
    absl::StrAppend(&out_, indent_, AnnotationText(annotation), "\n");
  }
}

void SchemaPrinter::Print(const TypeDeclaration& type) {
  PrintAnnotations(type.annotations);
  absl::StrAppend(&out_, indent_, "type ", type.name.text, " = ");
  if (type.type.kind == TypeExpr::Kind::kRecord) {
    PrintAttributes(type.type);
  } else {
    out_ += TypeText(type.type);
  }
  out_ += ";\n";
}

void SchemaPrinter::Print(const EntityDeclaration& entity) {
  PrintAnnotations(entity.annotations);
  absl::StrAppend(
      &out_, indent_, "entity ",
      absl::StrJoin(entity.names, ", ", [](std::string* out, const Name& name) {
        *out += name.text;
      }));
  if (entity.is_enum) {
    absl::StrAppend(&out_, " enum [",
                    absl::StrJoin(entity.enum_ids, ", ",
                                  [](std::string* out, const Name& id) {
                                    *out += Quote(id.text);
                                  }),
                    "]");
  }
  if (!entity.parents.empty()) {
    absl::StrAppend(&out_, " in ", TypeNames(entity.parents));
  }
  if (entity.attributes) {
    const TypeExpr* record = RecordOf(*entity.attributes);
    if (record != nullptr && !record->attributes.empty()) {
      out_ += ' ';
      PrintAttributes(*record);
    }
  }
  if (entity.tags) absl::StrAppend(&out_, " tags ", TypeText(*entity.tags));
  out_ += ";\n";
}

void SchemaPrinter::Print(const ActionDeclaration& action) {
  PrintAnnotations(action.annotations);
  absl::StrAppend(
      &out_, indent_, "action ",
      absl::StrJoin(action.names, ", ", [](std::string* out, const Name& name) {
        *out += WordOrString(name.text);
      }));
  if (!action.parents.empty()) {
    absl::StrAppend(
        &out_, " in [",
        absl::StrJoin(action.parents, ", ",
                      [](std::string* out, const ActionReference& parent) {
                        absl::StrAppend(
                            out, parent.type.empty()
                                     ? WordOrString(parent.id.text)
                                     : absl::StrCat(parent.type, "::",
                                                    Quote(parent.id.text)));
                      }),
        "]");
  }
  // Text has no other way to say that an action applies to nothing.
  const bool applies = action.principals && !action.principals->empty() &&
                       action.resources && !action.resources->empty();
  if (applies) {
    const std::string indent = indent_ + "  ";
    absl::StrAppend(&out_, " appliesTo {\n", indent,
                    "principal: ", TypeNames(*action.principals), ",\n", indent,
                    "resource: ", TypeNames(*action.resources), ",\n");
    if (action.context) {
      absl::StrAppend(&out_, indent, "context: ");
      indent_ += "  ";
      if (action.context->kind == TypeExpr::Kind::kRecord) {
        PrintAttributes(*action.context);
      } else {
        out_ += TypeText(*action.context);
      }
      indent_.resize(indent_.size() - 2);
      out_ += ",\n";
    }
    absl::StrAppend(&out_, indent_, "}");
  }
  out_ += ";\n";
}

// ---- Types -----------------------------------------------------------------

void SchemaPrinter::PrintAttributes(const TypeExpr& record) {
  if (record.attributes.empty()) {
    out_ += "{}";
    return;
  }
  out_ += "{\n";
  indent_ += "  ";
  for (const Attribute& attribute : record.attributes) {
    PrintAnnotations(attribute.annotations);
    absl::StrAppend(&out_, indent_, WordOrString(attribute.name.text),
                    attribute.required ? ": " : "?: ", TypeText(attribute.type),
                    ",\n");
  }
  indent_.resize(indent_.size() - 2);
  absl::StrAppend(&out_, indent_, "}");
}

std::string SchemaPrinter::TypeText(const TypeExpr& type) {
  switch (type.kind) {
    case TypeExpr::Kind::kName:
      return NameText(type);
    case TypeExpr::Kind::kSet:
      return absl::StrCat("Set<", TypeText(*type.element), ">");
    case TypeExpr::Kind::kRecord:
      break;
  }
  return absl::StrCat(
      "{",
      absl::StrJoin(
          type.attributes, ", ",
          [this](std::string* out, const Attribute& attribute) {
            for (const Annotation& annotation : attribute.annotations) {
              absl::StrAppend(out, AnnotationText(annotation), " ");
            }
            absl::StrAppend(
                out, WordOrString(attribute.name.text),
                attribute.required ? ": " : "?: ", TypeText(attribute.type));
          }),
      "}");
}

std::string SchemaPrinter::NameText(const TypeExpr& type) {
  const std::string& name = type.name.text;
  absl::string_view builtin = name;
  if (absl::ConsumePrefix(&builtin, "__cedar::")) {
    return declared_.contains(builtin) ? name : std::string(builtin);
  }
  const bool is_common = common_types_.contains(name) ||
                         common_types_.contains(Qualify(*space_, name));
  if (type.meaning == TypeExpr::Meaning::kEntityType && is_common) {
    diagnostics_
        .Error(type.name.span,
               absl::StrCat("in Cedar text, `", name,
                            "` is not the entity type but the common type of "
                            "that name"))
        .Help("rename one of them");
  }
  // A built-in type by its short name, which an entity type has too.
  if (type.meaning == TypeExpr::Meaning::kCommonType && !is_common &&
      declared_.contains(name)) {
    return absl::StrCat("__cedar::", name);
  }
  return name;
}

const TypeExpr* SchemaPrinter::RecordOf(const TypeExpr& shape) {
  const TypeExpr* type = &shape;
  while (type->kind == TypeExpr::Kind::kName) {
    const auto declared = std::find_if(
        space_->types.begin(), space_->types.end(),
        [&](const TypeDeclaration& declaration) {
          return declaration.name.text == type->name.text ||
                 Qualify(*space_, declaration.name.text) == type->name.text;
        });
    if (declared == space_->types.end()) {
      diagnostics_
          .Error(shape.span,
                 "in Cedar text, the attributes of an entity type are written "
                 "out")
          .Help("write them out here, or declare the type in this namespace");
      return nullptr;
    }
    type = &declared->type;
  }
  return type;
}

}  // namespace

std::optional<std::string> PrintSchema(const std::vector<Namespace>& namespaces,
                                       Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  std::string text = SchemaPrinter(namespaces, diagnostics).PrintAll();
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return text;
}

}  // namespace sekisho
