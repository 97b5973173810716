#include "compiler/plan/lower.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "compiler/cedar/printer.h"
#include "engine/graph/program.h"
#include "engine/model/functions.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

// A policy with more tests than this is one boolean test: nodes for it alone
// would cost more than its program, and the planner's recursion stays bounded.
constexpr size_t kMaxTestsPerPolicy = 256;

// A set of more constants is one constant of a program, and not a symbol for
// each.
constexpr size_t kMaxSymbolsPerLiteral = 4096;

Draft Constant(bool value) {
  Draft draft;
  draft.kind = value ? Draft::Kind::kTrue : Draft::Kind::kFalse;
  return draft;
}

Draft Combine(Draft::Kind kind, std::vector<Draft> operands) {
  Draft draft;
  draft.kind = kind;
  draft.operands = std::move(operands);
  return draft;
}

Draft Negate(Draft operand) {
  std::vector<Draft> operands;
  operands.push_back(std::move(operand));
  return Combine(Draft::Kind::kNot, std::move(operands));
}

size_t CountTests(const Draft& draft) {
  size_t count = draft.kind == Draft::Kind::kLiteral ? 1 : 0;
  for (const Draft& operand : draft.operands) count += CountTests(operand);
  return count;
}

// What `expr` connects, which becomes at least as many tests.
size_t CountConnected(const Expr& expr) {
  if (expr.kind != ExprKind::kAnd && expr.kind != ExprKind::kOr &&
      expr.kind != ExprKind::kIf && expr.kind != ExprKind::kNot) {
    return 1;
  }
  size_t count = 0;
  for (const ExprPtr& arg : expr.args()) count += CountConnected(*arg);
  return count;
}

// A variable and attributes of it.
bool IsPath(const Expr& expr) {
  const Expr* at = &expr;
  while (at->kind == ExprKind::kGet) at = at->args()[0].get();
  return at->kind == ExprKind::kVariable;
}

bool IsLiteral(const Expr& expr) { return expr.kind == ExprKind::kLiteral; }

// The constant that a test can compare with.
std::optional<Value> ScalarOf(const Expr& expr) {
  if (expr.kind == ExprKind::kSet || expr.kind == ExprKind::kRecord) {
    return std::nullopt;
  }
  return ConstantOf(expr);
}

// The comparison with its operands exchanged.
ExprKind Mirror(ExprKind kind) {
  switch (kind) {
    case ExprKind::kLess:
      return ExprKind::kGreater;
    case ExprKind::kLessEqual:
      return ExprKind::kGreaterEqual;
    case ExprKind::kGreater:
      return ExprKind::kLess;
    case ExprKind::kGreaterEqual:
      return ExprKind::kLessEqual;
    default:
      return kind;
  }
}

ExprPtr MakeEntity(const EntityUid& uid) {
  return MakeLiteral(Value::Entity(uid));
}

}  // namespace

Draft Lowering::Lower(const Policy& policy,
                      const RequestEnvironment& environment,
                      const TypedPolicy& typed, bool whole) {
  typed_ = &typed;
  environment_ = &environment;
  std::vector<Draft> conjuncts;
  conjuncts.push_back(LowerScope(policy));
  if (conjuncts[0].kind == Draft::Kind::kFalse) return Constant(false);
  std::vector<ExprPtr> clauses;
  for (const Clause& clause : policy.clauses) {
    clauses.push_back(clause.unless
                          ? MakeOperation(ExprKind::kNot, {clause.body})
                          : clause.body);
  }
  if (!clauses.empty()) {
    const ExprPtr condition = MakeOperation(ExprKind::kAnd, std::move(clauses));
    AddToSlice(*condition);
    conjuncts.push_back(whole ? LowerAtom(*condition) : LowerExpr(*condition));
  }
  return Combine(Draft::Kind::kAnd, std::move(conjuncts));
}

Draft Lowering::LowerScope(const Policy& policy) {
  std::vector<Draft> operands;
  for (const auto& [scope, variable] :
       {std::pair(&policy.action, Variable::kAction),
        std::pair(&policy.principal, Variable::kPrincipal),
        std::pair(&policy.resource, Variable::kResource)}) {
    Draft draft = LowerScope(*scope, MakeVariable(variable));
    if (draft.kind == Draft::Kind::kFalse) return draft;
    operands.push_back(std::move(draft));
  }
  if (policy.is_template()) operands.push_back(LowerSlots(policy));
  return Combine(Draft::Kind::kAnd, std::move(operands));
}

