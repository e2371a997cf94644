#include "supervisor/roles.hpp"

#include <algorithm>

namespace supervisor {
namespace {

template <typename Notifier>  // config::Instance, config::SyncGroup
bool runs_anything(const Notifier& notifier) {
  return notifier.notify_master.is_set() || notifier.notify_backup.is_set() ||
         notifier.notify_fault.is_set() || notifier.notify_stop.is_set() ||
         notifier.notify.is_set();
}

bool needs_runner(const config::Model& model) {
  return !model.scripts.empty() || !model.flags.empty() || !model.tracked_files.empty() ||
         !model.processes.empty() ||
         std::ranges::any_of(model.instances, runs_anything<config::Instance>) ||
         std::ranges::any_of(model.instances,
                             [](const config::Instance& instance) {
                               return instance.notify_master_rx_lower_pri.is_set();
                             }) ||
         std::ranges::any_of(model.groups, runs_anything<config::SyncGroup>);
}

bool needs_alerter(const config::Model& model) {
  return !model.mail.server.empty() && !model.mail.to.empty() &&
         (std::ranges::any_of(model.instances, &config::Instance::smtp_alert) ||
          std::ranges::any_of(model.groups, &config::SyncGroup::smtp_alert));
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kKeeper: return "keeper";
    case Role::kEngine: return "engine";
    case Role::kRecorder: return "recorder";
    case Role::kRunner: return "runner";
    case Role::kAlerter: return "alerter";
    case Role::kSubagent: return "subagent";
  }
  return "?";
}

bool is_needed(Role role, const config::Model& model) {
  switch (role) {
    case Role::kKeeper:
    case Role::kEngine:
    case Role::kRecorder: return true;
    case Role::kRunner: return needs_runner(model);
    case Role::kAlerter: return needs_alerter(model);
    case Role::kSubagent: return model.agentx.enabled;
  }
  return false;
}

}  // namespace supervisor
