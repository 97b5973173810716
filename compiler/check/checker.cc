#include "compiler/check/checker.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/check/environment_checker.h"
#include "compiler/check/findings.h"
#include "compiler/check/names.h"

namespace sekisho {
namespace {

std::string TypeList(const absl::btree_set<std::string>& types) {
  return absl::StrCat(
      "`", types.empty() ? "nothing" : absl::StrJoin(types, "` or `"), "`");
}

// Says which part of the head fits no environment that the others leave.
void ReportScope(const Schema& schema,
                 const std::vector<RequestEnvironment>& environments,
                 const Policy& policy, Findings* findings) {
  absl::btree_set<std::string> principals, resources;
  bool action = false, principal = false;
  for (const RequestEnvironment& environment : environments) {
    ScopeAdmits admits(schema, policy, environment);
    action |= admits.action;
    principal |= admits.action && admits.principal;
    if (admits.action) principals.insert(environment.principal_type);
    if (admits.action && admits.principal) {
      resources.insert(environment.resource_type);
    }
  }
  auto place = [&policy](const Scope& scope) {
    return scope.span.valid() ? scope.span : policy.span;
  };
  auto help = [](const Scope& scope, absl::string_view types) {
    return absl::StrCat("the actions in this policy's scope apply to ", types,
                        scope.kind == Scope::Kind::kEqual
                            ? "; to mean everything below it write `in`"
                            : "");
  };
  if (!action) {
    findings->Error(place(policy.action),
                    "no action in this policy's scope applies to anything");
  } else if (!principal) {
    findings->Error(place(policy.principal),
                    "no action in this policy's scope has such a principal",
                    help(policy.principal, TypeList(principals)));
  } else {
    findings->Error(place(policy.resource),
                    "no action in this policy's scope has such a resource",
                    help(policy.resource, TypeList(resources)));
  }
}

}  // namespace

std::string RequestEnvironment::ToString() const {
  return absl::StrCat(principal_type, ", ", action.ToString(), ", ",
                      resource_type);
}

std::vector<RequestEnvironment> RequestEnvironments(const Schema& schema) {
  std::vector<RequestEnvironment> environments;
  for (const auto& [uid, action] : schema.actions) {
    for (const std::string& principal : action.principal_types) {
      for (const std::string& resource : action.resource_types) {
        environments.push_back({uid, principal, resource});
      }
    }
  }
  return environments;
}

std::vector<TypedPolicy> CheckPolicy(
    const Schema& schema, const std::vector<RequestEnvironment>& environments,
    const Policy& policy, Diagnostics* diagnostics) {
  Findings findings(diagnostics);
  std::vector<TypedPolicy> result(environments.size());
  if (!CheckNames(schema, policy, &findings)) return result;

  bool names_known = !findings.has_errors();
  bool in_scope = false, applies = false;
  for (size_t i = 0; i < environments.size(); ++i) {
    if (!ScopeAdmits(schema, policy, environments[i]).all()) continue;
    in_scope = true;
    EnvironmentChecker checker(schema, environments[i], &findings, &result[i]);
    checker.Check(policy);
    applies |= result[i].applies;
  }
  if (!in_scope) {
    if (names_known) ReportScope(schema, environments, policy, &findings);
  } else if (!findings.has_errors()) {
    findings.WarnOfTheImpossible(policy, !applies);
  }
  return result;
}

std::vector<std::pair<std::string, std::string>> AdmittedTypes(
    const Schema& schema, const std::vector<RequestEnvironment>& environments,
    const Policy& policy) {
  absl::btree_set<std::pair<std::string, std::string>> types;
  for (const RequestEnvironment& environment : environments) {
    if (!ScopeAdmits(schema, policy, environment).all()) continue;
    types.emplace(environment.principal_type, environment.resource_type);
  }
  return {types.begin(), types.end()};
}

void CheckHead(const Schema& schema,
               const std::vector<RequestEnvironment>& environments,
               const Policy& policy, Diagnostics* diagnostics) {
  Findings findings(diagnostics);
  CheckHeadNames(schema, policy, &findings);
  const bool in_scope =
      std::any_of(environments.begin(), environments.end(),
                  [&](const RequestEnvironment& environment) {
                    return ScopeAdmits(schema, policy, environment).all();
                  });
  if (!in_scope && !findings.has_errors()) {
    ReportScope(schema, environments, policy, &findings);
  }
}

}  // namespace sekisho
