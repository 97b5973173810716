#include "engine/graph/artifact.h"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/base/file.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/small_graph.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

absl::StatusCode CodeOf(std::string bytes) {
  return Artifact::FromBytes(std::move(bytes)).status().code();
}

TEST(ArtifactTest, WhatIsWrittenIsRead) {
  const SmallGraph small;
  const std::string bytes = small.Write();
  auto artifact = Artifact::FromBytes(bytes);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  const Artifact& read = **artifact;

  const DecisionGraph& graph = read.graph();
  EXPECT_EQ(graph.ToString(), small.Graph().ToString());
  EXPECT_EQ(graph.nodes, small.Graph().nodes);
  EXPECT_EQ(graph.code, small.Graph().code);
  EXPECT_EQ(graph.constants, small.parts.constants);
  EXPECT_EQ(graph.names, small.parts.names);
  EXPECT_EQ(graph.patterns, small.parts.patterns);
  EXPECT_EQ(graph.shapes, small.parts.shapes);
  EXPECT_EQ(graph.is_forbid, small.parts.is_forbid);
  EXPECT_TRUE(graph.fail_closed);
  EXPECT_EQ(graph.schema, &read.schema());

  EXPECT_EQ(read.bytes(), bytes);
  ASSERT_EQ(read.policies().size(), small.policies.size());
  EXPECT_EQ(read.policies()[0].id, "①-1");
  EXPECT_EQ(*read.policies()[0].Annotation("id"), "①-1");
  EXPECT_EQ(*read.policies()[0].Annotation("advice"), "");
  EXPECT_EQ(read.policies()[0].Annotation("other"), nullptr);
  EXPECT_TRUE(read.policies()[1].is_forbid);
  EXPECT_EQ(read.policies()[1].source, "rules.cedar");
  EXPECT_EQ(read.policies()[1].line, 7u);
  EXPECT_EQ(read.policies()[1].obligations, (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(read.obligations(), small.obligations);

  auto sources = read.Sources();
  ASSERT_TRUE(sources.ok()) << sources.status();
  // All the rest: it is written to the same bytes again.
  EXPECT_EQ(*WriteArtifact(graph, read.schema(), read.policies(),
                           read.obligations(), *sources),
            bytes);
}

TEST(ArtifactTest, TheModeAndEverySourceArePartOfTheHash) {
  SmallGraph mode, source;
  mode.parts.fail_closed = false;
  source.sources[0].text += " ";
  auto hash = [](const SmallGraph& small) {
    return (*Artifact::FromBytes(small.Write()))->hash();
  };
  const std::string hashes[] = {hash(SmallGraph()), hash(mode), hash(source)};
  EXPECT_EQ(hashes[0].size(), 64u);
  EXPECT_EQ(hash(SmallGraph()), hashes[0]);
  EXPECT_NE(hashes[1], hashes[0]);
  EXPECT_NE(hashes[2], hashes[0]);
  EXPECT_FALSE((*Artifact::FromBytes(mode.Write()))->graph().fail_closed);
}

// As deep as the compiler lets types be.
TEST(ArtifactTest, DeepTypesAreRead) {
  Type deep = Type::Long();
  for (int i = 0; i < 200; ++i) deep = Type::Record({{"a", {deep, true}}});
  SmallGraph small;
  small.schema.actions[{"Action", "view"}].context["deep"] = {deep, true};
  auto artifact = Artifact::FromBytes(small.Write());
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ((*artifact)->schema().actions.at({"Action", "view"}).context,
            small.schema.actions.at({"Action", "view"}).context);
}

TEST(ArtifactTest, EveryByteCounts) {
  const std::string bytes = SmallGraph().Write();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      const absl::StatusCode expected =
          at < offsetof(ArtifactHeader, version)
              ? absl::StatusCode::kInvalidArgument
          : at < offsetof(ArtifactHeader, section_count)
              ? absl::StatusCode::kUnimplemented
              : absl::StatusCode::kDataLoss;
      ASSERT_EQ(CodeOf(damaged), expected) << "byte " << at;
    }
  }
}

