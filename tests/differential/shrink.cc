// Shrink: leaves out whatever can be left out, until nothing more can.
#include <memory>
#include <utility>

#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "tests/differential/generated_set.h"

namespace sekisho {
namespace {

class Shrinker {
 public:
  using Fails = std::function<bool(const GeneratedCase&)>;

  Shrinker(GeneratedCase failing, const Fails& fails)
      : best_(std::move(failing)), fails_(fails) {}

  GeneratedCase Run() {
    KeepOneRequest();
    do {
      shrunk_ = false;
      DropParts(&GeneratedCase::run_time_links);
      DropParts(&GeneratedCase::links);
      DropParts(&GeneratedCase::policies);
      DropParts(&GeneratedCase::entities);
      for (size_t i = 0; i < best_.policies.size(); ++i) ShrinkPolicy(i);
      for (size_t i = 0; i < best_.entities.size(); ++i) ShrinkEntity(i);
    } while (shrunk_);
    return best_;
  }

 private:
  bool Try(GeneratedCase smaller) {
    if (!fails_(smaller)) return false;
    best_ = std::move(smaller);
    shrunk_ = true;
    return true;
  }

  void KeepOneRequest() {
    for (const Request& request : best_.requests) {
      GeneratedCase one = best_;
      one.requests = {request};
      if (Try(std::move(one))) return;
    }
  }

  // First large parts of the list, then smaller ones, then one by one.
  template <typename T>
  void DropParts(std::vector<T> GeneratedCase::*list) {
    for (size_t size = (best_.*list).size(); size > 0; size /= 2) {
      for (size_t at = 0; at < (best_.*list).size();) {
        GeneratedCase smaller = best_;
        std::vector<T>& parts = smaller.*list;
        const size_t end = std::min(at + size, parts.size());
        parts.erase(parts.begin() + at, parts.begin() + end);
        if (!Try(std::move(smaller))) at += size;
      }
    }
  }

  Policy Parse(size_t index) const {
    SourceSet sources;
    Diagnostics diagnostics(&sources);
    return ParsePolicies(sources, sources.Add("p", best_.policies[index]),
                         &diagnostics)
        .at(0);
  }

  bool TryPolicy(size_t index, const Policy& policy) {
    GeneratedCase smaller = best_;
    smaller.policies[index] = PrintPolicy(policy);
    return Try(std::move(smaller));
  }

  void ShrinkPolicy(size_t index) {
    Policy policy = Parse(index);
    for (size_t i = 0; i < policy.clauses.size();) {
      Policy smaller = policy;
      smaller.clauses.erase(smaller.clauses.begin() + i);
      if (TryPolicy(index, smaller)) {
        policy = std::move(smaller);
      } else {
        ++i;
      }
    }
    for (size_t i = 0; i < policy.clauses.size(); ++i) {
      while (true) {
        const ExprPtr smaller = Smaller(policy.clauses[i].body, [&](ExprPtr e) {
          Policy changed = policy;
          changed.clauses[i].body = std::move(e);
          return TryPolicy(index, changed);
        });
        if (smaller == nullptr) break;
        policy.clauses[i].body = smaller;
      }
    }
  }

  // `expr` with one part of it, however deep, replaced by a constant or by an
  // operand of that part, or left out of a chain, such that `accept` accepts
  // it; or null.
  static ExprPtr Smaller(const ExprPtr& expr,
                         const std::function<bool(ExprPtr)>& accept) {
    if (expr->kind == ExprKind::kLiteral) return nullptr;
    for (const bool value : {true, false}) {
      ExprPtr constant = MakeLiteral(Value::Bool(value));
      if (accept(constant)) return constant;
    }
    for (const ExprPtr& arg : expr->args()) {
      if (accept(arg)) return arg;
    }
    const bool is_chain =
        expr->kind == ExprKind::kAnd || expr->kind == ExprKind::kOr;
    for (size_t i = 0; i < expr->args().size(); ++i) {
      if (is_chain && expr->args().size() > 2) {
        ExprParts parts = expr->parts();
        parts.args.erase(parts.args.begin() + i);
        ExprPtr shorter = MakeExpr(std::move(parts));
        if (accept(shorter)) return shorter;
      }
      ExprPtr with_smaller;
      const ExprPtr found = Smaller(expr->args()[i], [&](ExprPtr arg) {
        ExprParts parts = expr->parts();
        parts.args[i] = std::move(arg);
        with_smaller = MakeExpr(std::move(parts));
        return accept(with_smaller);
      });
      if (found != nullptr) return with_smaller;
    }
    return nullptr;
  }

  void ShrinkEntity(size_t index) {
    GeneratedCase smaller = best_;
    smaller.entities[index].parents.clear();
    smaller.entities[index].tags = Value::Record({});
    const Entity& entity = best_.entities[index];
    if (entity.parents.empty() && entity.tags.AsRecord().empty()) return;
    Try(std::move(smaller));
  }

  GeneratedCase best_;
  const Fails& fails_;
  bool shrunk_ = false;
};

}  // namespace

GeneratedCase Shrink(GeneratedCase failing,
                     const std::function<bool(const GeneratedCase&)>& fails) {
  return Shrinker(std::move(failing), fails).Run();
}

}  // namespace sekisho
