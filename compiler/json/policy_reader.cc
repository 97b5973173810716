// Tested by policy_reader_test.cc and round_trip_test.cc.
#include "compiler/json/policy_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/template.h"
#include "compiler/json/expression_reader.h"
#include "compiler/json/reader.h"

namespace sekisho {
namespace {

class PolicyReader {
 public:
  PolicyReader(const SourceSet* sources, SourceId source,
               Diagnostics* diagnostics)
      : reader_(sources, diagnostics),
        expressions_(&reader_, sources->text(source).size()) {}

  std::vector<Policy> ReadAll(JsonValue root);

 private:
  void ReadMap(JsonValue value, absl::string_view what, bool templates,
               std::vector<Policy>* policies);
  void ReadLinks(JsonValue value, std::vector<Policy>* policies);
  void ReportUnknownTemplate(const Span& span, const std::string& id);
  // Nothing after an error.
  std::optional<Policy> ReadPolicy(JsonValue value);
  // The others return false after an error.
  bool ReadEffect(JsonValue value, Effect* effect);
  bool ReadScope(absl::string_view variable, JsonValue value, Scope* scope);
  bool ReadScopeUid(absl::string_view variable, JsonValue value, Scope* scope);
  // One of the two members of `value`.
  bool ReadScopeTarget(absl::string_view variable, JsonValue value,
                       JsonValue entity, JsonValue slot, Scope* scope);
  bool ReadClauses(JsonValue value, Policy* policy);
  bool ReadSlots(JsonValue value, const Policy& of, TemplateLink* link);

  JsonReader reader_;
  JsonExpressionReader expressions_;
  // The templates of a set by name: their places among the policies.
  absl::btree_map<std::string, size_t> templates_;
};

std::vector<Policy> PolicyReader::ReadAll(JsonValue root) {
  std::vector<Policy> policies;
  if (root.Find("effect")) {
    if (auto policy = ReadPolicy(root)) policies.push_back(*std::move(policy));
    return policies;
  }
  const auto fields =
      reader_.Fields(root, "a policy set",
                     {"staticPolicies", "templates", "templateLinks"}, 1);
  if (!fields) return policies;
  ReadMap((*fields)[0], "the policies", /*templates=*/false, &policies);
  ReadMap((*fields)[1], "the templates", /*templates=*/true, &policies);
  ReadLinks((*fields)[2], &policies);
  return policies;
}

void PolicyReader::ReadMap(JsonValue value, absl::string_view what,
                           bool templates, std::vector<Policy>* policies) {
  if (!value || !reader_.Expect(value, JsonKind::kObject, what)) return;
  for (const JsonMember member : value.members()) {
    std::optional<Policy> policy = ReadPolicy(member.value);
    if (!policy) continue;
    if (policy->is_template() != templates) {
      reader_
          .Error(
              member.name.span(),
              absl::StrCat("this is ", templates ? "not " : "", "a template"))
          .Help(templates ? "without a slot it belongs to `staticPolicies`"
                          : "with a slot it belongs to `templates`");
      continue;
    }
    // Links name a template by what the set calls it.
    if (templates) templates_[member.name.AsString()] = policies->size();
    if (policy->id.empty()) policy->id = member.name.AsString();
    policies->push_back(*std::move(policy));
  }
}

// ---- Links -----------------------------------------------------------------

// [{"templateId": "t", "newId": "l", "values": {"?principal": {..}}}, ..]
void PolicyReader::ReadLinks(JsonValue value, std::vector<Policy>* policies) {
  if (!value ||
      !reader_.Expect(value, JsonKind::kArray, "the links of templates")) {
    return;
  }
  for (const JsonValue element : value.elements()) {
    TemplateLink link;
    link.span = element.span();
    const auto fields =
        reader_.Fields(element, "a link", {"templateId", "newId", "values"}, 3);
    if (!fields ||
        !reader_.ReadString((*fields)[0], "a template", &link.template_id) ||
        !reader_.ReadString((*fields)[1], "an id", &link.id)) {
      continue;
    }
    const auto it = templates_.find(link.template_id);
    if (it == templates_.end()) {
      ReportUnknownTemplate((*fields)[0].span(), link.template_id);
      continue;
    }
    const Policy& of = (*policies)[it->second];
    if (!ReadSlots((*fields)[2], of, &link)) continue;
    policies->push_back(LinkTemplate(of, link));
  }
}

void PolicyReader::ReportUnknownTemplate(const Span& span,
                                         const std::string& id) {
  Diagnostics::Detail error =
      reader_.Error(span, absl::StrCat("there is no template `", id, "`"));
  std::vector<std::string> ids;
  for (const auto& [name, index] : templates_) ids.push_back(name);
  const std::string nearest = Nearest(id, ids);
  if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  }
}

bool PolicyReader::ReadSlots(JsonValue value, const Policy& of,
                             TemplateLink* link) {
  // Exactly the slots that the template has.
  std::vector<std::string> names;
  std::vector<std::optional<EntityUid>*> entities;
  if (of.principal.has_slot) {
    names.push_back("?principal");
    entities.push_back(&link->principal);
  }
  if (of.resource.has_slot) {
    names.push_back("?resource");
    entities.push_back(&link->resource);
  }
  const auto fields = reader_.Fields(value, "`values`", names, names.size());
  if (!fields) return false;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!expressions_.ReadUid((*fields)[i], &entities[i]->emplace())) {
      return false;
    }
  }
  return true;
}