void Lowering::AddTemplate(
    PolicyIndex index, const Policy& policy,
    std::vector<std::pair<std::string, std::string>> types) {
  auto use = [](const Scope& scope) {
    if (!scope.has_slot) return SlotUse::kNone;
    return scope.kind == Scope::Kind::kEqual ? SlotUse::kEqual : SlotUse::kIn;
  };
  template_index_.emplace(policy.id, static_cast<uint32_t>(templates_.size()));
  templates_.push_back({index, policy.id, use(policy.principal),
                        use(policy.resource), std::move(types)});
}

Draft Lowering::LowerSlots(const Policy& policy) {
  const uint32_t index = template_index_.at(policy.id);
  Test test;
  test.total = true;
  test.text = absl::StrCat("a link of ", Quote(policy.id), " fits");
  TestTraits traits;
  for (const auto& [use, variable] :
       {std::pair(templates_[index].principal, Variable::kPrincipal),
        std::pair(templates_[index].resource, Variable::kResource)}) {
    if (use != SlotUse::kIn) continue;
    traits.entities++;
    AddToSlice(*MakeVariable(variable), /*ancestors=*/true);
  }
  Draft literal;
  literal.kind = Draft::Kind::kLiteral;
  literal.test =
      AddTest(std::move(test), traits, {EncodeInstruction(Op::kLinked, index)});
  return literal;
}

Draft Lowering::LowerScope(const Scope& scope, const ExprPtr& variable) {
  if (scope.has_slot && scope.type.empty()) return Constant(true);
  switch (scope.kind) {
    case Scope::Kind::kAny:
      return Constant(true);
    case Scope::Kind::kEqual:
      return LowerAtom(*MakeOperation(ExprKind::kEqual,
                                      {variable, MakeEntity(scope.uids[0])}));
    case Scope::Kind::kIn: {
      std::vector<ExprPtr> entities;
      for (const EntityUid& uid : scope.uids) {
        entities.push_back(MakeEntity(uid));
      }
      return LowerAtom(*MakeOperation(
          ExprKind::kIn,
          {variable, MakeOperation(ExprKind::kSet, std::move(entities))}));
    }
    case Scope::Kind::kIs:
    case Scope::Kind::kIsIn: {
      std::vector<ExprPtr> args = {variable};
      if (scope.kind == Scope::Kind::kIsIn && !scope.has_slot) {
        args.push_back(MakeEntity(scope.uids[0]));
      }
      return LowerIs(
          *MakeOperation(ExprKind::kIs, std::move(args), scope.type));
    }
  }
  return Constant(true);
}

Draft Lowering::LowerExpr(const Expr& expr) {
  if (CountConnected(expr) > kMaxTestsPerPolicy) return LowerAtom(expr);
  std::vector<Draft> operands;
  switch (expr.kind) {
    case ExprKind::kAnd:
    case ExprKind::kOr:
      for (const ExprPtr& arg : expr.args()) {
        operands.push_back(LowerExpr(*arg));
        // What is behind it is never evaluated, and need not fit the schema.
        if (KnownValue(*arg) == (expr.kind == ExprKind::kOr)) break;
      }
      break;
    case ExprKind::kIf: {
      const std::optional<bool> condition = KnownValue(*expr.args()[0]);
      operands.push_back(LowerExpr(*expr.args()[0]));
      for (const bool branch : {true, false}) {
        operands.push_back(condition == !branch
                               ? Constant(false)
                               : LowerExpr(*expr.args()[branch ? 1 : 2]));
      }
      break;
    }
    case ExprKind::kNot:
      operands.push_back(LowerExpr(*expr.args()[0]));
      break;
    case ExprKind::kIs:
      return LowerIs(expr);
    case ExprKind::kLiteral:
      if (expr.is_bool()) return Constant(expr.AsBool());
      return LowerAtom(expr);
    default:
      return LowerAtom(expr);
  }
  Draft draft = Combine(expr.kind == ExprKind::kAnd  ? Draft::Kind::kAnd
                        : expr.kind == ExprKind::kOr ? Draft::Kind::kOr
                        : expr.kind == ExprKind::kIf ? Draft::Kind::kIf
                                                     : Draft::Kind::kNot,
                        std::move(operands));
  return CountTests(draft) > kMaxTestsPerPolicy ? LowerAtom(expr) : draft;
}

