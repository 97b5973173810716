// What it costs to read entities: from the cache, which 100,000 of them fill,
// and from the database behind it; and the memory that they take there.
//
//   bazel run --config=release //bench:cache_benchmark
//
// BM_Miss reads as many entities as SEKISHO_CACHE_ENTITIES says, in a database
// that is made once in the directory that SEKISHO_CACHE_DIRECTORY says, or each
// time anew; through a cache of one per cent of them, by Zipf's law with
// exponent 0.99. `miss` is the thread's processor time, `miss_wall` the time
// that passed, with the timer's own.
//
// BM_TwoHits reads two entities in each decision, by the same law: the same few
// over and over, which the processor has at hand, and all. What two
// threads do in the time of one is to be compared with BM_Registers, which
// touches no memory, in the same run; and its time with BM_Load, a load
// from memory that the processor does not have at hand and cannot foresee.
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "engine/entities/cache.h"
#include "engine/entities/store.h"
#include "engine/model/entity_format.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

constexpr int64_t kCached = 100'000;
constexpr size_t kDraws = 1 << 17;

EntityUid Uid(int64_t i) {
  return {"Health::Person", absl::StrCat("person-", i)};
}

Entity Make(int64_t i) {
  Entity entity;
  entity.uid = Uid(i);
  entity.attributes = Value::Record(
      {{"roles", Value::Set({Value::Entity({"Role", "nurse"}),
                             Value::Entity({"Role", "citizen"})})},
       {"organization",
        Value::Entity({"Organization", absl::StrCat("hospital-", i % 1'000)})},
       {"name", Value::String(absl::StrCat("Person number ", i))},
       {"number", Value::Long(i)},
       {"active", Value::Bool(i % 2 == 0)}});
  entity.parents = {{"Ward", absl::StrCat("ward-", i % 10'000)}};
  return entity;
}

StoredEntity MakeStored(int64_t i) {
  StoredEntity stored;
  stored.entity = Make(i);
  stored.exists = true;
  return stored;
}

// Aborts unless `found` is what Make(i) made.
void Prove(const StoredEntity& found, int64_t i) {
  const Entity made = Make(i);
  if (!found.exists || found.entity.uid != made.uid ||
      found.entity.attributes != made.attributes ||
      found.entity.parents != made.parents) {
    abort();
  }
}

// Numbers below `count`, some of which come much more often than others; which
// ones is random too.
std::vector<int64_t> Zipf(int64_t count, size_t draws, unsigned seed) {
  constexpr double kExponent = 0.99;
  std::vector<double> cumulated(count);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    cumulated[i] = sum += std::pow(static_cast<double>(i + 1), -kExponent);
  }
  std::mt19937_64 random(seed);
  std::vector<int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin(), numbers.end(), random);
  std::uniform_real_distribution<double> uniform(0, sum);
  std::vector<int64_t> drawn;
  drawn.reserve(draws);
  for (size_t i = 0; i < draws; ++i) {
    const auto it =
        std::upper_bound(cumulated.begin(), cumulated.end(), uniform(random));
    drawn.push_back(
        numbers[std::min<int64_t>(it - cumulated.begin(), count - 1)]);
  }
  return drawn;
}

// A cache that has what it is asked for.
struct FullCache {
  FullCache() {
    for (int64_t i = 0; i < kCached; ++i) {
      EntityCache::Reader(&cache, partition, 0).Keep(MakeStored(i));
    }
    for (const int64_t i : Zipf(kCached, kDraws, /*seed=*/1)) {
      uids.push_back(Uid(i));
      EntityCache::Reader reader(&cache, partition, 0);
      const StoredEntity* found = reader.Find(uids.back().type, uids.back().id);
      // One or the other may have found its place taken.
      if (found == nullptr) found = reader.Keep(MakeStored(i));
      Prove(*found, i);
    }
  }

  EntityCache cache{size_t{256} << 20};
  EntityCache::Partition* const partition = cache.AddPartition();
  std::vector<EntityUid> uids;
};

void BM_TwoHits(benchmark::State& state) {
  static FullCache& full = *new FullCache;
  const auto draws = static_cast<size_t>(state.range(0));
  size_t i = state.thread_index() * draws / 2;
  for (auto _ : state) {
    EntityCache::Reader reader(&full.cache, full.partition, 0);
    for (int n = 0; n < 2; ++n) {
      const EntityUid& uid = full.uids[i++ % draws];
      benchmark::DoNotOptimize(reader.Find(uid.type, uid.id));
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TwoHits)
    ->Arg(64)
    ->Arg(kDraws)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

void BM_Registers(benchmark::State& state) {
  uint64_t x = 1;
  for (auto _ : state) {
    for (int n = 0; n < 256; ++n) benchmark::DoNotOptimize(x = x * 3 + 1);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Registers)->Threads(1)->Threads(2)->UseRealTime();

void BM_Load(benchmark::State& state) {
  struct alignas(64) Line {
    Line* next;
  };
  const size_t count = static_cast<size_t>(state.range(0)) / sizeof(Line);
  std::vector<Line> lines(count);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  for (size_t i = 0; i < count; ++i) {
    lines[order[i]].next = &lines[order[(i + 1) % count]];
  }
  Line* line = lines.data();
  for (auto _ : state) benchmark::DoNotOptimize(line = line->next);
}
BENCHMARK(BM_Load)->Arg(8 << 20)->Arg(100 << 20);

void BM_Memory(benchmark::State& state) {
  size_t record_bytes = 0;
  for (int64_t i = 0; i < kCached; ++i) {
    record_bytes += EncodeEntity(Make(i))->size();
  }
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    // As much as they need, so that the table is in proportion.
    EntityCache cache(kCached * 1'500);
    EntityCache::Partition* const partition = cache.AddPartition();
    for (int64_t i = 0; i < kCached; ++i) {
      EntityCache::Reader(&cache, partition, 0).Keep(MakeStored(i));
    }
    const double taken = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    const EntityCacheStats stats = cache.Stats();
    const double cached = stats.entities;
    state.counters["cached"] = cached;
    state.counters["record"] = static_cast<double>(record_bytes) / kCached;
    state.counters["counted"] = stats.bytes / cached;
    state.counters["taken"] = taken / cached;
    state.counters["over_record"] = (taken - record_bytes) / cached;
  }
}
BENCHMARK(BM_Memory)->Iterations(1)->Unit(benchmark::kMillisecond);

// A database of `count` entities.
class Database {
 public:
  Database(int64_t count, size_t cache_bytes) {
    const char* kept = std::getenv("SEKISHO_CACHE_DIRECTORY");
    const char* temporary = std::getenv("TEST_TMPDIR");
    path_ = kept != nullptr        ? kept
            : temporary != nullptr ? temporary
                                   : std::filesystem::temp_directory_path();
    if (kept == nullptr) {
      path_ += "/cache-benchmark-XXXXXX";
      if (mkdtemp(path_.data()) == nullptr) abort();
      remove_ = true;
    }
    EntityStoreOptions options;
    options.entity_cache_bytes = cache_bytes;
    store_ = *EntityStore::Open(path_, options);
    Load(count);
  }
  ~Database() {
    store_.reset();
    if (remove_) std::filesystem::remove_all(path_);
  }

  EntityStore& store() { return *store_; }

 private:
  // Goes on where it was stopped: a write is a revision.
  void Load(int64_t count) {
    constexpr int64_t kBatch = 10'000;
    int64_t i = (*store_->Snapshot("a"))->revision() * kBatch;
    while (i < count) {
      std::vector<EntityMutation> batch;
      for (int64_t end = i + kBatch; i < end; ++i) {
        batch.push_back(PutEntity{Make(i)});
      }
      if (!store_->Write("a", batch).ok()) abort();
    }
  }

  std::string path_;
  bool remove_ = false;
  std::unique_ptr<EntityStore> store_;
};

double ProcessorNs() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 +
         static_cast<double>(time.tv_nsec);
}
double WallNs() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double Quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto it =
      values.begin() +
      static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), it, values.end());
  return *it;
}

void BM_Miss(benchmark::State& state) {
  const int64_t count = static_cast<int64_t>(
      EnvironmentNumber("SEKISHO_CACHE_ENTITIES", 200'000));
  Database database(count, std::max<size_t>(EntityCache::kLeastCapacity,
                                            count / 100 * 1'500));
  const auto snapshot = *database.store().Snapshot("a");
  const std::vector<int64_t> draws =
      Zipf(count, 4 * static_cast<size_t>(count) / 10 + kDraws, /*seed=*/2);
  std::vector<double> processor;
  std::vector<double> wall;
  size_t hits = 0;
  // As SnapshotReader does.
  const auto read = [&](int64_t i, bool timed) {
    const EntityUid uid = Uid(i);
    EntityCache::Reader reader = snapshot->CacheReader();
    if (reader.Find(uid.type, uid.id) != nullptr) {
      hits += timed;
      return;
    }
    const double processor_start = ProcessorNs();
    const double wall_start = WallNs();
    const StoredEntity* found = reader.Find(uid.type, uid.id);
    if (found == nullptr) found = reader.Keep(*snapshot->Read(uid));
    const double wall_end = WallNs();
    const double processor_end = ProcessorNs();
    if (!timed) return Prove(*found, i);
    processor.push_back(processor_end - processor_start);
    wall.push_back(wall_end - wall_start);
  };
  for (size_t n = kDraws; n < draws.size(); ++n) read(draws[n], false);
  for (auto _ : state) {
    for (size_t n = 0; n < kDraws; ++n) read(draws[n], true);
  }
  const EntityCacheStats stats = database.store().CacheStats();
  state.counters["cached"] = static_cast<double>(stats.entities);
  state.counters["hits"] =
      static_cast<double>(hits) / static_cast<double>(hits + wall.size());
  state.counters["miss_p50"] = Quantile(processor, 0.5);
  state.counters["miss_p99"] = Quantile(processor, 0.99);
  state.counters["miss_wall_p50"] = Quantile(wall, 0.5);
  state.counters["miss_wall_p99"] = Quantile(wall, 0.99);
}
BENCHMARK(BM_Miss)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sekisho
