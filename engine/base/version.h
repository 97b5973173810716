// The version that the programs print.
#ifndef SEKISHO_ENGINE_BASE_VERSION_H_
#define SEKISHO_ENGINE_BASE_VERSION_H_

namespace sekisho {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_VERSION_H_
