// Makes the bytes of an artifact's explanations, of any number of policies in
// the memory of their bytes.
//
//   ExplanationWriter writer;
//   writer.Append(first_part);
//   writer.Append(second_part);
//   WriteArtifact(.., writer.Finish());
#ifndef SEKISHO_ENGINE_GRAPH_EXPLANATION_WRITER_H_
#define SEKISHO_ENGINE_GRAPH_EXPLANATION_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/interner.h"
#include "engine/graph/explanation.h"

namespace sekisho {

class ExplanationWriter {
 public:
  // Each table goes on where the part before ended: that is what the indices in
  // `part` count from. Not verified; who reads the bytes does that.
  void Append(const Explanations& part);

  // The message of explanation.proto. No appending after this.
  std::string Finish();

 private:
  // Of a text; 0 for none.
  uint32_t Text(const std::string& text);

  // The bytes of each field, by its number.
  std::vector<std::string> fields_;
  // The code, which is one field.
  std::string code_;
  // Each once.
  SequenceInterner<char> texts_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_EXPLANATION_WRITER_H_
