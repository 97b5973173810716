#include "tests/differential/generated_policies.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

// Of conditions, below the `when`.
constexpr int kDepth = 3;
constexpr size_t kMaxPaths = 400;

bool IsIdentifier(const std::string& name) {
  return name != "if" && std::all_of(name.begin(), name.end(), [](char c) {
           return c >= 'a' && c <= 'z';
         });
}

std::string Access(const std::string& base, const std::string& name) {
  return IsIdentifier(name) ? absl::StrCat(base, ".", name)
                            : absl::StrCat(base, "[", Quote(name), "]");
}

std::string Has(const std::string& base, const std::string& name) {
  return absl::StrCat(base, " has ", IsIdentifier(name) ? name : Quote(name));
}

}  // namespace

PolicyWriter::PolicyWriter(const Schema* schema, bool typed, Worlds* worlds,
                           Random* random)
    : schema_(*schema),
      typed_(typed),
      worlds_(*worlds),
      random_(*random),
      environments_(RequestEnvironments(*schema)) {}

// ---- Heads -----------------------------------------------------------------

std::string PolicyWriter::Write(const std::string& id, int percent_forbid,
                                bool may_have_slots) {
  const RequestEnvironment& fits = random_.Pick(environments_);
  Template slots{id, "", ""};
  const uint64_t which = may_have_slots ? random_.Below(3) : 3;
  std::vector<std::string> principals;
  std::vector<std::string> resources;
  std::vector<EntityUid> actions;
  const std::string principal =
      Scope("principal", fits.principal_type, &principals,
            which == 0 || which == 2 ? &slots.principal : nullptr);
  const std::string action = ActionScope(fits.action, &actions);
  const std::string resource =
      Scope("resource", fits.resource_type, &resources,
            which == 1 || which == 2 ? &slots.resource : nullptr);
  if (may_have_slots) {
    // Another try takes the place of the last.
    if (has_templates() && templates_.back().id == id) templates_.pop_back();
    templates_.push_back(slots);
  }

  std::vector<RequestEnvironment> possible;
  for (const RequestEnvironment& environment : environments_) {
    const auto in = [](const auto& list, const auto& what) {
      return list.empty() ||
             std::find(list.begin(), list.end(), what) != list.end();
    };
    if (in(principals, environment.principal_type) &&
        in(resources, environment.resource_type) &&
        in(actions, environment.action)) {
      possible.push_back(environment);
    }
  }
  FindPaths(possible);
  std::string text =
      absl::StrCat("@id(", Quote(id), ") ",
                   random_.Chance(percent_forbid) ? "forbid" : "permit", "(",
                   principal, ", ", action, ", ", resource, ")");
  const uint64_t clauses = random_.Below(4);
  for (uint64_t n = 0; n < clauses; ++n) {
    absl::StrAppend(&text, random_.Chance(80) ? " when { " : " unless { ",
                    Bool(static_cast<int>(random_.Below(kDepth + 1))), " }");
  }
  return text + ";\n";
}

std::string PolicyWriter::Scope(const std::string& variable,
                                const std::string& type,
                                std::vector<std::string>* types,
                                std::string* slot) {
  std::string entity;
  const bool in = random_.Chance(60);
  if (slot != nullptr) {
    *slot = in ? worlds_.AncestorTypeOf(type) : type;
    entity = "?" + variable;
  } else if (random_.Chance(25)) {
    entity = EntityLiteral(in ? worlds_.AncestorTypeOf(type) : type);
  } else if (random_.Chance(30)) {
    return variable;
  } else {
    *types = {type};
    return absl::StrCat(variable, " is ", type);
  }
  if (!in) {
    if (slot == nullptr) *types = {type};
    return absl::StrCat(variable, " == ", entity);
  }
  if (random_.Chance(30)) return absl::StrCat(variable, " in ", entity);
  *types = {type};
  return absl::StrCat(variable, " is ", type, " in ", entity);
}

