// Records on their way from the thread that reads a log to those that decide.
#ifndef SEKISHO_ENGINE_REPLAY_RECORD_BATCHES_H_
#define SEKISHO_ENGINE_REPLAY_RECORD_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace sekisho {

// Records with their index in the log, in one piece of memory.
class RecordBatch {
 public:
  void Add(uint64_t index, absl::string_view record) {
    bytes_.append(record.data(), record.size());
    places_.push_back({index, bytes_.size()});
  }
  void Add(const RecordBatch& other) {
    for (size_t i = 0; i < other.size(); ++i) Add(other.index(i), other[i]);
  }
  // Keeps its memory.
  void Clear() {
    bytes_.clear();
    places_.clear();
  }

  size_t size() const { return places_.size(); }
  absl::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : places_[i - 1].end;
    return absl::string_view(bytes_).substr(begin, places_[i].end - begin);
  }
  // In the log.
  uint64_t index(size_t i) const { return places_[i].index; }

 private:
  struct Place {
    uint64_t index;
    size_t end;
  };

  std::string bytes_;
  std::vector<Place> places_;
};

// Batches go round, so that their memory is used again. Thread-safe.
class BatchQueue {
 public:
  // Waits while many have not been taken. Leaves an empty one.
  void Put(RecordBatch* batch) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BatchQueue::HasSpace));
    batches_.push_back(std::exchange(*batch, {}));
    if (done_.empty()) return;
    *batch = std::move(done_.back());
    done_.pop_back();
  }
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  // Waits for one, in place of that in `*batch`; false at the end.
  bool Take(RecordBatch* batch) {
    batch->Clear();
    absl::MutexLock lock(&mutex_);
    done_.push_back(std::exchange(*batch, {}));
    mutex_.Await(absl::Condition(this, &BatchQueue::HasBatchOrEnd));
    if (batches_.empty()) return false;
    *batch = std::move(batches_.front());
    batches_.pop_front();
    return true;
  }

 private:
  static constexpr size_t kMaxOpenBatches = 8;

  bool HasSpace() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return batches_.size() < kMaxOpenBatches;
  }
  bool HasBatchOrEnd() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ended_ || !batches_.empty();
  }

  absl::Mutex mutex_;
  std::deque<RecordBatch> batches_ ABSL_GUARDED_BY(mutex_);
  // Empty ones.
  std::vector<RecordBatch> done_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_RECORD_BATCHES_H_
