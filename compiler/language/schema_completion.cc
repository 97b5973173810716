#include "compiler/language/schema_completion.h"

#include <string>
#include <utility>

#include "compiler/language/written.h"

namespace sekisho {
namespace {

using Kind = Completion::Kind;

constexpr absl::string_view kPrimitives[] = {
    "Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration"};

}  // namespace

std::vector<Completion> CompleteSchema(const EditedFolder& folder,
                                       absl::string_view text) {
  const WrittenText written(text);
  std::vector<Completion> out;
  const auto add = [&](Kind kind, std::string label) {
    out.push_back(
        {kind, std::move(label), {written.partial_begin(), text.size()}, ""});
  };
  if (written.in_string()) return out;
  const auto add_entities = [&] {
    for (const Occurrence& o : folder.schema_index().occurrences()) {
      if (o.is_definition && o.symbol.kind == SymbolKind::kEntityType) {
        add(Kind::kType, o.symbol.name);
      }
    }
  };
  const bool of_types =
      written.LastIs(TokenKind::kColon) || written.LastIs(TokenKind::kLess) ||
      written.LastIsWord("tags") ||
      (written.LastIs(TokenKind::kAssign) && written.LastIsWord("type", 2));
  if (of_types) {
    for (const absl::string_view primitive : kPrimitives) {
      add(Kind::kType, std::string(primitive));
    }
    add(Kind::kType, "Set");
    for (const Occurrence& o : folder.schema_index().occurrences()) {
      if (o.is_definition && o.symbol.kind == SymbolKind::kCommonType) {
        add(Kind::kType, o.symbol.name);
      }
    }
    add_entities();
  } else if (written.LastIsWord("in") ||
             (!written.open().empty() && written.open().back() == "[")) {
    add_entities();
  } else if (written.LastIs(TokenKind::kAt)) {
    add(Kind::kKeyword, "doc");
  } else if (written.open().empty() || written.LastIs(TokenKind::kSemicolon) ||
             written.LastIs(TokenKind::kLeftBrace)) {
    if (written.LastIsWord("appliesTo", 1)) {
      for (const char* word : {"principal", "resource", "context"}) {
        add(Kind::kKeyword, word);
      }
    } else if (written.size() == 0 || written.LastIs(TokenKind::kSemicolon) ||
               written.LastIs(TokenKind::kLeftBrace)) {
      for (const char* word : {"entity", "action", "type", "namespace"}) {
        add(Kind::kKeyword, word);
      }
    } else {
      for (const char* word : {"in", "enum", "tags", "appliesTo"}) {
        add(Kind::kKeyword, word);
      }
    }
  } else if (written.LastIs(TokenKind::kComma)) {
    for (const char* word : {"principal", "resource", "context"}) {
      add(Kind::kKeyword, word);
    }
  }
  return out;
}

}  // namespace sekisho
