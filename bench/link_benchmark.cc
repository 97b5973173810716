// What links made at run time cost: a decision with 100 and with 100,000 of
// them, a change of them, their memory.
//
//   bazel run --config=release //bench:link_benchmark
//
// BM_Decide measures both in turn, after it has seen that each answer is right.
// It is the decision alone, of entities in memory, as the service makes it. The
// changes are those of the service, on the disk ($TEST_TMPDIR or /tmp).
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/entities/store.h"
#include "engine/graph/artifact.h"
#include "engine/model/link.h"
#include "server/policy_stores.h"

namespace sekisho {
namespace {

constexpr int64_t kFew = 100;
constexpr int64_t kMany = 100'000;

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

std::string CompileTemplate() {
  const PolicyFolder folder = *MakePolicyFolder(
      {{"s.cedarschema", kSchema}, {"rules.cedar", kTemplate}});
  Compilation compilation(&folder.sources);
  if (!Compile(folder, {}, &compilation).ok()) abort();
  return compilation.artifact;
}

std::string LinkId(int64_t i) { return absl::StrCat("share-", i); }
EntityUid User(int64_t i) { return {"User", absl::StrCat("user-", i)}; }
EntityUid Team(int64_t i) { return {"Team", absl::StrCat("team-", i)}; }
EntityUid Doc(int64_t i) { return {"Doc", absl::StrCat("document-", i)}; }

// Document i is shared with team i.
std::vector<LinkPtr> MakeLinks(int64_t begin, int64_t end) {
  std::vector<LinkPtr> links;
  for (int64_t i = begin; i < end; ++i) {
    auto link = std::make_shared<Link>();
    link->id = LinkId(i);
    link->template_id = "share";
    link->principal = Team(i);
    link->resource = Doc(i);
    links.push_back(std::move(link));
  }
  return links;
}

// Links, entities, and requests of which every other is permitted.
class Scene {
 public:
  explicit Scene(int64_t links) : links_(MakeLinks(0, links)) {
    constexpr int64_t kUsers = 50;
    for (int64_t user = 0; user < kUsers; ++user) {
      const int64_t i = user * links / kUsers;
      // In two teams, one in the other.
      Entity person;
      person.uid = User(i);
      person.parents = {Team(i)};
      entities_.Put(person);
      Entity team;
      team.uid = Team(i);
      team.parents = {{"Team", "division"}};
      entities_.Put(team);
      for (const int64_t document : {i, i + 1}) {
        requests_.push_back({person.uid,
                             {"Action", "view"},
                             Doc(document),
                             Value::Record({{"on", Value::Bool(true)}})});
        permits_.push_back(document == i ? LinkId(i) : "");
      }
    }
    Entity division;
    division.uid = {"Team", "division"};
    entities_.Put(division);
  }

  Decision Decide(size_t request) {
    Evidence evidence;
    return *sekisho::Decide(*artifact_, requests_[request], entities_,
                            &evidence, &links_);
  }

  void Prove() {
    for (size_t i = 0; i < requests_.size(); ++i) {
      const Decision decision = Decide(i);
      std::string permit;
      for (PolicyIndex policy : decision.determining) {
        permit += IdOf(artifact_->policies(), decision, policy);
      }
      if (permit != permits_[i] || decision.permitted() == permit.empty()) {
        abort();
      }
    }
  }

  // How long all requests take.
  double Nanoseconds() {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < requests_.size(); ++i) {
      benchmark::DoNotOptimize(Decide(i));
    }
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now() - start)
        .count();
  }

  size_t size() const { return requests_.size(); }

 private:
  const std::shared_ptr<const Artifact> artifact_ =
      *Artifact::FromBytes(CompileTemplate());
  const LinkSet links_;
  MemoryEntities entities_{{}};
  std::vector<Request> requests_;
  std::vector<std::string> permits_;
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void BM_Decide(benchmark::State& state) {
  Scene few(kFew);
  Scene many(kMany);
  few.Prove();
  many.Prove();
  std::vector<double> few_ns;
  std::vector<double> many_ns;
  for (auto _ : state) {
    few_ns.push_back(few.Nanoseconds() / few.size());
    many_ns.push_back(many.Nanoseconds() / many.size());
  }
  state.counters["ns_few"] = Median(few_ns);
  state.counters["ns_many"] = Median(many_ns);
  state.counters["ratio"] = Median(many_ns) / Median(few_ns);
}
BENCHMARK(BM_Decide);

// A policy store of the service with 100,000 links.
class Stores {
 public:
  Stores() {
    const char* directory = std::getenv("TEST_TMPDIR");
    path_ = absl::StrCat(directory == nullptr ? "/tmp" : directory,
                         "/links-XXXXXX");
    if (mkdtemp(path_.data()) == nullptr) abort();
    store_ = *EntityStore::Open(path_, {});
    stores_ = *PolicyStores::Load(store_.get());
    const auto record = [](const PolicyStores::ActivateResult&) {
      return absl::OkStatus();
    };
    if (!stores_->Activate("default", CompileTemplate(), std::nullopt, record)
             .ok()) {
      abort();
    }
    Add(MakeLinks(0, kMany));
  }
  ~Stores() {
    stores_.reset();
    store_.reset();
    std::filesystem::remove_all(path_);
  }

  void Add(const std::vector<LinkPtr>& links) {
    if (!stores_->Link("default", links, std::nullopt, Recorded).ok()) abort();
  }
  void Remove(const std::vector<std::string>& ids) {
    if (!stores_->Unlink("default", ids, std::nullopt, Recorded).ok()) abort();
  }

 private:
  static absl::Status Recorded(uint64_t) { return absl::OkStatus(); }

  std::string path_;
  std::unique_ptr<EntityStore> store_;
  std::unique_ptr<PolicyStores> stores_;
};

// Adds so many links to 100,000 and removes them again.
void BM_LinkAndUnlink(benchmark::State& state) {
  Stores stores;
  const std::vector<LinkPtr> links = MakeLinks(kMany, kMany + state.range(0));
  std::vector<std::string> ids;
  for (const LinkPtr& link : links) ids.push_back(link->id);
  for (auto _ : state) {
    stores.Add(links);
    stores.Remove(ids);
  }
  state.SetItemsProcessed(2 * state.iterations() * state.range(0));
}
BENCHMARK(BM_LinkAndUnlink)
    ->Arg(1)
    ->Arg(1'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void BM_Memory(benchmark::State& state) {
  size_t bytes = 0;
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks;
    const LinkSet links(MakeLinks(0, kMany));
    bytes = mallinfo2().uordblks - before;
  }
  state.counters["bytes_per_link"] =
      static_cast<double>(bytes) / static_cast<double>(kMany);
}
BENCHMARK(BM_Memory)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sekisho
