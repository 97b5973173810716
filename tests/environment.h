// What a test is told by the environment, to run longer or again.
#ifndef SEKISHO_TESTS_ENVIRONMENT_H_
#define SEKISHO_TESTS_ENVIRONMENT_H_

#include <cstdint>
#include <cstdlib>

namespace sekisho {

// The environment variable's number.
inline uint64_t EnvironmentNumber(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace sekisho

#endif  // SEKISHO_TESTS_ENVIRONMENT_H_
