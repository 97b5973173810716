// Return early on errors.
//
//   absl::StatusOr<Policy> Load(absl::string_view name) {
//     ASSIGN_OR_RETURN(std::string bytes, Read(name));
//     RETURN_IF_ERROR(Check(bytes));
//     ...
#ifndef SEKISHO_ENGINE_BASE_STATUS_MACROS_H_
#define SEKISHO_ENGINE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status that `expression` yields unless it is OK.
#define RETURN_IF_ERROR(expression)                                         \
  do {                                                                      \
    if (absl::Status sekisho_status = (expression); !sekisho_status.ok()) { \
      return sekisho_status;                                                \
    }                                                                       \
  } while (false)

// Evaluates an absl::StatusOr; returns its status if it is an error, and
// otherwise moves its value into `target`, which may declare a variable (a type
// with a comma in it needs `auto` or an alias). It is two statements: braces
// after `if` are required.
#define ASSIGN_OR_RETURN(target, expression)                                \
  SEKISHO_ASSIGN_OR_RETURN(SEKISHO_JOIN(sekisho_result_, __LINE__), target, \
                           expression)

#define SEKISHO_ASSIGN_OR_RETURN(result, target, expression) \
  auto result = (expression);                                \
  if (!result.ok()) return result.status();                  \
  target = *std::move(result)

#define SEKISHO_JOIN(a, b) SEKISHO_JOIN_EXPANDED(a, b)
#define SEKISHO_JOIN_EXPANDED(a, b) a##b

#endif  // SEKISHO_ENGINE_BASE_STATUS_MACROS_H_
