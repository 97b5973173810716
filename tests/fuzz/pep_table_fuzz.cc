// Property: whatever the bytes of a table of enforcement points are, it is
// refused with places, or is in force and answers for everybody.
#include <string>

#include "server/pep_table.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {

std::vector<std::string> FuzzSeeds() {
  return {
      "# one\n[unix:1000]\nmay = decide, explain\n"
      "context = situation, device.type\nentities = Device, A::B\n"
      "[mtls:spiffe://x/y]\nmay = *\nstores = *\n[unix:1000:27]\n"
      "may = read-policies, activate-policies, explain-fully\n"
      "[loopback]\nmay = read-entities, write-entities # two\ncontext = *\n",
      "[unix:65534]\nmay = nothing\nmay\n[x\n= 1\n",
  };
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto table = sekisho::PepTable::Parse(
      "peps", std::string(reinterpret_cast<const char*>(data), size));
  if (!table.ok()) return 0;
  (void)(*table)->ToString();
  (void)(*table)->FindUnix(1000, 27);
  (void)(*table)->FindCertificate({"spiffe://x/y", "a"});
  (void)(*table)->FindLoopback();
  return 0;
}
