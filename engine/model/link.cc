// Two sorted arrays of pointers: compact, and quick to copy when links are
// added or removed.
//
// Tested by link_test.cc.
#include "engine/model/link.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace sekisho {
namespace {

bool ById(const LinkPtr& a, const LinkPtr& b) { return a->id < b->id; }

bool ByEntities(const LinkPtr& a, const LinkPtr& b) {
  return std::tie(a->template_id, a->principal, a->resource, a->id) <
         std::tie(b->template_id, b->principal, b->resource, b->id);
}

using Iterator = std::vector<LinkPtr>::const_iterator;

// The links in [begin, end), which ascends by `member`, that have `value`
// there.
template <typename Member, typename T>
std::pair<Iterator, Iterator> Equal(Iterator begin, Iterator end,
                                    Member Link::*member, const T& value) {
  begin = std::lower_bound(
      begin, end, value,
      [member](const LinkPtr& a, const T& b) { return (*a).*member < b; });
  end = std::upper_bound(
      begin, end, value,
      [member](const T& a, const LinkPtr& b) { return a < (*b).*member; });
  return {begin, end};
}

template <typename Less>
std::vector<LinkPtr> Change(const std::vector<LinkPtr>& links,
                            const absl::flat_hash_set<LinkPtr>& removed,
                            std::vector<LinkPtr> added, Less less) {
  std::vector<LinkPtr> out;
  out.reserve(links.size() + added.size());
  std::copy_if(links.begin(), links.end(), std::back_inserter(out),
               [&](const LinkPtr& link) { return !removed.contains(link); });
  std::sort(added.begin(), added.end(), less);
  const auto middle = static_cast<std::ptrdiff_t>(out.size());
  out.insert(out.end(), std::make_move_iterator(added.begin()),
             std::make_move_iterator(added.end()));
  std::inplace_merge(out.begin(), out.begin() + middle, out.end(), less);
  return out;
}

}  // namespace

LinkSet::LinkSet(std::vector<LinkPtr> links)
    : by_id_(links), by_entities_(std::move(links)) {
  std::sort(by_id_.begin(), by_id_.end(), ById);
  std::sort(by_entities_.begin(), by_entities_.end(), ByEntities);
}

LinkSet LinkSet::With(std::vector<LinkPtr> added,
                      const std::vector<LinkPtr>& removed) const {
  const absl::flat_hash_set<LinkPtr> gone(removed.begin(), removed.end());
  LinkSet set;
  set.by_id_ = Change(by_id_, gone, added, ById);
  set.by_entities_ = Change(by_entities_, gone, std::move(added), ByEntities);
  return set;
}

LinkPtr LinkSet::Find(absl::string_view id) const {
  const auto [begin, end] = Equal(by_id_.begin(), by_id_.end(), &Link::id, id);
  return begin == end ? nullptr : *begin;
}

bool LinkSet::HasLinksOf(absl::string_view template_id) const {
  const auto [begin, end] = Equal(by_entities_.begin(), by_entities_.end(),
                                  &Link::template_id, template_id);
  return begin != end;
}

void LinkSet::Match(absl::string_view template_id,
                    const std::vector<EntityUid>& principals,
                    const std::vector<EntityUid>& resources,
                    std::vector<LinkPtr>* out) const {
  const auto [first, last] = Equal(by_entities_.begin(), by_entities_.end(),
                                   &Link::template_id, template_id);
  for (const EntityUid& principal : principals) {
    const auto [begin, end] = Equal(first, last, &Link::principal, principal);
    for (const EntityUid& resource : resources) {
      if (begin == end) break;
      const auto [from, to] = Equal(begin, end, &Link::resource, resource);
      out->insert(out->end(), from, to);
    }
  }
}

}  // namespace sekisho
