#include "engine/model/link.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

EntityUid User(uint64_t n) { return {"User", absl::StrCat(n)}; }
EntityUid Doc(uint64_t n) { return {"Doc", absl::StrCat(n)}; }

LinkPtr MakeLink(std::string id, std::string template_id, EntityUid principal,
                 EntityUid resource) {
  return std::make_shared<const Link>(
      Link{std::move(id), std::move(template_id), std::move(principal),
           std::move(resource)});
}

std::vector<std::string> Ids(const std::vector<LinkPtr>& links) {
  std::vector<std::string> ids;
  for (const LinkPtr& link : links) ids.push_back(link->id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(LinkSetTest, FindsLinksByIdAndByEntities) {
  const LinkSet links({
      MakeLink("c", "share", User(1), Doc(1)),
      MakeLink("a", "share", User(1), Doc(2)),
      MakeLink("b", "share", User(1), Doc(1)),
      MakeLink("d", "own", User(1), {}),
  });
  EXPECT_EQ(links.size(), 4u);
  EXPECT_EQ(links.Find("d")->template_id, "own");
  EXPECT_EQ(links.Find("e"), nullptr);
  EXPECT_TRUE(links.HasLinksOf("own"));
  EXPECT_FALSE(links.HasLinksOf("owner"));
  std::vector<LinkPtr> found;
  links.Match("share", {User(0), User(1)}, {Doc(1)}, &found);
  EXPECT_EQ(Ids(found), (std::vector<std::string>{"b", "c"}));
  found.clear();
  links.Match("own", {User(1)}, {EntityUid()}, &found);
  EXPECT_EQ(Ids(found), (std::vector<std::string>{"d"}));
  found.clear();
  links.Match("own", {User(1)}, {Doc(1)}, &found);
  EXPECT_TRUE(found.empty());
}

// Any changes, step by step, give what a set made at once gives.
TEST(LinkSetTest, ChangesAreWhatAScanSays) {
  std::mt19937_64 random(7);
  auto below = [&](uint64_t n) { return random() % n; };
  LinkSet set;
  std::vector<LinkPtr> all;
  for (int step = 0; step < 200; ++step) {
    std::vector<LinkPtr> added, removed;
    for (uint64_t n = below(20); n > 0; --n) {
      added.push_back(MakeLink(absl::StrCat(step, "-", n),
                               below(2) == 0 ? "s" : "t", User(below(5)),
                               below(3) == 0 ? EntityUid() : Doc(below(5))));
    }
    for (const LinkPtr& link : all) {
      if (below(10) == 0) removed.push_back(link);
    }
    set = set.With(added, removed);
    for (const LinkPtr& link : removed) {
      all.erase(std::find(all.begin(), all.end(), link));
    }
    all.insert(all.end(), added.begin(), added.end());
    ASSERT_EQ(Ids(set.by_id()), Ids(all));

    std::vector<EntityUid> principals = {User(below(3)), User(3 + below(3))};
    std::vector<EntityUid> resources = {EntityUid(), Doc(below(5))};
    std::vector<LinkPtr> found, scanned;
    set.Match("t", principals, resources, &found);
    for (const LinkPtr& link : all) {
      auto among = [](const std::vector<EntityUid>& uids,
                      const EntityUid& uid) {
        return std::find(uids.begin(), uids.end(), uid) != uids.end();
      };
      if (link->template_id == "t" && among(principals, link->principal) &&
          among(resources, link->resource)) {
        scanned.push_back(link);
      }
    }
    ASSERT_EQ(Ids(found), Ids(scanned)) << "step " << step;
  }
}

}  // namespace
}  // namespace sekisho
