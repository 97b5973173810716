#include "engine/model/request_checker.h"

#include <random>
#include <string>
#include <vector>

#include "engine/model/validate.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Schema TestSchema() {
  Schema schema;
  schema.entity_types["Role"].enum_ids = {"nurse", "doctor"};
  schema.entity_types["Person"];
  ActionType& view = schema.actions[{"Action", "view"}];
  view.principal_types = {"Person", "Role", "Undeclared"};
  view.resource_types = {"Person"};
  view.context = {
      {"a", {Type::Bool(), false}},
      {"b", {Type::Entity("Role"), true}},
      {"c", {Type::Set(Type::Entity("Action")), false}},
      {"d",
       {Type::Record({{"x", {Type::Long(), true}},
                      {"y", {Type::Set(Type::Set(Type::String())), false}}}),
        false}},
      {"e", {Type::Entity("Undeclared"), false}},
  };
  ActionType& all = schema.actions[{"Action", "all"}];
  all.resource_types = {"Person"};
  ActionType& bare = schema.actions[{"Action", "bare"}];
  bare.principal_types = {"Person"};
  bare.resource_types = {"Role", "Action"};
  return schema;
}

// Draws from few values, so that many requests nearly fit.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  Request MakeRequest() {
    return {Uid(), Chance(8) ? Uid() : EntityUid{"Action", Action()}, Uid(),
            Chance(50) ? Value::Long(1) : Context()};
  }

 private:
  bool Chance(int of) { return random_() % of == 0; }
  std::string Action() {
    static const char* const kIds[] = {"view", "view", "bare", "all", "none"};
    return kIds[random_() % 5];
  }
  EntityUid Uid() {
    static const EntityUid kUids[] = {{"Person", "p"},    {"Person", "q"},
                                      {"Role", "nurse"},  {"Role", "pilot"},
                                      {"Action", "view"}, {"Action", "none"},
                                      {"Undeclared", "u"}};
    return kUids[random_() % 7];
  }
  Value Any(int depth) {
    switch (random_() % (depth > 0 ? 6 : 4)) {
      case 0:
        return Value::Bool(true);
      case 1:
        return Value::Long(7);
      case 2:
        return Value::String("nurse");
      case 3:
        return Value::Entity(Uid());
      case 4: {
        Value::Elements elements;
        while (!Chance(3)) elements.push_back(Any(depth - 1));
        return Value::Set(std::move(elements));
      }
      default: {
        Value::Attributes attributes;
        for (const char* name : {"x", "y", "z"}) {
          if (!Chance(3)) attributes.emplace_back(name, Any(depth - 1));
        }
        return Value::Record(std::move(attributes));
      }
    }
  }
  // Of the declared type, more often than not.
  Value Near(char name) {
    if (Chance(6)) return Any(2);
    switch (name) {
      case 'a':
        return Value::Bool(false);
      case 'b':
        return Value::Entity({"Role", Chance(6) ? "pilot" : "doctor"});
      case 'c':
        return Value::Set({Value::Entity({"Action", Action()})});
      case 'd':
        return Value::Record({{"x", Value::Long(1)}, {"y", Any(2)}});
      default:
        return Any(1);
    }
  }
  Value Context() {
    Value::Attributes attributes;
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
      const bool rare = name[0] >= 'e';
      if (Chance(rare ? 8 : 2) || name[0] == 'b') {
        attributes.emplace_back(name, Near(name[0]));
      }
    }
    if (Chance(8)) attributes.erase(attributes.begin());
    return Value::Record(std::move(attributes));
  }

  std::mt19937_64 random_;
};

TEST(RequestCheckerTest, SaysWhatValidateRequestSays) {
  const Schema schema = TestSchema();
  const RequestChecker checker(&schema);
  Generator generator(20261123);
  int fit = 0;
  constexpr int kRequests = 50000;
  for (int i = 0; i < kRequests; ++i) {
    const Request request = generator.MakeRequest();
    const std::vector<FieldError> errors = ValidateRequest(schema, request);
    ASSERT_EQ(checker.Fits(request), errors.empty())
        << i << " " << request.principal.ToString() << " "
        << request.action.ToString() << " " << request.resource.ToString()
        << " " << request.context.ToString() << " "
        << (errors.empty() ? "" : errors[0].field + ": " + errors[0].message);
    fit += errors.empty();
  }
  EXPECT_GT(fit, kRequests / 200);
}

}  // namespace
}  // namespace sekisho