std::string PolicyWriter::ActionScope(const EntityUid& action,
                                      std::vector<EntityUid>* actions) {
  switch (random_.Below(5)) {
    case 0:
      *actions = {action};
      return absl::StrCat("action == ", action.ToString());
    case 1: {
      *actions = {action};
      const EntityUid& other = random_.Pick(environments_).action;
      actions->push_back(other);
      return absl::StrCat("action in [", action.ToString(), ", ",
                          other.ToString(), "]");
    }
    case 2: {
      const EntityUid group = {action.type, "g0"};
      if (!schema_.ActionIn(action, group)) return "action";
      return absl::StrCat("action in ", group.ToString());
    }
    default:
      return "action";
  }
}

Link PolicyWriter::MakeLink(const std::string& id) {
  const Template& of = random_.Pick(templates_);
  Link link;
  link.id = id;
  link.template_id = of.id;
  if (!of.principal.empty()) link.principal = worlds_.UidOf(of.principal);
  if (!of.resource.empty()) link.resource = worlds_.UidOf(of.resource);
  return link;
}

// ---- Paths -----------------------------------------------------------------

// What can be read in all of them.
void PolicyWriter::FindPaths(
    const std::vector<RequestEnvironment>& environments) {
  paths_ = environments.empty() ? PathsOf(environments_[0])
                                : PathsOf(environments[0]);
  for (size_t i = 1; i < environments.size(); ++i) {
    std::map<std::string, Path> others;
    for (Path& path : PathsOf(environments[i])) {
      others.emplace(path.text, std::move(path));
    }
    std::erase_if(paths_, [&](const Path& path) {
      auto it = others.find(path.text);
      return it == others.end() || !(it->second.type == path.type) ||
             it->second.guards != path.guards;
    });
  }
  for (int i = 0; i < 3; ++i) {
    const std::string& type =
        std::next(schema_.entity_types.begin(),
                  random_.Below(schema_.entity_types.size()))
            ->first;
    AddPaths({EntityLiteral(type), Type::Entity(type), {}}, 1, &paths_);
  }
}

std::vector<PolicyWriter::Path> PolicyWriter::PathsOf(
    const RequestEnvironment& environment) const {
  std::vector<Path> paths;
  AddPaths({"context",
            Type::Record(schema_.actions.at(environment.action).context),
            {}},
           3, &paths);
  AddPaths({"principal", Type::Entity(environment.principal_type), {}}, 2,
           &paths);
  AddPaths({"resource", Type::Entity(environment.resource_type), {}}, 2,
           &paths);
  return paths;
}

void PolicyWriter::AddPaths(const Path& path, int depth,
                            std::vector<Path>* paths) const {
  if (paths->size() > kMaxPaths) return;
  paths->push_back(path);
  if (depth == 0) return;
  const RecordType* attributes = nullptr;
  if (path.type.kind == Type::Kind::kRecord) {
    attributes = path.type.attributes.get();
  } else if (path.type.kind == Type::Kind::kEntity) {
    auto it = schema_.entity_types.find(path.type.entity_type);
    if (it == schema_.entity_types.end()) return;
    attributes = &it->second.attributes;
    if (it->second.tags) {
      const std::string tag = Quote(kTagNames[path.text.size() % 3]);
      Path tagged = {absl::StrCat(path.text, ".getTag(", tag, ")"),
                     *it->second.tags, path.guards};
      tagged.guards.push_back(absl::StrCat(path.text, ".hasTag(", tag, ")"));
      AddPaths(tagged, depth - 1, paths);
    }
  }
  if (attributes == nullptr) return;
  for (const auto& [name, attribute] : *attributes) {
    Path below = {Access(path.text, name), attribute.type, path.guards};
    if (!attribute.required) below.guards.push_back(Has(path.text, name));
    AddPaths(below, depth - 1, paths);
  }
}

std::string PolicyWriter::Use(const Path& path) {
  if (typed_ || random_.Chance(80)) {
    guards_.insert(guards_.end(), path.guards.begin(), path.guards.end());
  }
  return path.text;
}

const PolicyWriter::Path* PolicyWriter::PathOf(Type::Kind kind) {
  std::vector<const Path*> fitting;
  for (const Path& path : paths_) {
    if (path.type.kind == kind) fitting.push_back(&path);
  }
  return fitting.empty() ? nullptr : random_.Pick(fitting);
}

