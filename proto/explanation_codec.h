// Explanations in their protobuf form.
//
//   ASSIGN_OR_RETURN(ExplanationForm form, ExplanationFormOf(request));
//   ExplanationToProto(explanation, form, &response);
#ifndef SEKISHO_PROTO_EXPLANATION_CODEC_H_
#define SEKISHO_PROTO_EXPLANATION_CODEC_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/explanation.h"
#include "analysis/words.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// What of an explanation is wanted.
struct ExplanationForm {
  bool redacted = true;
  std::vector<Language> languages = {Language::kEnglish, Language::kJapanese};
};

// InvalidArgument, naming the field, if it asks for what there is not.
absl::StatusOr<ExplanationForm> ExplanationFormOf(
    const v1::ExplainRequest& request);

// Sets what is said in that form: the decision, the texts, and either the cause
// and the whole or what Redact leaves.
void ExplanationToProto(const Explanation& explanation,
                        const ExplanationForm& form, v1::ExplainResponse* out);

}  // namespace sekisho

#endif  // SEKISHO_PROTO_EXPLANATION_CODEC_H_
