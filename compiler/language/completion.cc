#include "compiler/language/completion.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/lexer.h"
#include "compiler/cedar_source.h"
#include "compiler/language/describe.h"
#include "compiler/language/policy_tree.h"
#include "compiler/language/schema_completion.h"
#include "compiler/language/table_completion.h"
#include "compiler/language/written.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

using Kind = Completion::Kind;

std::string TypeText(const AttributeType& attribute) {
  return absl::StrCat(attribute.type.ToString(),
                      attribute.required ? "" : " (optional)");
}

class PolicyCompleter {
 public:
  // `begin` is where `text` begins in the file, `head` what is to be thought
  // before it.
  PolicyCompleter(const EditedFolder& folder, const std::string& head,
                  absl::string_view text, size_t begin)
      : folder_(folder),
        written_(absl::StrCat(head, text)),
        begin_(begin),
        head_size_(head.size()) {}

  std::vector<Completion> Complete() {
    if (written_.in_string()) {
      CompleteString();
    } else if (written_.LastIs(TokenKind::kAt)) {
      Add(Kind::kKeyword, {"id", "obligations", "advice"});
    } else if (written_.LastIs(TokenKind::kDot)) {
      AddMembers(1, /*with_methods=*/true);
    } else if (written_.LastIsWord("has")) {
      AddMembers(1, /*with_methods=*/false);
    } else if (written_.LastIsWord("is")) {
      AddTypes();
    } else if (written_.LastIs(TokenKind::kColonColon)) {
      AddIds(written_.PathEndingAt(1), /*quoted=*/true);
    } else if (written_.open().empty()) {
      CompleteOutside();
    } else if (written_.open().front() == "(") {
      CompleteHead();
    } else {
      CompleteExpression();
    }
    return std::move(out_);
  }

 private:
  void Add(Kind kind, std::string label, std::string detail = "") {
    const size_t at = begin_ + written_.partial_begin() - head_size_;
    out_.push_back({kind,
                    std::move(label),
                    {at, at + written_.partial().size()},
                    std::move(detail)});
  }
  void Add(Kind kind, std::initializer_list<const char*> labels) {
    for (const char* label : labels) Add(kind, std::string(label));
  }

  // Annotations, heads, `when`.
  void CompleteOutside() {
    if (written_.size() == 0 || written_.LastIs(TokenKind::kSemicolon)) {
      return Add(Kind::kKeyword, {"permit", "forbid", "@id"});
    }
    // Behind an annotation.
    if (written_.LastIs(TokenKind::kRightParen) &&
        written_.LastIs(TokenKind::kString, 1) &&
        written_.LastIs(TokenKind::kLeftParen, 2) &&
        written_.LastIs(TokenKind::kAt, 4)) {
      return Add(Kind::kKeyword, {"permit", "forbid"});
    }
    Add(Kind::kKeyword, {"when", "unless"});
  }

  void CompleteHead() {
    const bool of_action = written_.LastIsWord("action", 1) ||
                           written_.LastIsWord("action", 2) ||
                           written_.open().size() > 1;
    if (written_.LastIs(TokenKind::kEqual) || written_.LastIsWord("in") ||
        written_.LastIs(TokenKind::kLeftBracket)) {
      return of_action ? AddActions() : AddTypes();
    }
    if (written_.LastIs(TokenKind::kComma) && written_.open().size() > 1) {
      return AddActions();
    }
    if (written_.LastIs(TokenKind::kLeftParen) ||
        written_.LastIs(TokenKind::kComma)) {
      return Add(Kind::kVariable, {"principal", "action", "resource"});
    }
    if (written_.LastIs(TokenKind::kWord)) Add(Kind::kKeyword, {"in", "is"});
  }

  void CompleteExpression() {
    AddExpectedValues();
    // Between operands.
    if (written_.LastIs(TokenKind::kWord) && !written_.LastIsWord("in") &&
        !written_.LastIsWord("if") && !written_.LastIsWord("then") &&
        !written_.LastIsWord("else")) {
      return Add(Kind::kKeyword, {"has", "in", "is", "like", "then", "else"});
    }
    if (written_.LastIsWord("in", 0) && written_.LastIsWord("action", 1)) {
      AddActions();
    }
    Add(Kind::kVariable, {"principal", "action", "resource", "context"});
    Add(Kind::kKeyword, {"true", "false", "if"});
    for (const FunctionSignature& function : Functions()) {
      if (function.is_method) continue;
      Add(Kind::kMethod, std::string(function.name),
          std::string(KindName(function.result)));
    }
    AddTypes();
  }

  void CompleteString() {
    if (written_.LastIs(TokenKind::kColonColon)) {
      return AddIds(written_.PathEndingAt(1), /*quoted=*/false);
    }
    if (written_.LastIs(TokenKind::kLeftBracket)) {
      return AddMembers(1, /*with_methods=*/false);
    }
    const bool names_obligations =
        written_.LastIs(TokenKind::kLeftParen) &&
        (written_.LastIsWord(kObligationsAnnotation, 1) ||
         written_.LastIsWord(kAdviceAnnotation, 1));
    if (!names_obligations || folder_.context() == nullptr) return;
    const bool advice = written_.LastIsWord(kAdviceAnnotation, 1);
    for (const ObligationDeclaration& declaration :
         folder_.context()->obligations.declarations()) {
      if (declaration.is_advice == advice) {
        Add(Kind::kValue, declaration.name);
      }
    }
  }

