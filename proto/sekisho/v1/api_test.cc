// Holds the API to the numbers, names and types that it was published with:
// api.txt lists them all. Lines may be added to it; a line that changes or
// disappears breaks clients, so it must not.
//
// After an addition:
//   bazel run //proto/sekisho/v1:api_test -- --update
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "proto/sekisho/v1/entity.pb.h"
#include "proto/sekisho/v1/explanation.pb.h"
#include "proto/sekisho/v1/policy.pb.h"
#include "proto/sekisho/v1/value.pb.h"

namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::ServiceDescriptor;

std::string golden_path;
bool update = false;

void DumpEnum(const EnumDescriptor& type, std::string* out) {
  for (int i = 0; i < type.value_count(); ++i) {
    absl::StrAppend(out, type.full_name(), ".", type.value(i)->name(), " = ",
                    type.value(i)->number(), "\n");
  }
}

std::string TypeName(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void DumpMessage(const Descriptor& message, std::string* out) {
  absl::StrAppend(out, message.full_name(), "\n");
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    absl::StrAppend(out, message.full_name(), ".", field.name(), " = ",
                    field.number(), " ", field.is_repeated() ? "repeated " : "",
                    TypeName(field));
    if (field.real_containing_oneof() != nullptr) {
      absl::StrAppend(out, " in ", field.real_containing_oneof()->name());
    } else if (field.has_presence() && field.message_type() == nullptr) {
      absl::StrAppend(out, " optional");
    }
    out->push_back('\n');
  }
  for (int i = 0; i < message.reserved_range_count(); ++i) {
    absl::StrAppend(out, message.full_name(), " reserves ",
                    message.reserved_range(i)->start, " to ",
                    message.reserved_range(i)->end - 1, "\n");
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    DumpEnum(*message.enum_type(i), out);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) {
    DumpMessage(*message.nested_type(i), out);
  }
}

void DumpService(const ServiceDescriptor& service, std::string* out) {
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& method = *service.method(i);
    absl::StrAppend(out, service.full_name(), ".", method.name(), "(",
                    method.client_streaming() ? "stream " : "",
                    method.input_type()->full_name(), ") returns (",
                    method.server_streaming() ? "stream " : "",
                    method.output_type()->full_name(), ")\n");
  }
}

std::string Dump() {
  std::string out;
  for (const FileDescriptor* file :
       {sekisho::v1::Value::descriptor()->file(),
        sekisho::v1::DecideRequest::descriptor()->file(),
        sekisho::v1::Explanation::descriptor()->file(),
        sekisho::v1::EntityMutation::descriptor()->file(),
        sekisho::v1::Activation::descriptor()->file()}) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", "# ", file->name(), "\n");
    for (int i = 0; i < file->service_count(); ++i) {
      DumpService(*file->service(i), &out);
    }
    for (int i = 0; i < file->enum_type_count(); ++i) {
      DumpEnum(*file->enum_type(i), &out);
    }
    for (int i = 0; i < file->message_type_count(); ++i) {
      DumpMessage(*file->message_type(i), &out);
    }
  }
  return out;
}

TEST(ApiTest, IsAsPublished) {
  std::string dump = Dump();
  if (update) {
    const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
    ASSERT_NE(workspace, nullptr) << "--update needs `bazel run`";
    std::ofstream(absl::StrCat(workspace, "/", golden_path)) << dump;
    return;
  }
  std::ifstream file(golden_path);
  ASSERT_TRUE(file) << golden_path;
  std::string golden((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
  EXPECT_EQ(dump, golden);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (absl::string_view(argv[i]) == "--update") {
      update = true;
    } else {
      golden_path = argv[i];
    }
  }
  return RUN_ALL_TESTS();
}