const std::string* Lowering::KnownType(const Expr& expr) const {
  if (IsUnvalidated() || expr.kind != ExprKind::kVariable) return nullptr;
  switch (expr.variable) {
    case Variable::kPrincipal:
      return &environment_->principal_type;
    case Variable::kAction:
      return &environment_->action.type;
    case Variable::kResource:
      return &environment_->resource_type;
    case Variable::kContext:
      break;
  }
  return nullptr;
}

Draft Lowering::LowerIs(const Expr& expr) {
  const std::string* type = KnownType(*expr.args()[0]);
  if (type == nullptr) return LowerAtom(expr);
  if (expr.name() != *type) return Constant(false);
  if (expr.args().size() == 1) return Constant(true);
  return LowerAtom(
      *MakeOperation(ExprKind::kIn, {expr.args()[0], expr.args()[1]}));
}

std::optional<bool> Lowering::KnownValue(const Expr& expr) const {
  auto known = typed_->constants.find(&expr);
  if (known != typed_->constants.end()) return known->second;
  // An `unless`, which the checker has not seen as a negation.
  if (expr.kind != ExprKind::kNot) return std::nullopt;
  const std::optional<bool> operand = KnownValue(*expr.args()[0]);
  return operand ? std::optional<bool>(!*operand) : std::nullopt;
}

Draft Lowering::LowerAtom(const Expr& expr) {
  if (const std::optional<bool> known = KnownValue(expr)) {
    Failure failure;
    FindFailures(expr, &failure);
    if (!failure.otherwise && failure.entities.empty()) return Constant(*known);
  }
  Draft draft;
  if (LowerOnAction(expr, &draft)) return draft;
  if (LowerComparison(expr, &draft)) return draft;
  if (expr.kind == ExprKind::kIn) {
    AddToSlice(*expr.args()[0], /*ancestors=*/true);
  }
  return Literal(TestKind::kBoolean, expr, {});
}

bool Lowering::LowerOnAction(const Expr& expr, Draft* draft) {
  if (IsUnvalidated() || expr.args().size() != 2) return false;
  const Expr& subject = *expr.args()[0];
  if (subject.kind != ExprKind::kVariable ||
      subject.variable != Variable::kAction) {
    return false;
  }
  const Expr& other = *expr.args()[1];
  if (expr.kind == ExprKind::kEqual || expr.kind == ExprKind::kNotEqual) {
    if (!IsLiteral(other)) return false;
    const bool equal = other.value() == Value::Entity(environment_->action);
    *draft = Constant(equal == (expr.kind == ExprKind::kEqual));
    return true;
  }
  if (expr.kind != ExprKind::kIn) return false;
  auto below = [&](const Expr& ancestor) {
    return ancestor.is_entity() &&
           schema_.ActionIn(environment_->action, ancestor.AsEntity());
  };
  if (IsLiteral(other)) {
    *draft = Constant(below(other));
    return true;
  }
  if (other.kind != ExprKind::kSet) return false;
  bool any = false;
  for (const ExprPtr& element : other.args()) {
    if (!element->is_entity()) return false;
    any = any || below(*element);
  }
  *draft = Constant(any);
  return true;
}

bool Lowering::LowerComparison(const Expr& expr, Draft* draft) {
  if (expr.kind == ExprKind::kCall && expr.name() == "contains" &&
      expr.args()[0]->kind == ExprKind::kSet && IsPath(*expr.args()[1])) {
    if (expr.args()[0]->args().size() > kMaxSymbolsPerLiteral) return false;
    Draft literal;
    for (const ExprPtr& element : expr.args()[0]->args()) {
      std::optional<Value> symbol = ScalarOf(*element);
      if (!symbol) return false;
      literal.symbols.push_back(*std::move(symbol));
    }
    *draft = Literal(TestKind::kSymbol, *expr.args()[1], std::move(literal));
    return true;
  }
  if (expr.args().size() != 2) return false;
  const bool mirrored = ScalarOf(*expr.args()[0]).has_value();
  const Expr& value = *expr.args()[mirrored ? 1 : 0];
  const std::optional<Value> constant =
      ScalarOf(*expr.args()[mirrored ? 0 : 1]);
  if (!IsPath(value) || !constant) return false;
  const ExprKind kind = mirrored ? Mirror(expr.kind) : expr.kind;
  const Type* type = TypeOf(value);
  const std::optional<int64_t> ordered = OrderedNumber(*constant);
  const bool is_number =
      type != nullptr && type->kind == constant->kind() && ordered.has_value();
  const int64_t number = ordered.value_or(0);
  if (kind == ExprKind::kEqual || kind == ExprKind::kNotEqual) {
    const std::string* entity_type = KnownType(value);
    if (entity_type != nullptr &&
        (!constant->is_entity() || constant->AsEntity().type != *entity_type)) {
      *draft = Constant(kind == ExprKind::kNotEqual);
      return true;
    }
    Draft literal;
    if (is_number) {
      literal.low = literal.high = number;
    } else {
      literal.symbols = {*constant};
    }
    *draft = Literal(is_number ? TestKind::kInterval : TestKind::kSymbol, value,
                     std::move(literal));
    if (kind == ExprKind::kNotEqual) *draft = Negate(std::move(*draft));
    return true;
  }
  if (!is_number) return false;
  Draft literal;
  switch (kind) {
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
      literal.high = number;
      break;
    case ExprKind::kGreaterEqual:
    case ExprKind::kLess:
      literal.low = number;
      break;
    default:
      return false;
  }
  *draft = Literal(TestKind::kInterval, value, std::move(literal));
  if (kind == ExprKind::kGreater || kind == ExprKind::kLess) {
    *draft = Negate(std::move(*draft));
  }
  return true;
}

