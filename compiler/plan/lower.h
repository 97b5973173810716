// Typed policies to formulas over tests.
//
// What compares one value with constants becomes a test on that value, shared
// by all policies: a symbol test (`context.location == Location::"home"`) or an
// interval test (`context.subjectCount <= 6`). Everything else becomes a
// boolean test with a program. Reading an attribute of an entity fails if the
// entity is absent; where that is the only way in which an expression can
// fail, it is guarded by a test of presence of its own and cannot fail under
// it. So one missing entity is one outcome, not one for every attribute.
#ifndef SEKISHO_COMPILER_PLAN_LOWER_H_
#define SEKISHO_COMPILER_PLAN_LOWER_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/plan/formula.h"
#include "compiler/plan/program_builder.h"
#include "compiler/plan/traits.h"
#include "engine/base/interner.h"
#include "engine/graph/graph.h"
#include "engine/model/schema.h"

namespace sekisho {

// A formula before the outcomes of its tests are numbered.
struct Draft {
  enum class Kind : uint8_t {
    kTrue,
    kFalse,
    kError,
    kLiteral,
    kNot,
    kAnd,
    kOr,
    kIf,
  };
  Kind kind = Kind::kTrue;
  std::vector<Draft> operands;
  // kLiteral: what of the test's value makes it true.
  TestIndex test = 0;
  std::vector<Value> symbols;  // of a symbol test
  // Of an interval test: low <= OrderedNumber(value) <= high.
  int64_t low = std::numeric_limits<int64_t>::min();
  int64_t high = std::numeric_limits<int64_t>::max();
};

// The drafts of one environment's policies, in a few words each: see
// Lowering::Pack.
using PackedDrafts = std::deque<uint32_t>;

class Lowering {
 public:
  // Both must outlive this object.
  Lowering(const Schema* schema, ConstantCache* constants)
      : schema_(*schema), programs_(constants) {}

  // The condition of `policy`, scope included, in one environment. An
  // environment with empty names is that of unvalidated policies: nothing is
  // known of the request then, and every test may fail. With `whole`, all of
  // the policy's clauses are one test.
  Draft Lower(const Policy& policy, const RequestEnvironment& environment,
              const TypedPolicy& typed, bool whole = false);

  // Puts a draft behind the others, which are of policies before this one.
  void Pack(PolicyIndex policy, const Draft& draft, PackedDrafts* out) const;

  // Call it before the template is lowered, in the order of policies.
  // `types` are those that its head admits: see Template.
  void AddTemplate(PolicyIndex index, const Policy& policy,
                   std::vector<std::pair<std::string, std::string>> types);

  // What the policies lowered so far may read in that environment.
  // REQUIRES: Finish() has been called.
  std::vector<SliceEntry> Slice(const RequestEnvironment& environment) const;

  // Puts everything but nodes, environments and policies into the graph: the
  // tests with their outcomes, the programs and what they refer to. The code
  // goes to *code, which the graph then points into. No lowering after this.
  void Finish(DecisionGraph* graph, std::vector<uint32_t>* code);

  // By TestIndex.
  const std::vector<TestTraits>& traits() const { return traits_; }

  // What was packed. REQUIRES: Finish() has been called with `graph`.
  PolicyFormulas ToFormulas(const PackedDrafts& drafts,
                            const DecisionGraph& graph,
                            FormulaPool* pool) const;

 private:
  // How an expression can fail, apart from the absence of `entities`.
  struct Failure {
    std::vector<const Expr*> entities;
    bool otherwise = false;
  };

  Draft LowerScope(const Policy& policy);
  Draft LowerScope(const Scope& scope, const ExprPtr& variable);
  // Whether a link of the template fits the request.
  Draft LowerSlots(const Policy& policy);
  Draft LowerExpr(const Expr& expr);
  Draft LowerAtom(const Expr& expr);
  // The only value that the checker lets a boolean expression have, if it does
  // not fail.
  std::optional<bool> KnownValue(const Expr& expr) const;
  // What the environment's action alone decides; false if it does not.
  bool LowerOnAction(const Expr& expr, Draft* draft);
  // A comparison of a value with constants; false if it is none.
  bool LowerComparison(const Expr& expr, Draft* draft);
  Draft LowerIs(const Expr& expr);
  Draft Literal(TestKind kind, const Expr& value, Draft literal);
  Draft Guard(const std::vector<const Expr*>& entities, Draft draft);

  // Adds the entities that evaluating `expr` may read.
  void AddToSlice(const Expr& expr);
  void AddToSlice(const Expr& entity, bool ancestors);
  // True if `expr` is known to be of an entity type that is not stored.
  bool IsNeverStored(const Expr& expr) const;
  bool IsUnvalidated() const { return environment_->action.type.empty(); }

  void FindFailures(const Expr& expr, Failure* failure) const;
  // The entity type that the environment gives a variable, or nullptr.
  const std::string* KnownType(const Expr& expr) const;
  const Type* TypeOf(const Expr& expr) const;
  struct TestDraft {
    Test test;
    TestTraits traits;
    // The values that literals mention, and the outcome that each became.
    std::unique_ptr<Interner<Value>> symbols;
    std::vector<Outcome> outcomes;
    // The bounds that literals mention.
    absl::btree_set<int64_t> bounds;
  };
  // The test with that program and kinds; made unless it is there already. One
  // program may compute values of several kinds, each in another environment.
  TestIndex AddTest(Test test, TestTraits traits, Program program);
  void Pack(const Draft& draft, PackedDrafts* out) const;
  FormulaId ToFormula(PackedDrafts::const_iterator* at,
                      const DecisionGraph& graph, FormulaPool* pool) const;

  const Schema& schema_;
  ProgramBuilder programs_;
  // While a policy is lowered.
  const TypedPolicy* typed_ = nullptr;
  const RequestEnvironment* environment_ = nullptr;

  std::vector<Template> templates_;
  // By id.
  absl::flat_hash_map<std::string, uint32_t> template_index_;

  // By environment: programs, and whether ancestors are read too.
  absl::btree_map<RequestEnvironment, absl::btree_map<Program, bool>> slices_;
  absl::btree_map<Program, uint32_t> slice_code_;
  std::vector<TestDraft> tests_;
  std::vector<TestTraits> traits_;
  // By TestIndex: the program, and behind it a word for the kinds.
  SequenceInterner<uint32_t> test_programs_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_LOWER_H_
