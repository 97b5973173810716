// Explanations as JSON, for programs and for the command line.
//
//   {"decision": "deny", "cause": "not covered", "policy_hash": ..,
//    "determining": [POLICY], "undecided_forbids": [POLICY], "errors": [ID],
//    "coverage": "covered" | "no permit for the action"
//              | "no permit for the types",
//    "nearest": [POLICY], "read": [UID]}
//   POLICY  {"policy", "use_case"?, "service"?, "source", "line",
//            "cells": [CELL], "plan"?: [EDIT]}
//   CELL    {"column"?, "header"?: WORDS, "wanted"?: WORDS, "condition",
//            "place", "outcome": "true" | "false" | "error",
//            "found": [FOUND], "help": [WORDS], "options": [[EDIT]]}
//   FOUND   {"path", "state": "value" | "absent" | "entity missing" | "error",
//            "text"?, "words"?: WORDS}
//   EDIT    {"path", "operation": "assign" | "insert" | "remove" | "delete",
//            "of": "action" | "context" | entity, "attributes": [..],
//            "value"? in the notation of engine/model/json.h, "words"?: WORDS}
//   WORDS   {"en", "ja"}
//
// A redacted one: {"decision", "ways": [[{"header"?: WORDS, "wanted"?: WORDS,
// "help": [WORDS]}]]}
#ifndef SEKISHO_ANALYSIS_EXPLANATION_JSON_H_
#define SEKISHO_ANALYSIS_EXPLANATION_JSON_H_

#include "analysis/explanation.h"
#include "nlohmann/json.hpp"

namespace sekisho {

nlohmann::ordered_json ToJson(const Explanation& explanation);
nlohmann::ordered_json ToJson(const RedactedExplanation& explanation);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_EXPLANATION_JSON_H_
