// The params of messages, and the protocol's types as JSON.
#ifndef SEKISHO_CLI_LSP_PARAMS_H_
#define SEKISHO_CLI_LSP_PARAMS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/language/text.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// What the params of a message should have and do not. The functions below
// throw it; it goes no further than the call of a method.
struct BadParams {
  std::string message;
};

const nlohmann::json& Member(const nlohmann::json& object, const char* name);
const std::string& StringMember(const nlohmann::json& object, const char* name);
const nlohmann::json& ArrayMember(const nlohmann::json& object,
                                  const char* name);
// False if it is not there.
bool BoolMember(const nlohmann::json& object, const char* name);
TextPosition PositionMember(const nlohmann::json& object, const char* name);
TextRange RangeMember(const nlohmann::json& object, const char* name);
// The path of `textDocument`; nothing for a document that is no file.
std::optional<std::string> PathMember(const nlohmann::json& params);

nlohmann::json ToJson(const TextPosition& position);
nlohmann::json ToJson(const TextRange& range);
nlohmann::json MarkdownJson(const std::string& text);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LSP_PARAMS_H_
