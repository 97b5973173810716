#include "engine/decide/clock.h"

#include <utility>

namespace sekisho {
namespace {

constexpr char kNow[] = "now";

}  // namespace

bool DeclaresClock(const Schema& schema, const EntityUid& action) {
  const auto found = schema.actions.find(action);
  if (found == schema.actions.end()) return false;
  const RecordType& context = found->second.context;
  const auto now = context.find(kNow);
  return now != context.end() && now->second.type.kind == Type::Kind::kDatetime;
}

Value ClockContext(absl::Time now) {
  return Value::Record(
      {{kNow, Value::Extension(Datetime{absl::ToUnixMillis(now)})}});
}

Value WithAdded(const Value& context, const Value& added) {
  if (added.AsRecord().empty()) return context;
  Value::Attributes attributes = added.AsRecord();
  for (const Value::Attribute& attribute : context.AsRecord()) {
    if (added.Find(attribute.first) == nullptr) attributes.push_back(attribute);
  }
  return Value::Record(std::move(attributes));
}

}  // namespace sekisho
