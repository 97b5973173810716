// The rules for what follows a dot, and for `has`: attributes, tags and the
// methods of sets. The other rules are in environment_checker.cc.
// Tested by checker_test.cc.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"
#include "compiler/check/environment_checker.h"

namespace sekisho {
namespace {

using Kind = InferredType::Kind;

InferredType Bool() { return InferredType::Of(Kind::kBool); }

// `principal.manager` for messages; empty for anything longer to write.
std::string PathOf(const Expr& expr) {
  if (expr.kind == ExprKind::kVariable) {
    return std::string(VariableName(expr.variable));
  }
  if (expr.kind != ExprKind::kGet) return "";
  std::string base = PathOf(*expr.args()[0]);
  return base.empty() ? "" : absl::StrCat(base, ".", expr.name());
}

Span NameSpan(const Expr& expr) {
  return expr.name_span().valid() ? expr.name_span() : expr.span;
}

// What a text of an extension type looks like.
absl::string_view ConstructorHelp(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kDecimal:
      return "write `12.5`, with one to four digits behind the point, between "
             "-922337203685477.5808 and 922337203685477.5807";
    case Value::Kind::kIpAddress:
      return "write an address such as `10.0.0.1` or `fe80::1`, or a network "
             "such as `10.0.0.0/8`";
    case Value::Kind::kDatetime:
      return "write `2026-04-01`, `2026-04-01T09:30:00Z` or "
             "`2026-04-01T09:30:00.123+0900`";
    default:
      return "write `1d2h3m4s5ms`: any of these units, in this order";
  }
}

}  // namespace

std::optional<InferredType::Attribute> EnvironmentChecker::FindAttribute(
    const InferredType& base, const std::string& name) const {
  if (base.is_record()) return base.Find(name);
  auto it = schema_.entity_types.find(base.entity_type);
  if (it == schema_.entity_types.end()) return std::nullopt;  // an action
  auto attribute = it->second.attributes.find(name);
  if (attribute == it->second.attributes.end()) return std::nullopt;
  return InferredType::Attribute{InferredType::Declared(attribute->second.type),
                                 attribute->second.required};
}

std::string EnvironmentChecker::Describe(const Expr& expr,
                                         const InferredType& type) const {
  if (type.is_entity()) return absl::StrCat("`", type.entity_type, "`");
  if (expr.kind == ExprKind::kVariable) {
    return absl::StrCat("the context of `", environment_.action.ToString(),
                        "`");
  }
  std::string path = PathOf(expr);
  return path.empty() ? "this record" : absl::StrCat("`", path, "`");
}

std::string EnvironmentChecker::HelpForAttribute(
    const Expr& base, const InferredType& type, const std::string& name) const {
  if (base.kind == ExprKind::kVariable) {
    std::string elsewhere = HelpForVariable(base.variable, name);
    if (!elsewhere.empty()) return elsewhere;
  }
  std::vector<std::string> names;
  if (type.is_record()) {
    names = type.Names();
  } else if (auto it = schema_.entity_types.find(type.entity_type);
             it != schema_.entity_types.end()) {
    for (const auto& [known, attribute] : it->second.attributes) {
      names.push_back(known);
    }
  }
  return DidYouMean(name, names);
}

std::string EnvironmentChecker::HelpForVariable(Variable variable,
                                                const std::string& name) const {
  if (variable == Variable::kContext) {
    for (const auto& [uid, action] : schema_.actions) {
      if (action.context.contains(name)) {
        return absl::StrCat("`", uid.ToString(),
                            "` has it; limit the policy to such actions");
      }
    }
    return "";
  }
  if (variable == Variable::kAction) return "";
  bool principal = variable == Variable::kPrincipal;
  for (const std::string& type :
       principal ? action_.principal_types : action_.resource_types) {
    auto it = schema_.entity_types.find(type);
    if (it != schema_.entity_types.end() &&
        it->second.attributes.contains(name)) {
      return absl::StrCat("`", type, "` has it; test the type first: `",
                          principal ? "principal" : "resource", " is ", type,
                          " && ...`");
    }
  }
  return "";
}

