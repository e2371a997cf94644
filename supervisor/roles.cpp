#include "supervisor/roles.hpp"

#include <algorithm>

namespace supervisor {
namespace {

bool runs_anything(const config::Instance& instance) {
  return instance.notify_master.is_set() || instance.notify_backup.is_set() ||
         instance.notify_fault.is_set() || instance.notify_stop.is_set() ||
         instance.notify.is_set();
}

bool needs_runner(const config::Model& model) {
  return !model.scripts.empty() || !model.flags.empty() ||
         std::ranges::any_of(model.instances, runs_anything);
}

bool needs_alerter(const config::Model& model) {
  return !model.mail.server.empty() && !model.mail.to.empty() &&
         std::ranges::any_of(model.instances, &config::Instance::smtp_alert);
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
