#include "compiler/check/checker.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/schema_parser.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity Role enum ["nurse", "doctor", "paramedic"];
entity Location enum ["hospital", "home"];
entity Organization;
entity Ward in [Organization];
entity Person in [Ward] = {
  roles: Set<Role>,
  age: Long,
  name: String,
  active: Bool,
  home: { city: String, zip?: String, geo?: { lat: Long, lon?: Long } },
  manager?: Person,
  licence?: Long,
  hired: datetime,
  shift: duration,
  limit: decimal,
  addr?: ipaddr,
} tags String;
entity Robot in [Ward] = { serial: Long };
entity Record = {
  owner: Person,
  custodian?: Organization,
  grade: String,
  labels: Set<String>,
};
action read;
action view in [read] appliesTo {
  principal: [Person],
  resource: [Record],
  context: { location: Location, count?: Long, purpose: String },
};
action update appliesTo {
  principal: [Person, Robot],
  resource: [Record],
  context: { location: Location },
};
)";

// A checked source.
class Checked {
 public:
  explicit Checked(absl::string_view policies) : diagnostics_(&sources_) {
    SourceId schema_id = sources_.Add("test.cedarschema", kSchema);
    std::optional<Schema> schema =
        ParseSchema(sources_, schema_id, &diagnostics_);
    SourceId id = sources_.Add("test.cedar", std::string(policies));
    policies_ = ParsePolicies(sources_, id, &diagnostics_);
    if (!schema || diagnostics_.has_errors()) {
      ADD_FAILURE() << diagnostics_.ToString();
      return;
    }
    schema_ = *std::move(schema);
    environments_ = RequestEnvironments(schema_);
    for (const Policy& policy : policies_) {
      typed_.push_back(
          CheckPolicy(schema_, environments_, policy, &diagnostics_));
    }
  }

  // One line a diagnostic: its severity, the text it points to, the message,
  // the help and the notes.
  std::string Report() const {
    std::string out;
    for (const Diagnostic& d : diagnostics_.all()) {
      bool error = d.severity == Diagnostic::Severity::kError;
      absl::StrAppend(&out, error ? "error" : "warning", " at `",
                      Short(sources_.text(d.span)), "`: ", d.message);
      for (const Diagnostic::Note& note : d.notes) {
        absl::StrAppend(&out, " (`", sources_.text(note.span),
                        "`: ", note.message, ")");
      }
      if (!d.help.empty()) absl::StrAppend(&out, "; ", d.help);
      absl::StrAppend(&out, "\n");
    }
    return out;
  }

  const std::vector<RequestEnvironment>& environments() const {
    return environments_;
  }
  const std::vector<TypedPolicy>& typed(size_t policy) const {
    return typed_[policy];
  }

  // `text: Type` for each typed expression, and `text = value` for each
  // constant one, in one environment of the first policy.
  std::string Types(size_t environment) const {
    std::vector<std::string> lines;
    const TypedPolicy& typed = typed_[0][environment];
    for (const auto& [expr, type] : typed.types) {
      lines.push_back(
          absl::StrCat(sources_.text(expr->span), ": ", type.ToString()));
    }
    for (const auto& [expr, value] : typed.constants) {
      lines.push_back(absl::StrCat(sources_.text(expr->span),
                                   value ? " = true" : " = false"));
    }
    std::sort(lines.begin(), lines.end());
    return absl::StrJoin(lines, "\n");
  }

 private:
  // Policies by their first word.
  static absl::string_view Short(absl::string_view text) {
    size_t end = text.find('(');
    absl::string_view word = text.substr(0, end);
    return word == "permit" || word == "forbid" ? word : text;
  }

  SourceSet sources_;
  Diagnostics diagnostics_;
  Schema schema_;
  std::vector<Policy> policies_;
  std::vector<RequestEnvironment> environments_;
  std::vector<std::vector<TypedPolicy>> typed_;
};

void AddClause(const ExprPtr& body, Policy* policy) {
  Clause clause;
  clause.body = body;
  policy->clauses.push_back(clause);
}

std::string Report(absl::string_view policies) {
  return Checked(policies).Report();
}

// Of a policy for `view` on that condition.
std::string ReportView(absl::string_view condition) {
  return Report(absl::StrCat(
      "permit(principal, action == Action::\"view\", resource) when { ",
      condition, " };"));
}

struct Case {
  const char* text;
  const char* report;
};

