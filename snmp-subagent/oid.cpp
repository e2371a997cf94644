#include "snmp-subagent/oid.hpp"

#include <algorithm>

namespace snmp {
namespace {

bool before(const Object& object, const Oid& name) { return object.name < name; }
bool after(const Oid& name, const Object& object) { return name < object.name; }

}  // namespace

void sort(List& list) {
  std::sort(list.begin(), list.end(),
            [](const Object& a, const Object& b) { return a.name < b.name; });
}

const Object* find(const List& list, const Oid& name) {
  const auto at = std::lower_bound(list.begin(), list.end(), name, before);
  return at != list.end() && at->name == name ? &*at : nullptr;
}

const Object* next(const List& list, const Oid& name, bool inclusive) {
  const auto at = inclusive ? std::lower_bound(list.begin(), list.end(), name, before)
                            : std::upper_bound(list.begin(), list.end(), name, after);
  return at != list.end() ? &*at : nullptr;
}

}  // namespace snmp
