#include "engine/log/record.h"

#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sekisho {
namespace {

// How many of its ancestors this process was forked from since they began to
// draw random numbers.
std::atomic<uint32_t> forks = 0;

// Random numbers of one thread, drawn ahead: asking OpenSSL costs as much for a
// few hundred bytes as for 16. A process that is forked draws its own.
struct RandomPool {
  std::array<uint8_t, 4096> bytes;
  size_t used = sizeof(bytes);
  uint32_t drawn_at_fork = 0;

  RandomPool() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] {
      forks.fetch_add(1, std::memory_order_relaxed);
    });
    if (registered != 0) abort();
  }
};

void Collect(const std::vector<EntityVersion>& versions,
             std::vector<Sha256Digest>* hashes) {
  for (const EntityVersion& version : versions) {
    if (version.hash.has_value()) hashes->push_back(*version.hash);
  }
}

void Collect(const Basis& basis, std::vector<Sha256Digest>* hashes) {
  Collect(basis.evidence, hashes);
  if (basis.evidence_list.has_value()) hashes->push_back(*basis.evidence_list);
}

struct CollectCited {
  std::vector<Sha256Digest>* hashes;

  void operator()(const DecisionBody& body) const {
    Collect(body.basis, hashes);
  }
  void operator()(const RefusalBody& body) const {
    Collect(body.basis, hashes);
  }
  void operator()(const ExplanationBody& body) const {
    Collect(body.basis, hashes);
  }
  void operator()(const ActivationBody& body) const {
    hashes->push_back(body.artifact);
  }
  void operator()(const WriteBody& body) const {
    Collect(body.entities, hashes);
  }
  void operator()(const OpenedBody&) const {}
  void operator()(const ClosedBody&) const {}
  void operator()(const LinksBody& body) const {
    hashes->push_back(body.change);
  }
};

}  // namespace

std::vector<Sha256Digest> CitedEvidence(const Record& record) {
  std::vector<Sha256Digest> hashes;
  std::visit(CollectCited{&hashes}, record.body);
  return hashes;
}

Bytes16 NewSalt() {
  thread_local RandomPool pool;
  const uint32_t fork = forks.load(std::memory_order_relaxed);
  if (pool.used == pool.bytes.size() || pool.drawn_at_fork != fork) {
    // Without random numbers nothing of this is safe to do.
    if (RAND_bytes(pool.bytes.data(), pool.bytes.size()) != 1) abort();
    pool.used = 0;
    pool.drawn_at_fork = fork;
  }
  Bytes16 salt;
  uint8_t* next = pool.bytes.data() + pool.used;
  std::copy_n(next, salt.size(), salt.begin());
  // So that no later bug can show them again.
  std::fill_n(next, salt.size(), 0);
  pool.used += salt.size();
  return salt;
}

Bytes16 NewRecordId(absl::Time now) {
  Bytes16 id = NewSalt();
  const int64_t millis = absl::ToUnixMillis(now);
  for (int i = 0; i < 6; ++i) {
    id[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  }
  id[6] = static_cast<uint8_t>(0x70 | (id[6] & 0x0f));
  id[8] = static_cast<uint8_t>(0x80 | (id[8] & 0x3f));
  return id;
}

std::string RecordIdToString(const Bytes16& id) {
  const std::string hex = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

}  // namespace sekisho
