#include "compiler/language/policy_symbols.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/lexer.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

// ---- By tokens -------------------------------------------------------------

class NameFinder {
 public:
  NameFinder(const SourceSet& sources, const Span& span, Occurrences* out)
      : sources_(sources),
        lexer_(sources, span),
        unreported_(&sources),
        out_(*out) {
    Take();
    Take();
  }

  void FindAll() {
    while (current_.kind != TokenKind::kEnd) {
      if (current_.kind == TokenKind::kAt) {
        Take();
        TakeAnnotation();
      } else if (current_.kind == TokenKind::kWord) {
        const bool is_type = Text(current_) == "is";
        if (is_type) Take();
        TakePath(is_type);
      } else {
        Take();
      }
    }
  }

 private:
  void Take() {
    current_ = next_;
    next_ = lexer_.Next();
  }
  absl::string_view Text(const Token& token) const {
    return sources_.text(token.span);
  }
  // Between the quotes.
  static TextSpan Inside(const Token& string) {
    return {string.span.begin + 1, string.span.end - size_t{1}};
  }
  std::optional<std::string> Content(const Token& string) {
    std::string content;
    if (!Unescape(sources_, string, &content, &unreported_)) {
      return std::nullopt;
    }
    return content;
  }

  // Behind the `@`.
  void TakeAnnotation() {
    if (current_.kind != TokenKind::kWord) return;
    const absl::string_view name = Text(current_);
    Take();
    if (current_.kind != TokenKind::kLeftParen ||
        next_.kind != TokenKind::kString) {
      return;
    }
    Take();
    const Token value = current_;
    Take();
    if (name == kObligationsAnnotation || name == kAdviceAnnotation) {
      return AddObligations(value);
    }
    if (name != "id" && name != "matrix") return;
    if (auto id = Content(value)) {
      out_.push_back({{SymbolKind::kPolicy, *std::move(id)},
                      Inside(value),
                      /*is_definition=*/name == "id"});
    }
  }

  // Names with commas between them.
  void AddObligations(const Token& value) {
    const TextSpan inside = Inside(value);
    const absl::string_view text =
        Text(value).substr(1, inside.end - inside.begin);
    if (absl::StrContains(text, '\\')) return;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const absl::string_view part = text.substr(begin, end - begin);
      const absl::string_view name = absl::StripAsciiWhitespace(part);
      if (!name.empty()) {
        const size_t at = inside.begin + (name.data() - text.data());
        out_.push_back({{SymbolKind::kObligation, std::string(name)},
                        {at, at + name.size()}});
      }
      begin = end + 1;
    }
  }

  // `A::B`, `A::B::"id"`, or a word that is something else.
  void TakePath(bool is_type) {
    if (current_.kind != TokenKind::kWord) return;
    std::string path(Text(current_));
    Token last = current_;
    Take();
    while (current_.kind == TokenKind::kColonColon) {
      if (next_.kind == TokenKind::kWord) {
        Take();
        absl::StrAppend(&path, "::", Text(current_));
        last = current_;
        Take();
        continue;
      }
      if (next_.kind != TokenKind::kString) return;
      Take();
      const Token id = current_;
      Take();
      return AddEntity(path, last, id);
    }
    if (!is_type) return;
    out_.push_back({{SymbolKind::kEntityType, std::move(path)},
                    {last.span.begin, last.span.end}});
  }

  void AddEntity(const std::string& type, const Token& last_word,
                 const Token& id) {
    const bool is_action = type == "Action" || absl::EndsWith(type, "::Action");
    if (!is_action) {
      out_.push_back({{SymbolKind::kEntityType, type},
                      {last_word.span.begin, last_word.span.end}});
    }
    if (auto content = Content(id)) {
      out_.push_back({{is_action ? SymbolKind::kAction : SymbolKind::kEntity,
                       EntityUid{type, *std::move(content)}.ToString()},
                      Inside(id)});
    }
  }

  const SourceSet& sources_;
  Lexer lexer_;
  Diagnostics unreported_;
  Occurrences& out_;
  Token current_;
  Token next_;
};

// ---- By types --------------------------------------------------------------

class AttributeFinder {
 public:
  AttributeFinder(const SchemaIndex& index,
                  const RequestEnvironment& environment,
                  const TypedPolicy& typed, Occurrences* out)
      : index_(index), environment_(environment), typed_(typed), out_(*out) {}

  void Visit(const Expr& expr) {
    if (expr.kind == ExprKind::kGet || expr.kind == ExprKind::kHas) {
      if (const auto member = MemberOf(expr)) Add(expr, member->symbol);
    }
    for (const ExprPtr& arg : expr.args()) Visit(*arg);
  }

  using Written = SchemaIndex::Written;

