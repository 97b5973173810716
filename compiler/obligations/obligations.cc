#include "compiler/obligations/obligations.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/cedar/parser.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

enum Cell { kName, kKind, kParameter, kType, kValue };

// A literal, or a set of literals.
std::optional<Value> ConstantOf(const Expr& expr) {
  if (expr.kind == ExprKind::kLiteral) return expr.value();
  if (expr.kind != ExprKind::kSet) return std::nullopt;
  Value::Elements elements;
  for (const ExprPtr& arg : expr.args()) {
    std::optional<Value> element = ConstantOf(*arg);
    if (!element) return std::nullopt;
    elements.push_back(*std::move(element));
  }
  return Value::Set(std::move(elements));
}

std::optional<AttributePath> PathOf(const Expr& expr) {
  if (expr.kind == ExprKind::kGet) {
    std::optional<AttributePath> path = PathOf(*expr.args()[0]);
    if (path && path->root == PathRoot::kContext) {
      path->names.push_back(expr.name());
      return path;
    }
    return std::nullopt;
  }
  if (expr.kind != ExprKind::kVariable) return std::nullopt;
  switch (expr.variable) {
    case Variable::kPrincipal:
      return AttributePath{PathRoot::kPrincipal, {}};
    case Variable::kAction:
      return AttributePath{PathRoot::kAction, {}};
    case Variable::kResource:
      return AttributePath{PathRoot::kResource, {}};
    case Variable::kContext:
      return AttributePath{PathRoot::kContext, {}};
  }
  return std::nullopt;
}

std::optional<std::variant<Value, AttributePath>> ReadValue(
    const SourceSet& sources, const TableCell& cell, Diagnostics* diagnostics) {
  if (cell.text.empty()) {
    diagnostics->Error(cell.span, "the parameter has no value");
    return std::nullopt;
  }
  const ExprPtr expr = ParseExpression(sources, cell.span, diagnostics);
  if (expr == nullptr) return std::nullopt;
  if (auto constant = ConstantOf(*expr)) return *std::move(constant);
  if (auto path = PathOf(*expr)) return *std::move(path);
  diagnostics->Error(expr->span, "not every decision has a value for this")
      .Help(
          "a literal, a set of literals, `principal`, `action`, `resource`, or "
          "an attribute of `context`");
  return std::nullopt;
}

// The schema's notation for the type of a constant; empty for a set of nothing
// or of several types.
std::string TypeOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      return "Bool";
    case Value::Kind::kLong:
      return "Long";
    case Value::Kind::kString:
      return "String";
    case Value::Kind::kEntity:
      return value.AsEntity().type;
    case Value::Kind::kSet: {
      std::string element;
      for (const Value& v : value.AsSet()) {
        const std::string type = TypeOf(v);
        if (type.empty() || (!element.empty() && type != element)) return "";
        element = type;
      }
      return element.empty() ? "" : absl::StrCat("Set<", element, ">");
    }
    default:
      return "";
  }
}

// The same for what a path leads to in an environment; empty if that is not
// there in every request.
std::string TypeOf(const Schema& schema, const RequestEnvironment& environment,
                   const AttributePath& path) {
  switch (path.root) {
    case PathRoot::kPrincipal:
      return environment.principal_type;
    case PathRoot::kAction:
      return environment.action.type;
    case PathRoot::kResource:
      return environment.resource_type;
    case PathRoot::kContext:
      break;
  }
  const RecordType* record = &schema.actions.at(environment.action).context;
  if (path.names.empty()) return Type::Record(*record).ToString();
  const Type* type = nullptr;
  for (const std::string& name : path.names) {
    if (type != nullptr) {
      if (type->kind != Type::Kind::kRecord) return "";
      record = type->attributes.get();
    }
    const auto attribute = record->find(name);
    if (attribute == record->end() || !attribute->second.required) return "";
    type = &attribute->second.type;
  }
  return type->ToString();
}

std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& names) {
  const std::string near = Nearest(word, names);
  return near.empty() ? "" : absl::StrCat("did you mean `", near, "`?");
}

absl::string_view KindName(bool advice) {
  return advice ? "advice" : "obligation";
}
absl::string_view KindPhrase(bool advice) {
  return advice ? "advice" : "an obligation";
}

}  // namespace

Obligations::Obligations(const SourceSet& sources, SourceId source,
                         Diagnostics* diagnostics) {
  const Table table = ReadTable(sources, source,
                                {{"name"},
                                 {"kind"},
                                 {"parameter", /*required=*/false},
                                 {"type", /*required=*/false},
                                 {"value", /*required=*/false},
                                 {"note", /*required=*/false}},
                                diagnostics);
  for (const TableRow& row : table.rows) {
    if (TooManyErrors(source, diagnostics)) break;
    if (!BeginEntry(row, diagnostics)) continue;
    if (!row.cells[kParameter].text.empty()) {
      AddParameter(sources, row, diagnostics);
      continue;
    }
    for (size_t cell : {size_t{kType}, size_t{kValue}}) {
      if (row.cells[cell].text.empty()) continue;
      diagnostics->Error(row.cells[cell].span, "there is no parameter for it");
    }
  }
}