TEST(RequestEnvironments, AllCombinations) {
  std::vector<std::string> lines;
  Checked checked("permit(principal, action, resource);");
  for (const RequestEnvironment& environment : checked.environments()) {
    lines.push_back(environment.ToString());
  }
  EXPECT_EQ(absl::StrJoin(lines, "\n"),
            "Person, Action::\"update\", Record\n"
            "Robot, Action::\"update\", Record\n"
            "Person, Action::\"view\", Record");
}

TEST(Check, WellTyped) {
  for (const char* condition : {
           "true",
           "principal.age + 2 * principal.age - 1 < -3",
           "principal.roles.contains(Role::\"nurse\")",
           "principal.roles.containsAny([Role::\"nurse\", Role::\"doctor\"])",
           "resource.owner == principal",
           "principal in Organization::\"a\"",
           "principal in [Ward::\"a\", Ward::\"b\"]",
           "principal.name like \"a*\" && !principal.active",
           "{a: principal.age, b: true}.a > 1",
           "if principal.active then principal.age > 1 else false",
           "[principal.age, 2].contains(3)",
           "principal.home == resource.owner.home",
           "{a: [principal.name]} == {a: [\"x\"]}",
           // Comparing entities of two types is false, which is not an error.
           "principal == resource || true",
           "1 == \"a\" || true",
           "action == Action::\"view\" && action in Action::\"read\"",
           "principal is Person in Ward::\"3\"",
           "principal.roles.isEmpty()",
           "principal.hired < datetime(\"2026-04-01\")",
           "principal.hired.offset(duration(\"1d\")).toDate() == "
           "principal.hired.toDate()",
           "principal.hired.toTime() >= principal.shift",
           "principal.shift.toHours() + 1 > 3",
           "principal.limit.greaterThan(decimal(\"1.5\"))",
           "principal has addr && principal.addr.isInRange(ip(\"::/0\"))",
           "[ip(\"10.0.0.1\"), ip(\"::1\")].contains(ip(\"::1\"))",
       }) {
    std::string report = ReportView(condition);
    EXPECT_EQ(report.find("error"), std::string::npos) << condition << "\n"
                                                       << report;
  }
}

