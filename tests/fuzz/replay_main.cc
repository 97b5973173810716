// Runs a fuzz target without a fuzzer, on inputs that are always the same:
// every file given, the target's own seeds, and of each every beginning and
// every byte changed (of long ones as many as there is time for), and some
// changed in several places.
//
//   x_fuzz_test [--write-seeds=FOLDER] [FILE...]
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

// Inputs made of one seed, by each way of making them.
constexpr size_t kMaxMutations = 4000;

// What is running.
const std::string* running = nullptr;

// Names the input that the property does not hold for.
void ShowInput(int) {
  static const char kTitle[] = "the property does not hold for:\n";
  (void)!write(STDERR_FILENO, kTitle, sizeof kTitle - 1);
  (void)!write(STDERR_FILENO, running->data(), running->size());
  (void)!write(STDERR_FILENO, "\n", 1);
}

void Run(const std::string& input) {
  running = &input;
  // In memory of exactly its size, so that a sanitizer sees the end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

size_t RunMutationsOf(const std::string& seed) {
  size_t runs = 1;
  Run(seed);
  const size_t step = 1 + seed.size() / kMaxMutations;
  for (size_t at = 0; at < seed.size(); at += step) {
    Run(seed.substr(0, at));
    for (const int mask : {0x01, 0x10, 0xff}) {
      std::string changed = seed;
      changed[at] = static_cast<char>(changed[at] ^ mask);
      Run(changed);
    }
    runs += 4;
  }
  std::mt19937 random(static_cast<uint32_t>(seed.size()));
  for (size_t i = 0; i < kMaxMutations && !seed.empty(); ++i, ++runs) {
    std::string changed = seed;
    for (size_t n = 1 + random() % 6; n > 0; --n) {
      const size_t at = random() % changed.size();
      const size_t from = random() % changed.size();
      switch (random() % 4) {
        case 0:
          changed[at] = static_cast<char>(random());
          break;
        case 1:
          changed[at] = changed[from];
          break;
        case 2:
          changed.insert(at, changed, from, 1 + random() % 16);
          break;
        default:
          if (changed.size() > 16) changed.erase(at, 1 + random() % 16);
          break;
      }
      if (changed.empty()) break;
    }
    Run(changed);
  }
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  // The signal aborts once more when this returns.
  signal(SIGABRT, ShowInput);
  const std::string write = "--write-seeds=";
  std::vector<std::string> seeds = sekisho::FuzzSeeds();
  std::string folder;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg.rfind(write, 0) == 0) {
      folder = arg.substr(write.size());
      continue;
    }
    std::ifstream file(arg, std::ios::binary);
    if (!file) {
      std::cerr << "cannot read " << arg << "\n";
      return 1;
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(file),
                       std::istreambuf_iterator<char>());
  }
  if (!folder.empty()) {
    for (size_t i = 0; i < seeds.size(); ++i) {
      std::ofstream(folder + "/seed" + std::to_string(i), std::ios::binary)
          << seeds[i];
    }
    return 0;
  }
  if (seeds.empty()) {
    std::cerr << "there is nothing to run\n";
    return 1;
  }
  size_t runs = 0;
  for (const std::string& seed : seeds) runs += RunMutationsOf(seed);
  std::cout << seeds.size() << " seeds, " << runs << " inputs\n";
  return 0;
}
