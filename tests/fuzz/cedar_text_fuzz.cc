// Property: whatever the bytes of a rule file or a schema are, they are refused
// with places, or what was read is printed and read as the same again, and
// means the same after it was JSON.
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/same_expression.h"
#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "tests/fuzz/convert.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

// All policies, or none if there was an error.
std::vector<Policy> Parse(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  std::vector<Policy> policies =
      ParsePolicies(sources, sources.Add("x", text), &diagnostics);
  (void)diagnostics.ToString();
  if (diagnostics.has_errors()) policies.clear();
  return policies;
}

void CheckPolicies(const std::string& text) {
  for (const Policy& policy : Parse(text)) {
    const std::vector<Policy> again = Parse(PrintPolicy(policy));
    if (again.size() != 1) abort();
    // The number of a policy without an id is that of its place.
    Policy renamed = again[0];
    renamed.id = policy.id;
    if (!SamePolicy(policy, renamed)) abort();
  }
}

void CheckExpression(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const auto parse = [&](const std::string& source) {
    const SourceId id = sources.Add("x", source);
    return ParseExpression(
        sources, {id, 0, static_cast<uint32_t>(source.size())}, &diagnostics);
  };
  const ExprPtr parsed = parse(text);
  (void)diagnostics.ToString();
  if (parsed == nullptr) return;
  const ExprPtr again = parse(PrintExpression(*parsed));
  if (again == nullptr || !SameExpression(*parsed, *again)) abort();
}

// The text as JSON and as text again, or nothing if it cannot be read.
std::optional<std::string> ThroughJson(Converter convert,
                                       const std::string& text) {
  const auto json = Convert(convert, text, CedarForm::kJson);
  if (!json) return std::nullopt;
  const auto back = Convert(convert, *json, CedarForm::kText);
  if (!back) abort();
  return back;
}

// By id. JSON has ids outside of policies.
std::map<std::string, Policy> ById(const std::string& text) {
  std::map<std::string, Policy> by_id;
  for (Policy& policy : Parse(text)) {
    std::erase_if(policy.annotations, [](const Annotation& annotation) {
      return annotation.name == "id";
    });
    const std::string id = policy.id;
    by_id[id] = std::move(policy);
  }
  return by_id;
}

void CheckJsonOfPolicies(const std::string& text) {
  const auto back = ThroughJson(ConvertPolicies, text);
  if (!back) return;
  const std::map<std::string, Policy> before = ById(text);
  const std::map<std::string, Policy> after = ById(*back);
  if (before.size() != after.size()) abort();
  for (const auto& [id, policy] : before) {
    auto it = after.find(id);
    if (it == after.end() || !SamePolicy(policy, it->second)) abort();
  }
}

// JSON writes names out, and text writes them short again; after that there is
// nothing to change.
void CheckJsonOfSchema(const std::string& text) {
  const auto back = ThroughJson(ConvertSchema, text);
  if (back && ThroughJson(ConvertSchema, *back) != back) abort();
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {
      R"(@id("a") @note permit(principal == U::"u", action in [Action::"x"],
resource is N::R in R::"r\u{e9}") when { context.n + -1 * 2 < 3 && !(true) }
unless { if principal has a.b then [1, 2].containsAny([]) else {"k k": 1,
x: 2}["k k"] == 1 || resource.s like "a*\*" };)",
      R"(forbid(principal is U in ?principal, action, resource in ?resource)
when { principal.hasTag("t") && principal.getTag("t").isInRange(ip("::1/8"))
&& datetime("2026-11-22").offset(duration("-1d2h")).toDate() >= context.t
&& decimal("1.5").lessThan(context.d) && principal in [U::"a", U::"b"] };)",
      "-9223372036854775808 - 1 != context[\"\\n\"] || principal is U in "
      "U::\"\"",
      R"(namespace N::M { @doc("x") entity E, F in [E] = {"a b"?: Set<T>, c: Long}
tags Bool; entity C enum ["x", "y"]; type T = {t: __cedar::String, u: ipaddr};
action a, "b c" in [g] appliesTo {principal: [E], resource: F, context: T};
action g; } type U = decimal; entity E;)",
  };
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // What no source may be is refused before it is one.
  if (!sekisho::CheckSource("x", text).ok()) return 0;
  sekisho::CheckPolicies(text);
  sekisho::CheckExpression(text);
  sekisho::CheckJsonOfPolicies(text);
  sekisho::CheckJsonOfSchema(text);
  return 0;
}