InferredType EnvironmentChecker::InferHas(const Expr& expr,
                                          Capabilities* gained) {
  const Expr& base = *expr.args()[0];
  InferredType type = ExpectEntityOrRecord(base);
  if (!type.known()) return Bool();
  std::optional<InferredType::Attribute> attribute =
      FindAttribute(type, expr.name());
  if (!attribute) {
    findings_->Impossible(
        expr,
        absl::StrCat(Describe(base, type), " never has an attribute `",
                     expr.name(), "`"),
        HelpForAttribute(base, type, expr.name()));
    return InferredType::Boolean(false);
  }
  findings_->Possible(expr);
  Capability has = {.on = &base, .attribute = expr.name()};
  bool known = Contains(known_, has);
  gained->push_back(has);
  // An entity that is not stored has no attributes at all, whatever its type
  // requires; a record cannot be missing.
  if (known || (attribute->required && type.is_record())) {
    return InferredType::Boolean(true);
  }
  return Bool();
}

InferredType EnvironmentChecker::InferGet(const Expr& expr) {
  const Expr& base = *expr.args()[0];
  InferredType type = ExpectEntityOrRecord(base);
  if (!type.known()) return {};
  std::optional<InferredType::Attribute> attribute =
      FindAttribute(type, expr.name());
  if (!attribute) {
    findings_->Error(expr, NameSpan(expr),
                     absl::StrCat(Describe(base, type), " has no attribute `",
                                  expr.name(), "`"),
                     HelpForAttribute(base, type, expr.name()));
    return {};
  }
  if (!attribute->required &&
      !Contains(known_, {.on = &base, .attribute = expr.name()})) {
    std::string path = PathOf(base);
    findings_->Error(
        expr, NameSpan(expr),
        absl::StrCat("attribute `", expr.name(), "` of ", Describe(base, type),
                     " is optional and may be missing here"),
        absl::StrCat("test for it first: `", path.empty() ? "..." : path,
                     " has ", expr.name(), " && ...`"));
  }
  return attribute->type;
}

InferredType EnvironmentChecker::InferCall(const Expr& expr,
                                           Capabilities* gained) {
  struct Method {
    absl::string_view name;
    size_t args;
    InferredType (EnvironmentChecker::*infer)(const Expr&);
  };
  static constexpr Method kMethods[] = {
      {"contains", 1, &EnvironmentChecker::InferContains},
      {"containsAll", 1, &EnvironmentChecker::InferSetPredicate},
      {"containsAny", 1, &EnvironmentChecker::InferSetPredicate},
      {"isEmpty", 0, &EnvironmentChecker::InferSetPredicate},
      {"hasTag", 1, nullptr},
      {"getTag", 1, nullptr},
  };
  if (FindFunction(expr.name()) != nullptr) return InferFunction(expr);
  std::vector<std::string> names;
  for (const Method& method : kMethods) {
    names.push_back(std::string(method.name.data(), method.name.size()));
    if (method.name != expr.name()) continue;
    if (expr.args().size() != method.args + 1) {
      findings_->Error(
          expr, NameSpan(expr),
          absl::StrCat("`", expr.name(), "` takes ",
                       method.args == 0 ? "no" : "one", " argument, found ",
                       expr.args().size() - 1));
      return {};
    }
    return method.infer != nullptr ? (this->*method.infer)(expr)
                                   : InferTag(expr, gained);
  }
  findings_->Error(expr, NameSpan(expr),
                   absl::StrCat("`", expr.name(), "` is not a method"),
                   DidYouMean(expr.name(), names));
  return {};
}

