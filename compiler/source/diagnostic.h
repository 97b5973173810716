// What is wrong with a policy author's sources, said at its place.
//
//   Diagnostics diagnostics(&sources);
//   diagnostics.Error(span, "`Lcation` is not an entity type")
//       .Help("did you mean `Location`?");
//   if (diagnostics.has_errors()) std::cerr << diagnostics.ToString();
//
// Wording: one sentence in lower case, what the user wrote in backticks, no
// names of our own types. Passes report everything they find and go on; an
// absl::Status is for what stopped the pass itself.
#ifndef SEKISHO_COMPILER_SOURCE_DIAGNOSTIC_H_
#define SEKISHO_COMPILER_SOURCE_DIAGNOSTIC_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/source.h"

namespace sekisho {

struct Diagnostic {
  enum class Severity { kError, kWarning };

  Severity severity = Severity::kError;
  Span span;
  std::string message;
  // Other places that belong to it, each with a word of its own.
  struct Note {
    Span span;
    std::string message;
  };
  std::vector<Note> notes;
  // A way out, or empty.
  std::string help;
};

class Diagnostics {
 public:
  // Adds to the diagnostic just made; valid until the next one.
  class Detail {
   public:
    explicit Detail(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}
    Detail& Note(const Span& span, absl::string_view message);
    Detail& Help(absl::string_view help);

   private:
    Diagnostic* diagnostic_;
  };

  // `sources` must outlive this object.
  explicit Diagnostics(const SourceSet* sources) : sources_(sources) {}

  Detail Error(const Span& span, absl::string_view message);
  Detail Warning(const Span& span, absl::string_view message);

  bool has_errors() const { return error_count_ > 0; }
  size_t error_count() const { return error_count_; }
  // In source order once sorted, else in the order they were found.
  const std::vector<Diagnostic>& all() const { return all_; }
  // By source, then place, then message.
  void Sort();

  // All of them as text, each as
  //   error: `hospitl` is not one of the ids of `Location`
  //    --> vocabulary.tsv:12:31
  //      |
  //   12 | location<tab>病院 ...
  //      |               ^^^^^^
  //      = help: did you mean `hospital`?
  // with the carets under what they mean in a terminal where East Asian wide
  // characters take two columns; a tab is shown as one space.
  std::string ToString() const;
  std::string ToString(const Diagnostic& diagnostic) const;

 private:
  const SourceSet* sources_;
  std::vector<Diagnostic> all_;
  size_t error_count_ = 0;
};

// The candidate nearest to `word` by edits, if near enough to be meant;
// empty otherwise.
std::string Nearest(absl::string_view word,
                    const std::vector<std::string>& candidates);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_SOURCE_DIAGNOSTIC_H_
