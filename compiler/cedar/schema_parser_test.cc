// Limits, and names that mean one thing or another. See testdata/schemas.txt
// for what is accepted and how errors read.
#include "compiler/cedar/schema_parser.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

struct Parsed {
  explicit Parsed(std::string text) {
    const SourceId id = sources.Add("x", std::move(text));
    schema = ParseSchema(sources, id, &diagnostics);
  }
  // The type of attribute `a` of that entity type.
  std::string TypeOfA(const std::string& entity) const {
    if (!schema) return diagnostics.ToString();
    return schema->entity_types.at(entity).attributes.at("a").type.ToString();
  }
  std::string FirstMessage() const {
    return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
  }

  SourceSet sources;
  Diagnostics diagnostics{&sources};
  std::optional<Schema> schema;
};

std::string Repeat(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(SchemaParserTest, NamesMeanTheNearestDeclaration) {
  const struct {
    std::string schema;
    std::string type;
  } kCases[] = {
      // The namespace, then outside of it.
      {"namespace N { entity E {a: T}; type T = Long; }", "Long"},
      {"namespace N { entity E {a: T}; entity T; }", "N::T"},
      {"namespace N { entity E {a: T}; } type T = Long;", "Long"},
      {"namespace N { entity E {a: T}; } entity T;", "T"},
      // Common types before entity types.
      {"namespace N { entity E {a: T}; entity T; type T = String; }", "String"},
      {"namespace N { entity E {a: T}; } entity T; type T = String;", "String"},
      // A qualified name is exactly that.
      {"namespace N { entity E {a: M::T}; } namespace M { entity T; }", "M::T"},
      {"namespace N { entity E {a: N::T}; entity T; }", "N::T"},
      // Built-in types last, and by their full name always.
      {"namespace N { entity E {a: Long}; entity Long; }", "N::Long"},
      {"namespace N { entity E {a: __cedar::Long}; entity Long; }", "Long"},
      {"namespace N { entity E {a: Bool}; }", "Bool"},
      {"namespace N { entity E {a: ipaddr}; entity ipaddr; }", "N::ipaddr"},
      // Common types resolve names where they are declared.
      {"namespace N { entity E {a: M::T}; entity X; } "
       "namespace M { type T = X; entity X; }",
       "M::X"},
      // Keywords are names.
      {"namespace N { entity E {a: type}; entity type; }", "N::type"},
      {"namespace N { entity E {a: Set}; entity Set; }", "N::Set"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Parsed(c.schema).TypeOfA("N::E"), c.type) << c.schema;
  }
}

TEST(SchemaParserTest, AnEmptySchemaIsASchema) {
  const Parsed parsed("// nothing\n");
  ASSERT_TRUE(parsed.schema);
  EXPECT_TRUE(parsed.schema->entity_types.empty());
}

TEST(SchemaParserTest, ActionsKnowTheirGroups) {
  const Parsed parsed(
      "action read; action view in read; action print in [\"view\", view];");
  ASSERT_TRUE(parsed.schema) << parsed.diagnostics.ToString();
  EXPECT_TRUE(parsed.schema->ActionIn({"Action", "print"}, {"Action", "read"}));
  EXPECT_EQ(parsed.schema->actions.at({"Action", "print"}).member_of.size(),
            1u);
}

// ---- Limits ----------------------------------------------------------------

TEST(SchemaParserLimitsTest, DepthIsLimited) {
  for (const size_t count : {300u, 10'000u}) {
    EXPECT_EQ(Parsed("entity E {a: " + Repeat("Set<", count) + "Long" +
                     Repeat(">", count) + "};")
                  .FirstMessage(),
              "more than 200 levels of nesting");
    EXPECT_EQ(Parsed("entity E " + Repeat("{a: ", count) + "Long" +
                     Repeat("}", count) + ";")
                  .FirstMessage(),
              "more than 200 levels of nesting");
  }
}

TEST(SchemaParserLimitsTest, DepthIsLimitedAcrossCommonTypes) {
  std::string text = "type T0 = Long;\n";
  for (int i = 1; i <= 1000; ++i) {
    absl::StrAppend(&text, "type T", i, " = Set<T", i - 1, ">;\n");
  }
  EXPECT_EQ(Parsed(text).FirstMessage(),
            "the type has more than 200 levels of nesting");
}

TEST(SchemaParserLimitsTest, LongChainsOfNamesAreFollowed) {
  // Declared last to first, so that resolving the first needs all others.
  std::string text = "entity E {a: T20000};\n";
  for (int i = 20'000; i > 0; --i) {
    absl::StrAppend(&text, "type T", i, " = T", i - 1, ";\n");
  }
  text += "type T0 = Long;\n";
  EXPECT_EQ(Parsed(text).TypeOfA("E"), "Long");
  std::string groups = "action a0;\n";
  for (int i = 1; i <= 20'000; ++i) {
    absl::StrAppend(&groups, "action a", i, " in a", i - 1, ";\n");
  }
  EXPECT_TRUE(Parsed(groups).schema);
  groups += "action b in a20000;\n";
  groups.replace(0, 9, "action a0 in b");
  EXPECT_EQ(Parsed(groups).FirstMessage(), "the action `a0` is in itself");
}

TEST(SchemaParserLimitsTest, SmallSchemasCannotBeHuge) {
  std::string text = "type T0 = {a: Long, b: Long};\n";
  for (int i = 1; i <= 100; ++i) {
    absl::StrAppend(&text, "type T", i, " = {a: T", i - 1, ", b: T", i - 1,
                    "};\n");
  }
  // Declaring is free, using is not.
  EXPECT_TRUE(Parsed(text + "entity E {a: T10};").schema);
  EXPECT_EQ(Parsed(text + "entity E {a: T100};").FirstMessage(),
            "with common types written out, the schema is larger than 2000000 "
            "types up to here");
  EXPECT_FALSE(Parsed(text + "entity U; action a appliesTo {principal: U, "
                             "resource: U, context: T100};")
                   .schema);
  // Many of middling size are as bad.
  std::string many = text;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&many, "entity E", i, " {a: T16};\n");
  }
  EXPECT_FALSE(Parsed(many).schema);
}

