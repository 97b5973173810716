// Links of templates: policies that a template makes, one for each pair of
// entities that stand for its slots.
//
//   LinkSet links(std::move(all));
//   std::vector<LinkPtr> fitting;
//   links.Match("share", {ann, staff}, {report}, &fitting);
//
// A LinkSet does not change and may be read from several threads.
#ifndef SEKISHO_ENGINE_MODEL_LINK_H_
#define SEKISHO_ENGINE_MODEL_LINK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/model/value.h"

namespace sekisho {

inline constexpr uint32_t kNoPolicy = ~uint32_t{0};

struct Link {
  // The id of the policy that it makes.
  std::string id;
  std::string template_id;
  // What stands for the slots; without type and id where there is no slot.
  EntityUid principal;
  EntityUid resource;
  // Its PolicyIndex in the artifact, or kNoPolicy if it was made at run time.
  uint32_t policy = kNoPolicy;

  bool operator==(const Link&) const = default;
};
using LinkPtr = std::shared_ptr<const Link>;

class LinkSet {
 public:
  LinkSet() = default;
  // REQUIRES: ids are distinct.
  explicit LinkSet(std::vector<LinkPtr> links);

  // This set without `removed`, and with `added`. Takes time in proportion to
  // the size. REQUIRES: `removed` are of this set; ids stay distinct.
  LinkSet With(std::vector<LinkPtr> added,
               const std::vector<LinkPtr>& removed) const;

  size_t size() const { return by_id_.size(); }
  // Ascending.
  const std::vector<LinkPtr>& by_id() const { return by_id_; }
  // Null if there is none.
  LinkPtr Find(absl::string_view id) const;
  bool HasLinksOf(absl::string_view template_id) const;

  // Appends the links of the template whose entities are among those given, in
  // no particular order. Takes time in proportion to the number of entities and
  // of links appended, and to the logarithm of the size. REQUIRES: both lists
  // ascend; where there is no slot, the list is the one EntityUid without type
  // and id.
  void Match(absl::string_view template_id,
             const std::vector<EntityUid>& principals,
             const std::vector<EntityUid>& resources,
             std::vector<LinkPtr>* out) const;

 private:
  std::vector<LinkPtr> by_id_;
  // By template, principal, resource and id.
  std::vector<LinkPtr> by_entities_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_LINK_H_
