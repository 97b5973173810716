#include "engine/base/same_text.h"

#include <string>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(SameTextTest, SaysWhatComparingSays) {
  for (size_t size = 0; size <= 40; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    EXPECT_TRUE(SameText(text, std::string(text))) << size;
    EXPECT_FALSE(SameText(text, text + "a")) << size;
    EXPECT_FALSE(SameText(text, text + std::string(1, '\0'))) << size;
    for (size_t i = 0; i < size; ++i) {
      for (const char other : {'\0', 'A', '\xff'}) {
        std::string changed = text;
        changed[i] = other;
        EXPECT_FALSE(SameText(text, changed)) << size << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace sekisho
