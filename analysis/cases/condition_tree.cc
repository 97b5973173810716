// Values go up the tree, and what a node does to the policy goes down it: a
// node hands each child the function from the child's outcome to the policy's,
// given what the other children are. Both take time in proportion to the tree.
// Recursion is bounded by the parser's kMaxDepth.
#include "analysis/cases/condition_tree.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"

namespace sekisho {
namespace {

using Kind = TreeNode::Kind;

class Builder {
 public:
  explicit Builder(ConditionTree* tree) : tree_(*tree) {
    tree_.nodes.emplace_back();
    tree_.nodes[0].kind = Kind::kAnd;
  }

  void AddHead(const Scope& scope, Variable variable) {
    if (scope.kind == Scope::Kind::kAny) return;
    const ExprPtr expr = HeadCondition(scope, variable);
    const uint32_t node = NewNode(Kind::kAtom, expr);
    tree_.nodes[0].children.push_back(node);
    tree_.parts.push_back(
        {node, TreePart::kHead, "",
         expr != nullptr
             ? PrintExpression(*expr)
             : absl::StrCat(VariableName(variable), " ",
                            scope.kind == Scope::Kind::kEqual ? "==" : "in",
                            " ?", VariableName(variable)),
         scope.span});
  }

  void AddClause(const Clause& clause, size_t index) {
    uint32_t node = 0;
    if (clause.unless) {
      node = NewNode(Kind::kNot, clause.body);
      const uint32_t child = Add(clause.body);
      tree_.nodes[node].children.push_back(child);
    } else {
      node = Add(clause.body);
    }
    tree_.nodes[0].children.push_back(node);
    tree_.parts.push_back(
        {node, index, clause.column,
         absl::StrCat(clause.unless ? "unless" : "when", " { ",
                      PrintExpression(*clause.body), " }"),
         clause.origin});
  }

 private:
  static ExprPtr HeadCondition(const Scope& scope, Variable variable) {
    if (scope.has_slot) return nullptr;
    ExprParts parts;
    parts.span = scope.span;
    parts.args = {MakeVariable(variable)};
    if (!scope.type.empty()) {
      parts.kind = ExprKind::kIs;
      parts.name = scope.type;
    } else {
      parts.kind =
          scope.kind == Scope::Kind::kEqual ? ExprKind::kEqual : ExprKind::kIn;
    }
    std::vector<ExprPtr> entities;
    for (const EntityUid& uid : scope.uids) {
      entities.push_back(MakeLiteral(Value::Entity(uid)));
    }
    if (scope.is_list) {
      parts.args.push_back(MakeOperation(ExprKind::kSet, std::move(entities)));
    } else if (!entities.empty()) {
      parts.args.push_back(entities[0]);
    }
    return MakeExpr(std::move(parts));
  }

  uint32_t NewNode(Kind kind, ExprPtr expr) {
    tree_.nodes.push_back({kind, std::move(expr), {}});
    return static_cast<uint32_t>(tree_.nodes.size() - 1);
  }

  uint32_t Add(const ExprPtr& expr) {
    Kind kind = Kind::kAtom;
    switch (expr->kind) {
      case ExprKind::kNot:
        kind = Kind::kNot;
        break;
      case ExprKind::kAnd:
        kind = Kind::kAnd;
        break;
      case ExprKind::kOr:
        kind = Kind::kOr;
        break;
      case ExprKind::kIf:
        kind = Kind::kIf;
        break;
      default:
        return NewNode(Kind::kAtom, expr);
    }
    const uint32_t node = NewNode(kind, expr);
    for (const ExprPtr& arg : expr->args()) {
      const uint32_t child = Add(arg);
      tree_.nodes[node].children.push_back(child);
    }
    return node;
  }

  ConditionTree& tree_;
};

Tri Not(Tri value) {
  return value == Tri::kError  ? Tri::kError
         : value == Tri::kTrue ? Tri::kFalse
                               : Tri::kTrue;
}

class Evaluator {
 public:
  Evaluator(const ConditionTree& tree, std::vector<NodeValue>* values)
      : tree_(tree), values_(*values) {}

  void Run() {
    // Children stand behind their parents.
    for (size_t i = tree_.nodes.size(); i > 0; --i) Up(i - 1);
    values_[0].reached = true;
    values_[0].policy_if = kAllTri;
    for (size_t i = 0; i < tree_.nodes.size(); ++i) Down(i);
  }

 private:
  Tri ValueOf(uint32_t node) const { return values_[node].value; }