bool Obligations::BeginEntry(const TableRow& row, Diagnostics* diagnostics) {
  const TableCell& name = row.cells[kName];
  const TableCell& kind = row.cells[kKind];
  if (name.text.empty() || name.text.find_first_of(", ") != name.text.npos) {
    diagnostics
        ->Error(name.span,
                absl::StrCat("`", name.text, "` cannot name an obligation"))
        .Help("annotations list names with commas between them");
    return false;
  }
  const bool advice = kind.text == KindName(true);
  if (!advice && kind.text != KindName(false)) {
    diagnostics->Error(kind.span, absl::StrCat("`", kind.text,
                                               "` is none of `obligation`, "
                                               "`advice`"));
    return false;
  }
  const std::optional<uint32_t> index = Find(name.text);
  if (!index) {
    declarations_.push_back({std::string(name.text), advice, {}});
    entries_.push_back({name.span, false, {}});
    return true;
  }
  const ObligationDeclaration& last = declarations_.back();
  if (*index + 1 != declarations_.size() || last.parameters.empty() ||
      row.cells[kParameter].text.empty()) {
    diagnostics
        ->Error(name.span, absl::StrCat("`", name.text, "` is declared twice"))
        .Note(entries_[*index].name, "first here")
        .Help(
            "the lines of one entry each declare a parameter, one below the "
            "other");
    return false;
  }
  if (last.is_advice != advice) {
    diagnostics
        ->Error(kind.span,
                absl::StrCat("`", name.text, "` is of the other kind above"))
        .Note(entries_.back().name, "here");
    return false;
  }
  return true;
}

void Obligations::AddParameter(const SourceSet& sources, const TableRow& row,
                               Diagnostics* diagnostics) {
  const TableCell& name = row.cells[kParameter];
  auto& parameters = declarations_.back().parameters;
  const auto at = std::lower_bound(
      parameters.begin(), parameters.end(), name.text,
      [](const auto& a, absl::string_view b) { return a.name < b; });
  if (at != parameters.end() && at->name == name.text) {
    diagnostics->Error(name.span, absl::StrCat("the parameter `", name.text,
                                               "` is declared twice"));
    return;
  }
  std::optional<std::variant<Value, AttributePath>> value =
      ReadValue(sources, row.cells[kValue], diagnostics);
  if (!value) return;
  auto& places = entries_.back().places;
  places.insert(places.begin() + (at - parameters.begin()),
                {std::string(row.cells[kType].text), row.cells[kType].span,
                 row.cells[kValue].span});
  parameters.insert(at, {std::string(name.text), *std::move(value)});
}

std::optional<uint32_t> Obligations::Find(absl::string_view name) const {
  for (uint32_t i = 0; i < declarations_.size(); ++i) {
    if (declarations_[i].name == name) return i;
  }
  return std::nullopt;
}

std::vector<std::string> Obligations::Names(bool advice) const {
  std::vector<std::string> names;
  for (const ObligationDeclaration& declaration : declarations_) {
    if (declaration.is_advice == advice) names.push_back(declaration.name);
  }
  return names;
}

std::vector<uint32_t> Obligations::IndicesOf(const Policy& policy,
                                             Diagnostics* diagnostics) {
  std::vector<uint32_t> indices;
  for (const Annotation& annotation : policy.annotations) {
    const bool advice = annotation.name == kAdviceAnnotation;
    if (!advice && annotation.name != kObligationsAnnotation) continue;
    for (absl::string_view part : absl::StrSplit(annotation.value, ',')) {
      const absl::string_view name = absl::StripAsciiWhitespace(part);
      const std::optional<uint32_t> index = Find(name);
      if (!index) {
        diagnostics
            ->Error(annotation.span,
                    absl::StrCat("`", name, "` is not declared as ",
                                 KindPhrase(advice)))
            .Help(declarations_.empty() ? "declare it in obligations.tsv"
                                        : DidYouMean(name, Names(advice)));
        continue;
      }
      if (declarations_[*index].is_advice != advice) {
        diagnostics
            ->Error(annotation.span,
                    absl::StrCat("`", name, "` is declared as ",
                                 KindPhrase(!advice)))
            .Note(entries_[*index].name, "here");
        continue;
      }
      entries_[*index].is_used = true;
      if (std::find(indices.begin(), indices.end(), *index) == indices.end()) {
        indices.push_back(*index);
      }
    }
  }
  return indices;
}

void Obligations::Check(const Schema& schema,
                        const std::vector<uint32_t>& indices,
                        const std::vector<RequestEnvironment>& environments,
                        const std::vector<TypedPolicy>& typed,
                        Diagnostics* diagnostics) {
  for (uint32_t index : indices) {
    const auto& parameters = declarations_[index].parameters;
    for (size_t p = 0; p < parameters.size(); ++p) {
      Place& place = entries_[index].places[p];
      for (size_t e = 0; e < environments.size(); ++e) {
        if (place.is_reported) break;
        if (!typed[e].applies) continue;
        const auto* path = std::get_if<AttributePath>(&parameters[p].value);
        const std::string type =
            path != nullptr ? TypeOf(schema, environments[e], *path)
                            : TypeOf(std::get<Value>(parameters[p].value));
        if (type == place.type) continue;
        place.is_reported = true;
        if (type.empty()) {
          diagnostics
              ->Error(place.value_span,
                      absl::StrCat("not every request has a value for this: ",
                                   environments[e].ToString()))
              .Help(
                  "name a required attribute of the context, or values of one "
                  "type");
        } else {
          diagnostics
              ->Error(place.type_span,
                      absl::StrCat("the value is of type `", type, "`, not `",
                                   place.type, "`"))
              .Note(place.value_span,
                    absl::StrCat("in ", environments[e].ToString()));
        }
      }
    }
  }
}

void Obligations::WarnOfUnused(Diagnostics* diagnostics) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].is_used) continue;
    diagnostics->Warning(entries_[i].name,
                         absl::StrCat("no policy names the ",
                                      KindName(declarations_[i].is_advice),
                                      " `", declarations_[i].name, "`"));
  }
}

}  // namespace sekisho