InferredType EnvironmentChecker::InferFunction(const Expr& expr) {
  const FunctionSignature& function = *FindFunction(expr.name());
  const InferredType result = InferredType::Declared(Type::Of(function.result));
  if (expr.args().size() != function.arity) {
    const size_t self = function.is_method ? 1 : 0;
    findings_->Error(
        expr, NameSpan(expr),
        absl::StrCat("`", expr.name(), "` takes ",
                     function.arity == self ? "no" : "one", " argument, found ",
                     expr.args().size() - self));
    return result;
  }
  for (size_t i = 0; i < function.arity; ++i) {
    Expect(InferredType::Declared(Type::Of(function.arguments[i])).kind,
           *expr.args()[i]);
  }
  if (!function.is_method) CheckConstructor(function, *expr.args()[0]);
  return result;
}

void EnvironmentChecker::CheckConstructor(const FunctionSignature& constructor,
                                          const Expr& argument) {
  if (argument.kind != ExprKind::kLiteral) {
    findings_->Error(
        argument, argument.span,
        absl::StrCat("`", constructor.name, "` takes a string literal"),
        absl::StrCat("let the schema say `", KindName(constructor.result),
                     "` where the text comes from"));
    return;
  }
  if (!argument.is_string() ||
      CallFunction(constructor.function, {argument.value()})) {
    return;
  }
  findings_->Error(
      argument, argument.span,
      absl::StrCat("this is no `", KindName(constructor.result), "`"),
      ConstructorHelp(constructor.result));
}

InferredType EnvironmentChecker::InferContains(const Expr& expr) {
  InferredType set = Expect(Kind::kSet, *expr.args()[0]);
  InferredType value = Infer(*expr.args()[1], nullptr);
  if (!set.known()) return Bool();
  if (!LeastUpperBound(set.Element(), value)) {
    findings_->Error(expr, expr.args()[1]->span,
                     absl::StrCat("a `", set.ToString(), "` cannot contain a `",
                                  value.ToString(), "`"),
                     value.is_set() ? "for several values write `containsAll` "
                                      "or `containsAny`"
                                    : "");
  }
  return Bool();
}

InferredType EnvironmentChecker::InferSetPredicate(const Expr& expr) {
  InferredType set = Expect(Kind::kSet, *expr.args()[0]);
  if (expr.args().size() == 1) return Bool();
  InferredType other = Expect(Kind::kSet, *expr.args()[1],
                              "for a single value write `contains`");
  if (!LeastUpperBound(set, other)) {
    findings_->Error(
        expr, expr.span,
        absl::StrCat("a `", set.ToString(), "` and a `", other.ToString(),
                     "` have no elements in common"));
  }
  return Bool();
}

InferredType EnvironmentChecker::InferTag(const Expr& expr,
                                          Capabilities* gained) {
  const Expr& entity = *expr.args()[0];
  const Expr& tag = *expr.args()[1];
  InferredType type = Expect(Kind::kEntity, entity);
  Expect(Kind::kString, tag);
  bool test = expr.name() == "hasTag";
  if (!type.known()) return test ? Bool() : InferredType();

  auto it = schema_.entity_types.find(type.entity_type);
  bool has_tags = it != schema_.entity_types.end() && it->second.tags;
  std::string none = absl::StrCat("`", type.entity_type, "` has no tags");
  Capability has = {.on = &entity, .tag = &tag};
  bool known = Contains(known_, has);
  if (test) {
    if (!has_tags) {
      findings_->Impossible(expr, none);
      return InferredType::Boolean(false);
    }
    findings_->Possible(expr);
    gained->push_back(has);
    return known ? InferredType::Boolean(true) : Bool();
  }
  if (!has_tags) {
    findings_->Error(expr, NameSpan(expr), none);
    return {};
  }
  if (!known) {
    std::string path = PathOf(entity);
    findings_->Error(
        expr, NameSpan(expr), "this tag may be missing here",
        absl::StrCat("test for it first: `", path.empty() ? "..." : path,
                     ".hasTag(...) && ...`"));
  }
  return InferredType::Declared(*it->second.tags);
}

}  // namespace sekisho