TEST(Check, Types) {
  const Case cases[] = {
      {"1", "error at `1`: expected a `Bool`, found a `Long`\n"},
      {"principal.age && true",
       "error at `principal.age`: expected a `Bool`, found a `Long`\n"},
      {"!principal.name",
       "error at `principal.name`: expected a `Bool`, found a `String`\n"},
      {"principal.age < principal.name",
       "error at `principal.name`: expected a `Long`, found a `String`\n"},
      {"principal.name + \"x\" == \"y\"",
       "error at `principal.name`: expected a `Long`, found a `String`\n"
       "error at `\"x\"`: expected a `Long`, found a `String`\n"
       "error at `principal.name + \"x\" == \"y\"`: a `Long` cannot be "
       "compared "
       "with a `String`\n"},
      {"principal.age like \"1*\"",
       "error at `principal.age`: expected a `String`, found a `Long`\n"},
      {"principal.age == \"12\"",
       "error at `principal.age == \"12\"`: a `Long` cannot be compared with a "
       "`String`\n"},
      {"principal.roles == [\"nurse\"]",
       "error at `principal.roles == [\"nurse\"]`: a `Set<Role>` cannot be "
       "compared with a `Set<String>`\n"},
      {"principal.age in Ward::\"3\"",
       "error at `principal.age`: expected an entity, found a `Long`; for a "
       "value in a set write `set.contains(value)`\n"},
      {"principal in resource.labels",
       "error at `resource.labels`: expected an entity or a set of entities, "
       "found a `Set<String>`; for a value in a set write "
       "`set.contains(value)`\n"},
      {"principal.age is Person",
       "error at `principal.age`: expected an entity, found a `Long`; `is` "
       "tests entities only\n"},
      {"principal.name.contains(\"a\")",
       "error at `principal.name`: expected a set, found a `String`\n"},
      {"principal.roles.contains(\"nurse\")",
       "error at `\"nurse\"`: a `Set<Role>` cannot contain a `String`\n"},
      {"principal.roles.contains([Role::\"nurse\"])",
       "error at `[Role::\"nurse\"]`: a `Set<Role>` cannot contain a "
       "`Set<Role>`; for several values write `containsAll` or "
       "`containsAny`\n"},
      {"principal.roles.containsAll(Role::\"nurse\")",
       "error at `Role::\"nurse\"`: expected a set, found a `Role`; for a "
       "single value write `contains`\n"},
      {"principal.roles.containsAny(resource.labels)",
       "error at `principal.roles.containsAny(resource.labels)`: a `Set<Role>` "
       "and a `Set<String>` have no elements in common\n"},
      {"[1, \"a\", true].contains(1)",
       "error at `\"a\"`: the elements of this set differ in type, `Long` and "
       "`String`\n"},
      {"[principal, resource].contains(principal)",
       "error at `resource`: the elements of this set differ in type, `Person` "
       "and `Record`\n"},
      {"principal.roles == []",
       "error at `[]`: the type of the elements of `[]` is not known; to test "
       "whether a set is empty write `set.isEmpty()`\n"},
      {"(if principal.active then 1 else \"a\") == 1",
       "error at `if principal.active then 1 else \"a\"`: the branches of this "
       "`if` differ in type, `Long` and `String`\n"},
      {"principal.home == {city: \"a\"}",
       "error at `principal.home == {city: \"a\"}`: a `{city: String, geo?: "
       "{lat: Long, lon?: Long}, zip?: String}` cannot be compared with a "
       "`{city: String}`\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReportView(c.text), c.report);
}

TEST(Check, Names) {
  const Case cases[] = {
      {"context.location == Location::\"hospitl\"",
       "error at `Location::\"hospitl\"`: `hospitl` is not one of the ids of "
       "`Location`; did you mean `hospital`?\n"},
      {"context.location == Location::\"x\"",
       "error at `Location::\"x\"`: `x` is not one of the ids of `Location`; "
       "its ids are `home`, `hospital`\n"},
      {"context.location == Lcation::\"home\"",
       "error at `Lcation::\"home\"`: `Lcation` is not an entity type; did you "
       "mean `Location`?\n"},
      {"principal is Preson",
       "error at `Preson`: `Preson` is not an entity type; did you mean "
       "`Person`?\n"},
      {"action == Action::\"veiw\"",
       "error at `Action::\"veiw\"`: `Action::\"veiw\"` is not an action; did "
       "you mean `Action::\"view\"`?\n"},
      {"action == Health::Action::\"view\"",
       "error at `Health::Action::\"view\"`: `Health::Action::\"view\"` is not "
       "an action; did you mean `Action::\"view\"`?\n"},
      {"principal.rols.isEmpty()",
       "error at `rols`: `Person` has no attribute `rols`; did you mean "
       "`roles`?\n"},
      {"principal.home.street == \"a\"",
       "error at `street`: `principal.home` has no attribute `street`\n"},
      {"context.locaton == Location::\"home\"",
       "error at `locaton`: the context of `Action::\"view\"` has no attribute "
       "`locaton`; did you mean `location`?\n"},
      {"action.name == \"a\"",
       "error at `name`: `Action` has no attribute `name`\n"},
      // In parts that are never evaluated, too.
      {"false && context.location == Location::\"hospitl\"",
       "error at `Location::\"hospitl\"`: `hospitl` is not one of the ids of "
       "`Location`; did you mean `hospital`?\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReportView(c.text), c.report);
}

TEST(Check, Capabilities) {
  constexpr char kLicence[] =
      "error at `licence`: attribute `licence` of `Person` is optional and may "
      "be missing here; test for it first: `principal has licence && ...`\n";
  constexpr char kCount[] =
      "error at `\"count\"`: attribute `count` of the context of "
      "`Action::\"view\"` is optional and may be missing here; test for it "
      "first: `context has count && ...`\n";
  constexpr char kLon[] =
      "error at `lon`: attribute `lon` of `principal.home.geo` is optional and "
      "may be missing here; test for it first: `principal.home.geo has lon && "
      "...`\n";
  const Case cases[] = {
      {"principal.licence > 1", kLicence},
      {"principal has licence && principal.licence > 1", ""},
      {"principal.licence > 1 && principal has licence", kLicence},
      {"principal has licence || principal.licence > 1", kLicence},
      {"!(principal has licence) || principal.licence > 1", kLicence},
      {"principal has licence && (resource.grade == \"A\" || "
       "principal.licence > 1)",
       ""},
      {"if principal has licence then principal.licence > 1 else true", ""},
      {"if principal has licence then true else principal.licence > 1",
       kLicence},
      {"(principal has licence || (principal has manager && principal has "
       "licence)) && principal.licence > 1",
       ""},
      {"(principal has licence || principal.active) && principal.licence > 1",
       kLicence},
      {"(principal has licence || false) && principal.licence > 1", ""},
      {"(if principal.active then principal has licence else false) && "
       "principal.licence > 1",
       kLicence},
      {"(if principal has licence then true else principal has licence) && "
       "principal.licence > 1",
       ""},
      {"principal has licence } when { principal.licence > 1", ""},
      {"principal has licence } unless { principal.licence > 1", ""},
      {"principal.active } unless { principal has licence } when { "
       "principal.licence > 1",
       kLicence},
      {"context has count && context.count > 1", ""},
      {"context[\"count\"] > 1", kCount},
      {"principal.home has geo && principal.home.geo.lat > 1", ""},
      {"principal.home has geo && principal.home.geo.lon > 1", kLon},
      {"principal.home has geo.lon && principal.home.geo.lon > 1", ""},
      {"principal.home has geo && principal.home.geo has lon && "
       "principal.home.geo.lon > 1",
       ""},
      // What is shown of one person is not shown of another.
      {"resource.owner has licence && principal.licence > 1", kLicence},
      {"principal.hasTag(\"a\") && principal.getTag(\"a\") == \"b\"", ""},
      {"principal.getTag(\"a\") == \"b\"",
       "error at `getTag`: this tag may be missing here; test for it first: "
       "`principal.hasTag(...) && ...`\n"},
      {"principal.hasTag(\"a\") && principal.getTag(\"b\") == \"b\"",
       "error at `getTag`: this tag may be missing here; test for it first: "
       "`principal.hasTag(...) && ...`\n"},
      {"principal.hasTag(resource.grade) && "
       "principal.getTag(resource.grade) == \"b\"",
       ""},
      {"resource.getTag(\"a\") == \"b\"",
       "error at `getTag`: `Record` has no tags\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReportView(c.text), c.report) << c.text;
}

TEST(Check, Environments) {
  const Case cases[] = {
      // `is` decides which attributes there are.
      {"permit(principal, action == Action::\"update\", resource) when {"
       " principal is Robot && principal.serial > 1 };",
       ""},
      {"permit(principal, action == Action::\"update\", resource) when {"
       " principal.serial > 1 };",
       "error at `serial`: `Person` has no attribute `serial`; `Robot` has it; "
       "test the type first: `principal is Robot && ...`\n"},
      {"permit(principal is Robot, action == Action::\"update\", resource)"
       " when { principal.serial > 1 };",
       ""},
      {"permit(principal, action == Action::\"update\", resource) when {"
       " if principal is Robot then principal.serial > 1"
       " else principal.age > 1 };",
       ""},
      {"permit(principal, action, resource) when {"
       " action == Action::\"view\" && context.purpose == \"a\" };",
       ""},
      {"permit(principal, action, resource) when {"
       " context.purpose == \"a\" };",
       "error at `purpose`: the context of `Action::\"update\"` has no "
       "attribute `purpose`; `Action::\"view\"` has it; limit the policy to "
       "such "
       "actions\n"},
      {"permit(principal, action in [Action::\"read\"], resource) when {"
       " context.purpose == \"a\" };",
       ""},
      // One error however many environments have it.
      {"permit(principal, action, resource) when {"
       " resource.grade > 1 };",
       "error at `resource.grade`: expected a `Long`, `datetime` or "
       "`duration`, found a `String`\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Report(c.text), c.report) << c.text;
}

TEST(Check, ExtensionTypes) {
  const Case cases[] = {
      {"principal.hired < principal.shift",
       "error at `principal.shift`: expected a `datetime`, found a "
       "`duration`\n"},
      {"principal.limit < decimal(\"1.0\")",
       "error at `principal.limit`: expected a `Long`, `datetime` or "
       "`duration`, found a `decimal`; decimals are compared with `lessThan`, "
       "`greaterThanOrEqual` and so on\n"},
      {"principal.limit == \"1.0\"",
       "error at `principal.limit == \"1.0\"`: a `decimal` cannot be compared "
       "with a `String`\n"},
      {"principal.limit + 1 == 2",
       "error at `principal.limit`: expected a `Long`, found a `decimal`\n"},
      {"principal.limit.isIpv4()",
       "error at `principal.limit`: expected an `ipaddr`, found a `decimal`\n"},
      {"principal.hired.offset(1) == principal.hired",
       "error at `1`: expected a `duration`, found a `Long`\n"},
      {"principal.hired.toTime()",
       "error at `principal.hired.toTime()`: expected a `Bool`, found a "
       "`duration`\n"},
      {"principal.addr.isIpv4()",
       "error at `addr`: attribute `addr` of `Person` is optional and may be "
       "missing here; test for it first: `principal has addr && ...`\n"},
      {"principal.limit.lessThan()",
       "error at `lessThan`: `lessThan` takes one argument, found 0\n"},
      {"principal.shift.toDays(1) == 1",
       "error at `toDays`: `toDays` takes no argument, found 1\n"},
      {"decimal(\"1.0\", \"2.0\") == principal.limit",
       "error at `decimal`: `decimal` takes one argument, found 2\n"},
      {"decimal(principal.name) == principal.limit",
       "error at `principal.name`: `decimal` takes a string literal; let the "
       "schema say `decimal` where the text comes from\n"},
      {"decimal(1) == principal.limit",
       "error at `1`: expected a `String`, found a `Long`\n"},
      {"decimal(\"1\") == principal.limit",
       "error at `\"1\"`: this is no `decimal`; write `12.5`, with one to "
       "four digits behind the point, between -922337203685477.5808 and "
       "922337203685477.5807\n"},
      {"ip(\"10.0.0\").isIpv4()",
       "error at `\"10.0.0\"`: this is no `ipaddr`; write an address such as "
       "`10.0.0.1` or `fe80::1`, or a network such as `10.0.0.0/8`\n"},
      {"principal.hired < datetime(\"2026-02-29\")",
       "error at `\"2026-02-29\"`: this is no `datetime`; write "
       "`2026-04-01`, `2026-04-01T09:30:00Z` or "
       "`2026-04-01T09:30:00.123+0900`\n"},
      {"principal.shift < duration(\"1h1d\")",
       "error at `\"1h1d\"`: this is no `duration`; write `1d2h3m4s5ms`: any "
       "of these units, in this order\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReportView(c.text), c.report) << c.text;
}

TEST(Check, Scopes) {
  const Case cases[] = {
      {"permit(principal == Person::\"a\", action, resource);", ""},
      {"permit(principal in Organization::\"a\", action, resource);", ""},
      {"permit(principal is Person in Ward::\"a\", action, resource);", ""},
      {"permit(principal == Ward::\"a\", action, resource);",
       "error at `principal == Ward::\"a\"`: no action in this policy's scope "
       "has such a principal; the actions in this policy's scope apply to "
       "`Person` or `Robot`; to mean everything below it write `in`\n"},
      {"permit(principal, action == Action::\"view\", resource is Person);",
       "error at `resource is Person`: no action in this policy's scope has "
       "such a resource; the actions in this policy's scope apply to "
       "`Record`\n"},
      {"permit(principal, action == Action::\"read\", resource);",
       "error at `action == Action::\"read\"`: no action in this policy's "
       "scope "
       "applies to anything\n"},
      {"permit(principal, action == Action::\"veiw\", resource) when { 1 };",
       "error at `action == Action::\"veiw\"`: `Action::\"veiw\"` is not an "
       "action; did you mean `Action::\"view\"`?\n"},
      {"permit(principal is Preson, action, resource);",
       "error at `principal is Preson`: `Preson` is not an entity type; did "
       "you mean `Person`?\n"},
      {"permit(principal, action, resource == Role::\"pilot\");",
       "error at `resource == Role::\"pilot\"`: `pilot` is not one of the ids "
       "of `Role`; its ids are `doctor`, `nurse`, `paramedic`\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Report(c.text), c.report) << c.text;
}

TEST(Check, Impossible) {
  const Case cases[] = {
      {"permit(principal, action, resource) when { false };",
       "warning at `permit`: policy `policy0` applies to no request\n"},
      {"permit(principal, action, resource) unless { true };",
       "warning at `permit`: policy `policy0` applies to no request\n"},
      {"permit(principal, action, resource) when { resource in Ward::\"a\" };",
       "warning at `permit`: policy `policy0` applies to no request (`resource "
       "in Ward::\"a\"`: a `Record` is never in a `Ward`)\n"},
      {"permit(principal, action == Action::\"view\", resource) when {"
       " principal.active || resource in Ward::\"a\" };",
       "warning at `resource in Ward::\"a\"`: a `Record` is never in a "
       "`Ward`\n"},
      {"permit(principal, action == Action::\"view\", resource) when {"
       " principal.active || principal == resource };",
       "warning at `principal == resource`: a `Person` never equals a "
       "`Record`\n"},
      {"permit(principal, action == Action::\"view\", resource) when {"
       " principal has licnce };",
       "warning at `permit`: policy `policy0` applies to no request "
       "(`principal has licnce`: `Person` never has an attribute `licnce`); "
       "did you mean `licence`?\n"},
      {"permit(principal, action == Action::\"view\", resource) when {"
       " principal.active || resource.hasTag(\"a\") };",
       "warning at `resource.hasTag(\"a\")`: `Record` has no tags\n"},
      // Possible for one of the principals.
      {"permit(principal, action, resource) when { principal is Robot };", ""},
      // What a false test leaves unevaluated is not checked.
      {"permit(principal, action, resource) when {"
       " false && principal.age > \"a\" };",
       "warning at `permit`: policy `policy0` applies to no request\n"},
      {"permit(principal, action, resource) when {"
       " true || principal.age > \"a\" };",
       ""},
      {"permit(principal, action, resource) when { false } when { 1 };",
       "warning at `permit`: policy `policy0` applies to no request\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Report(c.text), c.report) << c.text;
}

TEST(Check, TypesOfExpressions) {
  Checked checked(
      "permit(principal, action == Action::\"update\", resource) when {"
      " principal is Robot && principal.serial > 1 ||"
      " principal is Person && principal.home.city == resource.grade };");
  EXPECT_EQ(checked.Report(), "");
  EXPECT_EQ(checked.Types(1),
            "principal is Person && principal.home.city == resource.grade = "
            "false\n"
            "principal is Person = false\n"
            "principal is Robot = true\n"
            "principal.serial: Long\n"
            "principal: Robot\n"
            "principal: Robot\n"
            "principal: Robot");
  EXPECT_TRUE(checked.typed(0)[0].applies);
  EXPECT_TRUE(checked.typed(0)[1].applies);
  EXPECT_FALSE(checked.typed(0)[2].applies);  // another action
  EXPECT_TRUE(checked.typed(0)[2].types.empty());
}

TEST(Check, AppliesWhereTheConditionMayHold) {
  Checked checked(
      "permit(principal, action, resource) when { principal is Robot };");
  EXPECT_FALSE(checked.typed(0)[0].applies);
  EXPECT_TRUE(checked.typed(0)[1].applies);
  EXPECT_FALSE(checked.typed(0)[2].applies);
}

// The same `has` is a test the first time and settled the second; the shared
// tree must not be taken for a constant.
TEST(Check, SharedTreeIsNoConstant) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  SourceId id = sources.Add("a", std::string(kSchema));
  std::optional<Schema> schema = ParseSchema(sources, id, &diagnostics);
  ASSERT_TRUE(schema);
  SourceId text = sources.Add("b", "principal has licence");
  ExprPtr has = ParseExpression(sources, {text, 0, 21}, &diagnostics);
  ASSERT_TRUE(has);
  Policy policy;
  policy.action.kind = Scope::Kind::kEqual;
  policy.action.uids = {{"Action", "view"}};
  AddClause(has, &policy);
  AddClause(has, &policy);
  std::vector<TypedPolicy> typed =
      CheckPolicy(*schema, RequestEnvironments(*schema), policy, &diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << diagnostics.ToString();
  EXPECT_TRUE(typed[2].applies);
  EXPECT_TRUE(typed[2].constants.empty());
}

// Policies that share an expression report its error once.
TEST(Check, SharedTreeReportsOnce) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  SourceId id = sources.Add("a", std::string(kSchema));
  std::optional<Schema> schema = ParseSchema(sources, id, &diagnostics);
  ASSERT_TRUE(schema);
  SourceId text = sources.Add("b", "principal.nam == \"a\"");
  ExprPtr condition = ParseExpression(sources, {text, 0, 20}, &diagnostics);
  ASSERT_TRUE(condition);
  Policy policy;
  AddClause(condition, &policy);
  for (int i = 0; i < 3; ++i) {
    CheckPolicy(*schema, RequestEnvironments(*schema), policy, &diagnostics);
  }
  EXPECT_EQ(diagnostics.error_count(), 1u) << diagnostics.ToString();
}

TEST(Check, TooDeep) {
  ExprPtr deep = MakeLiteral(Value::Bool(true));
  for (int i = 0; i < 2000; ++i) {
    deep = MakeOperation(ExprKind::kNot, {deep});
  }
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  Policy policy;
  AddClause(deep, &policy);
  CheckPolicy(Schema(), {}, policy, &diagnostics);
  ASSERT_EQ(diagnostics.error_count(), 1u);
  EXPECT_EQ(diagnostics.all()[0].message,
            "this condition is nested too deeply to be checked");
}

}  // namespace
}  // namespace sekisho
