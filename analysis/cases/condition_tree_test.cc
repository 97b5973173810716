#include "analysis/cases/condition_tree.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

ExprPtr Attribute(int number) {
  return MakeOperation(ExprKind::kGet, {MakeVariable(Variable::kContext)},
                       absl::StrCat("a", number));
}

ExprPtr RandomCondition(std::mt19937& random, int depth) {
  const unsigned kind = depth == 0 ? 0 : random() % 6;
  const auto part = [&] { return RandomCondition(random, depth - 1); };
  switch (kind) {
    case 1:
      return MakeOperation(ExprKind::kNot, {part()});
    case 2:
    case 3: {
      std::vector<ExprPtr> args;
      for (unsigned i = random() % 3 + 2; i > 0; --i) args.push_back(part());
      return MakeOperation(kind == 2 ? ExprKind::kAnd : ExprKind::kOr,
                           std::move(args));
    }
    case 4: {
      ExprPtr condition = part();
      ExprPtr then = part();
      return MakeOperation(ExprKind::kIf, {condition, then, part()});
    }
    default:
      return Attribute(static_cast<int>(random() % 100));
  }
}

Policy RandomPolicy(std::mt19937& random) {
  Policy policy;
  if (random() % 2 == 0) {
    policy.principal.kind = Scope::Kind::kIs;
    policy.principal.type = "Person";
  }
  for (unsigned i = random() % 3 + 1; i > 0; --i) {
    Clause clause;
    clause.unless = random() % 2 == 0;
    clause.body = RandomCondition(random, 3);
    policy.clauses.push_back(std::move(clause));
  }
  return policy;
}

// As Cedar has it, with one node forced to a value. `asked` is whether that
// node was come to.
Tri Plain(const ConditionTree& tree, const std::vector<NodeValue>& atoms,
          uint32_t index, std::optional<uint32_t> node, Tri forced,
          bool* asked) {
  if (index == node) {
    *asked = true;
    return forced;
  }
  const TreeNode& at = tree.nodes[index];
  const auto child = [&](size_t i) {
    return Plain(tree, atoms, at.children[i], node, forced, asked);
  };
  switch (at.kind) {
    case TreeNode::Kind::kAtom:
      return atoms[index].value;
    case TreeNode::Kind::kNot: {
      const Tri value = child(0);
      return value == Tri::kError  ? value
             : value == Tri::kTrue ? Tri::kFalse
                                   : Tri::kTrue;
    }
    case TreeNode::Kind::kIf: {
      const Tri value = child(0);
      return value == Tri::kError ? value : child(value == Tri::kTrue ? 1 : 2);
    }
    case TreeNode::Kind::kAnd:
    case TreeNode::Kind::kOr:
      break;
  }
  const Tri neutral =
      at.kind == TreeNode::Kind::kAnd ? Tri::kTrue : Tri::kFalse;
  for (size_t i = 0; i < at.children.size(); ++i) {
    const Tri value = child(i);
    if (value != neutral) return value;
  }
  return neutral;
}

TEST(ConditionTreeTest, WhatANodeDoesToThePolicyIsWhatForcingItDoes) {
  const uint32_t seed = 20261123;
  std::mt19937 random(seed);
  size_t reached = 0;
  size_t changes = 0;
  for (int round = 0; round < 3000; ++round) {
    const Policy policy = RandomPolicy(random);
    const ConditionTree tree = BuildConditionTree(policy);
    std::vector<NodeValue> values(tree.nodes.size());
    for (NodeValue& value : values) value.value = kAllTri[random() % 3];
    const std::vector<NodeValue> atoms = values;
    Evaluate(tree, &values);
    bool asked = false;
    const Tri outcome = Plain(tree, atoms, 0, std::nullopt, Tri::kTrue, &asked);
    EXPECT_EQ(values[0].value, outcome);
    for (uint32_t node = 0; node < tree.nodes.size(); ++node) {
      for (const Tri forced : kAllTri) {
        asked = false;
        const Tri expected = Plain(tree, atoms, 0, node, forced, &asked);
        ASSERT_EQ(values[node].reached, asked) << "round " << round;
        ASSERT_EQ(values[node].policy_if[static_cast<size_t>(forced)], expected)
            << "round " << round << " node " << node;
        reached += asked;
        changes += expected != outcome;
      }
      if (values[node].reached) continue;
      const NodeValue& decided = values[values[node].decided_by];
      EXPECT_TRUE(decided.reached) << "round " << round;
      EXPECT_EQ(tree.nodes[values[node].decided_by].kind,
                TreeNode::Kind::kAtom);
    }
  }
  EXPECT_GT(reached, 10'000u);
  EXPECT_GT(changes, 1'000u);
}

TEST(ConditionTreeTest, PartsAreInTheOrderOfEvaluation) {
  Policy policy;
  policy.resource.kind = Scope::Kind::kIn;
  policy.resource.uids = {{"Folder", "f"}};
  policy.action.kind = Scope::Kind::kIn;
  policy.action.is_list = true;
  policy.action.uids = {{"Action", "view"}};
  policy.principal.kind = Scope::Kind::kIsIn;
  policy.principal.type = "Person";
  policy.principal.has_slot = true;
  Clause clause;
  clause.unless = true;
  clause.body = Attribute(1);
  clause.column = "place";
  policy.clauses.push_back(clause);
  const ConditionTree tree = BuildConditionTree(policy);
  ASSERT_EQ(tree.parts.size(), 4u);
  EXPECT_EQ(tree.parts[0].text, "principal in ?principal");
  EXPECT_EQ(tree.nodes[tree.parts[0].node].expr, nullptr);
  EXPECT_EQ(tree.parts[1].text, "action in [Action::\"view\"]");
  EXPECT_EQ(tree.parts[2].text, "resource in Folder::\"f\"");
  EXPECT_EQ(tree.parts[3].text, "unless { context.a1 }");
  EXPECT_EQ(tree.parts[3].column, "place");
  EXPECT_EQ(tree.nodes[tree.parts[3].node].kind, TreeNode::Kind::kNot);
}

}  // namespace
}  // namespace sekisho
