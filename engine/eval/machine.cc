// The stack machine. Programs were verified when the graph was loaded, so the
// stack never underflows and operands are in bounds; what is checked here are
// the types and values that Cedar makes errors of.
#include "engine/eval/machine.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "engine/base/status_macros.h"
#include "engine/model/functions.h"
#include "engine/model/operations.h"

namespace sekisho {

Machine::Machine(const DecisionGraph& graph, const Request& request,
                 EntityReader& entities, const LinkSet* links)
    : graph_(graph),
      request_(request),
      entities_(entities),
      links_(links),
      outcomes_(graph.tests.size()),
      asked_(graph.tests.size(), false),
      matches_(graph.templates.size()) {}

Outcome Machine::Ask(TestIndex test) {
  if (!asked_[test]) {
    asked_[test] = true;
    outcomes_[test] = Evaluate(graph_.tests[test]);
  }
  return outcomes_[test];
}

bool Machine::Read(TestIndex test, Value* value) {
  return Run(graph_.tests[test].code_begin, graph_.tests[test].code_end, value);
}

Outcome Machine::Evaluate(const Test& test) {
  Value value;
  if (!Run(test.code_begin, test.code_end, &value)) return kErrorOutcome;
  switch (test.kind) {
    case TestKind::kBoolean:
      if (!value.is_bool()) return kErrorOutcome;
      return value.AsBool() ? 1 : 0;
    case TestKind::kSymbol: {
      auto it =
          std::lower_bound(test.symbols.begin(), test.symbols.end(), value);
      const bool listed = it != test.symbols.end() && *it == value;
      return static_cast<Outcome>(listed ? it - test.symbols.begin()
                                         : test.symbols.size());
    }
    case TestKind::kInterval:
      if (value.kind() != test.number_kind) return kErrorOutcome;
      return static_cast<Outcome>(std::upper_bound(test.bounds.begin(),
                                                   test.bounds.end(),
                                                   *OrderedNumber(value)) -
                                  test.bounds.begin());
  }
  return kErrorOutcome;
}

bool Machine::Run(uint32_t begin, uint32_t end, Value* result) {
  stack_.clear();
  for (uint32_t at = begin; at < end;) {
    const uint32_t word = graph_.code[at];
    const uint32_t operand = OperandOf(word);
    uint32_t next = at + 1;
    switch (OpOf(word)) {
      case Op::kConstant:
        stack_.push_back(graph_.constants[operand]);
        break;
      case Op::kPrincipal:
        stack_.push_back(Value::Entity(request_.principal));
        break;
      case Op::kAction:
        stack_.push_back(Value::Entity(request_.action));
        break;
      case Op::kResource:
        stack_.push_back(Value::Entity(request_.resource));
        break;
      case Op::kContext:
        stack_.push_back(request_.context);
        break;
      case Op::kLinked:
        stack_.push_back(Value::Bool(!Matches(operand).empty()));
        break;
      case Op::kGet:
        if (!RunGet(graph_.names[operand], &stack_.back())) return false;
        break;
      case Op::kHas:
        if (!RunHas(graph_.names[operand], &stack_.back())) return false;
        break;
      case Op::kExists: {
        Value& top = stack_.back();
        if (!top.is_entity()) return false;
        top = Value::Bool(Fetch(top.AsEntity()) != nullptr);
        break;
      }
      case Op::kNot: {
        Value& top = stack_.back();
        if (!top.is_bool()) return false;
        top = Value::Bool(!top.AsBool());
        break;
      }
      case Op::kNegate: {
        Value& top = stack_.back();
        if (!top.is_long()) return false;
        std::optional<int64_t> negated = CheckedNegate(top.AsLong());
        if (!negated) return false;
        top = Value::Long(*negated);
        break;
      }
      case Op::kIs: {
        Value& top = stack_.back();
        if (!top.is_entity()) return false;
        top = Value::Bool(top.AsEntity().type == graph_.names[operand]);
        break;
      }
      case Op::kLike: {
        Value& top = stack_.back();
        if (!top.is_string()) return false;
        top = Value::Bool(Like(top.AsString(), graph_.patterns[operand]));
        break;
      }
      case Op::kIsEmpty: {
        Value& top = stack_.back();
        if (!top.is_set()) return false;
        top = Value::Bool(top.AsSet().empty());
        break;
      }
      case Op::kSet: {
        Value::Elements elements(
            std::make_move_iterator(stack_.end() - operand),
            std::make_move_iterator(stack_.end()));
        stack_.resize(stack_.size() - operand);
        stack_.push_back(Value::Set(std::move(elements)));
        break;
      }
      case Op::kRecord: {
        const std::vector<std::string>& shape = graph_.shapes[operand];
        Value::Attributes attributes;
        attributes.reserve(shape.size());
        const size_t first = stack_.size() - shape.size();
        for (size_t i = 0; i < shape.size(); ++i) {
          attributes.emplace_back(shape[i], std::move(stack_[first + i]));
        }
        stack_.resize(first);
        stack_.push_back(Value::Record(std::move(attributes)));
        break;
      }
      case Op::kCheckBool:
        if (!stack_.back().is_bool()) return false;
        break;
      case Op::kAndJump:
      case Op::kOrJump: {
        const Value& top = stack_.back();
        if (!top.is_bool()) return false;
        if (top.AsBool() == (OpOf(word) == Op::kOrJump)) {
          next = at + operand;
        } else {
          stack_.pop_back();
        }
        break;
      }
      case Op::kBranchFalse: {
        const Value& top = stack_.back();
        if (!top.is_bool()) return false;
        if (!top.AsBool()) next = at + operand;
        stack_.pop_back();
        break;
      }
      case Op::kJump:
        next = at + operand;
        break;
      case Op::kCall: {
        const auto function = static_cast<Function>(operand);
        const size_t first = stack_.size() - SignatureOf(function).arity;
        std::optional<Value> value =
            CallFunction(function, absl::MakeConstSpan(stack_).subspan(first));
        if (!value) return false;
        stack_.resize(first);
        stack_.push_back(*std::move(value));
        break;
      }
      case Op::kDuplicate:
        if (!stack_.back().is_entity()) return false;
        stack_.push_back(Value(stack_.back()));
        break;
      default: {
        Value b = std::move(stack_.back());
        stack_.pop_back();
        if (!RunBinary(OpOf(word), &stack_.back(), b)) return false;
        break;
      }
    }
    if (!status_.ok()) return false;
    at = next;
  }
  *result = std::move(stack_.back());
  return true;
}

bool Machine::RunBinary(Op op, Value* a, const Value& b) {
  switch (op) {
    case Op::kEqual:
      *a = Value::Bool(*a == b);
      return true;
    case Op::kLess:
    case Op::kLessEqual: {
      const std::optional<bool> less =
          op == Op::kLess ? Less(*a, b) : LessOrEqual(*a, b);
      if (!less) return false;
      *a = Value::Bool(*less);
      return true;
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply: {
      if (!a->is_long() || !b.is_long()) return false;
      std::optional<int64_t> result =
          op == Op::kAdd        ? CheckedAdd(a->AsLong(), b.AsLong())
          : op == Op::kSubtract ? CheckedSubtract(a->AsLong(), b.AsLong())
                                : CheckedMultiply(a->AsLong(), b.AsLong());
      if (!result) return false;
      *a = Value::Long(*result);
      return true;
    }
    case Op::kIn:
      return RunIn(a, b);
    case Op::kContains:
      if (!a->is_set()) return false;
      *a = Value::Bool(a->Contains(b));
      return true;
    case Op::kContainsAll:
    case Op::kContainsAny:
      if (!a->is_set() || !b.is_set()) return false;
      *a = Value::Bool(op == Op::kContainsAll ? ContainsAll(*a, b)
                                              : ContainsAny(*a, b));
      return true;
    case Op::kGetTag:
    case Op::kHasTag: {
      if (!a->is_entity() || !b.is_string()) return false;
      const Entity* entity = Fetch(a->AsEntity());
      const Value* tag =
          entity == nullptr ? nullptr : entity->tags.Find(b.AsString());
      if (op == Op::kHasTag) {
        *a = Value::Bool(tag != nullptr);
        return true;
      }
      if (tag == nullptr) return false;
      *a = Value(*tag);
      return true;
    }
    default:
      return false;
  }
}

bool Machine::RunGet(const std::string& name, Value* a) {
  const Value* attribute = nullptr;
  if (a->is_record()) {
    attribute = a->Find(name);
  } else if (a->is_entity()) {
    const Entity* entity = Fetch(a->AsEntity());
    if (entity != nullptr) attribute = entity->attributes.Find(name);
  }
  if (attribute == nullptr) return false;
  *a = Value(*attribute);
  return true;
}

bool Machine::RunHas(const std::string& name, Value* a) {
  bool has = false;
  if (a->is_record()) {
    has = a->Find(name) != nullptr;
  } else if (a->is_entity()) {
    const Entity* entity = Fetch(a->AsEntity());
    has = entity != nullptr && entity->attributes.Find(name) != nullptr;
  } else {
    return false;
  }
  *a = Value::Bool(has);
  return true;
}

bool Machine::RunIn(Value* a, const Value& b) {
  if (!a->is_entity()) return false;
  bool in = false;
  if (b.is_entity()) {
    in = IsDescendant(a->AsEntity(), {b});
  } else if (b.is_set()) {
    for (const Value& element : b.AsSet()) {
      if (!element.is_entity()) return false;
    }
    in = !b.AsSet().empty() && IsDescendant(a->AsEntity(), b.AsSet());
  } else {
    return false;
  }
  *a = Value::Bool(in);
  return true;
}

const Entity* Machine::Fetch(const EntityUid& uid) {
  if (!status_.ok()) return nullptr;
  auto it = fetched_.find(uid);
  if (it == fetched_.end()) {
    absl::StatusOr<std::shared_ptr<const Entity>> found = entities_.Find(uid);
    if (!found.ok()) {
      status_ = found.status();
      return nullptr;
    }
    it = fetched_.emplace(uid, *std::move(found)).first;
  }
  return it->second.get();
}

const std::vector<EntityUid>* Machine::Parents(const EntityUid& uid) {
  auto action = graph_.schema->actions.find(uid);
  if (action != graph_.schema->actions.end()) return &action->second.member_of;
  const Entity* entity = Fetch(uid);
  return entity == nullptr ? nullptr : &entity->parents;
}

absl::Status Machine::FetchSlice(const Environment& environment) {
  for (const SliceEntry& entry : environment.slice) {
    Value value;
    // Where the program fails there is nothing to read behind it.
    if (!Run(entry.code_begin, entry.code_end, &value)) {
      RETURN_IF_ERROR(status_);
      continue;
    }
    if (!value.is_entity()) continue;
    Fetch(value.AsEntity());
    if (entry.ancestors) IsDescendant(value.AsEntity(), {});
    RETURN_IF_ERROR(status_);
  }
  return absl::OkStatus();
}

Evidence Machine::TakeEvidence() {
  Evidence evidence(std::make_move_iterator(fetched_.begin()),
                    std::make_move_iterator(fetched_.end()));
  std::sort(evidence.begin(), evidence.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return evidence;
}

template <typename Visit>
bool Machine::AnyAncestor(const EntityUid& uid, Visit visit) {
  absl::flat_hash_set<EntityUid> seen = {uid};
  std::vector<EntityUid> open = {uid};
  while (!open.empty()) {
    EntityUid next = std::move(open.back());
    open.pop_back();
    if (visit(next)) return true;
    const std::vector<EntityUid>* parents = Parents(next);
    if (parents == nullptr) continue;
    for (const EntityUid& parent : *parents) {
      if (seen.insert(parent).second) open.push_back(parent);
    }
  }
  return false;
}

bool Machine::IsDescendant(const EntityUid& uid,
                           const Value::Elements& ancestors) {
  return AnyAncestor(uid, [&](const EntityUid& ancestor) {
    return std::binary_search(ancestors.begin(), ancestors.end(),
                              Value::Entity(ancestor));
  });
}

std::vector<EntityUid> Machine::SlotEntities(SlotUse use,
                                             const EntityUid& uid) {
  if (use == SlotUse::kNone) return {EntityUid()};
  if (use == SlotUse::kEqual) return {uid};
  std::vector<EntityUid> entities;
  AnyAncestor(uid, [&](const EntityUid& ancestor) {
    entities.push_back(ancestor);
    return false;
  });
  std::sort(entities.begin(), entities.end());
  return entities;
}

const std::vector<LinkPtr>& Machine::Matches(uint32_t index) {
  std::optional<std::vector<LinkPtr>>& matches = matches_[index];
  if (matches.has_value()) return *matches;
  matches.emplace();
  const Template& of = graph_.templates[index];
  std::vector<const LinkSet*> sets;
  for (const LinkSet* links : {&graph_.links, links_}) {
    if (links != nullptr && links->HasLinksOf(of.id)) sets.push_back(links);
  }
  if (sets.empty()) return *matches;
  const std::vector<EntityUid> principals =
      SlotEntities(of.principal, request_.principal);
  const std::vector<EntityUid> resources =
      SlotEntities(of.resource, request_.resource);
  for (const LinkSet* links : sets) {
    links->Match(of.id, principals, resources, &*matches);
  }
  return *matches;
}

}  // namespace sekisho