  // The types, where the policy is closed behind it, of the innermost
  // expression that ends with that token.
  std::vector<Type> TypesBefore(size_t back) const {
    const size_t end = written_.Last(back).span.end;
    if (folder_.context() == nullptr || end == 0) return {};
    const PolicyTree tree(".cedar", written_.Closed(end), folder_.context());
    const Expr* expr = tree.FindEndingAt(end);
    if (expr == nullptr) return {};
    return tree.TypesOf(*expr);
  }

  void AddMembers(size_t back, bool with_methods) {
    const std::vector<Type> types = TypesBefore(back);
    absl::btree_set<std::string> seen;
    const auto add = [&](Kind kind, std::string label, std::string detail) {
      if (seen.insert(label).second) {
        Add(kind, std::move(label), std::move(detail));
      }
    };
    for (const Type& type : types) {
      const RecordType* attributes = type.attributes.get();
      const EntityType* entity = nullptr;
      if (type.kind == Type::Kind::kEntity) {
        const auto it =
            folder_.context()->schema.entity_types.find(type.entity_type);
        if (it != folder_.context()->schema.entity_types.end()) {
          entity = &it->second;
          attributes = &entity->attributes;
        }
      }
      if (attributes != nullptr) {
        for (const auto& [name, attribute] : *attributes) {
          // Others are written `["x y"]`.
          if (!IsPlainName(name) && !written_.in_string()) continue;
          add(Kind::kAttribute, name, TypeText(attribute));
        }
      }
      if (!with_methods) continue;
      if (type.kind == Type::Kind::kSet) {
        for (const char* method :
             {"contains", "containsAll", "containsAny", "isEmpty"}) {
          add(Kind::kMethod, method, "Bool");
        }
      }
      if (entity != nullptr && entity->tags) {
        add(Kind::kMethod, "getTag", entity->tags->ToString());
        add(Kind::kMethod, "hasTag", "Bool");
      }
      for (const FunctionSignature& function : Functions()) {
        if (!function.is_method || function.arguments[0] != type.kind) continue;
        add(Kind::kMethod, std::string(function.name),
            std::string(KindName(function.result)));
      }
    }
  }

  // What a comparison with what stands to the left could be with.
  void AddExpectedValues() {
    std::vector<Type> types;
    if (written_.LastIs(TokenKind::kEqual) ||
        written_.LastIs(TokenKind::kNotEqual)) {
      types = TypesBefore(1);
    } else if (written_.LastIs(TokenKind::kLeftParen) &&
               written_.LastIsWord("contains", 1)) {
      for (const Type& set : TypesBefore(3)) {
        if (set.element != nullptr) types.push_back(*set.element);
      }
    }
    for (const Type& type : types) {
      if (type.kind != Type::Kind::kEntity) continue;
      for (const std::string& id : IdsOf(type.entity_type)) {
        const EntityUid uid{type.entity_type, id};
        Add(Kind::kValue, uid.ToString(),
            LabelOf(folder_, {SymbolKind::kEntity, uid.ToString()}));
      }
    }
  }

  absl::btree_set<std::string> IdsOf(const std::string& type) const {
    absl::btree_set<std::string> ids;
    if (folder_.context() == nullptr) return ids;
    const Schema& schema = folder_.context()->schema;
    const auto it = schema.entity_types.find(type);
    if (it != schema.entity_types.end()) ids = it->second.enum_ids;
    for (const auto& [uid, action] : schema.actions) {
      if (uid.type == type) ids.insert(uid.id);
    }
    return ids;
  }

  void AddIds(const std::string& type, bool quoted) {
    const SymbolKind kind =
        IsActionType(type) ? SymbolKind::kAction : SymbolKind::kEntity;
    for (const std::string& id : IdsOf(type)) {
      Add(Kind::kValue, quoted ? Quote(id) : id,
          LabelOf(folder_, {kind, EntityUid{type, id}.ToString()}));
    }
    if (!quoted || folder_.context() == nullptr) return;
    // `type` may be a namespace.
    for (const auto& [name, entity] : folder_.context()->schema.entity_types) {
      if (absl::StartsWith(name, type + "::")) {
        Add(Kind::kType, name.substr(type.size() + 2));
      }
    }
  }

  void AddTypes() {
    if (folder_.context() == nullptr) return;
    for (const auto& [name, entity] : folder_.context()->schema.entity_types) {
      Add(Kind::kType, name);
    }
  }

  void AddActions() {
    if (folder_.context() == nullptr) return;
    for (const auto& [uid, action] : folder_.context()->schema.actions) {
      Add(Kind::kValue, uid.ToString(),
          LabelOf(folder_, {SymbolKind::kAction, uid.ToString()}));
    }
  }

  const EditedFolder& folder_;
  const WrittenText written_;
  const size_t begin_;
  const size_t head_size_;
  std::vector<Completion> out_;
};

}  // namespace

std::vector<Completion> CompleteExpression(const EditedFolder& folder,
                                           absl::string_view text,
                                           size_t begin) {
  return PolicyCompleter(folder, "permit (principal, action, resource) when { ",
                         text, begin)
      .Complete();
}

std::vector<Completion> FindCompletions(const EditedFolder& folder,
                                        const std::string& file,
                                        size_t offset) {
  const Text* text = folder.FindText(file);
  if (text == nullptr || FormOf(file) == CedarForm::kJson) return {};
  if (IsPolicyFile(file)) {
    const RulePiece* piece = folder.rules().FindPiece(file, offset);
    if (piece == nullptr) return {};
    return PolicyCompleter(folder, "", text->substr({piece->begin, offset}),
                           piece->begin)
        .Complete();
  }
  if (IsSchemaFile(file))
    return CompleteSchema(folder, text->substr({0, offset}));
  return CompleteTable(folder, file, offset);
}

}  // namespace sekisho