// ---- Policies --------------------------------------------------------------

std::optional<Policy> PolicyReader::ReadPolicy(JsonValue value) {
  const auto fields = reader_.Fields(value, "a policy",
                                     {"effect", "principal", "action",
                                      "resource", "conditions", "annotations"},
                                     5);
  if (!fields) return std::nullopt;
  Policy policy;
  policy.span = value.span();
  // All parts are read, so that all of their errors are found.
  bool ok = ReadEffect((*fields)[0], &policy.effect);
  ok &= ReadScope("principal", (*fields)[1], &policy.principal);
  ok &= ReadScope("action", (*fields)[2], &policy.action);
  ok &= ReadScope("resource", (*fields)[3], &policy.resource);
  ok &= ReadClauses((*fields)[4], &policy);
  ok &= reader_.ReadAnnotations((*fields)[5], &policy.annotations);
  if (!ok) return std::nullopt;
  for (const Annotation& annotation : policy.annotations) {
    if (annotation.name == "id") policy.id = annotation.value;
  }
  return policy;
}

bool PolicyReader::ReadEffect(JsonValue value, Effect* effect) {
  std::string text;
  if (!reader_.ReadString(value, "the effect", &text)) return false;
  *effect = text == "permit" ? Effect::kPermit : Effect::kForbid;
  if (text == "permit" || text == "forbid") return true;
  reader_.ReportUnknown(value.span(), "an effect", text, {"permit", "forbid"});
  return false;
}

// ---- Scopes ----------------------------------------------------------------