TEST(SchemaParserLimitsTest, TheNumberOfErrorsIsLimited) {
  EXPECT_EQ(Parsed(Repeat("entity ;", 10'000)).diagnostics.error_count(),
            kMaxErrors + 1);
  std::string unknown;
  for (int i = 0; i < 10'000; ++i) {
    absl::StrAppend(&unknown, "entity E", i, " {a: Unknown", i, "};\n");
  }
  EXPECT_EQ(Parsed(unknown).diagnostics.error_count(), kMaxErrors);
}

TEST(SchemaParserLimitsTest, HostileTextsAreAnswered) {
  const std::string kTexts[] = {
      std::string(1, '\0'),
      "\xff\xfe",
      Repeat("}", 10'000),
      Repeat("{", 10'000),
      Repeat("namespace N {", 10'000),
      Repeat("@a", 10'000) + "entity E;",
      "entity E in [" + Repeat("A,", 100'000),
      "entity E enum [" + Repeat("\"a\",", 100'000),
      "entity " + Repeat("E,", 10'000) + "E;",
      "action " + Repeat("a,", 10'000) + "a;",
      "entity E {" + Repeat("a: Long,", 10'000) + "};",
      "entity E {a: " + Repeat("N::", 10'000) + "E};",
  };
  for (const std::string& text : kTexts) {
    const Parsed parsed(text);
    EXPECT_FALSE(parsed.schema);
    EXPECT_LT(parsed.diagnostics.ToString().size(), 1'000'000u);
  }
}

}  // namespace
}  // namespace sekisho
