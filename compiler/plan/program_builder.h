// Expressions to predicate programs, and the tables that programs refer to.
#ifndef SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_
#define SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "engine/model/value.h"

namespace sekisho {

using Program = std::vector<uint32_t>;

// The value of an expression that has the same in every request: a literal, a
// constructor of an extension type with a valid text, a set or record of
// nothing else.
std::optional<Value> ConstantOf(const Expr& expr);

// How many values the program of `expr` has on its stack at most, or more. Many
// where it makes a set or record of many values that are not constants; a
// program with more than kMaxProgramStack is refused.
size_t StackOf(const Expr& expr);

// The tables grow with every program; each entry is in them once.
class ProgramBuilder {
 public:
  Program Compile(const Expr& expr);
  // Whether the entity that `expr` evaluates to is in the store.
  Program CompileExists(const Expr& expr);
  const std::vector<Value>& constants() const { return constants_.entries; }
  const std::vector<std::string>& names() const { return names_.entries; }
  const std::vector<std::vector<std::string>>& patterns() const {
    return patterns_.entries;
  }
  const std::vector<std::vector<std::string>>& shapes() const {
    return shapes_.entries;
  }

 private:
  template <typename T>
  struct Table {
    std::vector<T> entries;
    absl::flat_hash_map<T, uint32_t> index;

    uint32_t Intern(const T& entry) {
      auto [it, added] =
          index.emplace(entry, static_cast<uint32_t>(entries.size()));
      if (added) entries.push_back(entry);
      return it->second;
    }
  };

  void Emit(const Expr& expr, Program* code);
  void EmitConnective(const Expr& expr, Program* code);
  void EmitIf(const Expr& expr, Program* code);
  void EmitIs(const Expr& expr, Program* code);
  void EmitRecord(const Expr& expr, Program* code);
  void EmitCall(const Expr& expr, Program* code);

  Table<Value> constants_;
  Table<std::string> names_;
  Table<std::vector<std::string>> patterns_;
  Table<std::vector<std::string>> shapes_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_
