#include "tests/differential/histogram.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

// By ExprKind; calls and functions are called by their own names.
constexpr const char* kKinds[] = {"literal", "variable", "!",     "neg", "&&",
                                  "||",      "if",       "==",    "!=",  "<",
                                  "<=",      ">",        ">=",    "+",   "-",
                                  "*",       "in",       "has",   ".",   "like",
                                  "is",      "set",      "record"};

std::string NameOf(const Expr& expr) {
  if (expr.kind == ExprKind::kCall || expr.kind == ExprKind::kFunction) {
    return expr.name();
  }
  if (expr.kind == ExprKind::kIs && expr.args().size() == 2) return "is in";
  return kKinds[static_cast<int>(expr.kind)];
}

// In so many, all that can fail does.
constexpr uint64_t kManySets = 500;

bool HeadFits(Policy policy, const ReferenceInput& input) {
  policy.clauses.clear();
  return ReferenceSatisfied(policy, input) == true;
}

// All that there is to be met, and whether it can fail.
std::map<std::string, bool> Wanted() {
  std::map<std::string, bool> wanted = {{"literal", false},
                                        {"variable", false},
                                        {"!", false},
                                        {"neg", true},
                                        {"&&", false},
                                        {"||", false},
                                        {"if", false},
                                        {"==", false},
                                        {"!=", false},
                                        {"<", false},
                                        {"<=", false},
                                        {">", false},
                                        {">=", false},
                                        {"+", true},
                                        {"-", true},
                                        {"*", true},
                                        {"in", false},
                                        {"has", false},
                                        {".", true},
                                        {"like", false},
                                        {"is", false},
                                        {"is in", false},
                                        {"set", false},
                                        {"record", false},
                                        {"contains", false},
                                        {"containsAll", false},
                                        {"containsAny", false},
                                        {"isEmpty", false},
                                        {"getTag", true},
                                        {"hasTag", false},
                                        {"unless", false},
                                        {"action ==", false},
                                        {"action in", false},
                                        {"action in [..]", false}};
  for (const FunctionSignature& function : Functions()) {
    wanted[std::string(function.name)] = !function.is_total;
  }
  for (const char* variable : {"principal", "resource"}) {
    for (const char* form :
         {" ==", " in", " is", " is in", " == ?", " in ?", " is in ?"}) {
      wanted[absl::StrCat(variable, form)] = false;
    }
  }
  return wanted;
}

}  // namespace

void Histogram::AddSet(const GeneratedCase& made, const GeneratedSet& set) {
  ++sets_;
  validated_ += made.options.validate;
  fail_closed_ += made.options.fail_closed;
  sets_split_ += set.compilation().splits_by_budget > 0;
  links_ += made.links.size();
  run_time_links_ += made.run_time_links.size();
  bool has_forbid = false;
  for (const Policy& policy : set.policies()) {
    if (policy.is_template()) {
      ++templates_;
      AddHead(policy.principal, "principal");
      AddHead(policy.resource, "resource");
    } else {
      ++policies_;
      has_forbid |= policy.effect == Effect::kForbid;
    }
  }
  sets_with_forbids_ += has_forbid;
}

void Histogram::AddRequest(const Meeting& meeting) {
  ++requests_;
  ++causes_[static_cast<int>(meeting.decision.cause)];
  with_errors_ += !meeting.decision.errors.empty();
  absent_ += meeting.absent_entity;
  residual_ += meeting.residual;
  by_run_time_links_ += meeting.run_time_link;
}

void Histogram::AddOperators(const GeneratedSet& set, const Request& request) {
  const ReferenceInput input = set.InputOf(request);
  for (const Policy& policy : set.policies()) {
    if (policy.is_template() || !HeadFits(policy, input)) continue;
    AddHead(policy.principal, "principal");
    AddHead(policy.action, "action");
    AddHead(policy.resource, "resource");
    for (const Clause& clause : policy.clauses) {
      if (clause.unless) ++operators_["unless"].values;
      AddExpression(*clause.body, input);
    }
  }
}

