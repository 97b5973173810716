// A log in a fresh directory, and what one does to it, for tests.
#ifndef SEKISHO_ENGINE_LOG_TEST_LOG_H_
#define SEKISHO_ENGINE_LOG_TEST_LOG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/log/log_reader.h"
#include "engine/log/log_writer.h"
#include "engine/log/sample_records.h"
#include "engine/log/verify.h"

namespace sekisho {

// An EXPECT_TRUE that says the status.
#define EXPECT_OK(expression)                               \
  do {                                                      \
    const absl::Status expect_ok_status = (expression);     \
    EXPECT_TRUE(expect_ok_status.ok()) << expect_ok_status; \
  } while (false)

class TestLog {
 public:
  // `name` tells it from the other logs of a test.
  explicit TestLog(absl::string_view name = "log");
  // Removes the directory.
  ~TestLog();

  const std::string& directory() const { return directory_; }
  std::string Path(absl::string_view file) const;
  // The names in the directory but `lock`, sorted.
  std::vector<std::string> Files() const;

  // Small segments, not compressed, no records of the log's own, checkpoints
  // only at the end.
  static DecisionLogOptions Options();
  absl::Status Open(const DecisionLogOptions& options = Options());
  DecisionLog& log() { return *log_; }
  // Opens, appends records `first` to `last` and closes.
  void Write(int first, int last);
  absl::Status Close() {
    const absl::Status status = log_->Close("test");
    log_ = nullptr;
    return status;
  }

  std::string Read(absl::string_view file) const;
  void Replace(absl::string_view file, absl::string_view bytes) const;

  // The bytes of all records, and an error's message at the end.
  std::vector<std::string> Records() const;
  // The problems that VerifyLog finds; an error's message counts as one.
  std::vector<std::string> Problems(absl::string_view held = "") const;

 private:
  std::string directory_;
  std::unique_ptr<DecisionLog> log_;
};

// The small decision with this number as its request id. Each tenth cites
// NumberedEvidence of its number.
Record NumberedRecord(int number);
std::string NumberedEvidence(int number);
absl::Status AppendNumbered(DecisionLog& log, int number);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_TEST_LOG_H_
