// The functions and methods of Cedar's extension types: one table, which the
// parser, the checker, the compiler and both evaluators read.
#ifndef SEKISHO_ENGINE_MODEL_FUNCTIONS_H_
#define SEKISHO_ENGINE_MODEL_FUNCTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/model/value.h"

namespace sekisho {

// Frozen: these numbers are written into artifacts.
enum class Function : uint8_t {
  kDecimal = 0,
  kIp = 1,
  kDatetime = 2,
  kDuration = 3,
  kLessThan = 4,
  kLessThanOrEqual = 5,
  kGreaterThan = 6,
  kGreaterThanOrEqual = 7,
  kIsIpv4 = 8,
  kIsIpv6 = 9,
  kIsLoopback = 10,
  kIsMulticast = 11,
  kIsInRange = 12,
  kOffset = 13,
  kDurationSince = 14,
  kToDate = 15,
  kToTime = 16,
  kToMilliseconds = 17,
  kToSeconds = 18,
  kToMinutes = 19,
  kToHours = 20,
  kToDays = 21,
};
inline constexpr uint8_t kLastFunction = 21;

struct FunctionSignature {
  Function function;
  absl::string_view name;
  // Called as `a.name(b)`; otherwise it is a constructor, `name("text")`.
  bool is_method;
  // Whether it can fail on arguments of the right kinds.
  bool is_total;
  Value::Kind result;
  size_t arity;
  // The first `arity` of them count.
  Value::Kind arguments[2];
};

// By Function.
absl::Span<const FunctionSignature> Functions();
inline const FunctionSignature& SignatureOf(Function function) {
  return Functions()[static_cast<size_t>(function)];
}
// The function or method of that name, or nullptr. Names are distinct.
const FunctionSignature* FindFunction(absl::string_view name);

// Nothing if the arguments are not of the right number and kinds, or where
// Cedar defines an error: a text that is none of the type, overflow.
std::optional<Value> CallFunction(Function function,
                                  absl::Span<const Value> arguments);

// ---- Texts of extension values ---------------------------------------------

// The constructor of an extension type, or nullptr if `kind` is none.
const FunctionSignature* ConstructorOf(Value::Kind kind);
// The canonical text, which the constructor reads unless it is of a datetime
// that no literal can have. REQUIRES: an extension value.
std::string ExtensionText(const Value& value);
// The extension value of that type, `decimal`, `ipaddr`, `datetime` or
// `duration`, from a text that its constructor reads or from its canonical
// text. Nothing if there is no such type or the text is none of it.
std::optional<Value> ParseExtension(absl::string_view type,
                                    absl::string_view text);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_FUNCTIONS_H_