void Histogram::AddHead(const Scope& scope, const char* variable) {
  const char* const kForms[] = {"", " ==", " in", " is", " is in"};
  ++operators_[absl::StrCat(variable, kForms[static_cast<int>(scope.kind)],
                            scope.is_list ? " [..]" : "",
                            scope.has_slot ? " ?" : "")]
        .values;
}

void Histogram::AddExpression(const Expr& expr, const ReferenceInput& input) {
  Evaluated& evaluated = operators_[NameOf(expr)];
  const std::optional<Value> value = ReferenceEvaluate(expr, input);
  // An error of an operand is not the operator's own.
  bool own = true;
  for (const ExprPtr& arg : expr.args()) {
    AddExpression(*arg, input);
    own &= ReferenceEvaluate(*arg, input).has_value();
  }
  if (value) {
    ++evaluated.values;
  } else if (own) {
    ++evaluated.errors;
  }
}

std::string Histogram::ToString() const {
  const auto line = [](const char* what, uint64_t count, uint64_t of) {
    return absl::StrFormat("%-34s %11d  %5.1f %%\n", what, count,
                           of == 0 ? 0.0 : 100.0 * count / of);
  };
  const auto cause = [this](Cause which) {
    auto it = causes_.find(static_cast<int>(which));
    return it == causes_.end() ? 0 : it->second;
  };
  std::string text = absl::StrCat(
      line("sets", sets_, sets_), line("  validated", validated_, sets_),
      line("  fail_closed", fail_closed_, sets_),
      line("  with forbids", sets_with_forbids_, sets_),
      line("  split by the node budget", sets_split_, sets_),
      absl::StrFormat("%-34s %11d  %.1f a set\n", "policies", policies_,
                      1.0 * policies_ / std::max<uint64_t>(sets_, 1)),
      line("  of compiled links", links_, policies_),
      line("  of links made at run time", run_time_links_, policies_),
      line("templates besides", templates_, policies_),
      line("tries that did not validate", rejected_, rejected_ + policies_),
      line("requests", requests_, requests_),
      line("  permitted", cause(Cause::kPermitted), requests_),
      line("  forbidden", cause(Cause::kForbidden), requests_),
      line("  forbid undecided", cause(Cause::kForbidUndecided), requests_),
      line("  not covered", cause(Cause::kNotCovered), requests_),
      line("  with errors", with_errors_, requests_),
      line("  meeting absent entities", absent_, requests_),
      line("  through residuals", residual_, requests_),
      line("  by links made at run time", by_run_time_links_, requests_));
  absl::StrAppend(&text,
                  "evaluated for some of the requests     values      "
                  "errors\n");
  for (const auto& [name, evaluated] : operators_) {
    absl::StrAppend(&text, absl::StrFormat("  %-32s %11d %11d\n", name,
                                           evaluated.values, evaluated.errors));
  }
  return text;
}

std::vector<std::string> Histogram::Missing() const {
  std::vector<std::string> missing;
  const auto at_least = [&](const char* what, uint64_t count, uint64_t percent,
                            uint64_t of) {
    if (count * 100 < of * percent) {
      missing.push_back(
          absl::StrCat(what, ": ", count, " of ", of, ", not ", percent, " %"));
    }
  };
  auto permitted = causes_.find(static_cast<int>(Cause::kPermitted));
  at_least("permits", permitted == causes_.end() ? 0 : permitted->second, 20,
           requests_);
  at_least("requests with errors", with_errors_, 10, requests_);
  at_least("requests through residuals", residual_, 10, requests_);
  at_least("requests meeting absent entities", absent_, 10, requests_);
  at_least("sets with forbids", sets_with_forbids_, 30, sets_);
  at_least("policies", policies_, 1000, sets_);
  for (const auto& [name, can_fail] : Wanted()) {
    auto it = operators_.find(name);
    if (it == operators_.end() || it->second.values == 0) {
      missing.push_back(name + " has given no value");
    } else if (can_fail && it->second.errors == 0 && sets_ >= kManySets) {
      missing.push_back(name + " has not failed");
    }
  }
  return missing;
}

}  // namespace sekisho
