// Random policies over a small schema that has one of everything, and random
// requests and entities for them. Entities go missing and arithmetic overflows
// often, so that errors are common.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_RANDOM_POLICIES_H_
#define SEKISHO_TESTS_DIFFERENTIAL_RANDOM_POLICIES_H_

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/model/entity.h"
#include "engine/model/extension.h"
#include "engine/model/link.h"
#include "engine/model/request.h"
#include "engine/model/value.h"

namespace sekisho {

inline constexpr char kRandomSchema[] = R"(
entity Color enum ["red", "green", "blue"];
entity Group in [Group] { level: Long };
entity User in [Group] {
  age: Long,
  name: String,
  flags: Set<Color>,
  boss?: User,
  info: { ok: Bool, n?: Long },
  hired: datetime,
  limit: decimal,
  home?: ipaddr,
} tags Long;
entity Doc in [Group] {
  owner: User,
  size: Long,
  color: Color,
  open: Bool,
  readers: Set<User>,
};
action edit;
action read, write in [edit] appliesTo {
  principal: [User],
  resource: [Doc, Group],
  context: { hour: Long, color: Color, ip: String, via?: User, admin: Bool,
    addr: ipaddr, now: datetime, shift: duration, cost: decimal },
};
)";

class RandomPolicies {
 public:
  explicit RandomPolicies(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Chance(int percent) {
    return Below(100) < static_cast<uint64_t>(percent);
  }
  std::string Pick(std::initializer_list<const char*> options) {
    return *(options.begin() + Below(options.size()));
  }
  std::string User() { return absl::StrCat("u", Below(6)); }
  std::string Doc() { return absl::StrCat("d", Below(4)); }
  std::string Group() { return absl::StrCat("g", Below(4)); }

  // `templates` percent of them are templates.
  std::string Policies(int count, int templates = 0) {
    std::string text;
    templates_.clear();
    for (int i = 0; i < count; ++i) {
      Slots slots;
      if (templates > 0 && Chance(templates)) {
        slots.id = absl::StrCat("policy", i);
        const uint64_t which = Below(3);
        if (which != 0) {
          slots.principal = Pick({"==", "in", "is User in"});
        }
        if (which != 1) slots.resource = Pick({"==", "in", "is Doc in"});
        templates_.push_back(slots);
      }
      absl::StrAppend(&text, Policy(slots), "\n");
    }
    return text;
  }

  // Links of the templates that Policies made last, none if it made none.
  std::vector<Link> Links(int count) {
    std::vector<Link> links;
    if (templates_.empty()) return links;
    for (int i = 0; i < count; ++i) {
      const Slots& slots = templates_[Below(templates_.size())];
      Link link;
      link.id = absl::StrCat("link", i);
      link.template_id = slots.id;
      if (!slots.principal.empty()) {
        // What is never a principal fits no schema.
        link.principal = slots.principal == "==" || Chance(60)
                             ? EntityUid{"User", User()}
                             : EntityUid{"Group", Group()};
      }
      if (!slots.resource.empty()) {
        link.resource =
            Chance(60) ? EntityUid{"Doc", Doc()} : EntityUid{"Group", Group()};
      }
      links.push_back(std::move(link));
    }
    return links;
  }

  // Everything but a `User` or two, so that some are absent.
  std::vector<Entity> Entities() {
    std::vector<Entity> entities;
    for (int i = 0; i < 6; ++i) {
      if (Chance(25)) continue;
      Value::Attributes attributes = {
          {"age", Value::Long(SmallNumber())},
          {"name", Value::String(Pick({"ann", "bob", "a*b", ""}))},
          {"flags", Colors()},
          {"info", Chance(50)
                       ? Value::Record({{"ok", Value::Bool(Chance(50))}})
                       : Value::Record({{"ok", Value::Bool(Chance(50))},
                                        {"n", Value::Long(SmallNumber())}})},
      };
      if (Chance(50)) {
        attributes.emplace_back("boss", Value::Entity({"User", User()}));
      }
      attributes.emplace_back("hired", Value::Extension(Time()));
      attributes.emplace_back("limit", Value::Extension(SmallDecimal()));
      if (Chance(50)) {
        attributes.emplace_back("home", Value::Extension(Address()));
      }
      Entity entity;
      entity.uid = {"User", absl::StrCat("u", i)};
      entity.attributes = Value::Record(std::move(attributes));
      if (Chance(50)) {
        entity.tags = Value::Record({{"t", Value::Long(SmallNumber())}});
      }
      if (Chance(60)) entity.parents.push_back({"Group", Group()});
      entities.push_back(std::move(entity));
    }
    for (int i = 0; i < 4; ++i) {
      if (!Chance(20)) entities.push_back(MakeDoc(i));
      if (!Chance(20)) entities.push_back(MakeGroup(i));
    }
    return entities;
  }

  Request MakeRequest() {
    Request request;
    request.principal = {"User", User()};
    request.action = {"Action", Pick({"read", "write"})};
    request.resource =
        Chance(80) ? EntityUid{"Doc", Doc()} : EntityUid{"Group", Group()};
    Value::Attributes context = {
        {"hour", Value::Long(SmallNumber())},
        {"color", Color()},
        {"ip", Value::String(Pick({"10.0.0.1", "10.1.2.3", "::1", ""}))},
        {"admin", Value::Bool(Chance(50))},
        {"addr", Value::Extension(Address())},
        {"now", Value::Extension(Time())},
        {"shift", Value::Extension(Span())},
        {"cost", Value::Extension(SmallDecimal())},
    };
    if (Chance(50)) {
      context.emplace_back("via", Value::Entity({"User", User()}));
    }
    request.context = Value::Record(std::move(context));
    return request;
  }

 private:
  // The least and the greatest too, so that arithmetic overflows.
  Datetime Time() {
    return {Chance(5) ? std::numeric_limits<int64_t>::min()
            : Chance(5)
                ? std::numeric_limits<int64_t>::max()
                : static_cast<int64_t>(Below(12)) * 43'200'000 - 129'600'000};
  }
  Duration Span() {
    return {Chance(5) ? std::numeric_limits<int64_t>::min()
                      : static_cast<int64_t>(Below(4)) * 3'600'000};
  }
  Decimal SmallDecimal() {
    return {static_cast<int64_t>(Below(6)) * 5'000 - 10'000};
  }
  IpAddress Address() {
    return *IpAddress::Parse(
        Pick({"10.0.0.1", "10.1.2.3/16", "127.0.0.1", "224.0.0.1", "::1",
              "fe80::1", "ff02::/16"}));
  }
  // What stands before each slot of a policy; empty: it has none.
  struct Slots {
    std::string id;
    std::string principal;
    std::string resource;
  };

  int64_t SmallNumber() {
    return Chance(5) ? std::numeric_limits<int64_t>::max()
                     : static_cast<int64_t>(Below(12)) - 2;
  }
  Value Color() {
    return Value::Entity({"Color", Pick({"red", "green", "blue"})});
  }
  Value Colors() {
    Value::Elements colors;
    for (uint64_t n = Below(3); n > 0; --n) colors.push_back(Color());
    return Value::Set(std::move(colors));
  }

  Entity MakeDoc(int i) {
    Value::Elements readers;
    for (uint64_t n = Below(3); n > 0; --n) {
      readers.push_back(Value::Entity({"User", User()}));
    }
    Entity doc;
    doc.uid = {"Doc", absl::StrCat("d", i)};
    doc.attributes =
        Value::Record({{"owner", Value::Entity({"User", User()})},
                       {"size", Value::Long(SmallNumber())},
                       {"color", Color()},
                       {"open", Value::Bool(Chance(50))},
                       {"readers", Value::Set(std::move(readers))}});
    if (Chance(60)) doc.parents.push_back({"Group", Group()});
    return doc;
  }

  Entity MakeGroup(int i) {
    Entity group;
    group.uid = {"Group", absl::StrCat("g", i)};
    group.attributes = Value::Record({{"level", Value::Long(SmallNumber())}});
    if (i > 0) group.parents.push_back({"Group", absl::StrCat("g", Below(i))});
    return group;
  }

  std::string Policy(const Slots& slots = {}) {
    std::string principal =
        !slots.principal.empty()
            ? absl::StrCat("principal ", slots.principal, " ?principal")
        : Chance(20) ? absl::StrCat("principal == User::\"", User(), "\"")
        : Chance(20) ? absl::StrCat("principal in Group::\"", Group(), "\"")
        : Chance(20) ? "principal is User"
                     : "principal";
    std::string action =
        Pick({"action", "action == Action::\"read\"",
              "action in Action::\"edit\"", "action in [Action::\"write\"]"});
    std::string resource =
        !slots.resource.empty()
            ? absl::StrCat("resource ", slots.resource, " ?resource")
        : Chance(15) ? absl::StrCat("resource == Doc::\"", Doc(), "\"")
        : Chance(10)
            ? absl::StrCat("resource is Doc in Group::\"", Group(), "\"")
            : "resource is Doc";
    std::string text =
        absl::StrCat(Chance(70) ? "permit" : "forbid", "(", principal, ", ",
                     action, ", ", resource, ")");
    // A resource that may be a group has no attributes of documents.
    const bool any = !slots.resource.empty() && slots.resource != "is Doc in";
    for (uint64_t n = any ? 0 : Below(4); n > 0; --n) {
      absl::StrAppend(&text, Chance(85) ? " when { " : " unless { ", Bool(3),
                      " }");
    }
    return text + ";";
  }

  std::string Bool(int depth) {
    if (depth > 0) {
      switch (Below(6)) {
        case 0:
          return absl::StrCat("(", Bool(depth - 1), " && ", Bool(depth - 1),
                              ")");
        case 1:
          return absl::StrCat("(", Bool(depth - 1), " || ", Bool(depth - 1),
                              ")");
        case 2:
          return absl::StrCat("!(", Bool(depth - 1), ")");
        case 3:
          return absl::StrCat("(if ", Bool(depth - 1), " then ",
                              Bool(depth - 1), " else ", Bool(depth - 1), ")");
        default:
          break;
      }
    }
    switch (Below(24)) {
      case 0:
        return "context.admin";
      case 1:
        return "resource.open";
      case 2:
        return absl::StrCat(
            "(", Long(1), Pick({" < ", " <= ", " > ", " >= ", " == ", " != "}),
            Long(1), ")");
      case 3:
        return absl::StrCat("(", ColorExpr(), Pick({" == ", " != "}),
                            ColorExpr(), ")");
      case 4:
        return absl::StrCat("(", UserExpr(), Pick({" == ", " != "}), UserExpr(),
                            ")");
      case 5:
        return absl::StrCat(UserExpr(), ".flags.contains(", ColorExpr(), ")");
      case 6:
        return absl::StrCat("[", ColorExpr(), ", Color::\"red\"].contains(",
                            ColorExpr(), ")");
      case 7:
        return absl::StrCat("resource.readers.contains(", UserExpr(), ")");
      case 8:
        return absl::StrCat("(", UserExpr(), " in Group::\"", Group(), "\")");
      case 9:
        return absl::StrCat("(resource in [Group::\"", Group(), "\", Group::\"",
                            Group(), "\"])");
      case 10:
        return absl::StrCat("(principal has boss && principal.boss.age ",
                            Pick({"<", ">=", "=="}), " ", Long(0), ")");
      case 11:
        return absl::StrCat("(context has via && ", "context.via.info.ok)");
      case 12:
        return absl::StrCat("(", UserExpr(), ".name like \"",
                            Pick({"a*", "*b", "a\\*b", "*", ""}), "\")");
      case 13:
        return "(action in Action::\"edit\")";
      case 14:
        return "(context.admin || action == Action::\"read\")";
      case 15:
        return "(principal.hasTag(\"t\") && principal.getTag(\"t\") > 3)";
      case 16:
        return absl::StrCat(
            "(", TimeExpr(1),
            Pick({" < ", " <= ", " > ", " >= ", " == ", " != "}), TimeExpr(1),
            ")");
      case 17:
        return absl::StrCat(
            "(", SpanExpr(1),
            Pick({" < ", " <= ", " > ", " >= ", " == ", " != "}), SpanExpr(1),
            ")");
      case 18:
        return absl::StrCat(DecimalExpr(), ".",
                            Pick({"lessThan", "lessThanOrEqual", "greaterThan",
                                  "greaterThanOrEqual"}),
                            "(", DecimalExpr(), ")");
      case 19:
        return absl::StrCat("(", DecimalExpr(), Pick({" == ", " != "}),
                            DecimalExpr(), ")");
      case 20:
        return absl::StrCat(
            "context.addr.",
            Pick({"isIpv4()", "isIpv6()", "isLoopback()", "isMulticast()"}));
      case 21:
        return absl::StrCat("(principal has home && principal.home",
                            Pick({" == ", " != "}), AddressExpr(), ")");
      case 22:
        return absl::StrCat("context.addr.isInRange(", AddressExpr(), ")");
      default:
        return absl::StrCat("principal.flags.",
                            Pick({"containsAll", "containsAny"}), "(",
                            UserExpr(), ".flags)");
    }
  }

  std::string Long(int depth) {
    if (depth > 0 && Chance(40)) {
      if (Chance(10)) return absl::StrCat("(-", Long(depth - 1), ")");
      return absl::StrCat("(", Long(depth - 1), Pick({" + ", " - ", " * "}),
                          Long(depth - 1), ")");
    }
    switch (Below(6)) {
      case 5:
        return absl::StrCat(SpanExpr(0), ".",
                            Pick({"toMilliseconds", "toSeconds", "toMinutes",
                                  "toHours", "toDays"}),
                            "()");
      case 0:
        return "context.hour";
      case 1:
        return absl::StrCat(UserExpr(), ".age");
      case 2:
        return "resource.size";
      default:
        return Chance(5) ? "9223372036854775807" : absl::StrCat(Below(12));
    }
  }

  std::string TimeExpr(int depth) {
    if (depth > 0 && Chance(30)) {
      return Chance(50)
                 ? absl::StrCat(TimeExpr(0), ".toDate()")
                 : absl::StrCat(TimeExpr(0), ".offset(", SpanExpr(0), ")");
    }
    return Pick({"context.now", "context.now", "principal.hired",
                 "datetime(\"1970-01-01\")",
                 "datetime(\"1970-01-02T12:00:00+0000\")"});
  }
  std::string SpanExpr(int depth) {
    if (depth > 0 && Chance(40)) {
      return Chance(50) ? absl::StrCat(TimeExpr(0), ".toTime()")
                        : absl::StrCat(TimeExpr(0), ".durationSince(",
                                       TimeExpr(0), ")");
    }
    return Pick({"context.shift", "context.shift", "duration(\"1h\")",
                 "duration(\"-9223372036854775808ms\")"});
  }
  std::string DecimalExpr() {
    return Pick({"context.cost", "principal.limit", "decimal(\"0.50\")",
                 "decimal(\"-1.0\")"});
  }
  std::string AddressExpr() {
    return Pick({"ip(\"10.0.0.0/8\")", "ip(\"10.0.0.1\")", "ip(\"::/0\")",
                 "ip(\"0.0.0.0/0\")"});
  }
  std::string UserExpr() {
    return Chance(70) ? Pick({"principal", "resource.owner"})
                      : absl::StrCat("User::\"", User(), "\"");
  }
  std::string ColorExpr() {
    return Pick({"context.color", "resource.color", "Color::\"red\"",
                 "Color::\"blue\""});
  }

  std::mt19937_64 random_;
  std::vector<Slots> templates_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_RANDOM_POLICIES_H_
