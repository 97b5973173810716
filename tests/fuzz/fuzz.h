// What a fuzz target defines. It is linked twice: with replay_main.cc into a
// test, and with clang's libFuzzer into what tools/fuzz runs.
#ifndef SEKISHO_TESTS_FUZZ_FUZZ_H_
#define SEKISHO_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Checks the target's property for one input; aborts where it does not hold.
// Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace sekisho {

// Inputs to start from; those that are files are given as `corpus` instead.
std::vector<std::string> FuzzSeeds();

}  // namespace sekisho

#endif  // SEKISHO_TESTS_FUZZ_FUZZ_H_
