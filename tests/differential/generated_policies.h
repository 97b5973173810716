// Policies, templates and links that are made at random for any schema, with
// every operator and function of Cedar.
//
//   PolicyWriter writer(&schema, typed, &worlds, &random);
//   std::string text = writer.Write("p0", Slots());
//
// Types direct what is written: nearly all that is typed passes strict
// validation.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_GENERATED_POLICIES_H_
#define SEKISHO_TESTS_DIFFERENTIAL_GENERATED_POLICIES_H_

#include <string>
#include <utility>
#include <vector>

#include "compiler/check/checker.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"
#include "tests/differential/generated_world.h"
#include "tests/differential/random.h"

namespace sekisho {

class PolicyWriter {
 public:
  // All must outlive this object. What is not typed is wrong in places: errors
  // of types, attributes that are missing, texts that are no decimals.
  PolicyWriter(const Schema* schema, bool typed, Worlds* worlds,
               Random* random);

  // A policy with that id.
  std::string WritePolicy(const std::string& id, int percent_forbid) {
    return Write(id, percent_forbid, /*may_have_slots=*/false);
  }
  // The same with a slot, or two.
  std::string WriteTemplate(const std::string& id, int percent_forbid) {
    return Write(id, percent_forbid, /*may_have_slots=*/true);
  }
  // A link of a template of this object; most fit the schema.
  Link MakeLink(const std::string& id);
  bool has_templates() const { return !templates_.empty(); }

 private:
  // Something that can be read in an environment.
  struct Path {
    std::string text;
    Type type;
    // What must hold before it may be.
    std::vector<std::string> guards;
  };
  struct Template {
    std::string id;
    // Types of the entities that stand for its slots; empty: it has no slot.
    std::string principal;
    std::string resource;
  };

  std::string Write(const std::string& id, int percent_forbid,
                    bool may_have_slots);
  // `principal ..` of the policy head; leaves the types that it can have in
  // *types, and that of its slot in *slot if it gets one.
  std::string Scope(const std::string& variable, const std::string& type,
                    std::vector<std::string>* types, std::string* slot);
  std::string ActionScope(const EntityUid& action,
                          std::vector<EntityUid>* actions);

  void FindPaths(const std::vector<RequestEnvironment>& environments);
  std::vector<Path> PathsOf(const RequestEnvironment& environment) const;
  void AddPaths(const Path& path, int depth, std::vector<Path>* paths) const;

  // Expressions. Paths are guarded where the next Atom around them begins.
  std::string Bool(int depth);
  std::string Atom();
  std::string BareAtom();
  std::string Of(const Type& type, int depth);
  std::string MakeOf(const Type& type, int depth);
  std::string LongOf(int depth);
  std::string DatetimeOf(int depth);
  std::string DurationOf(int depth);
  std::string SetOf(const Type& element, int depth);
  std::string RecordOf(const RecordType& type, int depth);
  std::string Constructor(const char* name, const std::string& text);
  std::string EntityLiteral(const std::string& type);
  std::string Use(const Path& path);
  const Path* PathOf(Type::Kind kind);
  const Path& AnyPath() { return random_.Pick(paths_); }
  // An entity path, or one made up.
  std::pair<std::string, std::string> AnyEntity();
  std::string HasTest();
  Type SomeType();

  const Schema& schema_;
  const bool typed_;
  Worlds& worlds_;
  Random& random_;
  const std::vector<RequestEnvironment> environments_;
  std::vector<Template> templates_;

  std::vector<Path> paths_;
  std::vector<std::string> guards_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_GENERATED_POLICIES_H_
