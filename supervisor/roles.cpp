#include "supervisor/roles.hpp"

#include <algorithm>

#include "engine/config/needs.hpp"

namespace supervisor {
namespace {

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
    case Role::kRunner: return config::needs_runner(model);
    case Role::kAlerter: return needs_alerter(model);
    case Role::kSubagent: return model.agentx.enabled;
  }
  return false;
}

}  // namespace supervisor
