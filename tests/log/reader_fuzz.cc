// Property: whatever the bytes of a segment and of the checkpoints are, reading
// and verifying end, without leaving the bytes, and a log of which all verifies
// can be read to its end.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/file.h"
#include "engine/log/log_reader.h"
#include "engine/log/log_writer.h"
#include "engine/log/sample_records.h"
#include "engine/log/verify.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

// Of the segment; the rest of an input is the checkpoints.
constexpr char kSeparator[] = "\n--checkpoints--\n";

std::string MakeDirectory() {
  const char* base = getenv("TEST_TMPDIR");
  std::string path =
      absl::StrCat(base == nullptr ? "/tmp" : base, "/reader_fuzz-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) abort();
  return path;
}

void Write(const std::string& path, absl::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const std::string directory = MakeDirectory();
  DecisionLogOptions options;
  options.segment_bytes = 16384;
  options.reserve_bytes = 0;
  options.record_lifecycle = false;
  auto log = DecisionLog::Open(directory, SampleKey(), options);
  if (!log.ok()) abort();
  const std::string evidence = SampleEvidence();
  for (const Record& record : SampleRecords()) {
    if (!(*log)
             ->Append(record, {{Sha256(evidence), evidence},
                               {Sha256("artifact"), "artifact"},
                               {Sha256("change"), "change"}})
             .ok()) {
      abort();
    }
  }
  if (!(*log)->Close("").ok()) abort();
  const std::string seed =
      absl::StrCat(*ReadFile(directory + "/00000001.log"), kSeparator,
                   *ReadFile(directory + "/checkpoints"));
  std::filesystem::remove_all(directory);
  return {seed};
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& directory = *new std::string(sekisho::MakeDirectory());
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t at = bytes.find(sekisho::kSeparator);
  sekisho::Write(directory + "/00000001.log", bytes.substr(0, at));
  sekisho::Write(directory + "/checkpoints",
                 at == bytes.npos
                     ? ""
                     : bytes.substr(at + sizeof(sekisho::kSeparator) - 1));

  sekisho::VerifyOptions options;
  options.keys = {sekisho::SampleKey().verifier()};
  const auto result = sekisho::VerifyLog(directory, options);
  const bool is_verified = result.ok() && result->problems.empty();
  auto reader = sekisho::LogReader::Open(directory);
  if (!reader.ok()) abort();
  while (true) {
    const auto entry = (*reader)->Next();
    if (!entry.ok() && is_verified) abort();
    if (!entry.ok() || !entry->has_value()) break;
  }
  return 0;
}
