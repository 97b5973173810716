// What a differential run met: counts by kind, printed, and held to what it
// must meet. What is not met is not tested.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_HISTOGRAM_H_
#define SEKISHO_TESTS_DIFFERENTIAL_HISTOGRAM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/differential/generated_set.h"

namespace sekisho {

class Histogram {
 public:
  void AddSet(const GeneratedCase& made, const GeneratedSet& set);
  void AddRequest(const Meeting& meeting);
  // Evaluates every part of the policies whose heads fit the request.
  void AddOperators(const GeneratedSet& set, const Request& request);
  void AddRejected(size_t policies) { rejected_ += policies; }

  uint64_t requests() const { return requests_; }
  std::string ToString() const;
  // What was asked for and is not there, a line each: 20 % permits, 10 %
  // requests with errors, 10 % through residuals, 10 % meeting absent entities,
  // 30 % of sets with forbids, 10 policies a set; every operator, function and
  // form of a head evaluated, and in a long run an error of all that can fail.
  std::vector<std::string> Missing() const;

 private:
  struct Evaluated {
    uint64_t values = 0;
    uint64_t errors = 0;
  };

  void AddExpression(const Expr& expr, const ReferenceInput& input);
  void AddHead(const Scope& scope, const char* variable);

  uint64_t sets_ = 0;
  uint64_t sets_with_forbids_ = 0;
  uint64_t validated_ = 0;
  uint64_t fail_closed_ = 0;
  uint64_t sets_split_ = 0;
  uint64_t policies_ = 0;
  uint64_t templates_ = 0;
  uint64_t links_ = 0;
  uint64_t run_time_links_ = 0;
  uint64_t rejected_ = 0;

  uint64_t requests_ = 0;
  uint64_t with_errors_ = 0;
  uint64_t absent_ = 0;
  uint64_t residual_ = 0;
  uint64_t by_run_time_links_ = 0;
  // By Cause.
  std::map<int, uint64_t> causes_;
  // By operator, function, or form of a head.
  std::map<std::string, Evaluated> operators_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_HISTOGRAM_H_