TEST(ArtifactTest, ItsLengthCounts) {
  const std::string bytes = SmallGraph().Write();
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(CodeOf(bytes.substr(0, size)),
              size < sizeof(ArtifactHeader) ? absl::StatusCode::kInvalidArgument
                                            : absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_EQ(CodeOf(bytes + std::string(8, '\0')), absl::StatusCode::kDataLoss);
}

TEST(ArtifactTest, AnotherVersionIsRefusedWithAWayOut) {
  std::string bytes = SmallGraph().Write();
  bytes[offsetof(ArtifactHeader, version)] = 9;
  Rehash(&bytes);
  const absl::Status status = Artifact::FromBytes(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(status.message(),
            "the artifact has format version 9, and this program reads version "
            "1; compile the policies again");
}

// Reads the section table of `bytes`, changes an entry, and hashes again.
std::string WithSection(std::string bytes, uint32_t index,
                        void (*change)(SectionEntry& entry)) {
  char* at =
      bytes.data() + sizeof(ArtifactHeader) + index * sizeof(SectionEntry);
  SectionEntry entry;
  std::memcpy(&entry, at, sizeof(entry));
  change(entry);
  std::memcpy(at, &entry, sizeof(entry));
  Rehash(&bytes);
  return bytes;
}

TEST(ArtifactTest, SectionsStayInTheFile) {
  const std::string bytes = SmallGraph().Write();
  EXPECT_TRUE(
      Artifact::FromBytes(WithSection(bytes, 1, [](SectionEntry&) {})).ok());
  void (*kChanges[])(SectionEntry&) = {
      [](SectionEntry& entry) { entry.offset = uint64_t{1} << 40; },
      [](SectionEntry& entry) { entry.offset = ~uint64_t{0}; },
      [](SectionEntry& entry) { entry.size = ~uint64_t{0}; },
      // Words that are none.
      [](SectionEntry& entry) { entry.offset += 1; },
      [](SectionEntry& entry) { entry.size -= 1; },
      // Gone, which leaves a root without a node.
      [](SectionEntry& entry) { entry.kind = 0; },
      [](SectionEntry& entry) { entry.kind = 1000; },
  };
  for (auto* change : kChanges) {
    EXPECT_EQ(CodeOf(WithSection(bytes, 1, change)),
              absl::StatusCode::kDataLoss);
  }
}

TEST(ArtifactTest, SourcesThatCannotBeUnpackedAreAnError) {
  auto artifact = Artifact::FromBytes(WithSection(
      SmallGraph().Write(), 3, [](SectionEntry& entry) { entry.size -= 1; }));
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ((*artifact)->Sources().status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(ArtifactTest, FilesAreMappedAndNamedInErrors) {
  const std::string path = testing::TempDir() + "/small.sekisho";
  const std::string bytes = SmallGraph().Write();
  ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
  auto artifact = Artifact::Load(path);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  // It keeps the file that it was loaded from.
  ASSERT_TRUE(WriteFileAtomically(path, "x").ok());
  EXPECT_EQ((*artifact)->bytes(), bytes);

  const struct {
    std::string path;
    std::string content;
    absl::StatusCode code;
  } kCases[] = {
      {path + ".short", "x", absl::StatusCode::kInvalidArgument},
      {path + ".empty", "", absl::StatusCode::kInvalidArgument},
      {path + ".text", std::string(100, 'x'),
       absl::StatusCode::kInvalidArgument},
      {path + ".damaged", bytes + "x", absl::StatusCode::kDataLoss},
  };
  for (const auto& c : kCases) {
    ASSERT_TRUE(WriteFileAtomically(c.path, c.content).ok());
    const absl::Status status = Artifact::Load(c.path).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), c.path)) << status;
  }
  EXPECT_EQ(Artifact::Load(path + ".missing").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Artifact::Load(testing::TempDir()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sekisho
