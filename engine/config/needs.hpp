// Whether a configuration has anything to do for the runner. Pure: asked by the supervisor, which starts it, and by the
// runner itself, which ends when a new configuration leaves it without work.
#pragma once

#include <algorithm>

#include "engine/config/model.hpp"

namespace config {

template <typename Notifier>  // Instance, SyncGroup
bool runs_anything(const Notifier& notifier) {
  return notifier.notify_master.is_set() || notifier.notify_backup.is_set() ||
         notifier.notify_fault.is_set() || notifier.notify_stop.is_set() ||
         notifier.notify.is_set();
}

inline bool needs_runner(const Model& model) {
  const auto& notifying = model.notifying;
  return !notifying.all.path.empty() || !notifying.vrrp.path.empty() || !model.scripts.empty() ||
         !model.flags.empty() || !model.tracked_files.empty() || !model.processes.empty() ||
         std::ranges::any_of(model.instances, runs_anything<Instance>) ||
         std::ranges::any_of(model.instances,
                             [](const Instance& instance) {
                               return instance.notify_master_rx_lower_pri.is_set() ||
                                      instance.notify_deleted.is_set();
                             }) ||
         std::ranges::any_of(model.groups, runs_anything<SyncGroup>);
}

}  // namespace config
