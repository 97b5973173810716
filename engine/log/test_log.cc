#include "engine/log/test_log.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {

TestLog::TestLog(absl::string_view name) {
  directory_ = absl::StrCat(testing::TempDir(), "/", name, "-XXXXXX");
  if (mkdtemp(directory_.data()) == nullptr) abort();
}

TestLog::~TestLog() {
  log_ = nullptr;
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

std::string TestLog::Path(absl::string_view file) const {
  return absl::StrCat(directory_, "/", file);
}

std::vector<std::string> TestLog::Files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (entry.path().filename() != "lock") {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

DecisionLogOptions TestLog::Options() {
  DecisionLogOptions options;
  options.segment_bytes = 4096;
  options.reserve_bytes = 0;
  options.checkpoint_interval = absl::Hours(1);
  options.record_lifecycle = false;
  options.compress = false;
  return options;
}

absl::Status TestLog::Open(const DecisionLogOptions& options) {
  absl::StatusOr<std::unique_ptr<DecisionLog>> log =
      DecisionLog::Open(directory_, SampleKey(), options);
  if (log.ok()) log_ = *std::move(log);
  return log.status();
}

void TestLog::Write(int first, int last) {
  ASSERT_TRUE(Open().ok());
  for (int i = first; i <= last; ++i) EXPECT_OK(AppendNumbered(log(), i));
  EXPECT_OK(Close());
}

std::string TestLog::Read(absl::string_view file) const {
  absl::StatusOr<std::string> bytes = ReadFile(Path(file));
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

void TestLog::Replace(absl::string_view file, absl::string_view bytes) const {
  // Not to the disk: tests do this often.
  std::ofstream out(Path(file), std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  EXPECT_TRUE(out.good());
}

std::vector<std::string> TestLog::Records() const {
  std::vector<std::string> records;
  auto reader = LogReader::Open(directory_);
  if (!reader.ok()) return {std::string(reader.status().message())};
  while (true) {
    const auto entry = (*reader)->Next();
    if (!entry.ok()) {
      records.emplace_back(entry.status().message());
      return records;
    }
    if (!entry->has_value()) return records;
    if ((*entry)->kind == LogEntry::Kind::kRecord) {
      EXPECT_EQ((*entry)->index, records.size());
      records.emplace_back((*entry)->bytes);
    }
  }
}

std::vector<std::string> TestLog::Problems(absl::string_view held) const {
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  options.held_checkpoint = std::string(held);
  const auto result = VerifyLog(directory_, options);
  if (!result.ok()) return {std::string(result.status().message())};
  return result->problems;
}

Record NumberedRecord(int number) {
  Record record = SmallDecision();
  record.request_id = absl::StrCat(number);
  record.time_ns += number;
  if (number % 10 == 0) {
    std::get<DecisionBody>(record.body).basis.evidence = {
        {{"Person", absl::StrCat(number)}, Sha256(NumberedEvidence(number))}};
  }
  return record;
}

std::string NumberedEvidence(int number) {
  return absl::StrCat("evidence ", number);
}

absl::Status AppendNumbered(DecisionLog& log, int number) {
  if (number % 10 != 0) return log.Append(NumberedRecord(number)).status();
  const std::string content = NumberedEvidence(number);
  return log.Append(NumberedRecord(number), {{Sha256(content), content}})
      .status();
}

}  // namespace sekisho
