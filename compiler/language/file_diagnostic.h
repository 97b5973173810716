// What is wrong in the files of a folder, at places in their texts.
#ifndef SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_
#define SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "compiler/language/text.h"
#include "compiler/lint/lint.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// What is told of one file.
inline constexpr size_t kMaxFileDiagnostics = 1000;
// Of its policies, but for errors: each edit tells all of it again.
inline constexpr size_t kMaxPolicyWarnings = 200;

// A place in a file of the folder.
struct FilePlace {
  std::string file;
  TextSpan span;

  bool operator==(const FilePlace&) const = default;
};

struct TextEdit {
  TextSpan span;
  std::string text;

  bool operator==(const TextEdit&) const = default;
};

struct FileDiagnostic {
  enum class Severity {
    kError,
    kWarning,
    kInformation,  // odd, but none of the author's doing
  };
  struct Note {
    FilePlace place;
    std::string message;

    bool operator==(const Note&) const = default;
  };

  Severity severity = Severity::kError;
  TextSpan span;
  std::string message;
  // A way out, or empty.
  std::string help;
  std::vector<Note> notes;
  // Of what is correct and yet most likely not meant, the rule (compiler/lint);
  // empty for all else.
  std::string rule;
  // Edits that take it away; empty where there are none.
  std::vector<TextEdit> fix;

  bool operator==(const FileDiagnostic&) const = default;
};

// Of a source that begins there in the file.
inline TextSpan SpanInFile(const Span& span, size_t begin = 0) {
  return {begin + span.begin, begin + span.end};
}

// `place` says where a place of the diagnostic's sources is in the folder.
using PlaceInFolder = absl::FunctionRef<FilePlace(const Span&)>;
FileDiagnostic ToFile(const Diagnostic& diagnostic, PlaceInFolder place);
FileDiagnostic ToFile(const LintFinding& finding, PlaceInFolder place);

// An error of a whole file.
FileDiagnostic AtBeginning(absl::string_view message);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_
