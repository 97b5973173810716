// Policies around their expressions. After an error the parser goes on behind
// the next `;`, or at a `permit`, `forbid` or `@` that begins a line, so that a
// forgotten `;` does not hide what is wrong with the next policy.
//
// Tested by parser_test.cc and round_trip_test.cc.
#include "compiler/cedar/parser.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/expression_parser.h"
#include "compiler/cedar/token_stream.h"

namespace sekisho {
namespace {

class PolicyParser {
 public:
  PolicyParser(const SourceSet* sources, SourceId source,
               Diagnostics* diagnostics)
      : diagnostics_(*diagnostics),
        tokens_(
            sources,
            {source, 0, static_cast<uint32_t>(sources->text(source).size())},
            diagnostics),
        expressions_(&tokens_) {}

  std::vector<Policy> ParseAll();

 private:
  // Nothing after an error.
  std::optional<Policy> ParsePolicy();
  // The others return false after an error.
  bool ParseAnnotations(std::vector<Annotation>* annotations);
  bool ParseAnnotation(Annotation* annotation);
  bool ParseHead(Policy* policy);
  bool ParseScope(absl::string_view variable, Scope* scope);
  bool ParseConstraint(absl::string_view variable, Scope* scope);
  bool ParseScopeEntity(absl::string_view variable, Scope* scope);
  bool ParseSlot(absl::string_view variable, Scope* scope);
  bool ParseClause(Policy* policy);
  void Recover();
  bool AtPolicyStart() const;

