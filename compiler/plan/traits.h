// What the planner knows of a test besides its outcomes.
#ifndef SEKISHO_COMPILER_PLAN_TRAITS_H_
#define SEKISHO_COMPILER_PLAN_TRAITS_H_

namespace sekisho {

struct TestTraits {
  // Whether it asks if an entity is there.
  bool is_presence = false;
  // How many entities it reads: 0 if nothing but the request.
  int entities = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_TRAITS_H_
