// Recursive descent; types nest at most kMaxDepth deep. After an error the
// parser goes on behind the declaration's `;`, or at the next thing that can
// only be the beginning of a declaration.
//
// Tested by schema_parser_test.cc.
#include "compiler/cedar/schema_syntax.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/token_stream.h"

namespace sekisho::schema_syntax {
namespace {

class SchemaSyntaxParser {
 public:
  SchemaSyntaxParser(const SourceSet* sources, SourceId source,
                     Diagnostics* diagnostics)
      : diagnostics_(*diagnostics),
        errors_before_(diagnostics->error_count()),
        tokens_(
            sources,
            {source, 0, static_cast<uint32_t>(sources->text(source).size())},
            diagnostics) {}

  std::vector<Namespace> ParseAll();

 private:
  // All of these return false after an error.
  bool ParseItem();
  bool ParseNamespace(std::vector<Annotation> annotations);
  bool ParseDeclaration(std::vector<Annotation> annotations, Namespace* space);
  bool ParseEntity(EntityDeclaration* entity);
  bool ParseEnum(EntityDeclaration* entity);
  bool ParseAction(ActionDeclaration* action);
  bool ParseActionReferences(std::vector<ActionReference>* references);
  bool ParseActionReference(ActionReference* reference);
  bool ParseAppliesTo(ActionDeclaration* action);
  bool ParseTypeDeclaration(TypeDeclaration* type);

  bool ParseType(TypeExpr* type);
  bool ParseRecord(TypeExpr* type);
  bool ParseAttribute(Attribute* attribute);
  bool ParsePath(Name* path);
  bool ParseTypeNames(std::vector<Name>* names);
  bool ParseWord(absl::string_view what, Name* name);
  bool ParseWordOrString(absl::string_view what, Name* name);
  bool ParseString(Name* name);
  bool CountName(const Span& span);
  bool ParseAnnotations(std::vector<Annotation>* annotations);

  bool AtDeclaration() const;
  bool TooManyErrors();
  // `depth` is the depth of braces that declarations stand at.
  void Recover(const Token& first, int depth);

