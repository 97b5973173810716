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
#include "engine/base/prefetch.h"
#include "engine/base/status_macros.h"
#include "engine/model/functions.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

// Up to so many entities are found by looking at each.
constexpr size_t kSearched = 16;

bool IsOrdered(Value::Kind kind) {
  return kind == Value::Kind::kLong || kind == Value::Kind::kDatetime ||
         kind == Value::Kind::kDuration;
}

// REQUIRES: IsOrdered(operand.kind()).
int64_t NumberOf(const Operand& operand) {
  return operand.is_long() ? operand.AsLong()
                           : *OrderedNumber(operand.AsValue());
}

}  // namespace

Machine::Machine(const DecisionGraph& graph, const Request& request,
                 EntityReader& entities, const LinkSet* links,
                 const Environment* environment)
    : graph_(graph),
      request_(request),
      entities_(entities),
      links_(links),
      outcomes_(graph.tests.size()),
      asked_(graph.tests.size() / 64 + 1, 0),
      matches_(graph.templates.size()) {
  if (environment != nullptr && graph.look_up != nullptr) {
    places_ = graph.look_up->places(
        static_cast<size_t>(environment - graph.environments.data()));
  }
}

Outcome Machine::Ask(TestIndex test) {
  const uint64_t bit = uint64_t{1} << (test % 64);
  if ((asked_[test / 64] & bit) == 0) {
    asked_[test / 64] |= bit;
    outcomes_[test] = Evaluate(test);
  }
  return outcomes_[test];
}

bool Machine::Read(TestIndex test, Value* value) {
  Operand result = Operand::Bool(false);
  if (!Run(graph_.tests[test].code_begin, graph_.tests[test].code_end,
           &result)) {
    return false;
  }
  *value = result.ToValue();
  return true;
}

bool Machine::TestMemberships(const MembershipTests& tests) {
  const Ancestors& ancestors = &tests == &graph_.look_up->of_principal()
                                   ? principal_ancestors_
                                   : resource_ancestors_;
  if (ancestors.empty()) return false;
  for (const TestIndex test : tests.tests()) {
    asked_[test / 64] |= uint64_t{1} << (test % 64);
    outcomes_[test] = 0;
  }
  for (const EntityUid* ancestor : ancestors) {
    for (const TestIndex test : tests.HoldFor(*ancestor)) outcomes_[test] = 1;
  }
  return true;
}

Outcome Machine::Evaluate(TestIndex index) {
  if (graph_.look_up != nullptr) {
    const MembershipTests* const all =
        graph_.look_up->MembershipTestsWith(index);
    if (all != nullptr && TestMemberships(*all)) return outcomes_[index];
  }
  const Test& test = graph_.tests[index];
  Operand value = Operand::Bool(false);
  if (!Run(test.code_begin, test.code_end, &value)) return kErrorOutcome;
  switch (test.kind) {
    case TestKind::kBoolean:
      if (!value.is_bool()) return kErrorOutcome;
      return value.AsBool() ? 1 : 0;
    case TestKind::kSymbol:
      return static_cast<Outcome>(SymbolOf(index, value));
    case TestKind::kInterval:
      if (value.kind() != test.number_kind) return kErrorOutcome;
      return static_cast<Outcome>(std::upper_bound(test.bounds.begin(),
                                                   test.bounds.end(),
                                                   NumberOf(value)) -
                                  test.bounds.begin());
  }
  return kErrorOutcome;
}

size_t Machine::SymbolOf(TestIndex test, const Operand& value) const {
  const std::vector<Value>& symbols = graph_.tests[test].symbols;
  if (graph_.look_up == nullptr || !graph_.look_up->symbols(test).usable()) {
    return IndexIn(symbols, value);
  }
  const SymbolIndex& index = graph_.look_up->symbols(test);
  if (value.kind() != index.kind()) return symbols.size();
  if (value.is_string()) return index.Find(value.AsValue().AsString());
  const EntityUid& uid = value.AsEntity();
  return uid.type == index.entity_type() ? index.Find(uid.id) : symbols.size();
}

void Machine::Replace(size_t count, Value made) {
  made_.push_back(std::make_unique<const Value>(std::move(made)));
  stack_.resize(stack_.size() - count, Operand::Bool(false));
  stack_.push_back(Operand::Of(*made_.back()));
}