  // Of a value that is written out, of that type.
  void VisitValue(const SourceSet& sources, const Expr& value,
                  const std::optional<Written>& type) {
    if (!type) return;
    if (value.kind == ExprKind::kSet) {
      for (const ExprPtr& element : value.args()) {
        VisitValue(sources, *element, index_.ElementOf(*type));
      }
    }
    if (value.kind != ExprKind::kRecord) return;
    uint32_t begin = value.span.begin;
    for (size_t i = 0; i < value.names().size(); ++i) {
      const Expr& part = *value.args()[i];
      const auto member = index_.FindMember(*type, value.names()[i]);
      // The name is the last word or string before the value.
      Lexer lexer(sources, {value.span.source, begin, part.span.begin});
      Token name;
      for (Token token = lexer.Next(); token.kind != TokenKind::kEnd;
           token = lexer.Next()) {
        if (token.kind == TokenKind::kWord ||
            token.kind == TokenKind::kString) {
          name = token;
        }
      }
      begin = part.span.end;
      if (!member || !name.span.valid()) continue;
      AddAt(name.span, member->symbol, value.names()[i]);
      VisitValue(sources, part, member->type);
    }
  }

  // As it is written in the schema.
  std::optional<Written> TypeOf(const Expr& expr) const {
    const auto type = typed_.types.find(&expr);
    if (type != typed_.types.end() &&
        type->second.kind == Type::Kind::kEntity) {
      return index_.AttributesOf(type->second.entity_type);
    }
    if (expr.is_entity()) return index_.AttributesOf(expr.AsEntity().type);
    switch (expr.kind) {
      case ExprKind::kVariable:
        return OfVariable(expr.variable);
      case ExprKind::kGet: {
        const auto member = MemberOf(expr);
        if (!member) return std::nullopt;
        return member->type;
      }
      case ExprKind::kIf: {
        const auto then = TypeOf(*expr.args()[1]);
        return then ? then : TypeOf(*expr.args()[2]);
      }
      case ExprKind::kCall: {
        if (expr.name() != "getTag") return std::nullopt;
        const auto on = typed_.types.find(expr.args()[0].get());
        if (on == typed_.types.end()) return std::nullopt;
        return index_.TagsOf(on->second.entity_type);
      }
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<SchemaIndex::Member> MemberOf(const Expr& expr) const {
    const std::optional<Written> type = TypeOf(*expr.args()[0]);
    if (!type) return std::nullopt;
    return index_.FindMember(*type, expr.name());
  }

  std::optional<Written> OfVariable(Variable variable) const {
    switch (variable) {
      case Variable::kPrincipal:
        return index_.AttributesOf(environment_.principal_type);
      case Variable::kResource:
        return index_.AttributesOf(environment_.resource_type);
      case Variable::kContext:
        return index_.ContextOf(environment_.action.ToString());
      case Variable::kAction:
        return std::nullopt;
    }
    return std::nullopt;
  }

  void Add(const Expr& expr, const Symbol& symbol) {
    if (expr.name_span().valid()) AddAt(expr.name_span(), symbol, expr.name());
  }

  void AddAt(const Span& span, const Symbol& symbol, const std::string& name) {
    // Quotes can be told by the length only if nothing is escaped, and an
    // attribute whose name needs escapes has them wherever it stands.
    const size_t quotes = span.end - span.begin == name.size() ? 0 : 1;
    out_.push_back({symbol, {span.begin + quotes, span.end - quotes}});
  }

  const SchemaIndex& index_;
  const RequestEnvironment& environment_;
  const TypedPolicy& typed_;
  Occurrences& out_;
};

}  // namespace

void FindNames(const SourceSet& sources, const Span& span, Occurrences* out) {
  NameFinder(sources, span, out).FindAll();
}

void FindAssignedAttributes(const SourceSet& sources, const SchemaIndex& index,
                            const RequestEnvironment& environment,
                            const Expr& path, const Expr* value,
                            Occurrences* out) {
  // The types are those that are written.
  const TypedPolicy untyped;
  AttributeFinder finder(index, environment, untyped, out);
  finder.Visit(path);
  if (value != nullptr) finder.VisitValue(sources, *value, finder.TypeOf(path));
}

void FindAttributes(const SchemaIndex& index,
                    const std::vector<RequestEnvironment>& environments,
                    const std::vector<TypedPolicy>& typed, const Policy& policy,
                    Occurrences* out) {
  for (size_t i = 0; i < environments.size(); ++i) {
    // Empty where the head rules the environment out.
    if (typed[i].types.empty()) continue;
    AttributeFinder finder(index, environments[i], typed[i], out);
    for (const Clause& clause : policy.clauses) finder.Visit(*clause.body);
  }
}

}  // namespace sekisho
