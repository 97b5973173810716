// What links made at run time cost: a decision with ten and with 100,000 of
// them, a change of the set, and its memory.
//
//   bazel run --config=release //bench:link_benchmark
#include <malloc.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/model/link.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity Team in [Team];
entity User in [Team];
entity Doc;
action view appliesTo { principal: User, resource: Doc, context: { on: Bool } };
)";
constexpr char kTemplate[] = R"(@id("share")
permit (principal in ?principal, action, resource == ?resource)
when { context.on };
)";

// User n may view document n, by a link to the user's team.
std::vector<LinkPtr> MakeLinks(int64_t begin, int64_t end) {
  std::vector<LinkPtr> links;
  for (int64_t i = begin; i < end; ++i) {
    auto link = std::make_shared<Link>();
    link->id = absl::StrCat("share-", i);
    link->template_id = "share";
    link->principal = {"Team", absl::StrCat("team-", i)};
    link->resource = {"Doc", absl::StrCat("document-", i)};
    links.push_back(std::move(link));
  }
  return links;
}

std::shared_ptr<const Artifact> CompileTemplate() {
  const PolicyFolder folder = *MakePolicyFolder(
      {{"s.cedarschema", kSchema}, {"rules.cedar", kTemplate}});
  Compilation compilation(&folder.sources);
  if (!Compile(folder, {}, &compilation).ok()) abort();
  return *Artifact::FromBytes(compilation.artifact);
}

void BM_Decide(benchmark::State& state) {
  const std::shared_ptr<const Artifact> artifact = CompileTemplate();
  const LinkSet links(MakeLinks(0, state.range(0)));
  // In three teams, one in the other.
  Entity user;
  user.uid = {"User", "u"};
  user.parents = {{"Team", "team-7"}};
  Entity team;
  team.uid = {"Team", "team-7"};
  team.parents = {{"Team", "division"}};
  Entity division;
  division.uid = {"Team", "division"};
  MemoryEntities entities({user, team, division});
  const Request request = {user.uid,
                           {"Action", "view"},
                           {"Doc", "document-7"},
                           Value::Record({{"on", Value::Bool(true)}})};
  for (auto _ : state) {
    absl::StatusOr<Decision> decision =
        Evaluate(artifact->graph(), request, entities, nullptr, &links);
    if (!decision.ok() || !decision->permitted()) abort();
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(BM_Decide)->Arg(10)->Arg(1'000)->Arg(100'000);

// Links so many more where there are 100,000.
void BM_Link(benchmark::State& state) {
  const LinkSet links(MakeLinks(0, 100'000));
  const std::vector<LinkPtr> added =
      MakeLinks(100'000, 100'000 + state.range(0));
  for (auto _ : state) {
    LinkSet next = links.With(added, {});
    benchmark::DoNotOptimize(next);
  }
}
BENCHMARK(BM_Link)->Arg(1)->Arg(10'000)->Unit(benchmark::kMillisecond);

void BM_Memory(benchmark::State& state) {
  size_t bytes = 0;
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks;
    const LinkSet links(MakeLinks(0, state.range(0)));
    bytes = mallinfo2().uordblks - before;
  }
  state.counters["bytes_per_link"] =
      static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(BM_Memory)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sekisho
