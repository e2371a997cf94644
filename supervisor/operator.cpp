// What an operator asks of the supervisor beside the reload: maintenance and switchovers. Part of Supervisor.
#include <algorithm>
#include <charconv>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

using control::Answer;
using control::Maintenance;
using control::Reply;

namespace {

Reply failed(Reply reply, std::string_view why) {
  reply.answer = Answer::kFailed;
  feed::put_text(reply.text, why);
  return reply;
}

}  // namespace

void Supervisor::begin_maintenance() {
  auto found = control::read_maintenance(maintenance_file());
  if (!found) base::os::log_error(to_string(found.error()));
  maintenance_ = found ? *found : Maintenance{.is_legible = false};
  if (maintenance_ && maintenance_->is_over(base::os::wall_ns())) {
    // It ended while nothing ran.
    (void)end_maintenance("ended by itself", maintenance_->uid);
  } else if (maintenance_) {
    base::os::log_notice("maintenance: every instance is held back " +
                         control::end_text(*maintenance_));
  }
  owes_maintenance_ = true;
}

void Supervisor::tell_of_maintenance() {
  owes_maintenance_ = true;
  advance_maintenance();
}

void Supervisor::advance_maintenance() {
  if (maintenance_ && maintenance_->is_over(base::os::wall_ns()))
    (void)end_maintenance("ended by itself", maintenance_->uid);
  if (!owes_maintenance_) return;
  const ipc::Maintenance standing{.on = maintenance_ ? std::uint8_t{1} : std::uint8_t{0},
                                  .uid = maintenance_ ? maintenance_->uid : maintenance_ended_by_};
  // Full: an engine that does not read, or none. Level: it is said again until it is heard.
  owes_maintenance_ = !parts_.wiring.engine.send(standing);
}

// It ends whatever becomes of the file, which is logged.
base::Status Supervisor::end_maintenance(std::string_view how, std::uint32_t uid) {
  const auto removed = control::remove_maintenance(maintenance_file());
  if (!removed) base::os::log_error(to_string(removed.error()));
  maintenance_.reset();
  maintenance_ended_by_ = uid;
  record_command(uid, "maintenance off", how);
  tell_of_maintenance();
  if (!removed) return removed.error();
  return base::ok();
}

void Supervisor::record_command(std::uint32_t uid, std::string_view subject,
                                std::string_view text) {
  feed::Record record;
  record.kind = feed::Kind::kCommand;
  record.uid = uid;
  record.status = static_cast<std::int32_t>(uid);
  feed::put_text(record.subject, subject);
  feed::put_text(record.text, text);
  report(record);
}

Reply Supervisor::set_maintenance(const ControlServer::Asked& asked, Reply reply) {
  const std::string_view subject = feed::get_text(asked.request.subject);
  if (subject == "off") {
    if (!maintenance_) {
      feed::put_text(reply.text, "there was none");
      return reply;
    }
    if (auto ended = end_maintenance("taken off", asked.uid); !ended)
      return failed(reply,
                    "it is off, and will be on again after a restart: " + to_string(ended.error()));
    feed::put_text(reply.text, "taken off");
    return reply;
  }
  if (subject != "on") return failed(reply, "maintenance is on or off");
  const std::string_view text = feed::get_text(asked.request.text);
  const std::int64_t now = base::os::wall_ns();
  Maintenance wanted{.uid = asked.uid, .since_wall_ns = now};
  const auto [end, wrong] =
      std::from_chars(text.data(), text.data() + text.size(), wanted.until_wall_ns);
  if (wrong != std::errc{} || end != text.data() + text.size() || wanted.until_wall_ns < 0)
    return failed(reply, "the time it is to end is no number");
  if (wanted.is_over(now)) return failed(reply, "the time it is to end has passed");
  if (auto written = control::write_maintenance(maintenance_file(), wanted); !written)
    return failed(reply, to_string(written.error()));
  maintenance_ = wanted;
  record_command(asked.uid, "maintenance on", control::end_text(wanted));
  tell_of_maintenance();
  feed::put_text(reply.text, control::end_text(wanted));
  return reply;
}

Reply Supervisor::switch_over(const ControlServer::Asked& asked, Reply reply) {
  const std::string_view how = feed::get_text(asked.request.subject);
  const std::string_view name = feed::get_text(asked.request.text);
  if (how != "give" && how != "force" && how != "take")
    return failed(reply, "a switchover gives or takes");
  const auto& instances = parts_.running.configuration.model.instances;
  const auto found = std::ranges::find(instances, name, &config::Instance::name);
  if (found == instances.end()) return failed(reply, "there is no such instance");
  if (phase_ != Phase::kRunning) return failed(reply, "the daemon is being stopped");
  const ipc::Switchover order{.instance = static_cast<std::uint16_t>(found - instances.begin()),
                              .take = how == "take" ? std::uint8_t{1} : std::uint8_t{0},
                              .force = how == "force" ? std::uint8_t{1} : std::uint8_t{0},
                              .uid = asked.uid,
                              .configuration = parts_.running.configuration.hash};
  // First, so that the history tells who asked before it tells what came of it.
  feed::Record record;
  record.kind = feed::Kind::kCommand;
  record.uid = asked.uid;
  record.status = static_cast<std::int32_t>(asked.uid);
  record.instance = order.instance;
  feed::put_text(record.name, name);
  feed::put_text(record.subject, "switchover");
  feed::put_text(record.text, how == "take" ? "takes over" : "leaves");
  report(record);
  if (auto sent = parts_.wiring.engine.send(order); !sent)
    return failed(reply, to_string(sent.error()));
  return reply;
}

}  // namespace supervisor
