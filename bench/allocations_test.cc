#include "bench/allocations.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

// So that the compiler cannot leave out an allocation.
void* volatile kept;

uint64_t Count(void (*work)()) {
  const uint64_t before = AllocationsOfThisThread();
  work();
  return AllocationsOfThisThread() - before;
}

TEST(AllocationsTest, EveryWayIsCounted) {
  const struct {
    const char* name;
    void (*work)();
    uint64_t expected;
  } kCases[] = {
      {"nothing", [] { kept = nullptr; }, 0},
      {"malloc", [] { kept = std::malloc(100), std::free(kept); }, 1},
      {"calloc", [] { kept = std::calloc(10, 10), std::free(kept); }, 1},
      {"realloc", [] { kept = std::realloc(nullptr, 9), std::free(kept); }, 1},
      {"aligned_alloc",
       [] { kept = std::aligned_alloc(64, 128), std::free(kept); }, 1},
      {"posix_memalign",
       [] {
         void* block = nullptr;
         ASSERT_EQ(posix_memalign(&block, 64, 100), 0);
         kept = block;
         std::free(block);
       },
       1},
      {"new",
       [] {
         int* made = new int(1);
         kept = made;
         delete made;
       },
       1},
      {"two strings",
       [] {
         std::string a(100, 'a');
         std::string b(100, 'b');
         kept = a.data();
         kept = b.data();
       },
       2},
  };
  for (const auto& c : kCases) EXPECT_EQ(Count(c.work), c.expected) << c.name;
}

TEST(AllocationsTest, OtherThreadsCountForThemselves) {
  uint64_t there = 0;
  std::thread other;
  const uint64_t here = Count([] { kept = nullptr; });
  other = std::thread([&there] {
    there = Count([] {
      for (int i = 0; i < 1000; ++i) {
        kept = std::malloc(10);
        std::free(kept);
      }
    });
  });
  const uint64_t before = AllocationsOfThisThread();
  other.join();
  EXPECT_EQ(there, 1000u);
  EXPECT_EQ(here, 0u);
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace sekisho
