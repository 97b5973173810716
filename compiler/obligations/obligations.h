// What policies may oblige or advise enforcement points to: `obligations.tsv`.
//
//   name            kind        parameter  type    value
//   limit-subjects  obligation  count      Long    context.subjectCount
//   tell-patient    obligation
//   use-card        advice      method     String  "ic-card"
//
// Each line declares one parameter, or an entry that has none; lines of one
// name belong together. `value` is a Cedar literal, a set of them, `principal`,
// `action`, `resource`, or a required attribute of the context: such a value
// there is in every decision. A column `note` is for people.
//
// Policies name entries: @obligations("limit-subjects, tell-patient"),
// @advice("use-card"). Whatever is misspelt is an error at its place.
#ifndef SEKISHO_COMPILER_OBLIGATIONS_OBLIGATIONS_H_
#define SEKISHO_COMPILER_OBLIGATIONS_OBLIGATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/model/schema.h"

namespace sekisho {

class Obligations {
 public:
  // None: what a folder without the table declares.
  Obligations() = default;
  // Reads the table. Errors: a line that is not as above, two entries or two
  // parameters of one name, a value that not every decision has.
  Obligations(const SourceSet& sources, SourceId source,
              Diagnostics* diagnostics);

  // By the numbers that IndicesOf returns.
  const std::vector<ObligationDeclaration>& declarations() const {
    return declarations_;
  }

  // What the policy names, in its order, each once. An error for a name that is
  // not declared, or declared as the other kind.
  std::vector<uint32_t> IndicesOf(const Policy& policy,
                                  Diagnostics* diagnostics);

  // Shows that the parameters of what a policy names have their types wherever
  // the policy applies. `typed` is by environment. An error that shows for
  // several policies is reported once.
  void Check(const Schema& schema, const std::vector<uint32_t>& indices,
             const std::vector<RequestEnvironment>& environments,
             const std::vector<TypedPolicy>& typed, Diagnostics* diagnostics);

  // A warning for each entry that no policy has named so far.
  void WarnOfUnused(Diagnostics* diagnostics) const;

 private:
  // Of a parameter, in the order of the declaration's.
  struct Place {
    std::string type;
    Span type_span;
    Span value_span;
    bool is_reported = false;
  };
  struct Entry {
    Span name;
    bool is_used = false;
    std::vector<Place> places;
  };

  // Takes the entry that the line belongs to, which becomes the last one. False
  // after an error.
  bool BeginEntry(const TableRow& row, Diagnostics* diagnostics);
  // Adds the parameter of the line to the last entry.
  void AddParameter(const SourceSet& sources, const TableRow& row,
                    Diagnostics* diagnostics);
  std::optional<uint32_t> Find(absl::string_view name) const;
  std::vector<std::string> Names(bool advice) const;

  std::vector<ObligationDeclaration> declarations_;
  // By the same numbers.
  std::vector<Entry> entries_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_OBLIGATIONS_OBLIGATIONS_H_