  void Up(size_t index) {
    const TreeNode& node = tree_.nodes[index];
    Tri& value = values_[index].value;
    switch (node.kind) {
      case Kind::kAtom:
        return;
      case Kind::kNot:
        value = Not(ValueOf(node.children[0]));
        return;
      case Kind::kIf: {
        const Tri condition = ValueOf(node.children[0]);
        value = condition == Tri::kError
                    ? Tri::kError
                    : ValueOf(node.children[condition == Tri::kTrue ? 1 : 2]);
        return;
      }
      case Kind::kAnd:
      case Kind::kOr: {
        const Tri neutral = Neutral(node.kind);
        value = neutral;
        for (const uint32_t child : node.children) {
          if (ValueOf(child) == neutral) continue;
          value = ValueOf(child);
          return;
        }
        return;
      }
    }
  }

  static Tri Neutral(Kind kind) {
    return kind == Kind::kAnd ? Tri::kTrue : Tri::kFalse;
  }

  // The atom that made the node come out as it did, the first if several.
  uint32_t Decisive(uint32_t index) const {
    while (true) {
      const TreeNode& node = tree_.nodes[index];
      if (node.kind == Kind::kAtom || node.children.empty()) return index;
      uint32_t next = node.children[0];
      if (node.kind == Kind::kIf && ValueOf(next) != Tri::kError) {
        next = node.children[ValueOf(next) == Tri::kTrue ? 1 : 2];
      } else if (node.kind == Kind::kAnd || node.kind == Kind::kOr) {
        for (const uint32_t child : node.children) {
          if (ValueOf(child) == Neutral(node.kind)) continue;
          next = child;
          break;
        }
      }
      index = next;
    }
  }

  void Reach(uint32_t child, size_t parent, std::array<Tri, 3> policy_if) {
    values_[child].reached = values_[parent].reached;
    values_[child].policy_if = policy_if;
    values_[child].decided_by = values_[parent].decided_by;
  }

  void LeaveOut(uint32_t child, size_t parent, uint32_t decided_by) {
    const NodeValue& above = values_[parent];
    values_[child].reached = false;
    values_[child].policy_if.fill(
        above.policy_if[static_cast<size_t>(above.value)]);
    values_[child].decided_by = above.reached ? decided_by : above.decided_by;
  }

  void Down(size_t index) {
    const TreeNode& node = tree_.nodes[index];
    const std::array<Tri, 3> above = values_[index].policy_if;
    const auto policy_if = [&](Tri value) {
      return above[static_cast<size_t>(value)];
    };
    switch (node.kind) {
      case Kind::kAtom:
        return;
      case Kind::kNot:
        Reach(node.children[0], index,
              {policy_if(Tri::kTrue), policy_if(Tri::kFalse),
               policy_if(Tri::kError)});
        return;
      case Kind::kIf: {
        const uint32_t condition = node.children[0];
        Reach(condition, index,
              {policy_if(ValueOf(node.children[2])),
               policy_if(ValueOf(node.children[1])), policy_if(Tri::kError)});
        for (const size_t branch : {1, 2}) {
          const bool taken =
              ValueOf(condition) == (branch == 1 ? Tri::kTrue : Tri::kFalse);
          if (taken) {
            Reach(node.children[branch], index, above);
          } else {
            LeaveOut(node.children[branch], index, Decisive(condition));
          }
        }
        return;
      }
      case Kind::kAnd:
      case Kind::kOr:
        DownChain(node, index, above);
        return;
    }
  }

  void DownChain(const TreeNode& node, size_t index,
                 const std::array<Tri, 3>& above) {
    const Tri neutral = Neutral(node.kind);
    // What the children from each one on come to.
    std::vector<Tri> rest(node.children.size() + 1, neutral);
    for (size_t i = node.children.size(); i > 0; --i) {
      const Tri value = ValueOf(node.children[i - 1]);
      rest[i - 1] = value == neutral ? rest[i] : value;
    }
    bool decided = false;
    uint32_t by = 0;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const uint32_t child = node.children[i];
      if (decided) {
        LeaveOut(child, index, by);
        continue;
      }
      std::array<Tri, 3> policy_if = above;
      policy_if[static_cast<size_t>(neutral)] =
          above[static_cast<size_t>(rest[i + 1])];
      Reach(child, index, policy_if);
      if (ValueOf(child) == neutral) continue;
      decided = true;
      by = Decisive(child);
    }
  }

  const ConditionTree& tree_;
  std::vector<NodeValue>& values_;
};

}  // namespace

ConditionTree BuildConditionTree(const Policy& policy) {
  ConditionTree tree;
  Builder builder(&tree);
  builder.AddHead(policy.principal, Variable::kPrincipal);
  builder.AddHead(policy.action, Variable::kAction);
  builder.AddHead(policy.resource, Variable::kResource);
  for (size_t i = 0; i < policy.clauses.size(); ++i) {
    builder.AddClause(policy.clauses[i], i);
  }
  return tree;
}

void Evaluate(const ConditionTree& tree, std::vector<NodeValue>* values) {
  Evaluator(tree, values).Run();
}

}  // namespace sekisho