Draft Lowering::Literal(TestKind kind, const Expr& value, Draft literal) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  Failure failure;
  FindFailures(value, &failure);
  Test test;
  test.kind = kind;
  if (kind == TestKind::kInterval) test.number_kind = TypeOf(value)->kind;
  test.text = PrintExpression(value);
  // What can fail in other ways too is not worth a test of presence.
  test.total = !failure.otherwise;
  TestTraits traits;
  traits.entities = static_cast<int>(failure.entities.size());
  if (failure.otherwise) failure.entities.clear();

  literal.kind = Draft::Kind::kLiteral;
  literal.test = AddTest(std::move(test), traits, programs_.Compile(value));
  TestDraft& added = tests_[literal.test];
  for (const Value& symbol : literal.symbols) added.symbols->Intern(symbol);
  if (kind == TestKind::kInterval) {
    if (literal.low != kMin) added.bounds.insert(literal.low);
    if (literal.high != kMax) added.bounds.insert(literal.high + 1);
  }
  return Guard(failure.entities, std::move(literal));
}

Draft Lowering::Guard(const std::vector<const Expr*>& entities, Draft draft) {
  // The innermost entity is tested first, so it is wrapped around last.
  for (auto it = entities.rbegin(); it != entities.rend(); ++it) {
    Draft exists;
    exists.kind = Draft::Kind::kLiteral;
    Test test;
    test.total = true;
    test.text = PrintExpression(**it) + " exists";
    TestTraits traits;
    traits.is_presence = true;
    exists.test =
        AddTest(std::move(test), traits, programs_.CompileExists(**it));
    Draft error;
    error.kind = Draft::Kind::kError;
    std::vector<Draft> operands;
    operands.push_back(std::move(exists));
    operands.push_back(std::move(draft));
    operands.push_back(std::move(error));
    draft = Combine(Draft::Kind::kIf, std::move(operands));
  }
  return draft;
}

void Lowering::FindFailures(const Expr& expr, Failure* failure) const {
  if (IsUnvalidated()) {
    failure->otherwise = true;
    return;
  }
  switch (expr.kind) {
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kIf:
    case ExprKind::kNegate:
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
      // Some of it may not be evaluated, or it may overflow.
      failure->otherwise = true;
      return;
    case ExprKind::kGet: {
      const Expr& base = *expr.args()[0];
      FindFailures(base, failure);
      const Type* type = TypeOf(base);
      if (type == nullptr || !IsPath(base)) {
        failure->otherwise = true;
        return;
      }
      const RecordType* attributes = nullptr;
      if (type->kind == Type::Kind::kRecord) {
        attributes = type->attributes.get();
      } else if (type->kind == Type::Kind::kEntity) {
        auto entity = schema_.entity_types.find(type->entity_type);
        if (entity != schema_.entity_types.end()) {
          attributes = &entity->second.attributes;
        }
        failure->entities.push_back(&base);
      }
      if (attributes == nullptr) {
        failure->otherwise = true;
        return;
      }
      auto attribute = attributes->find(expr.name());
      if (attribute == attributes->end() || !attribute->second.required) {
        failure->otherwise = true;
      }
      return;
    }
    case ExprKind::kCall: {
      const FunctionSignature* extension = FindFunction(expr.name());
      if (expr.name() == "getTag" ||
          (extension != nullptr && !extension->is_total)) {
        failure->otherwise = true;
      }
      break;
    }
    case ExprKind::kFunction:
      // The checker has seen to the text, but only of what it has visited.
      if (!ConstantOf(expr)) failure->otherwise = true;
      break;
    default:
      break;
  }
  for (const ExprPtr& arg : expr.args()) FindFailures(*arg, failure);
}

