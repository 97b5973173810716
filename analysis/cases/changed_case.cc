#include "analysis/cases/changed_case.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/explain/condition_builder.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

void AddPaths(const Expr& expr, std::vector<AttributePath>* paths) {
  if (const std::optional<AttributePath> path = PathOf(expr)) {
    if (std::find(paths->begin(), paths->end(), *path) == paths->end()) {
      paths->push_back(*path);
    }
    return;
  }
  if (expr.kind == ExprKind::kHas) {
    std::optional<AttributePath> path = PathOf(*expr.args()[0]);
    if (path) {
      path->names.push_back(expr.name());
      paths->push_back(*std::move(path));
      return;
    }
  }
  for (const ExprPtr& arg : expr.args()) AddPaths(*arg, paths);
}

}  // namespace

std::vector<AttributePath> PathsOf(const Expr& expr) {
  std::vector<AttributePath> paths;
  AddPaths(expr, &paths);
  return paths;
}

CaseChanger::CaseChanger(const CaseSet& set, const Schema& schema)
    : set_(set), schema_(schema) {
  for (const Entity& entity : set.population) {
    population_.emplace(entity.uid, &entity);
  }
}

std::optional<Case> CaseChanger::Change(const Case& base,
                                        const std::string& steps) const {
  Case c;
  c.request_name = base.request_name;
  c.change =
      base.change.empty() ? steps : absl::StrCat(base.change, " ; ", steps);
  SourceSet sources;
  const SourceId source = sources.Add("change", c.change);
  Diagnostics diagnostics(&sources);
  ChangedWorld world;
  const auto request = set_.requests.find(c.request_name);
  if (request != set_.requests.end()) world.request = request->second;
  const Span all{source, 0, static_cast<uint32_t>(c.change.size())};
  if (!ApplyChange(sources, {sources.text(all), all}, population_, &world,
                   &diagnostics)) {
    return std::nullopt;
  }
  c.request = std::move(world.request);
  if (!ValidateRequest(schema_, c.request).empty()) return std::nullopt;
  for (auto& [uid, entity] : world.entities) {
    if (!entity) {
      c.deleted.push_back(uid);
      continue;
    }
    if (!ValidateEntity(schema_, *entity).empty()) return std::nullopt;
    c.put.push_back(*std::move(entity));
  }
  return c;
}

}  // namespace sekisho