bool Machine::Run(uint32_t begin, uint32_t end, Operand* result) {
  if (std::optional<bool> read = ReadAttribute(begin, end, result)) {
    return *read;
  }
  stack_.clear();
  made_.clear();
  for (uint32_t at = begin; at < end;) {
    const uint32_t word = graph_.code[at];
    const uint32_t operand = OperandOf(word);
    uint32_t next = at + 1;
    switch (OpOf(word)) {
      case Op::kConstant:
        stack_.push_back(Operand::Of(graph_.constants[operand]));
        break;
      case Op::kPrincipal:
        stack_.push_back(Operand::Entity(request_.principal));
        break;
      case Op::kAction:
        stack_.push_back(Operand::Entity(request_.action));
        break;
      case Op::kResource:
        stack_.push_back(Operand::Entity(request_.resource));
        break;
      case Op::kContext:
        stack_.push_back(Operand::Of(request_.context));
        break;
      case Op::kLinked:
        stack_.push_back(Operand::Bool(!Matches(operand).empty()));
        break;
      case Op::kGet:
        if (!RunGet(operand, &stack_.back())) return false;
        break;
      case Op::kHas:
        if (!RunHas(operand, &stack_.back())) return false;
        break;
      case Op::kExists: {
        Operand& top = stack_.back();
        if (!top.is_entity()) return false;
        top = Operand::Bool(Fetch(top.AsEntity()) != nullptr);
        break;
      }
      case Op::kNot: {
        Operand& top = stack_.back();
        if (!top.is_bool()) return false;
        top = Operand::Bool(!top.AsBool());
        break;
      }
      case Op::kNegate: {
        Operand& top = stack_.back();
        if (!top.is_long()) return false;
        std::optional<int64_t> negated = CheckedNegate(top.AsLong());
        if (!negated) return false;
        top = Operand::Long(*negated);
        break;
      }
      case Op::kIs: {
        Operand& top = stack_.back();
        if (!top.is_entity()) return false;
        top = Operand::Bool(top.AsEntity().type == graph_.names[operand]);
        break;
      }
      case Op::kLike: {
        Operand& top = stack_.back();
        if (!top.is_string()) return false;
        top = Operand::Bool(
            Like(top.AsValue().AsString(), graph_.patterns[operand]));
        break;
      }
      case Op::kIsEmpty: {
        Operand& top = stack_.back();
        if (!top.is_set()) return false;
        top = Operand::Bool(top.AsValue().AsSet().empty());
        break;
      }
      case Op::kSet: {
        Value::Elements elements;
        elements.reserve(operand);
        for (size_t i = stack_.size() - operand; i < stack_.size(); ++i) {
          elements.push_back(stack_[i].ToValue());
        }
        Replace(operand, Value::Set(std::move(elements)));
        break;
      }
      case Op::kRecord: {
        const std::vector<std::string>& shape = graph_.shapes[operand];
        Value::Attributes attributes;
        attributes.reserve(shape.size());
        const size_t first = stack_.size() - shape.size();
        for (size_t i = 0; i < shape.size(); ++i) {
          attributes.emplace_back(shape[i], stack_[first + i].ToValue());
        }
        Replace(shape.size(), Value::Record(std::move(attributes)));
        break;
      }
      case Op::kCheckBool:
        if (!stack_.back().is_bool()) return false;
        break;
      case Op::kAndJump:
      case Op::kOrJump: {
        const Operand& top = stack_.back();
        if (!top.is_bool()) return false;
        if (top.AsBool() == (OpOf(word) == Op::kOrJump)) {
          next = at + operand;
        } else {
          stack_.pop_back();
        }
        break;
      }
      case Op::kBranchFalse: {
        const Operand& top = stack_.back();
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
        const size_t arity = SignatureOf(function).arity;
        absl::InlinedVector<Value, 2> arguments;
        for (size_t i = stack_.size() - arity; i < stack_.size(); ++i) {
          arguments.push_back(stack_[i].ToValue());
        }
        std::optional<Value> value = CallFunction(function, arguments);
        if (!value) return false;
        Replace(arity, *std::move(value));
        break;
      }
      case Op::kDuplicate:
        if (!stack_.back().is_entity()) return false;
        stack_.push_back(Operand(stack_.back()));
        break;
      default: {
        const Operand b = stack_.back();
        stack_.pop_back();
        if (!RunBinary(OpOf(word), &stack_.back(), b)) return false;
        break;
      }
    }
    if (!status_.ok()) return false;
    at = next;
  }
  *result = stack_.back();
  return true;
}