bool Lowering::IsNeverStored(const Expr& expr) const {
  const Type* type = TypeOf(expr);
  const bool is_typed = type != nullptr && type->kind == Type::Kind::kEntity;
  if (!is_typed && !expr.is_entity()) return KnownType(expr) == nullptr;
  auto entity = schema_.entity_types.find(is_typed ? type->entity_type
                                                   : expr.AsEntity().type);
  return entity == schema_.entity_types.end() ||
         !entity->second.enum_ids.empty();
}

void Lowering::AddToSlice(const Expr& expr) {
  if (IsUnvalidated()) return;
  switch (expr.kind) {
    case ExprKind::kGet:
    case ExprKind::kHas:
    case ExprKind::kCall:
      AddToSlice(*expr.args()[0], /*ancestors=*/false);
      break;
    case ExprKind::kIn:
      AddToSlice(*expr.args()[0], /*ancestors=*/true);
      break;
    case ExprKind::kIs:
      if (expr.args().size() == 2) {
        AddToSlice(*expr.args()[0], /*ancestors=*/true);
      }
      break;
    default:
      break;
  }
  for (const ExprPtr& arg : expr.args()) AddToSlice(*arg);
}

void Lowering::AddToSlice(const Expr& entity, bool ancestors) {
  if (IsUnvalidated() || IsNeverStored(entity)) return;
  bool& known = slices_[*environment_][programs_.Compile(entity)];
  known = known || ancestors;
}

std::vector<SliceEntry> Lowering::Slice(
    const RequestEnvironment& environment) const {
  std::vector<SliceEntry> entries;
  auto slice = slices_.find(environment);
  if (slice == slices_.end()) return entries;
  for (const auto& [program, ancestors] : slice->second) {
    const uint32_t begin = slice_code_.at(program);
    entries.push_back(
        {begin, begin + static_cast<uint32_t>(program.size()), ancestors});
  }
  return entries;
}

const Type* Lowering::TypeOf(const Expr& expr) const {
  auto it = typed_->types.find(&expr);
  return it == typed_->types.end() ? nullptr : &it->second;
}

TestIndex Lowering::AddTest(Test test, TestTraits traits, Program program) {
  program.push_back(static_cast<uint32_t>(test.kind) << 16 |
                    static_cast<uint32_t>(test.number_kind) << 8 |
                    static_cast<uint32_t>(test.total));
  const TestIndex index = test_programs_.Intern(program);
  if (index < tests_.size()) return index;
  traits_.push_back(traits);
  TestDraft& draft = tests_.emplace_back();
  if (test.kind == TestKind::kSymbol) {
    draft.symbols = std::make_unique<Interner<Value>>();
  }
  draft.test = std::move(test);
  return index;
}

