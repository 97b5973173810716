#include "engine/graph/explanation_proto.h"

#include <string>
#include <utility>

#include "engine/base/status_macros.h"
#include "engine/graph/artifact_proto.h"

namespace sekisho {
namespace {

absl::Status Damaged() {
  return absl::DataLossError(
      "the explanations are damaged: a kind that there is not");
}

class TextReader {
 public:
  explicit TextReader(const artifact::Explanations& proto) : proto_(proto) {}

  std::string Read(uint32_t index) {
    if (index == 0) return "";
    const auto at = static_cast<int64_t>(index) - 1;
    if (at >= proto_.texts_size()) {
      complete_ = false;
      return "";
    }
    return proto_.texts(static_cast<int>(at));
  }
  Label Read(const artifact::Label& proto) {
    return {Read(proto.english()), Read(proto.japanese())};
  }

  // False once a text was asked for that there is not.
  bool complete() const { return complete_; }

 private:
  const artifact::Explanations& proto_;
  bool complete_ = true;
};

template <typename Repeated>
absl::StatusOr<std::vector<EditPlan>> EditsFromProto(const Repeated& protos) {
  std::vector<EditPlan> edits;
  for (const artifact::EditPlan& proto : protos) {
    if (proto.kind() > static_cast<uint32_t>(EditKind::kDelete)) {
      return Damaged();
    }
    edits.push_back(
        {static_cast<EditKind>(proto.kind()), proto.path(), proto.value()});
  }
  return edits;
}

absl::StatusOr<Condition> FromProto(const artifact::Condition& proto) {
  if (proto.kind() > static_cast<uint32_t>(ConditionKind::kOr)) {
    return Damaged();
  }
  Condition condition;
  condition.kind = static_cast<ConditionKind>(proto.kind());
  condition.operands.assign(proto.operands().begin(), proto.operands().end());
  condition.test = proto.test();
  condition.reads.assign(proto.reads().begin(), proto.reads().end());
  ASSIGN_OR_RETURN(condition.to_hold, EditsFromProto(proto.to_hold()));
  ASSIGN_OR_RETURN(condition.to_fail, EditsFromProto(proto.to_fail()));
  return condition;
}

ExplainedClause FromProto(const artifact::ExplainedClause& proto,
                          TextReader* texts) {
  ExplainedClause clause;
  clause.column = proto.column() - 1;
  clause.cell = texts->Read(proto.cell());
  clause.text = texts->Read(proto.text());
  clause.source = texts->Read(proto.source());
  clause.line = proto.line();
  clause.condition = proto.condition();
  for (const artifact::Help& help : proto.help()) {
    clause.help.push_back({help.condition(), texts->Read(help.words())});
  }
  return clause;
}

absl::Status ReadPrograms(const artifact::Explanations& proto,
                          TextReader* texts, Explanations* out) {
  DecisionGraph& programs = out->programs;
  out->code.assign(proto.code().begin(), proto.code().end());
  programs.code = out->code;
  for (const artifact::Program& program : proto.programs()) {
    Test test;
    test.code_begin = program.code_begin();
    test.code_end = program.code_end();
    test.text = texts->Read(program.text());
    programs.tests.push_back(std::move(test));
  }
  for (const artifact::Value& constant : proto.constants()) {
    ASSIGN_OR_RETURN(Value value, sekisho::FromProto(constant));
    programs.constants.push_back(std::move(value));
  }
  programs.names.assign(proto.names().begin(), proto.names().end());
  for (const artifact::Strings& pattern : proto.patterns()) {
    if (pattern.strings().empty()) return Damaged();
    programs.patterns.emplace_back(pattern.strings().begin(),
                                   pattern.strings().end());
  }
  for (const artifact::Strings& shape : proto.shapes()) {
    programs.shapes.emplace_back(shape.strings().begin(),
                                 shape.strings().end());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Explanations> FromProto(const artifact::Explanations& proto,
                                       size_t policy_count) {
  Explanations out;
  TextReader texts(proto);
  RETURN_IF_ERROR(ReadPrograms(proto, &texts, &out));
  for (const artifact::AttributePath& path : proto.paths()) {
    if (path.root() > static_cast<uint32_t>(PathRoot::kContext)) {
      return Damaged();
    }
    out.paths.push_back({static_cast<PathRoot>(path.root()),
                         {path.names().begin(), path.names().end()}});
  }
  for (const artifact::Condition& condition : proto.conditions()) {
    ASSIGN_OR_RETURN(Condition read, FromProto(condition));
    out.conditions.push_back(std::move(read));
  }
  for (const artifact::ExplainedColumn& column : proto.columns()) {
    out.columns.push_back(
        {column.key(), texts.Read(column.header()), column.from_request()});
  }
  for (const artifact::ExplainedPolicy& policy : proto.policies()) {
    ExplainedPolicy read{policy.principal_type(), policy.resource_type(), {}};
    for (const artifact::ExplainedClause& clause : policy.clauses()) {
      read.clauses.push_back(FromProto(clause, &texts));
    }
    out.policies.push_back(std::move(read));
  }
  for (const artifact::ValueLabel& entry : proto.labels()) {
    ASSIGN_OR_RETURN(Value value, FromProto(entry.value()));
    out.labels.emplace_back(std::move(value), texts.Read(entry.label()));
  }
  if (!texts.complete()) {
    return absl::DataLossError("the explanations are damaged: a text is gone");
  }
  RETURN_IF_ERROR(out.Verify(policy_count));
  return out;
}

}  // namespace sekisho
