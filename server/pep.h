// What an enforcement point (PEP) may do and vouch for. Nothing, unless it was
// granted:
//
//   const IdentifiedPep pep = identifier->Identify(*context);
//   RETURN_IF_ERROR(pep.CheckCall(Permission::kDecide, policy_store));
//   RETURN_IF_ERROR(pep.CheckContext(request.context));
//   for (int i = 0; i < supplied.size(); ++i) {
//     RETURN_IF_ERROR(pep.CheckSupplied(supplied[i].uid,
//                                       absl::StrCat("entities[", i, "]")));
//   }
//
// Every refusal is PermissionDenied and names what was refused, to whom, and
// the line in the table of enforcement points (pep_table.h) that would grant
// it. None of it depends on the schema or on what is stored.
//
// Immutable, and may be used from several threads.
#ifndef SEKISHO_SERVER_PEP_H_
#define SEKISHO_SERVER_PEP_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/log/record.h"
#include "engine/model/value.h"

namespace sekisho {

// The groups of methods that are granted apart.
enum class Permission : uint8_t {
  kDecide,
  // To be told why in the words for an enforcement point.
  kExplain,
  // To be told with policies and the attributes of others.
  kExplainFully,
  kReadEntities,
  kWriteEntities,
  kReadPolicies,
  kWriteLinks,
  kActivatePolicies,
};
inline constexpr size_t kPermissions = 8;

// As the table says it, in the order of the enum: `decide`, `explain-fully`.
extern const std::array<absl::string_view, kPermissions> kPermissionNames;

// Some names, or all that there are.
class NameSet {
 public:
  void Add(absl::string_view name) { names_.emplace(name); }
  void AddAll() { all_ = true; }
  bool Contains(absl::string_view name) const {
    return all_ || names_.contains(name);
  }

 private:
  bool all_ = false;
  absl::flat_hash_set<std::string> names_;
};

// Attributes of a record, by path. A path grants all that is below it.
class AttributeGrants {
 public:
  // `path` is the names from the outermost on; the empty path is everything.
  void Add(absl::Span<const absl::string_view> path);

  // The first attribute of `record`, in the order of names, that is not
  // granted, as a path such as `device.custody`; empty if all are. To grant a
  // part of a record is to grant that the record is there. REQUIRES: `record`
  // is a record.
  std::string FirstRefused(const Value& record) const;

 private:
  bool whole_ = false;
  std::map<std::string, AttributeGrants> parts_;
};

// One row of the table.
struct PepGrants {
  std::bitset<kPermissions> permissions;
  NameSet policy_stores;
  AttributeGrants context;
  // Of the entities that it may send along with a request.
  NameSet entity_types;
};

class IdentifiedPep {
 public:
  // `grants`: null for one that the table does not have.
  IdentifiedPep(Pep pep, std::shared_ptr<const PepGrants> grants)
      : pep_(std::move(pep)), grants_(std::move(grants)) {}

  // For the decision log.
  const Pep& pep() const { return pep_; }
  // `unix:1000:100`, `mtls:gateway.example`, `loopback`.
  std::string ToString() const;

  // To be asked first of all, by every method.
  absl::Status CheckCall(Permission permission,
                         absl::string_view policy_store) const;
  // The context as it was received. REQUIRES: `context` is a record.
  absl::Status CheckContext(const Value& context) const;
  // An entity that was sent along; `field` is where.
  absl::Status CheckSupplied(const EntityUid& uid,
                             absl::string_view field) const;

 private:
  Pep pep_;
  std::shared_ptr<const PepGrants> grants_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_PEP_H_