  Diagnostics& diagnostics_;
  const size_t errors_before_;
  TokenStream tokens_;
  std::vector<Namespace> namespaces_ = std::vector<Namespace>(1);
  int type_depth_ = 0;
  size_t name_count_ = 0;
};

std::vector<Namespace> SchemaSyntaxParser::ParseAll() {
  while (!tokens_.At(TokenKind::kEnd)) {
    const Token first = tokens_.Peek();
    const int depth = tokens_.brace_depth();
    const bool ok = ParseItem();
    if (TooManyErrors()) break;
    if (ok) continue;
    Recover(first, depth);
    // A brace too many is reported once.
    if (tokens_.At(TokenKind::kRightBrace)) tokens_.Take();
  }
  return std::move(namespaces_);
}

bool SchemaSyntaxParser::TooManyErrors() {
  if (diagnostics_.error_count() - errors_before_ < kMaxErrors) return false;
  diagnostics_.Error(tokens_.Peek().span,
                     "too many errors; what follows was not read");
  return true;
}

// True where a declaration must begin: `entity`, `action` and the others are
// names as well, but a name is followed by other things.
bool SchemaSyntaxParser::AtDeclaration() const {
  if (!tokens_.AtWord("entity") && !tokens_.AtWord("action") &&
      !tokens_.AtWord("type") && !tokens_.AtWord("namespace")) {
    return false;
  }
  const TokenKind second = tokens_.PeekSecond().kind;
  return second == TokenKind::kWord || second == TokenKind::kString;
}

void SchemaSyntaxParser::Recover(const Token& first, int depth) {
  if (tokens_.Peek().span == first.span) tokens_.Take();
  while (!tokens_.At(TokenKind::kEnd)) {
    const bool inside = tokens_.brace_depth() > depth;
    if (!inside && (tokens_.last().kind == TokenKind::kSemicolon ||
                    tokens_.At(TokenKind::kRightBrace))) {
      return;
    }
    if (AtDeclaration()) return;
    tokens_.Take();
  }
}

// ---- Declarations ----------------------------------------------------------

bool SchemaSyntaxParser::ParseItem() {
  std::vector<Annotation> annotations;
  if (!ParseAnnotations(&annotations)) return false;
  if (tokens_.AtWord("namespace")) {
    return ParseNamespace(std::move(annotations));
  }
  return ParseDeclaration(std::move(annotations), &namespaces_.front());
}

bool SchemaSyntaxParser::ParseNamespace(std::vector<Annotation> annotations) {
  const Token keyword = tokens_.Take();
  Namespace space;
  space.annotations = std::move(annotations);
  if (!ParsePath(&space.name)) return false;
  if (!tokens_.Expect(TokenKind::kLeftBrace, "the name of the namespace")) {
    return false;
  }
  const Token brace = tokens_.last();
  while (!tokens_.At(TokenKind::kRightBrace)) {
    const Token first = tokens_.Peek();
    const int depth = tokens_.brace_depth();
    if (tokens_.At(TokenKind::kEnd) ||
        (tokens_.AtWord("namespace") && AtDeclaration())) {
      diagnostics_
          .Error(first.span,
                 absl::StrCat("expected `}` at the end of the namespace `",
                              space.name.text, "`, found ",
                              tokens_.Describe(first)))
          .Note(Join(keyword.span, brace.span), "it begins here");
      break;
    }
    std::vector<Annotation> of_declaration;
    if (ParseAnnotations(&of_declaration) &&
        ParseDeclaration(std::move(of_declaration), &space)) {
      continue;
    }
    if (diagnostics_.error_count() - errors_before_ >= kMaxErrors) return false;
    Recover(first, depth);
  }
  tokens_.Accept(TokenKind::kRightBrace);
  namespaces_.push_back(std::move(space));
  return true;
}

bool SchemaSyntaxParser::ParseDeclaration(std::vector<Annotation> annotations,
                                          Namespace* space) {
  if (tokens_.AcceptWord("entity")) {
    EntityDeclaration entity;
    entity.annotations = std::move(annotations);
    if (!ParseEntity(&entity)) return false;
    space->entities.push_back(std::move(entity));
    return true;
  }
  if (tokens_.AcceptWord("action")) {
    ActionDeclaration action;
    action.annotations = std::move(annotations);
    if (!ParseAction(&action)) return false;
    space->actions.push_back(std::move(action));
    return true;
  }
  if (tokens_.AcceptWord("type")) {
    TypeDeclaration type;
    type.annotations = std::move(annotations);
    if (!ParseTypeDeclaration(&type)) return false;
    space->types.push_back(std::move(type));
    return true;
  }
  const std::vector<std::string> kKeywords =
      space->name.text.empty()
          ? std::vector<std::string>{"entity", "action", "type", "namespace"}
          : std::vector<std::string>{"entity", "action", "type"};
  tokens_.Unexpected(Alternatives(kKeywords), kKeywords);
  return false;
}

bool SchemaSyntaxParser::ParseEntity(EntityDeclaration* entity) {
  do {
    Name name;
    if (!ParseWord("the name of an entity type", &name)) return false;
    entity->names.push_back(std::move(name));
  } while (tokens_.Accept(TokenKind::kComma));
  if (tokens_.AcceptWord("enum")) {
    return ParseEnum(entity) && tokens_.Expect(TokenKind::kSemicolon);
  }
  if (tokens_.AcceptWord("in") && !ParseTypeNames(&entity->parents)) {
    return false;
  }
  const bool has_equals = tokens_.Accept(TokenKind::kAssign);
  if (has_equals || tokens_.At(TokenKind::kLeftBrace)) {
    if (!tokens_.At(TokenKind::kLeftBrace)) {
      tokens_.Unexpected("`{` and the attributes");
      return false;
    }
    if (!ParseRecord(&entity->attributes.emplace())) return false;
  }
  if (tokens_.AcceptWord("tags") && !ParseType(&entity->tags.emplace())) {
    return false;
  }
  if (tokens_.Accept(TokenKind::kSemicolon)) return true;
  // What may still stand here, for a suggestion.
  std::vector<std::string> words;
  if (!entity->tags) words = {"tags"};
  if (!entity->tags && !entity->attributes) words = {"in", "enum", "tags"};
  tokens_.Unexpected("`;` after the entity type", words);
  return false;
}

bool SchemaSyntaxParser::ParseEnum(EntityDeclaration* entity) {
  entity->is_enum = true;
  if (!tokens_.Expect(TokenKind::kLeftBracket)) return false;
  do {
    Name id;
    if (!tokens_.At(TokenKind::kString)) {
      tokens_.Unexpected("an id in quotes");
      return false;
    }
    if (!ParseString(&id)) return false;
    entity->enum_ids.push_back(std::move(id));
  } while (tokens_.Accept(TokenKind::kComma));
  return tokens_.Expect(TokenKind::kRightBracket);
}

bool SchemaSyntaxParser::ParseAction(ActionDeclaration* action) {
  do {
    Name name;
    if (!ParseWordOrString("the name of an action", &name)) return false;
    action->names.push_back(std::move(name));
  } while (tokens_.Accept(TokenKind::kComma));
  if (tokens_.AcceptWord("in") && !ParseActionReferences(&action->parents)) {
    return false;
  }
  const bool has_applies_to = tokens_.AcceptWord("appliesTo");
  if (has_applies_to && !ParseAppliesTo(action)) return false;
  const bool has_attributes = tokens_.AcceptWord("attributes");
  if (has_attributes && (!tokens_.Expect(TokenKind::kLeftBrace) ||
                         !tokens_.Expect(TokenKind::kRightBrace))) {
    return false;
  }
  if (tokens_.Accept(TokenKind::kSemicolon)) return true;
  std::vector<std::string> words;
  if (!has_attributes) words = {"attributes"};
  if (!has_attributes && !has_applies_to) {
    words = {"in", "appliesTo", "attributes"};
  }
  tokens_.Unexpected("`;` after the action", words);
  return false;
}

bool SchemaSyntaxParser::ParseActionReferences(
    std::vector<ActionReference>* references) {
  const bool is_list = tokens_.Accept(TokenKind::kLeftBracket);
  do {
    ActionReference reference;
    if (!ParseActionReference(&reference)) return false;
    references->push_back(std::move(reference));
  } while (is_list && tokens_.Accept(TokenKind::kComma));
  return !is_list || tokens_.Expect(TokenKind::kRightBracket);
}

// `view`, `"view"` or `A::Action::"view"`.
bool SchemaSyntaxParser::ParseActionReference(ActionReference* reference) {
  if (tokens_.PeekSecond().kind != TokenKind::kColonColon) {
    return ParseWordOrString("the name of an action", &reference->id);
  }
  const Token first = tokens_.Peek();
  Name type;
  if (!ParsePath(&type)) return false;
  reference->type = type.text;
  if (!tokens_.Accept(TokenKind::kColonColon)) {
    tokens_.Unexpected(absl::StrCat(
        "`::` and the name of an action in quotes after `", type.text, "`"));
    return false;
  }
  if (!ParseString(&reference->id)) return false;
  reference->id.span = tokens_.From(first);
  return true;
}

bool SchemaSyntaxParser::ParseAppliesTo(ActionDeclaration* action) {
  const Token keyword = tokens_.last();
  if (!tokens_.Expect(TokenKind::kLeftBrace)) return false;
  Span seen[3];
  while (!tokens_.At(TokenKind::kRightBrace)) {
    const Token key = tokens_.Peek();
    const std::vector<std::string> kKeys = {"principal", "resource", "context"};
    size_t which = 0;
    while (which < kKeys.size() && !tokens_.AtWord(kKeys[which])) ++which;
    if (which == kKeys.size()) {
      tokens_.Unexpected(Alternatives(kKeys), kKeys);
      return false;
    }
    tokens_.Take();
    if (seen[which].valid()) {
      diagnostics_
          .Error(key.span, absl::StrCat("`", kKeys[which], "` is there twice"))
          .Note(seen[which], "the first is here");
      return false;
    }
    seen[which] = key.span;
    if (!tokens_.Expect(TokenKind::kColon)) return false;
    if (which == 2) {
      if (!ParseType(&action->context.emplace())) return false;
    } else {
      auto& types = which == 0 ? action->principals : action->resources;
      const Token first = tokens_.Peek();
      if (!ParseTypeNames(&types.emplace())) return false;
      if (types->empty()) {
        diagnostics_
            .Error(
                tokens_.From(first),
                absl::StrCat("the action applies to no `", kKeys[which], "`"))
            .Help("leave out `appliesTo` for an action that is only a group");
        return false;
      }
    }
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!tokens_.Expect(TokenKind::kRightBrace)) return false;
  if (action->principals && action->resources) return true;
  diagnostics_
      .Error(keyword.span,
             absl::StrCat("`appliesTo` does not say to which `",
                          action->principals ? "resource" : "principal", "`"))
      .Help(absl::StrCat("add `", action->principals ? "resource" : "principal",
                         ": [...]`"));
  return false;
}

bool SchemaSyntaxParser::ParseTypeDeclaration(TypeDeclaration* type) {
  return ParseWord("the name of a type", &type->name) &&
         tokens_.Expect(TokenKind::kAssign) && ParseType(&type->type) &&
         tokens_.Expect(TokenKind::kSemicolon, "the type");
}

// ---- Types -----------------------------------------------------------------

bool SchemaSyntaxParser::ParseType(TypeExpr* type) {
  const Token first = tokens_.Peek();
  if (type_depth_ >= kMaxDepth) {
    diagnostics_.Error(first.span, absl::StrCat("more than ", kMaxDepth,
                                                " levels of nesting"));
    return false;
  }
  ++type_depth_;
  bool ok;
  if (tokens_.At(TokenKind::kLeftBrace)) {
    ok = ParseRecord(type);
  } else if (tokens_.AtWord("Set") &&
             tokens_.PeekSecond().kind == TokenKind::kLess) {
    tokens_.Take();
    tokens_.Take();
    type->kind = TypeExpr::Kind::kSet;
    type->element = std::make_unique<TypeExpr>();
    ok = ParseType(type->element.get()) &&
         tokens_.Expect(TokenKind::kGreater, "the type of the elements");
  } else if (tokens_.At(TokenKind::kWord)) {
    ok = ParsePath(&type->name);
  } else {
    tokens_.Unexpected("a type");
    ok = false;
  }
  --type_depth_;
  type->span = tokens_.From(first);
  return ok;
}

bool SchemaSyntaxParser::ParseRecord(TypeExpr* type) {
  const Token first = tokens_.Take();
  type->kind = TypeExpr::Kind::kRecord;
  absl::flat_hash_map<std::string, Span> places;
  while (!tokens_.At(TokenKind::kRightBrace)) {
    Attribute attribute;
    if (!ParseAttribute(&attribute)) return false;
    const auto [place, is_new] =
        places.emplace(attribute.name.text, attribute.name.span);
    if (!is_new) {
      diagnostics_
          .Error(attribute.name.span,
                 absl::StrCat("the record has an attribute `",
                              attribute.name.text, "` already"))
          .Note(place->second, "it is here");
      return false;
    }
    type->attributes.push_back(std::move(attribute));
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!tokens_.At(TokenKind::kRightBrace)) {
    tokens_.Unexpected("`,` or `}` after the attribute");
    return false;
  }
  tokens_.Take();
  type->span = tokens_.From(first);
  return true;
}

bool SchemaSyntaxParser::ParseAttribute(Attribute* attribute) {
  if (!ParseAnnotations(&attribute->annotations) ||
      !ParseWordOrString("the name of an attribute", &attribute->name)) {
    return false;
  }
  attribute->required = !tokens_.Accept(TokenKind::kQuestion);
  return tokens_.Expect(TokenKind::kColon, "the name of the attribute") &&
         ParseType(&attribute->type);
}

bool SchemaSyntaxParser::ParseTypeNames(std::vector<Name>* names) {
  if (!tokens_.Accept(TokenKind::kLeftBracket)) {
    return ParsePath(&names->emplace_back());
  }
  if (tokens_.Accept(TokenKind::kRightBracket)) return true;
  do {
    if (!ParsePath(&names->emplace_back())) return false;
  } while (tokens_.Accept(TokenKind::kComma));
  return tokens_.Expect(TokenKind::kRightBracket);
}

// ---- Names -----------------------------------------------------------------

bool SchemaSyntaxParser::ParsePath(Name* path) {
  const Token first = tokens_.Peek();
  do {
    Name word;
    if (!ParseWord("the name of a type", &word)) return false;
    absl::StrAppend(&path->text, path->text.empty() ? "" : "::", word.text);
  } while (tokens_.At(TokenKind::kColonColon) &&
           tokens_.PeekSecond().kind != TokenKind::kString &&
           tokens_.Accept(TokenKind::kColonColon));
  path->span = tokens_.From(first);
  return true;
}

bool SchemaSyntaxParser::ParseWord(absl::string_view what, Name* name) {
  if (!tokens_.At(TokenKind::kWord)) {
    tokens_.Unexpected(what);
    return false;
  }
  const Token word = tokens_.Take();
  const absl::string_view text = tokens_.Text(word);
  // Whether `__cedar` may stand here depends on what is meant by it.
  if (IsReserved(text) && text != "__cedar") {
    diagnostics_.Error(word.span, absl::StrCat("`", text,
                                               "` is a reserved word and "
                                               "cannot be ",
                                               what));
    return false;
  }
  *name = {std::string(text), word.span};
  return CountName(word.span);
}

bool SchemaSyntaxParser::ParseWordOrString(absl::string_view what, Name* name) {
  if (tokens_.At(TokenKind::kString)) return ParseString(name);
  if (!tokens_.At(TokenKind::kWord) ||
      !IsReserved(tokens_.Text(tokens_.Peek()))) {
    return ParseWord(what, name);
  }
  const Token word = tokens_.Take();
  diagnostics_
      .Error(word.span,
             absl::StrCat("`", tokens_.Text(word), "` is a reserved word"))
      .Help(absl::StrCat("put it into quotes: `\"", tokens_.Text(word), "\"`"));
  return false;
}

bool SchemaSyntaxParser::ParseString(Name* name) {
  const Token token = tokens_.Take();
  name->span = token.span;
  return CountName(token.span) &&
         Unescape(tokens_.sources(), token, &name->text, &diagnostics_);
}

bool SchemaSyntaxParser::CountName(const Span& span) {
  if (++name_count_ <= kMaxNodes) return true;
  diagnostics_.Error(span, absl::StrCat("more than ", kMaxNodes, " names"));
  return false;
}

bool SchemaSyntaxParser::ParseAnnotations(
    std::vector<Annotation>* annotations) {
  absl::flat_hash_map<std::string, Span> places;
  while (tokens_.At(TokenKind::kAt)) {
    const Token at = tokens_.Take();
    if (!tokens_.At(TokenKind::kWord)) {
      tokens_.Unexpected("the name of an annotation after `@`");
      return false;
    }
    Annotation annotation;
    annotation.name = std::string(tokens_.Text(tokens_.Take()));
    annotation.span = tokens_.From(at);
    if (tokens_.Accept(TokenKind::kLeftParen)) {
      if (!tokens_.At(TokenKind::kString)) {
        tokens_.Unexpected("a string");
        return false;
      }
      Name value;
      if (!ParseString(&value) || !tokens_.Expect(TokenKind::kRightParen)) {
        return false;
      }
      annotation.value = std::move(value.text);
    }
    const auto [place, is_new] =
        places.emplace(annotation.name, annotation.span);
    if (!is_new) {
      diagnostics_
          .Error(annotation.span, absl::StrCat("there is an annotation `@",
                                               annotation.name, "` already"))
          .Note(place->second, "it is here");
      return false;
    }
    annotations->push_back(std::move(annotation));
  }
  return true;
}

}  // namespace

std::vector<Namespace> Parse(const SourceSet& sources, SourceId source,
                             Diagnostics* diagnostics) {
  return SchemaSyntaxParser(&sources, source, diagnostics).ParseAll();
}

}  // namespace sekisho::schema_syntax
