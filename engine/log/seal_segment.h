// Makes a segment that is complete a third of its size.
#ifndef SEKISHO_ENGINE_LOG_SEAL_SEGMENT_H_
#define SEKISHO_ENGINE_LOG_SEAL_SEGMENT_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace sekisho {

// Replaces the segment by one with the same records and evidence in compressed
// frames. Others find the one or the other, whenever they look, and a crash
// leaves the one or the other. Does nothing if it is compressed already.
// Cancelled if `is_cancelled` says so in between; DataLoss if the segment is
// damaged; other errors if the disk fails or is full. After an error the
// segment is as it was.
// REQUIRES: nobody writes to the segment.
absl::Status SealSegment(const std::string& directory, uint64_t number,
                         absl::FunctionRef<bool()> is_cancelled);

// What a crash may leave of that.
std::string UnfinishedSealName(uint64_t number);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_SEAL_SEGMENT_H_
