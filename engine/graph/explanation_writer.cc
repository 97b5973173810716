#include "engine/graph/explanation_writer.h"

#include <utility>

#include "engine/graph/explanation.pb.h"
#include "engine/graph/wire.h"

namespace sekisho {
namespace {

using Proto = artifact::Explanations;

template <typename Repeated>
void ToProto(const std::vector<EditPlan>& edits, Repeated* out) {
  for (const EditPlan& edit : edits) {
    artifact::EditPlan* proto = out->Add();
    proto->set_kind(static_cast<uint32_t>(edit.kind));
    proto->set_path(edit.path);
    proto->set_value(edit.value);
  }
}

void ToProto(const Condition& condition, artifact::Condition* proto) {
  proto->set_kind(static_cast<uint32_t>(condition.kind));
  proto->mutable_operands()->Add(condition.operands.begin(),
                                 condition.operands.end());
  proto->set_test(condition.test);
  proto->mutable_reads()->Add(condition.reads.begin(), condition.reads.end());
  ToProto(condition.to_hold, proto->mutable_to_hold());
  ToProto(condition.to_fail, proto->mutable_to_fail());
}

artifact::Strings ToProto(const std::vector<std::string>& strings) {
  artifact::Strings proto;
  for (const std::string& string : strings) proto.add_strings(string);
  return proto;
}

}  // namespace

uint32_t ExplanationWriter::Text(const std::string& text) {
  return text.empty() ? 0 : texts_.Intern(text) + 1;
}

void ExplanationWriter::Append(const Explanations& part) {
  fields_.resize(Proto::kTextsFieldNumber + 1);
  auto field = [this](int number) {
    return &fields_[static_cast<size_t>(number)];
  };
  auto append = [&](int number, const auto& content) {
    AppendField(number, content, field(number));
  };
  auto set_label = [this](const Label& label, artifact::Label* proto) {
    proto->set_english(Text(label.english));
    proto->set_japanese(Text(label.japanese));
  };
  const DecisionGraph& programs = part.programs;
  code_.append(reinterpret_cast<const char*>(programs.code.data()),
               programs.code.size() * sizeof(uint32_t));
  for (const Test& test : programs.tests) {
    artifact::Program program;
    program.set_code_begin(test.code_begin);
    program.set_code_end(test.code_end);
    program.set_text(Text(test.text));
    append(Proto::kProgramsFieldNumber, program);
  }
  for (const Value& constant : programs.constants) {
    append(Proto::kConstantsFieldNumber, constant);
  }
  for (const std::string& name : programs.names) {
    append(Proto::kNamesFieldNumber, absl::string_view(name));
  }
  for (const std::vector<std::string>& pattern : programs.patterns) {
    append(Proto::kPatternsFieldNumber, ToProto(pattern));
  }
  for (const std::vector<std::string>& shape : programs.shapes) {
    append(Proto::kShapesFieldNumber, ToProto(shape));
  }
  for (const AttributePath& path : part.paths) {
    artifact::AttributePath proto;
    proto.set_root(static_cast<uint32_t>(path.root));
    for (const std::string& name : path.names) proto.add_names(name);
    append(Proto::kPathsFieldNumber, proto);
  }
  for (const Condition& condition : part.conditions) {
    artifact::Condition proto;
    ToProto(condition, &proto);
    append(Proto::kConditionsFieldNumber, proto);
  }
  for (const ExplainedColumn& column : part.columns) {
    artifact::ExplainedColumn proto;
    proto.set_key(column.key);
    set_label(column.header, proto.mutable_header());
    proto.set_from_request(column.from_request);
    append(Proto::kColumnsFieldNumber, proto);
  }
  for (const ExplainedPolicy& policy : part.policies) {
    artifact::ExplainedPolicy proto;
    proto.set_principal_type(policy.principal_type);
    proto.set_resource_type(policy.resource_type);
    for (const ExplainedClause& clause : policy.clauses) {
      artifact::ExplainedClause* out = proto.add_clauses();
      out->set_column(clause.column + 1);  // kNoColumn becomes 0
      if (!clause.cell.empty()) set_label(clause.cell, out->mutable_cell());
      out->set_text(Text(clause.text));
      out->set_source(Text(clause.source));
      out->set_line(clause.line);
      out->set_condition(clause.condition);
      for (const Help& help : clause.help) {
        artifact::Help* added = out->add_help();
        added->set_condition(help.condition);
        set_label(help.words, added->mutable_words());
      }
    }
    append(Proto::kPoliciesFieldNumber, proto);
  }
  for (const auto& [value, label] : part.labels) {
    artifact::Label proto;
    set_label(label, &proto);
    std::string bytes;
    AppendField(artifact::ValueLabel::kValueFieldNumber, value, &bytes);
    AppendField(artifact::ValueLabel::kLabelFieldNumber, proto, &bytes);
    append(Proto::kLabelsFieldNumber, absl::string_view(bytes));
  }
}

std::string ExplanationWriter::Finish() {
  // With room for what stands before each field.
  constexpr size_t kHead = 8;
  size_t size = kHead + code_.size();
  for (const std::string& field : fields_) size += field.size();
  for (uint32_t i = 0; i < texts_.size(); ++i) size += kHead + texts_[i].size();
  std::string out;
  out.reserve(size);
  if (!code_.empty()) AppendField(Proto::kCodeFieldNumber, code_, &out);
  code_ = std::string();
  for (std::string& field : fields_) {
    out += field;
    field = std::string();
  }
  for (uint32_t i = 0; i < texts_.size(); ++i) {
    const absl::Span<const char> text = texts_[i];
    AppendField(Proto::kTextsFieldNumber,
                absl::string_view(text.data(), text.size()), &out);
  }
  return out;
}

}  // namespace sekisho