// Most programs read one attribute, and need no stack.
std::optional<bool> Machine::ReadAttribute(uint32_t begin, uint32_t end,
                                           Operand* result) {
  if (end - begin != 2 || OpOf(graph_.code[begin + 1]) != Op::kGet) {
    return std::nullopt;
  }
  switch (OpOf(graph_.code[begin])) {
    case Op::kContext:
      *result = Operand::Of(request_.context);
      break;
    case Op::kPrincipal:
      *result = Operand::Entity(request_.principal);
      break;
    case Op::kResource:
      *result = Operand::Entity(request_.resource);
      break;
    default:
      return std::nullopt;
  }
  return RunGet(OperandOf(graph_.code[begin + 1]), result) && status_.ok();
}

bool Machine::RunBinary(Op op, Operand* a, const Operand& b) {
  switch (op) {
    case Op::kEqual:
      *a = Operand::Bool(Operand::Equal(*a, b));
      return true;
    case Op::kLess:
    case Op::kLessEqual: {
      if (a->kind() != b.kind() || !IsOrdered(a->kind())) return false;
      *a = Operand::Bool(op == Op::kLess ? NumberOf(*a) < NumberOf(b)
                                         : NumberOf(*a) <= NumberOf(b));
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
      *a = Operand::Long(*result);
      return true;
    }
    case Op::kIn:
      return RunIn(a, b);
    case Op::kContains:
      if (!a->is_set()) return false;
      *a = Operand::Bool(Contains(a->AsValue().AsSet(), b));
      return true;
    case Op::kContainsAll:
    case Op::kContainsAny:
      if (!a->is_set() || !b.is_set()) return false;
      *a = Operand::Bool(op == Op::kContainsAll
                             ? ContainsAll(a->AsValue(), b.AsValue())
                             : ContainsAny(a->AsValue(), b.AsValue()));
      return true;
    case Op::kGetTag:
    case Op::kHasTag: {
      if (!a->is_entity() || !b.is_string()) return false;
      const Entity* entity = Fetch(a->AsEntity());
      const Value* tag = entity == nullptr
                             ? nullptr
                             : entity->tags.Find(b.AsValue().AsString());
      if (op == Op::kHasTag) {
        *a = Operand::Bool(tag != nullptr);
        return true;
      }
      if (tag == nullptr) return false;
      *a = Operand::Of(*tag);
      return true;
    }
    default:
      return false;
  }
}

const Value* Machine::Attribute(uint32_t name, const Operand& of) {
  const std::string& text = graph_.names[name];
  if (of.is_record()) {
    const Value& record = of.AsValue();
    return places_ != nullptr && &record == &request_.context
               ? FindNear(record.AsRecord(), text, places_->context[name])
               : record.Find(text);
  }
  const EntityUid& uid = of.AsEntity();
  const Entity* entity = Fetch(uid);
  if (entity == nullptr) return nullptr;
  if (places_ != nullptr && &uid == &request_.principal) {
    return FindNear(entity->attributes.AsRecord(), text,
                    places_->principal[name]);
  }
  if (places_ != nullptr && &uid == &request_.resource) {
    return FindNear(entity->attributes.AsRecord(), text,
                    places_->resource[name]);
  }
  return entity->attributes.Find(text);
}

bool Machine::RunGet(uint32_t name, Operand* a) {
  if (!a->is_record() && !a->is_entity()) return false;
  const Value* attribute = Attribute(name, *a);
  if (attribute == nullptr) return false;
  *a = Operand::Of(*attribute);
  return true;
}

bool Machine::RunHas(uint32_t name, Operand* a) {
  if (!a->is_record() && !a->is_entity()) return false;
  *a = Operand::Bool(Attribute(name, *a) != nullptr);
  return true;
}

bool Machine::RunIn(Operand* a, const Operand& b) {
  if (!a->is_entity()) return false;
  const EntityUid& uid = a->AsEntity();
  bool in = false;
  if (b.is_entity()) {
    in = AnyAncestor(uid, [&b](const EntityUid& ancestor) {
      return ancestor == b.AsEntity();
    });
  } else if (b.is_set()) {
    const Value::Elements& ancestors = b.AsValue().AsSet();
    for (const Value& element : ancestors) {
      if (!element.is_entity()) return false;
    }
    in = !ancestors.empty() &&
         AnyAncestor(uid, [&ancestors](const EntityUid& ancestor) {
           return Contains(ancestors, Operand::Entity(ancestor));
         });
  } else {
    return false;
  }
  *a = Operand::Bool(in);
  return true;
}

size_t Machine::FindFetched(const EntityUid& uid) const {
  if (fetched_.size() > kSearched) {
    const auto found = fetched_index_.find(uid);
    return found == fetched_index_.end() ? fetched_.size() : found->second;
  }
  size_t i = 0;
  while (i < fetched_.size() && fetched_[i].uid() != uid) ++i;
  return i;
}