// ---- Conditions ------------------------------------------------------------

std::string PolicyWriter::Bool(int depth) {
  if (depth > 0) {
    const auto join = [&](const char* connective) {
      std::string text = Bool(depth - 1);
      for (uint64_t n = 1 + random_.Below(3); n > 0; --n) {
        absl::StrAppend(&text, connective, Bool(depth - 1));
      }
      return absl::StrCat("(", text, ")");
    };
    switch (random_.Below(8)) {
      case 0:
        return join(" && ");
      case 1:
      case 2:
        return join(" || ");
      case 3:
        return absl::StrCat("!", Bool(depth - 1));
      case 4:
        return absl::StrCat("(if ", Bool(depth - 1), " then ", Bool(depth - 1),
                            " else ", Bool(depth - 1), ")");
      case 5:
        if (random_.Chance(70)) break;
        return absl::StrCat("(", Bool(depth - 1),
                            random_.Pick({" == ", " != "}), Bool(depth - 1),
                            ")");
      default:
        break;
    }
  }
  return Atom();
}

std::string PolicyWriter::Atom() {
  // Those of an atom around this one wait.
  std::vector<std::string> guards;
  std::swap(guards, guards_);
  std::string text = BareAtom();
  std::swap(guards, guards_);
  if (!guards.empty()) {
    text = absl::StrCat(absl::StrJoin(guards, " && "), " && ", text);
  }
  return absl::StrCat("(", text, ")");
}

std::string PolicyWriter::BareAtom() {
  const auto compared = [this] {
    return random_.Pick({" < ", " <= ", " > ", " >= "});
  };
  const auto equal = [this] { return random_.Pick({" == ", " != "}); };
  switch (random_.Below(20)) {
    case 0:
    case 1:
      return Of(Type::Long(), 2) + compared() + Of(Type::Long(), 2);
    case 2: {
      const Type type = Type::Of(Type::Kind::kDatetime);
      return Of(type, 2) + compared() + Of(type, 2);
    }
    case 3: {
      const Type type = Type::Of(Type::Kind::kDuration);
      return Of(type, 2) + compared() + Of(type, 2);
    }
    case 4: {
      const Type type = Type::Of(Type::Kind::kDecimal);
      return absl::StrCat(Of(type, 1), ".",
                          random_.Pick({"lessThan", "lessThanOrEqual",
                                        "greaterThan", "greaterThanOrEqual"}),
                          "(", Of(type, 1), ")");
    }
    case 5: {
      const Type type = Type::Of(Type::Kind::kIpAddress);
      if (random_.Chance(40)) {
        return absl::StrCat(Of(type, 1), ".isInRange(", Of(type, 1), ")");
      }
      return absl::StrCat(Of(type, 1), ".",
                          random_.Pick({"isIpv4()", "isIpv6()", "isLoopback()",
                                        "isMulticast()"}));
    }
    case 6:
    case 7: {
      const Path& path = AnyPath();
      const Type type = path.type;
      return Use(path) + equal() + Of(type, 1);
    }
    case 8: {
      const Type type = SomeType();
      return Of(type, 2) + equal() + Of(type, 2);
    }
    case 9: {
      const Type element = SomeType();
      return absl::StrCat(Of(Type::Set(element), 1), ".contains(",
                          Of(element, 1), ")");
    }
    case 10: {
      const Path* path = PathOf(Type::Kind::kSet);
      const Type set = path != nullptr ? path->type : Type::Set(SomeType());
      if (random_.Chance(30)) {
        return absl::StrCat(Of(set, 1), ".isEmpty()");
      }
      return absl::StrCat(Of(set, 1), ".",
                          random_.Pick({"containsAll", "containsAny"}), "(",
                          Of(set, 1), ")");
    }
    case 11: {
      const auto [entity, type] = AnyEntity();
      const std::string above = worlds_.AncestorTypeOf(type);
      if (random_.Chance(50)) return entity + " in " + EntityLiteral(above);
      return absl::StrCat(entity, " in ",
                          Of(Type::Set(Type::Entity(above)), 1));
    }
    case 12: {
      const auto [entity, type] = AnyEntity();
      const std::string is = random_.Chance(85) ? type : AnyEntity().second;
      if (random_.Chance(50)) return absl::StrCat(entity, " is ", is);
      return absl::StrCat(entity, " is ", is, " in ",
                          Of(Type::Entity(worlds_.AncestorTypeOf(type)), 1));
    }
    case 13:
      return absl::StrCat(Of(Type::String(), 1), " like ",
                          random_.Pick({"\"a*\"", "\"*\"", "\"\"", "\"a\\*b\"",
                                        "\"*本\"", "\"*a*b*\""}));
    case 14:
      return HasTest();
    case 15: {
      const auto [entity, type] = AnyEntity();
      return absl::StrCat(entity, ".hasTag(", Of(Type::String(), 0), ")");
    }
    case 16: {
      const EntityUid action = random_.Pick(environments_).action;
      const EntityUid group = {action.type, random_.Pick({"g0", "g1"})};
      return random_.Chance(50)
                 ? absl::StrCat("action", equal(), action.ToString())
                 : absl::StrCat("action in ", group.ToString());
    }
    case 17:
      return random_.Pick({"true", "false"});
    default:
      return Of(Type::Bool(), 1);
  }
}

