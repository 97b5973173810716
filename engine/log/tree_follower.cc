// Tested by log_writer_test.cc and tests/log.
#include "engine/log/tree_follower.h"

#include "absl/strings/str_cat.h"
#include "engine/log/log_format.h"

namespace sekisho {

absl::Status TreeFollower::Follow(absl::string_view segment,
                                  absl::Span<const KnownLeaf>* known) {
  while (offset_ < segment.size()) {
    Frame frame;
    if (ReadFrame(segment, offset_, &frame) != FrameState::kFrame ||
        frame.position != tree_.size()) {
      return absl::DataLossError(
          absl::StrCat("record ", tree_.size(), " was altered in memory"));
    }
    offset_ = frame.end;
    if (frame.type != FrameType::kRecord) continue;
    if (!known->empty() && known->front().index == tree_.size()) {
      tree_.Append(known->front().hash);
      known->remove_prefix(1);
    } else {
      tree_.Append(LeafHash(frame.payload));
    }
  }
  return absl::OkStatus();
}

}  // namespace sekisho
