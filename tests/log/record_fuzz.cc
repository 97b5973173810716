// Property: whatever the bytes of a record are, they are refused, or they are
// exactly what the record that they decode to encodes to, whichever records
// were decoded into the same memory before.
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/log/record_format.h"
#include "engine/log/sample_records.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (const Record& record : SampleRecords()) {
    if (!EncodeRecord(record, &seeds.emplace_back()).ok()) abort();
  }
  return seeds;
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  static auto* const record = new sekisho::Record;
  if (!sekisho::DecodeRecord(bytes, record).ok()) return 0;
  std::string encoded;
  if (!sekisho::EncodeRecord(*record, &encoded).ok() || encoded != bytes) {
    abort();
  }
  return 0;
}
