// Whether a request fits a schema, for the hot path: what ValidateRequest says,
// without saying why not. The schema is laid out flat once, so that a request
// costs one look-up of its action and one pass over its context, and no
// allocation.
//
//   RequestChecker checker(&schema);
//   if (!checker.Fits(request)) return Describe(ValidateRequest(schema, ..));
#ifndef SEKISHO_ENGINE_MODEL_REQUEST_CHECKER_H_
#define SEKISHO_ENGINE_MODEL_REQUEST_CHECKER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// Does not change once it is made, and may be used from several threads.
class RequestChecker {
 public:
  // `schema` must outlive this object, and stay as it is.
  explicit RequestChecker(const Schema* schema);
  RequestChecker(const RequestChecker&) = delete;
  RequestChecker& operator=(const RequestChecker&) = delete;

  // Whether ValidateRequest finds nothing wrong.
  bool Fits(const Request& request) const;

 private:
  // The ids that entities of a type may have.
  struct Ids {
    bool any = false;
    absl::flat_hash_set<absl::string_view> listed;

    bool Has(absl::string_view id) const { return any || listed.contains(id); }
  };
  struct Attribute;
  struct FlatType {
    Value::Kind kind = Value::Kind::kBool;
    // kEntity.
    absl::string_view entity_type;
    const Ids* ids = nullptr;
    // kSet: one, of the elements. kRecord: ascending by name.
    std::vector<Attribute> parts;
  };
  struct Attribute {
    absl::string_view name;
    bool required = true;
    FlatType type;
  };
  struct Party {
    absl::string_view type;
    const Ids* ids = nullptr;
  };
  struct Action {
    // None: the action is a group.
    std::vector<Party> principals;
    std::vector<Party> resources;
    std::vector<Attribute> context;
  };

  FlatType Flatten(const Type& type) const;
  std::vector<Attribute> Flatten(const RecordType& record) const;
  // Of a type that is not declared, none.
  const Ids* IdsOf(absl::string_view type) const;

  static bool Fits(const EntityUid& uid, const std::vector<Party>& parties);
  static bool Fits(const Value& value, const FlatType& type);
  static bool Fits(const Value& value, const std::vector<Attribute>& declared);

  absl::flat_hash_map<absl::string_view, Ids> ids_;
  Ids none_;
  absl::flat_hash_map<EntityUid, Action> actions_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_REQUEST_CHECKER_H_
