// A step is cut out of the cell by text (` ; ` and ` = ` outside of strings);
// its path and value are Cedar expressions. A path is followed from its root
// through records and entity references to the record that holds the last
// attribute; records are immutable, so the ones on the way are made anew.
// Recursion is bounded by the parser's kMaxDepth. Tested by cases_test.cc.
#include "compiler/cases/change.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/parser.h"
#include "engine/model/functions.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

constexpr absl::string_view kDelete = "delete ";
constexpr absl::string_view kAssign = " = ";
constexpr absl::string_view kIn = " in ";

TableCell Part(const TableCell& cell, size_t begin, size_t end) {
  return {cell.text.substr(begin, end - begin),
          {cell.span.source, static_cast<uint32_t>(cell.span.begin + begin),
           static_cast<uint32_t>(cell.span.begin + end)}};
}

// Where `separator` first stands outside of double quotes, or npos.
size_t FindOutsideStrings(absl::string_view text, absl::string_view separator) {
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && absl::StartsWith(text.substr(i), separator)) {
      return i;
    }
  }
  return absl::string_view::npos;
}

// The record with `name` as in `value`, or without it.
Value WithAttribute(const Value& record, const std::string& name,
                    const std::optional<Value>& value) {
  Value::Attributes attributes;
  for (const Value::Attribute& attribute : record.AsRecord()) {
    if (attribute.first != name) attributes.push_back(attribute);
  }
  if (value) attributes.emplace_back(name, *value);
  return Value::Record(std::move(attributes));
}

// The record with what stands at `path`, which leads through records, replaced.
// REQUIRES: the path has a name, and all but the last are records.
Value WithPath(const Value& record, const std::vector<std::string>& path,
               size_t from, const std::optional<Value>& value) {
  if (from + 1 == path.size()) return WithAttribute(record, path[from], value);
  return WithAttribute(
      record, path[from],
      WithPath(*record.Find(path[from]), path, from + 1, value));
}

// What a record belongs to: the context, or an entity.
struct Owner {
  bool is_context = false;
  EntityUid uid;
};

// Where a path leads: an owner, and names from there through records.
struct Place {
  Owner owner;
  std::vector<std::string> names;
};

// Cells as expressions, and what those that are written out amount to.
class ValueReader {
 public:
  ValueReader(const SourceSet& sources, Diagnostics* diagnostics)
      : sources_(sources), diagnostics_(diagnostics) {}

  ExprPtr Parse(const TableCell& cell) {
    if (!cell.text.empty()) {
      return ParseExpression(sources_, cell.span, diagnostics_);
    }
    Fail(cell.span, "something is missing here");
    return nullptr;
  }

  std::optional<Value> Evaluate(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kLiteral:
        return expr.value();
      case ExprKind::kNegate:
        if (std::optional<Value> value = Evaluate(*expr.args()[0])) {
          std::optional<int64_t> negative;
          if (value->is_long()) negative = CheckedNegate(value->AsLong());
          if (negative) return Value::Long(*negative);
          Fail(expr.span, "this cannot be negated");
        }
        return std::nullopt;
      case ExprKind::kSet:
      case ExprKind::kRecord:
      case ExprKind::kFunction:
        return EvaluateParts(expr);
      default:
        diagnostics_->Error(expr.span, "this is not a value")
            .Help(
                "entities, strings, integers, `true` and `false`, extension "
                "values such as `ip(\"10.0.0.1\")`, and sets and records of "
                "them");
        return std::nullopt;
    }
  }

 private:
  bool Fail(const Span& span, absl::string_view message) {
    diagnostics_->Error(span, message);
    return false;
  }

  std::optional<Value> EvaluateParts(const Expr& expr) {
    Value::Elements values;
    for (const ExprPtr& arg : expr.args()) {
      std::optional<Value> value = Evaluate(*arg);
      if (value) values.push_back(*std::move(value));
    }
    if (values.size() < expr.args().size()) return std::nullopt;
    if (expr.kind == ExprKind::kFunction) {
      std::optional<Value> value =
          CallFunction(FindFunction(expr.name())->function, values);
      if (!value) Fail(expr.span, "this is not a value of that type");
      return value;
    }
    if (expr.kind == ExprKind::kSet) return Value::Set(std::move(values));
    Value::Attributes attributes;
    for (size_t i = 0; i < values.size(); ++i) {
      attributes.emplace_back(expr.names()[i], std::move(values[i]));
    }
    return Value::Record(std::move(attributes));
  }

  const SourceSet& sources_;
  Diagnostics* const diagnostics_;
};

class Changer {
 public:
  Changer(const SourceSet& sources, const EntityIndex& population,
          ChangedWorld* world, Diagnostics* diagnostics)
      : values_(sources, diagnostics),
        population_(population),
        world_(*world),
        diagnostics_(diagnostics) {}

