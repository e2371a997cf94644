// The runner going on with another configuration: what is defined as before goes on as it was.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/config/lineage.hpp"
#include "engine/config/needs.hpp"
#include "engine/role/role.hpp"
#include "runner/runner.hpp"
#include "runner/token.hpp"

namespace runner {

using base::Error;
using base::Instant;
using base::Status;

Status Runner::hear_hello(const ipc::Hello& hello, const base::os::UniqueFd& descriptor) {
  if (hello.configuration != configuration_) {
    // Whatever is wrong with it, a successor is started with the one in force and goes on.
    if (!descriptor)
      return Error::because("go on with a new configuration", "it did not come along");
    auto next = role::read_configuration(descriptor.get());
    if (!next) return next.error();
    if (next->hash != hello.configuration)
      return Error::because("go on with a new configuration", "another one came along");
    if (auto done = reconfigure(*std::move(next), base::os::now()); !done) return done;
  }
  mailbox_.send_all_again();
  return base::ok();
}

Status Runner::reconfigure(role::Configuration next, Instant now) {
  auto permits = Permits::open(next.model);
  if (!permits) return permits.error();
  const config::Lineage lineage = config::lineage_of(model_, next.model);
  const config::Model before = std::exchange(model_, std::move(next.model));
  configuration_ = next.hash;
  facts_.follow_board(configuration_, run_dir_ + "/board");
  mailbox_.reconfigure(configuration_, model_, lineage);
  change_checks(before, lineage, now);
  change_running(lineage);
  if (notifies_) notifies_->reconfigure(before, model_, lineage);
  fifos_.reconfigure(before, model_, lineage, facts_, now);

  poller_.remove(permits_.watch.fd());
  permits_ = *std::move(permits);
  if (auto added = poller_.add(permits_.watch.fd(), token(Source::kPermits)); !added) return added;
  look_at_all_permits();
  change_flags();

  for (std::size_t i = 0; i < model_.tracked_files.size(); ++i)
    if (!lineage.tracked_files[i]) make_file_of(model_.tracked_files[i]);
  for (const int fd : tracked_.fds()) poller_.remove(fd);
  if (auto changed = tracked_.reconfigure(model_); !changed) return changed.error();
  if (auto watched = watch_tracked(); !watched) return watched;

  base::os::log_info(fmt::format("going on with a new configuration: {} check(s)", checks_.size()));
  if (!config::needs_runner(model_)) begin_stop(now);
  return base::ok();
}

// Whether a check of the one is run and judged as one of the other.
bool Runner::runs_alike(const config::Script& was, const config::Script& is,
                        const config::Model& before) const {
  const bool has_default = was.command.user.empty();
  return was.command == is.command && was.interval == is.interval && was.timeout == is.timeout &&
         was.rise == is.rise && was.fall == is.fall && was.init_fail == is.init_fail &&
         before.script_security == model_.script_security &&
         before.supplementary_groups == model_.supplementary_groups &&
         (!has_default ||
          (before.script_user == model_.script_user && before.script_group == model_.script_group));
}

void Runner::change_checks(const config::Model& before, const config::Lineage& lineage,
                           Instant now) {
  std::vector<CheckSlot> old = std::exchange(checks_, {});
  const auto tracked = used_scripts(model_);
  for (std::size_t i = 0; i < model_.scripts.size(); ++i) {
    if (!tracked[i]) continue;
    const auto script = static_cast<std::uint16_t>(i);
    const auto was = lineage.scripts[i];
    const auto slot = was ? std::ranges::find(old, *was, &CheckSlot::script) : old.end();
    if (slot == old.end()) {
      add_check(script, true, now);
    } else if (runs_alike(before.scripts[*was], model_.scripts[i], before)) {
      checks_.push_back(std::move(*slot));
      checks_.back().script = script;
      old.erase(slot);
    } else {
      add_check(script, false, now);
    }
  }
  for (CheckSlot& slot : old) {
    if (!slot.process) continue;
    poller_.remove(slot.process->ended_fd());
    if (slot.process->output_fd() >= 0) poller_.remove(slot.process->output_fd());
    give_up(*std::move(slot.process));
  }
}

void Runner::change_running(const config::Lineage& lineage) {
  for (auto& slot : running_) {
    if (!slot || slot->step.instance == kNoInstance) continue;
    const auto place = std::ranges::find(lineage.instances, std::optional(slot->step.instance));
    slot->step.instance = place == lineage.instances.end()
                              ? kNoInstance
                              : static_cast<std::uint16_t>(place - lineage.instances.begin());
  }
}

void Runner::change_flags() {
  std::vector<FlagSlot> old = std::exchange(flags_, {});
  for (std::size_t i = 0; i < model_.flags.size(); ++i) {
    const config::Flags& block = model_.flags[i];
    if (block.active_file.empty()) continue;
    FlagSlot slot{static_cast<std::uint16_t>(i), monit::ActiveFile(block.active_file), {}};
    const auto same = std::ranges::find_if(
        old, [&](const FlagSlot& one) { return one.active->path() == block.active_file; });
    if (same != old.end()) {
      slot.active = std::move(same->active);
      slot.is_failing = same->is_failing;
      old.erase(same);
    }
    for (const std::uint16_t instance : block.instances)
      if (instance < model_.instances.size())
        slot.instances.insert(model_.instances[instance].name);
    if (block.instances.empty())
      for (const config::Instance& instance : model_.instances)
        slot.instances.insert(instance.name);
    flags_.push_back(std::move(slot));
  }
  // What nobody asks for any more goes with its block.
  for (FlagSlot& slot : old)
    if (slot.active->is_ours()) told(slot, slot.active->remove());
}

}  // namespace runner
