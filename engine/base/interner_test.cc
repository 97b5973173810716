#include "engine/base/interner.h"

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// As a map from sequences to numbers does it; long sequences have blocks of
// their own.
TEST(InternerTest, EqualSequencesHaveOneNumber) {
  SequenceInterner<uint32_t> interner;
  std::map<std::vector<uint32_t>, uint32_t> expected;
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint32_t> sequence(i % 1000 == 0 ? 50'000 : random() % 5);
    for (uint32_t& word : sequence) word = random() % 7;
    EXPECT_EQ(interner.Find(sequence).has_value(),
              expected.count(sequence) > 0);
    const auto [it, added] =
        expected.emplace(sequence, static_cast<uint32_t>(expected.size()));
    ASSERT_EQ(interner.Intern(sequence), it->second);
    ASSERT_EQ(interner.Find(sequence), it->second);
  }
  EXPECT_EQ(interner.size(), expected.size());
  for (const auto& [sequence, number] : expected) {
    EXPECT_EQ(interner[number], absl::MakeConstSpan(sequence));
  }
}

TEST(InternerTest, EqualValuesHaveOneNumber) {
  Interner<std::string> interner;
  EXPECT_EQ(interner.Intern("a"), 0u);
  EXPECT_EQ(interner.Intern("b"), 1u);
  EXPECT_EQ(interner.Intern("a"), 0u);
  EXPECT_EQ(interner.entries(), (std::deque<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace sekisho