  bool Step(const TableCell& step) {
    if (step.text.empty()) return Fail(step.span, "a step is missing here");
    using Kind = StepParts::Kind;
    const StepParts parts = PartsOfStep(step);
    if (parts.kind == Kind::kNone) {
      diagnostics_->Error(step.span, "this step is no assignment")
          .Help(
              "`path = value`, `entity in [parent, ..]` or `delete path`, with "
              "spaces around `=`");
      return false;
    }
    const ExprPtr path = values_.Parse(parts.target);
    if (parts.kind == Kind::kDelete) return path != nullptr && Delete(*path);
    const ExprPtr expr = values_.Parse(parts.value);
    if (path == nullptr || expr == nullptr) return false;
    const std::optional<Value> value = values_.Evaluate(*expr);
    if (!value) return false;
    return parts.kind == Kind::kAssign ? Assign(*path, *value, expr->span)
                                       : PutInto(*path, *value, expr->span);
  }

 private:
  bool Fail(const Span& span, absl::string_view message) {
    diagnostics_->Error(span, message);
    return false;
  }

  const Entity* Find(const EntityUid& uid) const {
    const auto changed = world_.entities.find(uid);
    if (changed != world_.entities.end()) {
      return changed->second ? &*changed->second : nullptr;
    }
    const auto it = population_.find(uid);
    return it == population_.end() ? nullptr : it->second;
  }

  // The owner's record; nothing, with an error, if the entity does not exist.
  std::optional<Value> RecordOf(const Owner& owner, const Span& span) {
    if (owner.is_context) return world_.request.context;
    if (const Entity* entity = Find(owner.uid)) return entity->attributes;
    Fail(span, absl::StrCat("there is no entity `", owner.uid.ToString(), "`"));
    return std::nullopt;
  }

  // The variable or entity that a path starts at.
  std::optional<Owner> Root(const Expr& expr) {
    if (expr.kind == ExprKind::kLiteral && expr.is_entity()) {
      return Owner{false, expr.AsEntity()};
    }
    if (expr.kind == ExprKind::kVariable) {
      switch (expr.variable) {
        case Variable::kPrincipal:
          return Owner{false, world_.request.principal};
        case Variable::kResource:
          return Owner{false, world_.request.resource};
        case Variable::kContext:
          return Owner{true, {}};
        case Variable::kAction:
          Fail(expr.span, "actions have no attributes");
          return std::nullopt;
      }
    }
    diagnostics_->Error(expr.span, "a path cannot start here")
        .Help(
            "it starts at `principal`, `resource`, `context` or an entity "
            "and goes on with attributes");
    return std::nullopt;
  }

  // Follows `expr`, a chain of attributes, to where its last one stands,
  // whether or not there is such an attribute.
  std::optional<Place> Follow(const Expr& expr) {
    std::vector<const Expr*> gets;
    const Expr* root = &expr;
    for (; root->kind == ExprKind::kGet; root = root->args()[0].get()) {
      gets.push_back(root);
    }
    const std::optional<Owner> owner = Root(*root);
    if (!owner) return std::nullopt;
    Place place{*owner, {}};
    std::optional<Value> record = RecordOf(place.owner, root->span);
    while (record) {
      const Expr& get = *gets.back();
      gets.pop_back();
      place.names.push_back(get.name());
      if (gets.empty()) return place;
      record = Enter(*record, get, &place);
    }
    return std::nullopt;
  }

  // The record that an attribute of `record` is or refers to.
  std::optional<Value> Enter(const Value& record, const Expr& get,
                             Place* place) {
    const Value* next = record.Find(get.name());
    if (next == nullptr) {
      Fail(get.name_span(),
           absl::StrCat("there is no attribute `", get.name(), "` here"));
      return std::nullopt;
    }
    if (next->is_record()) return *next;
    if (next->is_entity()) {
      *place = {{false, next->AsEntity()}, {}};
      return RecordOf(place->owner, get.span);
    }
    Fail(get.name_span(),
         absl::StrCat("`", get.name(), "` is a ", KindName(next->kind()),
                      " and has no attributes"));
    return std::nullopt;
  }

  bool Assign(const Expr& path, const Value& value, const Span& value_span) {
    if (path.kind == ExprKind::kVariable) {
      return AssignVariable(path.variable, value, value_span);
    }
    if (path.is_entity()) return Put(path.AsEntity(), value, value_span);
    if (path.kind != ExprKind::kGet) {
      return Fail(path.span,
                  "only an attribute, an entity or a part of the request can "
                  "be assigned");
    }
    return Change(path, value, value_span);
  }

  // The entity with these attributes; what else it has stays as it is.
  bool Put(const EntityUid& uid, const Value& value, const Span& span) {
    if (!value.is_record()) {
      return Fail(span, "the attributes of an entity are a record");
    }
    const Entity* before = Find(uid);
    if (before != nullptr && before->attributes == value) {
      return NothingChanges(span);
    }
    Entity entity;
    if (before != nullptr) entity = *before;
    entity.uid = uid;
    entity.attributes = value;
    world_.entities[uid] = std::move(entity);
    return true;
  }