const Entity* Machine::Fetch(const EntityUid& uid) {
  if (!status_.ok()) return nullptr;
  // Most are asked for by the request's own names.
  uint32_t* const own = &uid == &request_.principal  ? &principal_
                        : &uid == &request_.resource ? &resource_
                                                     : nullptr;
  if (own != nullptr && *own > 0) return fetched_[*own - 1].found.get();
  const size_t found = FindFetched(uid);
  if (own != nullptr) *own = static_cast<uint32_t>(found + 1);
  if (found < fetched_.size()) return fetched_[found].found.get();
  const absl::StatusOr<FoundEntity> entity = entities_.Find(uid);
  if (!entity.ok()) {
    status_ = entity.status();
    return nullptr;
  }
  if (*entity != nullptr) {
    Prefetch(&(*entity)->attributes.AsRecord(), sizeof(Value::Attributes));
  }
  fetched_.push_back({*entity, *entity == nullptr ? uid : EntityUid()});
  if (fetched_.size() > kSearched) {
    for (size_t i = fetched_index_.size(); i < fetched_.size(); ++i) {
      fetched_index_.emplace(fetched_[i].uid(), i);
    }
  }
  return fetched_.back().found.get();
}

Machine::Ancestors* Machine::OwnAncestors(const EntityUid& uid) {
  return &uid == &request_.principal  ? &principal_ancestors_
         : &uid == &request_.resource ? &resource_ancestors_
                                      : nullptr;
}

const std::vector<EntityUid>* Machine::Parents(const EntityUid& uid) {
  if (IsActionType(uid.type)) {
    const auto action = graph_.schema->actions.find(uid);
    if (action != graph_.schema->actions.end()) {
      return &action->second.member_of;
    }
  }
  const Entity* entity = Fetch(uid);
  return entity == nullptr ? nullptr : &entity->parents;
}

absl::Status Machine::FetchSlice(const Environment& environment) {
  for (const SliceEntry& entry : environment.slice) {
    Operand value = Operand::Bool(false);
    // Where the program fails there is nothing to read behind it.
    if (!Run(entry.code_begin, entry.code_end, &value)) {
      RETURN_IF_ERROR(status_);
      continue;
    }
    if (!value.is_entity()) continue;
    Fetch(value.AsEntity());
    if (entry.ancestors) {
      Ancestors ancestors;
      AnyAncestor(value.AsEntity(), [&](const EntityUid& ancestor) {
        ancestors.push_back(&ancestor);
        return false;
      });
      Ancestors* const own = OwnAncestors(value.AsEntity());
      if (own != nullptr) *own = std::move(ancestors);
    }
    RETURN_IF_ERROR(status_);
  }
  for (const ReadEntity& read : fetched_) {
    if (read.found == nullptr) continue;
    const Value::Attributes& attributes = read.found->attributes.AsRecord();
    Prefetch(attributes.data(), attributes.size() * sizeof(attributes[0]));
  }
  return absl::OkStatus();
}

Evidence Machine::TakeEvidence() {
  std::sort(fetched_.begin(), fetched_.end(),
            [](const ReadEntity& a, const ReadEntity& b) {
              return a.uid() < b.uid();
            });
  return std::move(fetched_);
}

template <typename Visit>
bool Machine::AnyAncestor(const EntityUid& uid, Visit visit) {
  const Ancestors* const known = OwnAncestors(uid);
  if (known != nullptr && !known->empty()) {
    return std::any_of(known->begin(), known->end(),
                       [&](const EntityUid* one) { return visit(*one); });
  }
  // Those seen, in the order in which they were met. What they point to is kept
  // by fetched_, the schema, or whoever calls.
  absl::InlinedVector<const EntityUid*, 16> seen = {&uid};
  absl::flat_hash_set<EntityUid> many;
  const auto is_new = [&](const EntityUid& parent) {
    if (seen.size() <= kSearched) {
      return std::none_of(seen.begin(), seen.end(),
                          [&](const EntityUid* one) { return *one == parent; });
    }
    if (many.empty()) {
      for (const EntityUid* one : seen) many.insert(*one);
    }
    return many.insert(parent).second;
  };
  for (size_t i = 0; i < seen.size(); ++i) {
    if (visit(*seen[i])) return true;
    const std::vector<EntityUid>* parents = Parents(*seen[i]);
    if (parents == nullptr) continue;
    for (const EntityUid& parent : *parents) {
      if (is_new(parent)) seen.push_back(&parent);
    }
  }
  return false;
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
