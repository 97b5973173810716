#include "proto/codec.h"

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message))
      << text;
  return message;
}

constexpr char kUids[] =
    "principal {type: 'Person' id: 'nurse-1'} "
    "action {type: 'Action' id: 'view'} "
    "resource {type: 'Record' id: ''} ";

TEST(CodecTest, Request) {
  auto request = RequestFromProto(Parse<v1::DecideRequest>(
      std::string(kUids) +
      "context { attributes {name: 'n' value {long_value: -1}} "
      "          attributes {name: 'b' value {bool_value: false}} "
      "          attributes {name: 's' value {set {"
      "              elements {string_value: '医'} elements {string_value: ''}"
      "              elements {string_value: '医'}}}} "
      "          attributes {name: '' value {record {}}}"
      "          attributes {name: 'e' value {entity {type: 'T' id: 'i'}}}}"));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->principal, (EntityUid{"Person", "nurse-1"}));
  EXPECT_EQ(request->resource, (EntityUid{"Record", ""}));
  EXPECT_EQ(request->context.ToString(),
            R"({"": {}, b: false, e: T::"i", n: -1, s: ["", "医"]})");
}

TEST(CodecTest, ExtensionValues) {
  const struct {
    const char* value;
    const char* result;
  } cases[] = {
      {"type: 'decimal' text: '1.50'", "decimal(\"1.5\")"},
      {"type: 'ipaddr' text: '10.0.0.0/8'", "ip(\"10.0.0.0/8\")"},
      {"type: 'datetime' text: '2026-04-01T09:00:00+0900'",
       "datetime(\"2026-04-01\")"},
      {"type: 'datetime' text: '+10000-01-01T00:00:00.001Z'",
       "datetime(\"+10000-01-01T00:00:00.001Z\")"},
      {"type: 'duration' text: '90m'", "duration(\"1h30m\")"},
      {"type: 'decimal' text: '1'",
       "v: \"1\" is not an extension value of type `decimal`"},
      {"type: 'ip' text: '::'",
       "v: \"::\" is not an extension value of type `ip`"},
      {"", "v: \"\" is not an extension value of type ``"},
  };
  for (const auto& c : cases) {
    auto value = ValueFromProto(
        Parse<v1::Value>("extension {" + std::string(c.value) + "}"), "v");
    if (!value.ok()) {
      EXPECT_EQ(value.status(), absl::InvalidArgumentError(c.result));
      continue;
    }
    EXPECT_EQ(value->ToString(), c.result);
    v1::Value written;
    ValueToProto(*value, &written);
    EXPECT_EQ(*ValueFromProto(written, "v"), *value);
  }
}

TEST(CodecTest, RequestErrorsNameTheField) {
  const struct {
    std::string request;
    std::string message;
  } cases[] = {
      {"", "principal: is not set"},
      {"principal {} action {} resource {}",
       "principal: the entity type is not set"},
      {"principal {type: 'P'} resource {}", "action: is not set"},
      {"principal {type: 'P'} action {type: 'A'}", "resource: is not set"},
      {std::string(kUids) + "context {attributes {name: 'location'}}",
       "context.location: value is not set"},
      {std::string(kUids) + "context {attributes {name: 'a' value {record {"
                            "attributes {name: 'b' value {set {elements {"
                            "bool_value: true} elements {}}}}}}}}",
       "context.a.b[1]: value is not set"},
      {std::string(kUids) + "context {attributes {name: 'a' value {"
                            "entity {id: 'x'}}}}",
       "context.a: the entity type is not set"},
      {std::string(kUids) + "context {"
                            "attributes {name: 'a' value {long_value: 1}}"
                            "attributes {name: 'b' value {long_value: 1}}"
                            "attributes {name: 'a' value {long_value: 1}}}",
       "context.a: is given twice"},
  };
  for (const auto& c : cases) {
    auto request = RequestFromProto(Parse<v1::DecideRequest>(c.request));
    EXPECT_EQ(request.status(), absl::InvalidArgumentError(c.message));
    auto item = RequestFromProto(Parse<v1::DecideBatchItem>(c.request));
    EXPECT_EQ(item.status(), absl::InvalidArgumentError(c.message));
  }
}