void Lowering::Finish(DecisionGraph* graph, std::vector<uint32_t>* code) {
  for (TestIndex i = 0; i < tests_.size(); ++i) {
    TestDraft& draft = tests_[i];
    Test& test = graph->tests.emplace_back(std::move(draft.test));
    const absl::Span<const uint32_t> program = test_programs_[i];
    test.code_begin = static_cast<uint32_t>(code->size());
    code->insert(code->end(), program.begin(), program.end() - 1);
    test.code_end = static_cast<uint32_t>(code->size());
    test.bounds.assign(draft.bounds.begin(), draft.bounds.end());
    draft.bounds.clear();
    if (draft.symbols == nullptr) continue;
    const std::deque<Value>& symbols = draft.symbols->entries();
    std::vector<uint32_t> sorted(symbols.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::sort(sorted.begin(), sorted.end(),
              [&](uint32_t a, uint32_t b) { return symbols[a] < symbols[b]; });
    draft.outcomes.resize(symbols.size());
    test.symbols.reserve(symbols.size());
    for (uint32_t number : sorted) {
      draft.outcomes[number] = static_cast<Outcome>(test.symbols.size());
      test.symbols.push_back(symbols[number]);
    }
    draft.symbols.reset();
  }
  for (const auto& [environment, slice] : slices_) {
    for (const auto& [program, ancestors] : slice) {
      auto [it, added] =
          slice_code_.emplace(program, static_cast<uint32_t>(code->size()));
      if (added) code->insert(code->end(), program.begin(), program.end());
    }
  }
  graph->templates = templates_;
  graph->code = *code;
  programs_.CopyTables(graph);
}

// A draft is a word with its kind and the number of its operands, which follow.
// Behind a literal's come its test, and what of the test's value makes it true:
// the number of symbols and each symbol's, or the two ends in two words each.
void Lowering::Pack(const Draft& draft, PackedDrafts* out) const {
  const bool is_symbol = draft.kind == Draft::Kind::kLiteral &&
                         tests_[draft.test].test.kind == TestKind::kSymbol;
  const size_t count = is_symbol ? draft.symbols.size() : draft.operands.size();
  out->push_back(static_cast<uint32_t>(draft.kind) |
                 static_cast<uint32_t>(count) << 8);
  for (const Draft& operand : draft.operands) Pack(operand, out);
  if (draft.kind != Draft::Kind::kLiteral) return;
  out->push_back(draft.test);
  const TestDraft& test = tests_[draft.test];
  if (is_symbol) {
    for (const Value& symbol : draft.symbols) {
      out->push_back(*test.symbols->Find(symbol));
    }
  } else if (test.test.kind == TestKind::kInterval) {
    for (int64_t end : {draft.low, draft.high}) {
      out->push_back(static_cast<uint32_t>(end));
      out->push_back(static_cast<uint32_t>(end >> 32));
    }
  }
}

void Lowering::Pack(PolicyIndex policy, const Draft& draft,
                    PackedDrafts* out) const {
  out->push_back(policy);
  Pack(draft, out);
}

PolicyFormulas Lowering::ToFormulas(const PackedDrafts& drafts,
                                    const DecisionGraph& graph,
                                    FormulaPool* pool) const {
  PolicyFormulas formulas;
  for (auto at = drafts.begin(); at != drafts.end();) {
    const PolicyIndex policy = *at++;
    formulas.emplace_back(policy, ToFormula(&at, graph, pool));
  }
  return formulas;
}

FormulaId Lowering::ToFormula(PackedDrafts::const_iterator* at,
                              const DecisionGraph& graph,
                              FormulaPool* pool) const {
  auto next = [at] { return *(*at)++; };
  const uint32_t head = next();
  const auto kind = static_cast<Draft::Kind>(head & 0xff);
  const uint32_t count = head >> 8;
  if (kind != Draft::Kind::kLiteral) {
    std::vector<FormulaId> operands;
    for (uint32_t i = 0; i < count; ++i) {
      operands.push_back(ToFormula(at, graph, pool));
    }
    switch (kind) {
      case Draft::Kind::kFalse:
        return kFalseFormula;
      case Draft::Kind::kError:
        return kErrorFormula;
      case Draft::Kind::kNot:
        return pool->Not(operands[0]);
      case Draft::Kind::kIf:
        return pool->If(operands[0], operands[1], operands[2]);
      case Draft::Kind::kAnd:
      case Draft::Kind::kOr: {
        const bool conjunction = kind == Draft::Kind::kAnd;
        FormulaId formula = conjunction ? kTrueFormula : kFalseFormula;
        for (auto it = operands.rbegin(); it != operands.rend(); ++it) {
          formula =
              conjunction ? pool->And(*it, formula) : pool->Or(*it, formula);
        }
        return formula;
      }
      default:
        return kTrueFormula;
    }
  }
  const TestIndex index = next();
  const Test& test = graph.tests[index];
  OutcomeRuns runs;
  switch (test.kind) {
    case TestKind::kBoolean:
      runs = {{1, 2}};
      break;
    case TestKind::kSymbol:
      for (uint32_t i = 0; i < count; ++i) {
        const Outcome outcome = tests_[index].outcomes[next()];
        runs.emplace_back(outcome, outcome + 1);
      }
      break;
    case TestKind::kInterval: {
      auto next_end = [&] {
        const uint64_t low = next();
        return static_cast<int64_t>(low | uint64_t{next()} << 32);
      };
      // The outcome of n is how many bounds are <= n.
      auto outcome_of = [&](int64_t n) {
        return static_cast<Outcome>(
            std::upper_bound(test.bounds.begin(), test.bounds.end(), n) -
            test.bounds.begin());
      };
      const Outcome begin = outcome_of(next_end());
      runs = {{begin, outcome_of(next_end()) + 1}};
      break;
    }
  }
  return pool->Literal(index, std::move(runs));
}

}  // namespace sekisho
