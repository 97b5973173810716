// Collects what the checker finds in one policy, over all its environments.
#ifndef SEKISHO_COMPILER_CHECK_FINDINGS_H_
#define SEKISHO_COMPILER_CHECK_FINDINGS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {

class Findings {
 public:
  explicit Findings(Diagnostics* diagnostics) : diagnostics_(diagnostics) {}

  // Reported once a node, whatever the environment says of it, and not again
  // if another policy that shares the node has reported the same.
  void Error(const Expr& node, const Span& span, absl::string_view message,
             absl::string_view help = "");
  // An error that is not an expression's.
  void Error(const Span& span, absl::string_view message,
             absl::string_view help = "");

  // A test that can be true in this environment, or cannot for the reason
  // given. Each environment that evaluates a test says one of the two.
  void Possible(const Expr& node) { tests_[&node].possible = true; }
  void Impossible(const Expr& node, absl::string_view reason,
                  absl::string_view help = "");

  bool has_errors() const { return has_errors_; }

  // Warns of tests that no environment can make true: in one warning if the
  // policy applies nowhere, otherwise in one each.
  void WarnOfTheImpossible(const Policy& policy, bool applies_nowhere);

 private:
  struct Test {
    bool possible = false;
    size_t order = 0;
    std::string reason;
    std::string help;
  };

  bool IsKnown(const Span& span, absl::string_view message) const;

  Diagnostics* const diagnostics_;
  absl::flat_hash_set<const Expr*> reported_;
  absl::flat_hash_map<const Expr*, Test> tests_;
  bool has_errors_ = false;
};

// "did you mean `x`?", or nothing if no candidate is near.
std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_FINDINGS_H_