TEST(CodecTest, EntityErrorsNameTheField) {
  const struct {
    std::string entity;
    std::string message;
  } cases[] = {
      {"", "put.uid: is not set"},
      {"uid {id: 'x'}", "put.uid: the entity type is not set"},
      {"uid {type: 'T'} attributes {attributes {name: 'a'}}",
       "put.attributes.a: value is not set"},
      {"uid {type: 'T'} tags {attributes {name: 'a'}}",
       "put.tags.a: value is not set"},
      {"uid {type: 'T'} parents {type: 'P'} parents {}",
       "put.parents[1]: the entity type is not set"},
  };
  for (const auto& c : cases) {
    auto entity = EntityFromProto(Parse<v1::Entity>(c.entity), "put");
    EXPECT_EQ(entity.status(), absl::InvalidArgumentError(c.message));
  }
}

// A value in `depth` records and sets, each in the next.
v1::Value Nested(int depth) {
  v1::Value value;
  value.set_bool_value(true);
  for (int i = 0; i < depth; ++i) {
    v1::Value outer;
    if (i % 2 == 0) {
      *outer.mutable_set()->add_elements() = value;
    } else {
      v1::Attribute* attribute = outer.mutable_record()->add_attributes();
      attribute->set_name("a");
      *attribute->mutable_value() = value;
    }
    value = outer;
  }
  return value;
}

TEST(CodecTest, NestingIsLimited) {
  EXPECT_TRUE(ValueFromProto(Nested(kMaxValueDepth), "v").ok());
  auto deeper = ValueFromProto(Nested(kMaxValueDepth + 1), "v");
  EXPECT_EQ(deeper.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(deeper.status().message().find(": is nested too deeply"),
            absl::string_view::npos)
      << deeper.status();
}

// The deepest value that is allowed gets through protobuf's own limit, in the
// message that has most around it.
TEST(CodecTest, TheDeepestValueTravels) {
  Value value = Value::Bool(true);
  for (int i = 0; i < kMaxValueDepth; ++i)
    value = Value::Record({{"a", value}});
  v1::WriteEntitiesRequest request;
  EntityToProto({{"T", "i"}, value, Value::Record({}), {}},
                request.add_mutations()->mutable_put());
  v1::WriteEntitiesRequest received;
  ASSERT_TRUE(received.ParseFromString(request.SerializeAsString()));
  auto entity = EntityFromProto(received.mutations(0).put(), "");
  ASSERT_TRUE(entity.ok()) << entity.status();
  EXPECT_EQ(entity->attributes, value);
}

TEST(CodecTest, RoundTrip) {
  Entity entity;
  entity.uid = {"Health::Person", "看護師 \"1\""};
  entity.attributes = Value::Record(
      {{"roles", Value::Set({Value::Entity({"Role", "nurse"}),
                             Value::Entity({"Role", "citizen"})})},
       {"grants", Value::Set({Value::Record({{"kind", Value::String("x")},
                                             {"n", Value::Long(INT64_MIN)}}),
                              Value::Record({})})},
       {"none", Value::Set({})}});
  entity.tags = Value::Record({{"t", Value::Bool(true)}});
  entity.parents = {{"Group", "b"}, {"Group", "a"}};
  v1::Entity message;
  EntityToProto(entity, &message);
  auto decoded = EntityFromProto(message, "");
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->uid, entity.uid);
  EXPECT_EQ(decoded->attributes, entity.attributes);
  EXPECT_EQ(decoded->tags, entity.tags);
  EXPECT_EQ(decoded->parents, entity.parents);

  Request request{{"P", "p"}, {"A", "a"}, {"R", "r"}, entity.attributes};
  v1::DecideRequest proto;
  RequestToProto(request, &proto);
  auto back = RequestFromProto(proto);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->principal, request.principal);
  EXPECT_EQ(back->action, request.action);
  EXPECT_EQ(back->resource, request.resource);
  EXPECT_EQ(back->context, request.context);
}

}  // namespace
}  // namespace sekisho
