#include "supervisor/roles.hpp"

#include <gtest/gtest.h>

#include <string>

namespace supervisor {
namespace {

std::string roles_of(const config::Model& model) {
  std::string list;
  for (const Role role : kRoles)
    if (is_needed(role, model)) list += std::string(name_of(role)) + " ";
  return list;
}

config::Model plain() {
  config::Model model;
  model.instances.emplace_back();
  return model;
}

TEST(Roles, OfAPlainInstanceAreKeeperEngineAndRecorder) {
  EXPECT_EQ(roles_of(plain()), "keeper engine recorder ");
}

TEST(Roles, IncludeTheRunnerForScriptsNotificationsFlagsFilesOrProcesses) {
  config::Model scripts = plain();
  scripts.scripts.emplace_back();
  config::Model notify = plain();
  notify.instances[0].notify_fault.arguments = {"/bin/true"};
  config::Model flags = plain();
  flags.flags.emplace_back();
  config::Model files = plain();
  files.tracked_files.emplace_back();
  config::Model processes = plain();
  processes.processes.emplace_back();
  config::Model group = plain();
  group.groups.emplace_back().notify_master.arguments = {"/bin/true"};
  config::Model losing = plain();
  losing.instances[0].notify_master_rx_lower_pri.arguments = {"/bin/true"};
  for (const config::Model& model : {scripts, notify, flags, files, processes, group, losing})
    EXPECT_EQ(roles_of(model), "keeper engine recorder runner ");
}

TEST(Roles, IncludeTheAlerterOnlyWhenThereIsAServerARecipientAndAReason) {
  config::Model model = plain();
  model.instances[0].smtp_alert = true;
  model.mail.server = "mail.example.org";
  EXPECT_EQ(roles_of(model), "keeper engine recorder ");
  model.mail.to = {"root@example.org"};
  EXPECT_EQ(roles_of(model), "keeper engine recorder alerter ");
  model.instances[0].smtp_alert = false;
  EXPECT_EQ(roles_of(model), "keeper engine recorder ");
  model.groups.emplace_back().smtp_alert = true;
  EXPECT_EQ(roles_of(model), "keeper engine recorder alerter ");
}

TEST(Roles, IncludeTheSubagentWhenAgentxIsOn) {
  config::Model model = plain();
  model.agentx.enabled = true;
  EXPECT_EQ(roles_of(model), "keeper engine recorder subagent ");
}

}  // namespace
}  // namespace supervisor
