// Property: whatever the bytes of a CSV file or of one of JSON lines are, each
// entity in it is refused with a place or is read, and reads as the same again
// after it was written; and the file ends.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/entity_file.h"
#include "engine/model/json.h"
#include "engine/model/schema.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

const Schema& SmallSchema() {
  static const auto* const schema = [] {
    EntityType user;
    user.attributes["n"] = {Type::Long(), false};
    user.attributes["at"] = {Type::Of(Type::Kind::kDatetime), false};
    user.attributes["friends"] = {Type::Set(Type::Entity("U")), false};
    user.tags = Type::String();
    auto* made = new Schema;
    made->entity_types["U"] = user;
    return made;
  }();
  return *schema;
}

void Check(const std::string& path, EntityFormat format) {
  auto file = EntityFile::Open(path, format, &SmallSchema());
  if (!file.ok()) return;
  while (true) {
    const auto entity = (*file)->Next();
    (void)AtPlace(path, (*file)->place(), entity.status().message());
    if (!entity.ok()) {
      if (!absl::IsInvalidArgument(entity.status())) return;
      continue;
    }
    if (!entity->has_value()) return;
    const std::string written = EntityToJson(**entity);
    const auto again = EntityFromJson(written, &SmallSchema());
    if (!again.ok() || EntityToJson(*again) != written) abort();
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {
      "{\"uid\": {\"type\": \"U\", \"id\": \"a\"}, \"attrs\": {\"n\": 1}}\n"
      "{\"uid\": \"U::\\\"b\\\"\", \"parents\": [\"U::\\\"a\\\"\"]}\n",
      "[{\"uid\": \"U::\\\"a\\\"\", \"tags\": {\"t\": \"x\"}},\n"
      " {\"uid\": \"U::\\\"b\\\"\"}]",
      "type,id,n,at,friends,tag:t,parents\n"
      "U,a,1,2026-11-22,\"[\"\"b\"\"]\",x,\"U::\"\"b\"\"\"\nU,b,,,,,\n",
      "type,id\n!,a\n",
      "uid,n:long,friends:list\n\"U::\"\"a\"\"\",-1,b;c\n",
  };
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int fd = memfd_create("input", 0);
  if (fd < 0) abort();
  if (write(fd, data, size) != static_cast<ssize_t>(size)) abort();
  const std::string path = absl::StrCat("/proc/self/fd/", fd);
  sekisho::Check(path, sekisho::EntityFormat::kJson);
  sekisho::Check(path, sekisho::EntityFormat::kCsv);
  close(fd);
  return 0;
}