  // The entity with these parents, and no others.
  bool PutInto(const Expr& expr, const Value& value, const Span& span) {
    if (!expr.is_entity()) return Fail(expr.span, "expected an entity");
    const EntityUid& uid = expr.AsEntity();
    const Entity* before = Find(uid);
    if (before == nullptr) {
      return Fail(expr.span,
                  absl::StrCat("there is no entity `", uid.ToString(), "`"));
    }
    const Value set = value.is_entity() ? Value::Set({value}) : value;
    Entity entity = *before;
    entity.parents.clear();
    if (!set.is_set()) return Fail(span, "expected entities");
    for (const Value& parent : set.AsSet()) {
      if (!parent.is_entity()) return Fail(span, "expected entities");
      entity.parents.push_back(parent.AsEntity());
    }
    if (entity.parents == before->parents) return NothingChanges(span);
    world_.entities[uid] = std::move(entity);
    return true;
  }

  bool AssignVariable(Variable variable, const Value& value, const Span& span) {
    Request& request = world_.request;
    if (variable == Variable::kContext) {
      if (!value.is_record()) return Fail(span, "a context is a record");
      if (value == request.context) return NothingChanges(span);
      request.context = value;
      return true;
    }
    if (!value.is_entity()) return Fail(span, "expected an entity");
    EntityUid& uid = variable == Variable::kPrincipal  ? request.principal
                     : variable == Variable::kResource ? request.resource
                                                       : request.action;
    if (uid == value.AsEntity()) return NothingChanges(span);
    uid = value.AsEntity();
    return true;
  }

  bool Delete(const Expr& path) {
    if (path.kind == ExprKind::kGet) {
      return Change(path, std::nullopt, path.span);
    }
    if (!path.is_entity()) {
      return Fail(path.span, "only an attribute or an entity can be deleted");
    }
    const EntityUid& uid = path.AsEntity();
    if (Find(uid) == nullptr) {
      return Fail(path.span,
                  absl::StrCat("there is no entity `", uid.ToString(), "`"));
    }
    world_.entities[uid] = std::nullopt;
    return true;
  }

  // Puts `value` where `path` leads, or removes what is there.
  bool Change(const Expr& path, const std::optional<Value>& value,
              const Span& span) {
    const std::optional<Place> place = Follow(path);
    if (!place) return false;
    const std::optional<Value> before = RecordOf(place->owner, path.span);
    if (!before) return false;
    const Value after = WithPath(*before, place->names, 0, value);
    if (after == *before) return NothingChanges(span);
    if (place->owner.is_context) {
      world_.request.context = after;
      return true;
    }
    Entity entity = *Find(place->owner.uid);
    entity.attributes = after;
    world_.entities[entity.uid] = std::move(entity);
    return true;
  }

  bool NothingChanges(const Span& span) {
    return Fail(span, "this changes nothing");
  }

  ValueReader values_;
  const EntityIndex& population_;
  ChangedWorld& world_;
  Diagnostics* const diagnostics_;
};

}  // namespace

std::vector<TableCell> SplitSteps(TableCell cell) {
  constexpr absl::string_view kSeparator = " ; ";
  std::vector<TableCell> steps;
  while (true) {
    const size_t at = FindOutsideStrings(cell.text, kSeparator);
    if (at == absl::string_view::npos) break;
    steps.push_back(Trimmed(Part(cell, 0, at)));
    cell = Part(cell, at + kSeparator.size(), cell.text.size());
  }
  steps.push_back(Trimmed(cell));
  return steps;
}

StepParts PartsOfStep(const TableCell& step) {
  using Kind = StepParts::Kind;
  if (absl::StartsWith(step.text, kDelete)) {
    return {Kind::kDelete, Rest(step, kDelete.size()), {}};
  }
  for (const auto& [kind, sign] :
       {std::pair(Kind::kAssign, kAssign), std::pair(Kind::kPutInto, kIn)}) {
    const size_t at = FindOutsideStrings(step.text, sign);
    if (at == absl::string_view::npos) continue;
    return {kind, Trimmed(Part(step, 0, at)), Rest(step, at + sign.size())};
  }
  return {};
}

TableCell Rest(const TableCell& cell, size_t begin) {
  return Trimmed(Part(cell, begin, cell.text.size()));
}

std::optional<Value> ReadValue(const SourceSet& sources, const TableCell& cell,
                               Diagnostics* diagnostics) {
  ValueReader reader(sources, diagnostics);
  const ExprPtr expr = reader.Parse(cell);
  if (expr == nullptr) return std::nullopt;
  return reader.Evaluate(*expr);
}

bool ApplyChange(const SourceSet& sources, const TableCell& change,
                 const EntityIndex& population, ChangedWorld* world,
                 Diagnostics* diagnostics) {
  Changer changer(sources, population, world, diagnostics);
  // The steps after a wrong one may depend on it.
  for (const TableCell& step : SplitSteps(change)) {
    if (!changer.Step(step)) return false;
  }
  return true;
}

}  // namespace sekisho
