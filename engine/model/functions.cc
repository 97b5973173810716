// Tested by functions_test.cc, and against the public conformance cases.
#include "engine/model/functions.h"

namespace sekisho {
namespace {

using Kind = Value::Kind;

constexpr FunctionSignature Constructor(Function function,
                                        absl::string_view name, Kind result) {
  return {function, name, false, false, result, 1, {Kind::kString, {}}};
}
constexpr FunctionSignature Method(Function function, absl::string_view name,
                                   Kind self, Kind result) {
  return {function, name, true, true, result, 1, {self, {}}};
}
constexpr FunctionSignature Method(Function function, absl::string_view name,
                                   Kind self, Kind argument, Kind result) {
  return {function, name, true, true, result, 2, {self, argument}};
}
constexpr FunctionSignature Partial(FunctionSignature signature) {
  signature.is_total = false;
  return signature;
}

constexpr FunctionSignature kFunctions[] = {
    Constructor(Function::kDecimal, "decimal", Kind::kDecimal),
    Constructor(Function::kIp, "ip", Kind::kIpAddress),
    Constructor(Function::kDatetime, "datetime", Kind::kDatetime),
    Constructor(Function::kDuration, "duration", Kind::kDuration),
    Method(Function::kLessThan, "lessThan", Kind::kDecimal, Kind::kDecimal,
           Kind::kBool),
    Method(Function::kLessThanOrEqual, "lessThanOrEqual", Kind::kDecimal,
           Kind::kDecimal, Kind::kBool),
    Method(Function::kGreaterThan, "greaterThan", Kind::kDecimal,
           Kind::kDecimal, Kind::kBool),
    Method(Function::kGreaterThanOrEqual, "greaterThanOrEqual", Kind::kDecimal,
           Kind::kDecimal, Kind::kBool),
    Method(Function::kIsIpv4, "isIpv4", Kind::kIpAddress, Kind::kBool),
    Method(Function::kIsIpv6, "isIpv6", Kind::kIpAddress, Kind::kBool),
    Method(Function::kIsLoopback, "isLoopback", Kind::kIpAddress, Kind::kBool),
    Method(Function::kIsMulticast, "isMulticast", Kind::kIpAddress,
           Kind::kBool),
    Method(Function::kIsInRange, "isInRange", Kind::kIpAddress,
           Kind::kIpAddress, Kind::kBool),
    Partial(Method(Function::kOffset, "offset", Kind::kDatetime,
                   Kind::kDuration, Kind::kDatetime)),
    Partial(Method(Function::kDurationSince, "durationSince", Kind::kDatetime,
                   Kind::kDatetime, Kind::kDuration)),
    Partial(
        Method(Function::kToDate, "toDate", Kind::kDatetime, Kind::kDatetime)),
    Method(Function::kToTime, "toTime", Kind::kDatetime, Kind::kDuration),
    Method(Function::kToMilliseconds, "toMilliseconds", Kind::kDuration,
           Kind::kLong),
    Method(Function::kToSeconds, "toSeconds", Kind::kDuration, Kind::kLong),
    Method(Function::kToMinutes, "toMinutes", Kind::kDuration, Kind::kLong),
    Method(Function::kToHours, "toHours", Kind::kDuration, Kind::kLong),
    Method(Function::kToDays, "toDays", Kind::kDuration, Kind::kLong),
};
static_assert(std::size(kFunctions) == kLastFunction + 1);

template <typename T>
std::optional<Value> Extension(const std::optional<T>& extension) {
  if (!extension) return std::nullopt;
  return Value::Extension(*extension);
}

// REQUIRES: `a` and `b` (the last argument) are of the function's kinds.
std::optional<Value> Apply(Function function, const Value& a, const Value& b) {
  switch (function) {
    case Function::kDecimal:
      return Extension(Decimal::Parse(a.AsString()));
    case Function::kIp:
      return Extension(IpAddress::Parse(a.AsString()));
    case Function::kDatetime:
      return Extension(Datetime::Parse(a.AsString()));
    case Function::kDuration:
      return Extension(Duration::Parse(a.AsString()));
    case Function::kLessThan:
      return Value::Bool(a.AsDecimal() < b.AsDecimal());
    case Function::kLessThanOrEqual:
      return Value::Bool(a.AsDecimal() <= b.AsDecimal());
    case Function::kGreaterThan:
      return Value::Bool(a.AsDecimal() > b.AsDecimal());
    case Function::kGreaterThanOrEqual:
      return Value::Bool(a.AsDecimal() >= b.AsDecimal());
    case Function::kIsIpv4:
      return Value::Bool(!a.AsIpAddress().is_v6);
    case Function::kIsIpv6:
      return Value::Bool(a.AsIpAddress().is_v6);
    case Function::kIsLoopback:
      return Value::Bool(a.AsIpAddress().IsLoopback());
    case Function::kIsMulticast:
      return Value::Bool(a.AsIpAddress().IsMulticast());
    case Function::kIsInRange:
      return Value::Bool(a.AsIpAddress().IsInRange(b.AsIpAddress()));
    case Function::kOffset:
      return Extension(a.AsDatetime().Offset(b.AsDuration()));
    case Function::kDurationSince:
      return Extension(a.AsDatetime().Since(b.AsDatetime()));
    case Function::kToDate:
      return Extension(a.AsDatetime().ToDate());
    case Function::kToTime:
      return Value::Extension(a.AsDatetime().ToTime());
    // Towards zero, as Cedar divides.
    case Function::kToMilliseconds:
      return Value::Long(a.AsDuration().ms);
    case Function::kToSeconds:
      return Value::Long(a.AsDuration().ms / 1'000);
    case Function::kToMinutes:
      return Value::Long(a.AsDuration().ms / 60'000);
    case Function::kToHours:
      return Value::Long(a.AsDuration().ms / 3'600'000);
    case Function::kToDays:
      return Value::Long(a.AsDuration().ms / 86'400'000);
  }
  return std::nullopt;
}

}  // namespace

absl::Span<const FunctionSignature> Functions() { return kFunctions; }

const FunctionSignature* FindFunction(absl::string_view name) {
  for (const FunctionSignature& signature : kFunctions) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

std::optional<Value> CallFunction(Function function,
                                  absl::Span<const Value> arguments) {
  const FunctionSignature& signature = SignatureOf(function);
  if (arguments.size() != signature.arity) return std::nullopt;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].kind() != signature.arguments[i]) return std::nullopt;
  }
  return Apply(function, arguments.front(), arguments.back());
}

const FunctionSignature* ConstructorOf(Value::Kind kind) {
  for (const FunctionSignature& signature : kFunctions) {
    if (!signature.is_method && signature.result == kind) return &signature;
  }
  return nullptr;
}

std::string ExtensionText(const Value& value) {
  switch (value.kind()) {
    case Kind::kDecimal:
      return value.AsDecimal().ToString();
    case Kind::kIpAddress:
      return value.AsIpAddress().ToString();
    case Kind::kDatetime:
      return value.AsDatetime().ToString();
    case Kind::kDuration:
      return value.AsDuration().ToString();
    default:
      return "";
  }
}

std::optional<Value> ParseExtension(absl::string_view type,
                                    absl::string_view text) {
  if (type == KindName(Kind::kDatetime)) {
    return Extension(Datetime::ParseAny(text));
  }
  for (const FunctionSignature& signature : kFunctions) {
    if (!signature.is_method && KindName(signature.result) == type) {
      return CallFunction(signature.function, {Value::String(text)});
    }
  }
  return std::nullopt;
}

}  // namespace sekisho