std::string PolicyWriter::HasTest() {
  const Path& path = AnyPath();
  const Type::Kind kind = path.type.kind;
  if (kind != Type::Kind::kEntity && kind != Type::Kind::kRecord && typed_) {
    return "context has flag";
  }
  std::string name = random_.Pick({"n", "who", "info", "a b", "list", "none"});
  if (random_.Chance(20) && name == "info") name = "info.n";
  const std::string base = Use(path);
  return name == "info.n" ? absl::StrCat(base, " has info.n") : Has(base, name);
}

std::pair<std::string, std::string> PolicyWriter::AnyEntity() {
  const Path* path = PathOf(Type::Kind::kEntity);
  if (path != nullptr && random_.Chance(85)) {
    const std::string type = path->type.entity_type;
    return {Use(*path), type};
  }
  const std::string type = random_.Pick(environments_).principal_type;
  return {EntityLiteral(type), type};
}

// ---- Values ----------------------------------------------------------------

Type PolicyWriter::SomeType() {
  switch (random_.Below(8)) {
    case 0:
      return Type::Bool();
    case 1:
      return Type::Long();
    case 2:
      return Type::String();
    case 3:
      return Type::Entity(random_.Pick(environments_).resource_type);
    case 4: {
      constexpr Type::Kind kKinds[] = {
          Type::Kind::kDecimal, Type::Kind::kIpAddress, Type::Kind::kDatetime,
          Type::Kind::kDuration};
      return Type::Of(kKinds[random_.Below(4)]);
    }
    default:
      return AnyPath().type;
  }
}

std::string PolicyWriter::Of(const Type& type, int depth) {
  if (!typed_ && random_.Chance(2)) return Use(AnyPath());
  if (depth > 0 && random_.Chance(4)) {
    return absl::StrCat("(if ", Bool(1), " then ", Of(type, depth - 1),
                        " else ", Of(type, depth - 1), ")");
  }
  if (random_.Chance(60)) {
    std::vector<const Path*> fitting;
    for (const Path& path : paths_) {
      if (path.type == type) fitting.push_back(&path);
    }
    if (!fitting.empty()) return Use(*random_.Pick(fitting));
  }
  return MakeOf(type, depth);
}

std::string PolicyWriter::MakeOf(const Type& type, int depth) {
  switch (type.kind) {
    case Type::Kind::kBool:
      return depth > 0 ? Bool(depth - 1) : random_.Pick({"true", "false"});
    case Type::Kind::kLong:
      return LongOf(depth);
    case Type::Kind::kString:
    case Type::Kind::kEntity:
      return worlds_.ValueOf(type).ToString();
    case Type::Kind::kSet:
      return SetOf(*type.element, depth);
    case Type::Kind::kRecord:
      return RecordOf(*type.attributes, depth);
    case Type::Kind::kDecimal:
      return Constructor("decimal",
                         random_.Pick({"0.5", "-1.0", "1.0000", "0.0",
                                       "922337203685477.5807"}));
    case Type::Kind::kIpAddress:
      return Constructor(
          "ip", random_.Pick({"10.0.0.1", "10.0.0.0/8", "127.0.0.0/8",
                              "0.0.0.0/0", "::1", "fe80::/10", "::/0"}));
    case Type::Kind::kDatetime:
      return DatetimeOf(depth);
    case Type::Kind::kDuration:
      return DurationOf(depth);
  }
  return "";
}

