#ifndef SEKISHO_TESTS_FUZZ_CONVERT_H_
#define SEKISHO_TESTS_FUZZ_CONVERT_H_

#include <optional>
#include <string>

#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// ConvertPolicies or ConvertSchema.
using Converter = bool (*)(const SourceSet&, SourceId, CedarForm,
                           const TextSink&, Diagnostics*);

// The text in its other form, or nothing if it cannot be read; what is wrong
// with it can be printed.
std::optional<std::string> Convert(Converter convert, const std::string& from,
                                   CedarForm to);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_FUZZ_CONVERT_H_