bool PolicyReader::ReadScope(absl::string_view variable, JsonValue value,
                             Scope* scope) {
  const bool is_action = variable == "action";
  const std::string what = absl::StrCat("the ", variable);
  if (!reader_.Expect(value, JsonKind::kObject, what)) return false;
  scope->span = value.span();
  const JsonValue op_value = value.Find("op");
  if (!op_value) {
    reader_.Error(value.span(), absl::StrCat(what, " needs a member `op`"));
    return false;
  }
  std::string op;
  if (!reader_.ReadString(op_value, "the member `op`", &op)) return false;
  if (op == "All" || op == "all") {
    return reader_.Fields(value, what, {"op"}, 1).has_value();
  }
  if (op == "==") {
    const auto fields =
        reader_.Fields(value, what, {"op", "entity", "slot"}, 1);
    if (!fields) return false;
    scope->kind = Scope::Kind::kEqual;
    return ReadScopeTarget(variable, value, (*fields)[1], (*fields)[2], scope);
  }
  if (op == "in") {
    scope->kind = Scope::Kind::kIn;
    const JsonValue list = value.Find("entities");
    if (!is_action || !list) {
      const auto fields =
          reader_.Fields(value, what, {"op", "entity", "slot"}, 1);
      return fields && ReadScopeTarget(variable, value, (*fields)[1],
                                       (*fields)[2], scope);
    }
    scope->is_list = true;
    if (!reader_.Fields(value, what, {"op", "entities"}, 2) ||
        !reader_.Expect(list, JsonKind::kArray, "the entities")) {
      return false;
    }
    bool ok = true;
    for (const JsonValue element : list.elements()) {
      ok &= ReadScopeUid(variable, element, scope);
    }
    return ok;
  }
  if (op == "is" && !is_action) {
    const auto fields =
        reader_.Fields(value, what, {"op", "entity_type", "in"}, 2);
    if (!fields ||
        !reader_.ReadPath((*fields)[1], "an entity type", &scope->type)) {
      return false;
    }
    scope->kind = Scope::Kind::kIs;
    const JsonValue in = (*fields)[2];
    if (!in) return true;
    scope->kind = Scope::Kind::kIsIn;
    const auto target = reader_.Fields(in, "`in`", {"entity", "slot"}, 0);
    return target &&
           ReadScopeTarget(variable, in, (*target)[0], (*target)[1], scope);
  }
  std::vector<std::string> operators = {"All", "==", "in"};
  if (!is_action) operators.push_back("is");
  reader_.ReportUnknown(op_value.span(), absl::StrCat("an operator for ", what),
                        op, operators);
  return false;
}

bool PolicyReader::ReadScopeTarget(absl::string_view variable, JsonValue value,
                                   JsonValue entity, JsonValue slot,
                                   Scope* scope) {
  if (slot) {
    const std::string expected = absl::StrCat("?", variable);
    std::string text;
    if (!reader_.ReadString(slot, "a slot", &text)) return false;
    scope->has_slot = true;
    if (!entity && text == expected && variable != "action") return true;
    reader_.Error(slot.span(),
                  variable == "action"
                      ? "the action has no slot"
                      : absl::StrCat("expected either an entity or the slot `",
                                     expected, "`"));
    return false;
  }
  if (!entity) {
    reader_.Error(value.span(),
                  absl::StrCat("the ", variable, " needs a member `entity`"));
    return false;
  }
  return ReadScopeUid(variable, entity, scope);
}

bool PolicyReader::ReadScopeUid(absl::string_view variable, JsonValue value,
                                Scope* scope) {
  EntityUid uid;
  if (!expressions_.ReadUid(value, &uid)) return false;
  if (variable == "action" && uid.type != "Action" &&
      !absl::EndsWith(uid.type, "::Action")) {
    reader_
        .Error(value.span(),
               absl::StrCat("`", uid.type, "` is not a type of actions"))
        .Help("the type of actions is `Action`, in a namespace or not");
    return false;
  }
  scope->uids.push_back(std::move(uid));
  return true;
}

// ---- Conditions ------------------------------------------------------------

bool PolicyReader::ReadClauses(JsonValue value, Policy* policy) {
  if (!reader_.Expect(value, JsonKind::kArray, "the conditions")) return false;
  bool ok = true;
  for (const JsonValue condition : value.elements()) {
    const auto fields =
        reader_.Fields(condition, "a condition", {"kind", "body"}, 2);
    std::string kind;
    if (!fields || !reader_.ReadString((*fields)[0], "the kind", &kind)) {
      ok = false;
      continue;
    }
    Clause clause;
    clause.unless = kind == "unless";
    if (kind != "when" && kind != "unless") {
      reader_.ReportUnknown((*fields)[0].span(), "a kind of condition", kind,
                            {"when", "unless"});
      ok = false;
    }
    clause.body = expressions_.Read((*fields)[1]);
    clause.origin = condition.span();
    ok &= clause.body != nullptr;
    policy->clauses.push_back(std::move(clause));
  }
  return ok;
}

}  // namespace

std::vector<Policy> ReadJsonPolicies(const SourceSet& sources,
                                     const JsonDocument& document,
                                     Diagnostics* diagnostics) {
  const JsonValue root = document.root();
  return PolicyReader(&sources, root.span().source, diagnostics).ReadAll(root);
}

}  // namespace sekisho
