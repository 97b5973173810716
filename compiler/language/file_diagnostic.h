// What is wrong in the files of a folder, at places in their texts.
#ifndef SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_
#define SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_

#include <string>
#include <vector>

#include "compiler/language/text.h"

namespace sekisho {

// A place in a file of the folder.
struct FilePlace {
  std::string file;
  TextSpan span;
};

struct TextEdit {
  TextSpan span;
  std::string text;
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
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_FILE_DIAGNOSTIC_H_