  Diagnostics& diagnostics_;
  TokenStream tokens_;
  ExpressionParser expressions_;
};

std::vector<Policy> PolicyParser::ParseAll() {
  std::vector<Policy> policies;
  const size_t errors_before = diagnostics_.error_count();
  for (size_t index = 0; !tokens_.At(TokenKind::kEnd); ++index) {
    const Token first = tokens_.Peek();
    std::optional<Policy> policy = ParsePolicy();
    if (policy) {
      if (policy->id.empty()) policy->id = absl::StrCat("policy", index);
      policies.push_back(*std::move(policy));
      continue;
    }
    if (diagnostics_.error_count() - errors_before >= kMaxErrors) {
      diagnostics_.Error(tokens_.Peek().span,
                         "too many errors; what follows was not read");
      break;
    }
    if (tokens_.Peek().span == first.span) tokens_.Take();
    Recover();
  }
  return policies;
}

bool PolicyParser::AtPolicyStart() const {
  if (!tokens_.AtWord("permit") && !tokens_.AtWord("forbid") &&
      !tokens_.At(TokenKind::kAt)) {
    return false;
  }
  const Span& span = tokens_.Peek().span;
  return span.begin == 0 ||
         tokens_.sources().text(span.source)[span.begin - 1] == '\n';
}

void PolicyParser::Recover() {
  if (tokens_.last().kind == TokenKind::kSemicolon) return;
  while (!tokens_.At(TokenKind::kEnd) && !AtPolicyStart()) {
    if (tokens_.Take().kind == TokenKind::kSemicolon) return;
  }
}

std::optional<Policy> PolicyParser::ParsePolicy() {
  const Token first = tokens_.Peek();
  Policy policy;
  if (!ParseAnnotations(&policy.annotations)) return std::nullopt;
  for (const Annotation& annotation : policy.annotations) {
    if (annotation.name == "id") policy.id = annotation.value;
  }
  if (!ParseHead(&policy)) return std::nullopt;
  while (!tokens_.At(TokenKind::kSemicolon)) {
    if (!ParseClause(&policy)) return std::nullopt;
  }
  tokens_.Take();
  policy.span = tokens_.From(first);
  return policy;
}

bool PolicyParser::ParseAnnotations(std::vector<Annotation>* annotations) {
  absl::flat_hash_map<std::string, Span> places;
  while (tokens_.At(TokenKind::kAt)) {
    Annotation annotation;
    if (!ParseAnnotation(&annotation)) return false;
    const auto [place, is_new] =
        places.emplace(annotation.name, annotation.span);
    if (!is_new) {
      diagnostics_
          .Error(annotation.span,
                 absl::StrCat("the policy has an annotation `@",
                              annotation.name, "` already"))
          .Note(place->second, "it is here");
      return false;
    }
    annotations->push_back(std::move(annotation));
  }
  return true;
}

bool PolicyParser::ParseAnnotation(Annotation* annotation) {
  const Token at = tokens_.Take();
  if (!tokens_.At(TokenKind::kWord)) {
    tokens_.Unexpected("the name of an annotation after `@`");
    return false;
  }
  annotation->name = std::string(tokens_.Text(tokens_.Take()));
  if (tokens_.Accept(TokenKind::kLeftParen)) {
    if (!tokens_.At(TokenKind::kString)) {
      tokens_.Unexpected("a string");
      return false;
    }
    const Token value = tokens_.Take();
    if (!Unescape(tokens_.sources(), value, &annotation->value,
                  &diagnostics_) ||
        !tokens_.Expect(TokenKind::kRightParen)) {
      return false;
    }
  }
  annotation->span = tokens_.From(at);
  return true;
}

bool PolicyParser::ParseHead(Policy* policy) {
  if (tokens_.AcceptWord("permit")) {
    policy->effect = Effect::kPermit;
  } else if (tokens_.AcceptWord("forbid")) {
    policy->effect = Effect::kForbid;
  } else {
    tokens_.Unexpected("`permit` or `forbid`", {"permit", "forbid"});
    return false;
  }
  // A missing comma has been reported by ParseScope; `)` has not.
  const auto next = [&](absl::string_view variable, Scope* scope) {
    tokens_.Accept(TokenKind::kComma);
    return ParseScope(variable, scope);
  };
  if (!tokens_.Expect(TokenKind::kLeftParen) ||
      !ParseScope("principal", &policy->principal) ||
      !next("action", &policy->action) ||
      !next("resource", &policy->resource)) {
    return false;
  }
  tokens_.Accept(TokenKind::kComma);
  return tokens_.Expect(TokenKind::kRightParen);
}

bool PolicyParser::ParseScope(absl::string_view variable, Scope* scope) {
  const Token first = tokens_.Peek();
  if (!tokens_.AcceptWord(variable)) {
    if (tokens_.AtWord("principal") || tokens_.AtWord("action") ||
        tokens_.AtWord("resource") || tokens_.At(TokenKind::kRightParen)) {
      diagnostics_
          .Error(tokens_.Peek().span,
                 absl::StrCat("expected `", variable, "`, found ",
                              tokens_.Describe(tokens_.Peek())))
          .Help(
              "a policy names `principal`, `action` and `resource`, in this "
              "order");
      return false;
    }
    tokens_.Unexpected(absl::StrCat("`", variable, "`"),
                       {std::string(variable)});
    return false;
  }
  if (!ParseConstraint(variable, scope)) return false;
  scope->span = tokens_.From(first);
  if (tokens_.At(TokenKind::kComma) || tokens_.At(TokenKind::kRightParen)) {
    return true;
  }
  if (scope->kind == Scope::Kind::kAny) {
    tokens_.Unexpected(
        variable == "action"
            ? "`==`, `in` or `,`"
            : absl::StrCat("`==`, `in`, `is` or `",
                           variable == "resource" ? ")" : ",", "`"),
        {"==", "in", "is"});
  } else {
    tokens_.Unexpected(variable == "resource" ? "`)`" : "`,`");
  }
  return false;
}

// What follows the variable's name, which may be nothing.
bool PolicyParser::ParseConstraint(absl::string_view variable, Scope* scope) {
  if (tokens_.Accept(TokenKind::kEqual)) {
    scope->kind = Scope::Kind::kEqual;
    return ParseScopeEntity(variable, scope);
  }
  if (tokens_.AtWord("is")) {
    const Token is = tokens_.Take();
    if (variable == "action") {
      diagnostics_.Error(is.span, "`is` is for `principal` and `resource`")
          .Help("name actions with `==` or `in`");
      return false;
    }
    Span span;
    if (!expressions_.ParsePath(&scope->type, &span)) return false;
    scope->kind = Scope::Kind::kIs;
    if (!tokens_.AcceptWord("in")) return true;
    scope->kind = Scope::Kind::kIsIn;
    return ParseScopeEntity(variable, scope);
  }
  if (!tokens_.AcceptWord("in")) return true;
  scope->kind = Scope::Kind::kIn;
  if (!tokens_.At(TokenKind::kLeftBracket)) {
    return ParseScopeEntity(variable, scope);
  }
  if (variable != "action") {
    diagnostics_
        .Error(tokens_.Peek().span, "only `action` takes a list of entities")
        .Help(absl::StrCat("write `when { ", variable, " in [...] }`"));
    return false;
  }
  tokens_.Take();
  scope->is_list = true;
  while (!tokens_.At(TokenKind::kRightBracket)) {
    if (!ParseScopeEntity(variable, scope)) return false;
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  return tokens_.Expect(TokenKind::kRightBracket);
}

bool PolicyParser::ParseScopeEntity(absl::string_view variable, Scope* scope) {
  if (tokens_.At(TokenKind::kQuestion)) return ParseSlot(variable, scope);
  EntityUid uid;
  Span span;
  if (!expressions_.ParseEntity(&uid, &span)) return false;
  if (variable == "action" && uid.type != "Action" &&
      !absl::EndsWith(uid.type, "::Action")) {
    diagnostics_
        .Error(span, absl::StrCat("`", uid.type, "` is not a type of actions"))
        .Help("actions are written `Action::\"name\"`");
    return false;
  }
  scope->uids.push_back(std::move(uid));
  return true;
}

bool PolicyParser::ParseSlot(absl::string_view variable, Scope* scope) {
  const Token question = tokens_.Take();
  const Token name = tokens_.Peek();
  const Span span = Join(question.span, name.span);
  if (variable == "action") {
    diagnostics_.Error(question.span, "`action` has no slot")
        .Help("only `?principal` and `?resource` can be left open");
    return false;
  }
  if (!tokens_.AtWord(variable) || name.span.begin != question.span.end) {
    diagnostics_.Error(span, absl::StrCat("the only slot that can stand for `",
                                          variable, "` is `?", variable, "`"));
    return false;
  }
  tokens_.Take();
  scope->has_slot = true;
  return true;
}

bool PolicyParser::ParseClause(Policy* policy) {
  const Token first = tokens_.Peek();
  Clause clause;
  clause.unless = tokens_.AtWord("unless");
  if (!tokens_.AcceptWord("when") && !tokens_.AcceptWord("unless")) {
    tokens_.Unexpected("`when`, `unless` or `;`", {"when", "unless"});
    return false;
  }
  if (!tokens_.Expect(TokenKind::kLeftBrace)) return false;
  if (tokens_.At(TokenKind::kRightBrace)) {
    diagnostics_.Error(
        Join(first.span, tokens_.Peek().span),
        absl::StrCat("the `", tokens_.Text(first), "` has no condition"));
    return false;
  }
  clause.body = expressions_.Parse();
  if (clause.body == nullptr ||
      !expressions_.ExpectClosing(TokenKind::kRightBrace)) {
    return false;
  }
  clause.origin = tokens_.From(first);
  policy->clauses.push_back(std::move(clause));
  return true;
}

}  // namespace

std::vector<Policy> ParsePolicies(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics) {
  return PolicyParser(&sources, source, diagnostics).ParseAll();
}

ExprPtr ParseExpression(const SourceSet& sources, const Span& span,
                        Diagnostics* diagnostics) {
  TokenStream tokens(&sources, span, diagnostics);
  ExpressionParser expressions(&tokens);
  ExprPtr expr = expressions.Parse();
  if (expr == nullptr || tokens.At(TokenKind::kEnd)) return expr;
  expressions.ReportAfterExpression("the end");
  return nullptr;
}

}  // namespace sekisho
