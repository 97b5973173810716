#include "engine/graph/small_graph.h"

#include <cstring>

#include "engine/base/sha256.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/program.h"

namespace sekisho {
namespace {

uint32_t Head(NodeKind kind, uint32_t count) {
  return static_cast<uint32_t>(kind) | count << 8;
}

}  // namespace

SmallGraph::SmallGraph() {
  const EntityUid view = {"Action", "view"};
  schema.entity_types["Role"].enum_ids = {"doctor", "nurse"};
  schema.entity_types["Ward"] = {};
  EntityType& user = schema.entity_types["User"];
  user.member_of = {"Ward"};
  user.attributes = {
      {"role", {Type::Entity("Role"), true}},
      {"grants",
       {Type::Set(Type::Record({{"kind", {Type::String(), false}}})), false}}};
  user.tags = Type::Long();
  schema.actions[{"Action", "all"}] = {};
  ActionType& action = schema.actions[view];
  action.member_of = {{"Action", "all"}};
  action.principal_types = {"User"};
  action.resource_types = {"User"};
  action.context = {{"count", {Type::Long(), true}},
                    {"home", {Type::Bool(), true}}};

  policies = {
      {"①-1", false, {{"id", "①-1"}, {"advice", ""}}, "rules.cedar", 1},
      {"never", true, {}, "rules.cedar", 7},
      {"third", false, {}, "matrix.tsv", 3},
      {"fourth", false, {}, "matrix.tsv", 4},
  };
  sources = {{"rules.cedar", "permit(principal, action, resource);\n"},
             {"matrix.tsv", ""}};

  auto add = [&](TestKind kind, bool total, const char* text,
                 const std::vector<uint32_t>& program) -> Test& {
    Test& test = parts.tests.emplace_back();
    test.kind = kind;
    test.total = total;
    test.text = text;
    test.code_begin = static_cast<uint32_t>(code.size());
    code.insert(code.end(), program.begin(), program.end());
    test.code_end = static_cast<uint32_t>(code.size());
    return test;
  };
  parts.names = {"home", "role", "count", "grants"};
  parts.constants = {
      Value::Long(1), Value::Entity({"Ward", "icu"}),
      Value::Set({Value::Record({{"kind", Value::String("*\n")}})}),
      Value::String("axb")};
  parts.patterns = {{"", "x", ""}};
  parts.shapes = {{"a", "b"}};
  using enum Op;
  auto op = [](Op kind, uint32_t operand = 0) {
    return EncodeInstruction(kind, operand);
  };
  add(TestKind::kBoolean, true, "context.home", {op(kContext), op(kGet, 0)});
  add(TestKind::kSymbol, false, "principal.role", {op(kPrincipal), op(kGet, 1)})
      .symbols = {Value::Entity({"Role", "doctor"}),
                  Value::Entity({"Role", "nurse"})};
  add(TestKind::kInterval, true, "context.count", {op(kContext), op(kGet, 2)})
      .bounds = {1, 5};
  add(TestKind::kBoolean, false,
      "if context.home && principal in Ward::\"icu\" then {a: 1, b: "
      "principal.grants} == [{kind: \"*\\n\"}] else !(\"axb\" like \"*x*\")",
      {op(kContext), op(kGet, 0), op(kAndJump, 5), op(kPrincipal),
       op(kConstant, 1), op(kIn), op(kCheckBool), op(kBranchFalse, 8),
       op(kConstant, 0), op(kPrincipal), op(kGet, 3), op(kRecord, 0),
       op(kConstant, 2), op(kEqual), op(kJump, 4), op(kConstant, 3),
       op(kLike, 0), op(kNot)});
  const uint32_t principal = static_cast<uint32_t>(code.size());
  code.push_back(op(kPrincipal));

  obligations = {{"count",
                  false,
                  {{"home", AttributePath{PathRoot::kContext, {"home"}}},
                   {"who", AttributePath{PathRoot::kPrincipal, {}}}}},
                 {"tell", true, {{"text", Value::String("hello")}}}};
  policies[1].obligations = {1, 0};

  parts.is_forbid = {false, true, false, false};
  constexpr NodeRef kHome = 4, kRole = 11, kCount = 20, kLong = 29, kFirst = 36,
                    kTwo = 40, kFourth = 45, kEnd = 49, kTable = 50;
  nodes = {Head(NodeKind::kSplit, 3), kHome, kRole, kCount,
           // kHome
           Head(NodeKind::kBranch, 2), 0, kNoNode, 0, kEnd, 1, kFirst,
           // kRole
           Head(NodeKind::kBranch, 3), 1, kTwo, 0, kEnd, 1, kTwo, 2, kEnd,
           // kCount
           Head(NodeKind::kBranch, 3), 2, kNoNode, 0, kEnd, 1, kLong, 2, kTable,
           // kLong
           Head(NodeKind::kBranch, 2), 3, kEnd, 0, kEnd, 1, kFourth,
           // kFirst
           Head(NodeKind::kEmit, 1), 0, kEnd, 0,
           // kTwo
           Head(NodeKind::kEmit, 1), 1, kEnd, 2, 1,
           // kFourth
           Head(NodeKind::kEmit, 1), 0, kEnd, 3,
           // kEnd
           Head(NodeKind::kEnd, 0),
           // kTable
           Head(NodeKind::kTable, 2), 17, 2,
           // Where one is, and a count.
           0, 2, 2, 2, 0, 1, 0, 2, 0, 3,
           // At home both, else the first.
           0b01, 0b11,
           // Counts from 5 on leave both, others the second.
           0b10, 0b11};

  Environment environment;
  environment.action = view;
  environment.principal_type = "User";
  environment.resource_type = "User";
  environment.root = 0;
  environment.slice = {{principal, principal + 1, /*ancestors=*/true}};
  parts.environments = {environment};
}

DecisionGraph SmallGraph::Graph() const {
  DecisionGraph graph = parts;
  graph.schema = &schema;
  graph.nodes = nodes;
  graph.code = code;
  return graph;
}

std::string SmallGraph::Write() const {
  return *WriteArtifact(Graph(), schema, policies, obligations, sources);
}

void Rehash(std::string* artifact) {
  if (artifact->size() < sizeof(ArtifactHeader)) return;
  char* hash = artifact->data() + offsetof(ArtifactHeader, hash);
  std::memset(hash, 0, sizeof(ArtifactHeader::hash));
  const Sha256Digest digest = Sha256(*artifact);
  std::memcpy(hash, digest.data(), digest.size());
}

std::vector<Request> SmallRequests() {
  auto request = [](const char* principal, const char* action, bool home) {
    Request out;
    out.principal = {"User", principal};
    out.action = {"Action", action};
    out.resource = {"User", "ann"};
    out.context =
        Value::Record({{"count", Value::Long(3)}, {"home", Value::Bool(home)}});
    return out;
  };
  return {request("ann", "view", true), request("bob", "view", false),
          request("gone", "view", true), request("ann", "edit", true)};
}

std::vector<Entity> SmallEntities() {
  auto user = [](const char* id, const char* role) {
    Entity entity;
    entity.uid = {"User", id};
    entity.attributes =
        Value::Record({{"role", Value::Entity({"Role", role})}});
    entity.parents = {{"Ward", "icu"}};
    return entity;
  };
  return {user("ann", "doctor"), user("bob", "nurse")};
}

}  // namespace sekisho