std::string PolicyWriter::Constructor(const char* name,
                                      const std::string& text) {
  if (!typed_ && random_.Chance(10)) {
    return absl::StrCat(name, "(", Of(Type::String(), 0), ")");
  }
  return absl::StrCat(name, "(", Quote(text), ")");
}

std::string PolicyWriter::LongOf(int depth) {
  if (depth > 0 && random_.Chance(40)) {
    const std::string left = Of(Type::Long(), depth - 1);
    if (random_.Chance(20)) return absl::StrCat("(-", left, ")");
    return absl::StrCat("(", left, random_.Pick({" + ", " - ", " * "}),
                        Of(Type::Long(), depth - 1), ")");
  }
  if (depth > 0 && random_.Chance(25)) {
    return absl::StrCat(Of(Type::Of(Type::Kind::kDuration), depth - 1), ".",
                        random_.Pick({"toMilliseconds()", "toSeconds()",
                                      "toMinutes()", "toHours()", "toDays()"}));
  }
  if (depth > 0 && random_.Chance(10)) {
    return absl::StrCat("{\"n\": ", LongOf(depth - 1), ", s: \"x\"}.n");
  }
  return worlds_.ValueOf(Type::Long()).ToString();
}

std::string PolicyWriter::DatetimeOf(int depth) {
  const Type datetime = Type::Of(Type::Kind::kDatetime);
  if (depth > 0 && random_.Chance(40)) {
    const std::string of = Of(datetime, depth - 1);
    if (random_.Chance(40)) return of + ".toDate()";
    return absl::StrCat(of, ".offset(",
                        Of(Type::Of(Type::Kind::kDuration), depth - 1), ")");
  }
  return Constructor(
      "datetime", random_.Pick({"1970-01-01", "1970-01-02T12:00:00Z",
                                "1970-01-03T00:00:00.000+0900", "2026-11-22"}));
}

std::string PolicyWriter::DurationOf(int depth) {
  if (depth > 0 && random_.Chance(40)) {
    const Type datetime = Type::Of(Type::Kind::kDatetime);
    const std::string of = Of(datetime, depth - 1);
    if (random_.Chance(40)) return of + ".toTime()";
    return absl::StrCat(of, ".durationSince(", Of(datetime, depth - 1), ")");
  }
  return Constructor("duration",
                     random_.Pick({"6h", "1d", "-1d12h", "0ms", "1h30m5s7ms",
                                   "-9223372036854775808ms"}));
}

// Strict validation has no empty literals.
std::string PolicyWriter::SetOf(const Type& element, int depth) {
  std::vector<std::string> elements;
  for (uint64_t n = 1 + random_.Below(3); n > 0; --n) {
    elements.push_back(Of(element, std::max(depth - 1, 0)));
  }
  if (!typed_ && random_.Chance(10)) elements.clear();
  return absl::StrCat("[", absl::StrJoin(elements, ", "), "]");
}

std::string PolicyWriter::RecordOf(const RecordType& type, int depth) {
  std::vector<std::string> attributes;
  for (const auto& [name, attribute] : type) {
    if (!attribute.required && random_.Chance(30)) continue;
    attributes.push_back(absl::StrCat(
        Quote(name), ": ", Of(attribute.type, std::max(depth - 1, 0))));
  }
  return absl::StrCat("{", absl::StrJoin(attributes, ", "), "}");
}

std::string PolicyWriter::EntityLiteral(const std::string& type) {
  return worlds_.UidOf(type).ToString();
}

}  // namespace sekisho
