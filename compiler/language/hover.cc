#include "compiler/language/hover.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/language/describe.h"
#include "compiler/language/navigation.h"
#include "compiler/language/policy_tree.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

// Some types are very long when written out.
constexpr size_t kMaxTypeBytes = 1000;

struct MethodText {
  absl::string_view name;
  absl::string_view text;
};

constexpr MethodText kMethods[] = {
    {"contains", "set.contains(element): Bool"},
    {"containsAll", "set.containsAll(set): Bool"},
    {"containsAny", "set.containsAny(set): Bool"},
    {"isEmpty", "set.isEmpty(): Bool"},
    {"hasTag", "entity.hasTag(name): Bool"},
    {"getTag", "entity.getTag(name): the type of its tags"},
};

std::string DescribeFunction(const std::string& name) {
  for (const MethodText& method : kMethods) {
    if (method.name == name) return std::string(method.text);
  }
  const FunctionSignature* function = FindFunction(name);
  if (function == nullptr) return "";
  std::vector<std::string> kinds;
  for (size_t i = 0; i < function->arity; ++i) {
    kinds.emplace_back(KindName(function->arguments[i]));
  }
  std::string text;
  if (function->is_method) {
    text = absl::StrCat(kinds.front(), ".");
    kinds.erase(kinds.begin());
  }
  return absl::StrCat(text, name, "(", absl::StrJoin(kinds, ", "),
                      "): ", KindName(function->result));
}

std::string DescribeExpression(const PolicyTree& tree, const Expr& expr) {
  const std::string of_function =
      expr.kind == ExprKind::kCall || expr.kind == ExprKind::kFunction
          ? DescribeFunction(expr.name())
          : "";
  if (!of_function.empty()) return of_function;
  std::vector<std::string> types;
  for (const Type& type : tree.TypesOf(expr)) {
    std::string text = type.ToString();
    if (text.size() > kMaxTypeBytes) text = "{...}";
    types.push_back(std::move(text));
  }
  if (types.empty()) return "";
  return absl::StrCat(tree.sources.text(expr.span), ": ",
                      absl::StrJoin(types, " | "));
}

}  // namespace

std::optional<Hover> FindHover(const EditedFolder& folder,
                               const std::string& file, size_t offset) {
  if (const auto name = FindName(folder, file, offset)) {
    std::vector<std::string> texts;
    for (const Symbol& symbol : name->symbols) {
      std::string text = DescribeSymbol(folder, symbol);
      if (!text.empty()) texts.push_back(std::move(text));
    }
    if (texts.empty()) return std::nullopt;
    return Hover{name->span, absl::StrJoin(texts, "\n\n---\n\n")};
  }
  const RulePiece* piece = folder.rules().FindPiece(file, offset);
  if (piece == nullptr) return std::nullopt;
  const PolicyTree tree(
      file, folder.FindText(file)->substr({piece->begin, piece->end}),
      folder.context());
  const Expr* expr = tree.Find(offset - piece->begin);
  if (expr == nullptr) return std::nullopt;
  const std::string text = DescribeExpression(tree, *expr);
  if (text.empty()) return std::nullopt;
  return Hover{{piece->begin + expr->span.begin, piece->begin + expr->span.end},
               CedarBlock(text)};
}

}  // namespace sekisho
