#include "engine/world.hpp"

#include <algorithm>
#include <initializer_list>

namespace engine {

using base::Cause;
using base::Duration;
using base::State;
using feed::Kind;
using feed::Record;

World::World(const config::Model& model, const Assembly& assembly, const Past& past,
             const Ears& ears, Publication& publication, Audience& audience)
    : model_(model),
      assembly_(assembly),
      ears_(ears),
      publication_(publication),
      audience_(audience),
      links_(assembly.interfaces),
      verdicts_(model.scripts.size()),
      permits_(model.flags.size()),
      past_scripts_(past.scripts),
      past_permits_(past.permits),
      seen_(model.instances.size()) {
  for (std::size_t id = 0; id < seen_.size(); ++id) {
    const bool was_held =
        (past.rows[id].holds & static_cast<std::uint8_t>(base::Hold::kPermit)) != 0;
    seen_[id].is_permitted = past.states[id] ? !was_held : !assembly.routers[id].needs_permit;
  }
}

void World::introduce(std::uint16_t id) {
  tell_link(id);
  const auto& trackers = assembly_.routers[id].trackers;
  for (std::uint16_t place = 0; place < trackers.size(); ++place) {
    const TrackerOf which{.instance = id, .tracker = place};
    const std::uint16_t index = trackers[place].index;
    if (trackers[place].kind == core::Tracker::Kind::kInterface) {
      tell_tracker(which, {.is_known = true, .well = links_[index].carries()},
                   Cause::kTrackedInterfaceDown);
    } else if (verdicts_[index].is_known) {
      tell_tracker(which, verdicts_[index], verdicts_[index].cause());
    }
  }
  tell_permit(id, 0);
}

// --- Links ------------------------------------------------------------------------------------------------------------

void World::learn(const ipc::Interface& report) {
  const LinkChange change = links_.learn(report);
  if (change.place != kNobody) link_changed(change);
}

void World::learn(const wire::LinkEvent& event) {
  const LinkChange change = links_.learn(event);
  if (change.place != kNobody) link_changed(change);
}

void World::socket_changed(std::uint16_t interface) {
  if (!has_started_) return;
  for (const std::uint16_t id : assembly_.speakers[interface]) tell_link(id);
}

void World::link_changed(const LinkChange& change) {
  if (!has_started_) return;
  const Link& link = links_[change.place];
  const Link& before = change.before;
  if (before.is_known && before.carries() != link.carries()) {
    Record record = publication_.record(Kind::kLink);
    feed::put_text(record.subject, links_.name(change.place));
    record.status = link.carries() ? 1 : 0;
    if (!link.carries()) record.cause = link.exists() ? Cause::kLinkDown : Cause::kInterfaceGone;
    (void)publication_.remember(record);
  }
  for (const std::uint16_t id : assembly_.speakers[change.place]) {
    tell_link(id);
    if (link.mac != before.mac) audience_.hardware_changed(id);
  }
  for (const std::uint16_t id : assembly_.holders[change.place]) tell_link(id);
  if (before.is_known && before.carries() == link.carries()) return;
  const Verdict verdict{.is_known = true, .well = link.carries()};
  for (const TrackerOf& which : assembly_.interface_trackers[change.place])
    tell_tracker(which, verdict, Cause::kTrackedInterfaceDown);
}

void World::tell_link(std::uint16_t id) {
  Told& told = seen_[id];
  const config::Instance& instance = model_.instances[id];
  const Link& link = links_[assembly_.interface_of[id]];
  const std::uint16_t ear = assembly_.ear_of[id];
  core::LinkChanged now{
      .usable = true, .cause = Cause::kNone, .source = link.source(instance.family)};
  // dont_track_primary: the interface may be down. It has no address to speak from then, and the last one will do.
  const bool may_be_down = !instance.track_primary;
  if (may_be_down && !link.carries() && !now.source.is_set() && told.has_link)
    now.source = told.link.source;
  // A socket bound to an interface that was there before hears nothing of the one that is there now.
  // NOLINTNEXTLINE(bugprone-branch-clone): the order says which cause is told when several hold.
  if (!link.exists() || !ears_.has_socket(ear) || ears_.ifindex(ear) != link.ifindex) {
    now.usable = false;
    now.cause = Cause::kInterfaceGone;
  } else if (!may_be_down && !link.carries()) {
    now.usable = false;
    now.cause = Cause::kLinkDown;
  } else if (!now.source.is_set()) {
    now.usable = false;
    now.cause = Cause::kAddressMissing;
  } else if (missing_device(id)) {
    // Who cannot hold all of its addresses must not take them from a router that can.
    now.usable = false;
    now.cause = Cause::kInterfaceGone;
  }
  (void)publication_.row(id);  // it shows more of the link than the instance is told
  const bool is_news = !told.has_link || told.link.usable != now.usable ||
                       told.link.cause != now.cause || !(told.link.source == now.source);
  if (!is_news) return;
  told.has_link = true;
  told.link = now;
  audience_.tell(id, now);
}

std::optional<std::uint16_t> World::missing_device(std::uint16_t id) const {
  for (const std::uint16_t interface : assembly_.address_interfaces[id])
    if (links_[interface].is_known && !links_[interface].exists()) return interface;
  return std::nullopt;
}

// --- Checks and permits -----------------------------------------------------------------------------------------------

bool World::take(const ipc::ScriptResult& result) {
  if (result.script >= verdicts_.size()) return false;
  Verdict& verdict = verdicts_[result.script];
  const bool well = result.well != 0;
  const std::optional<bool> before =
      verdict.is_known ? std::optional(verdict.well) : past_scripts_[result.script];
  verdict = Verdict{.is_known = true,
                    .well = well,
                    .timed_out = result.timed_out != 0,
                    .status = result.status,
                    .duration = Duration{result.duration_ns},
                    .output = result.output};
  if (before != well) {
    Record record = publication_.record(Kind::kScript);
    feed::put_text(record.subject, model_.scripts[result.script].name);
    feed::put_text(record.text, feed::get_text(result.output));
    record.from = !before ? State::kInitialize : *before ? State::kBackup : State::kFault;
    record.to = well ? State::kBackup : State::kFault;
    if (!well) record.cause = verdict.cause();
    record.status = result.status;
    record.duration_ns = result.duration_ns;
    (void)publication_.remember(record);
  }
  for (const TrackerOf& which : assembly_.script_trackers[result.script])
    tell_tracker(which, verdict, verdict.cause());
  return true;
}

bool World::take(const ipc::Permit& permit) {
  if (permit.flag >= permits_.size()) return false;
  PermitSeen& seen = permits_[permit.flag];
  // What could not be looked at counts as absent.
  const bool present = permit.known != 0 && permit.present != 0;
  const std::optional<bool> before =
      seen.is_known ? std::optional(seen.present) : past_permits_[permit.flag];
  seen = PermitSeen{.is_known = true, .present = present, .uid = permit.uid};
  if (before != present) {
    Record record = publication_.record(Kind::kPermit);
    feed::put_text(record.subject, model_.flags[permit.flag].permit_file);
    record.status = present ? 1 : 0;
    record.uid = permit.uid;
    if (permit.known == 0) feed::put_text(record.text, "it could not be looked at");
    (void)publication_.remember(record);
  }
  for (const std::uint16_t id : assembly_.guarded_by[permit.flag]) tell_permit(id, permit.uid);
  return true;
}

void World::tell_tracker(const TrackerOf& which, const Verdict& verdict, Cause cause) {
  if (!has_started_) return;
  audience_.tell(which.instance, core::TrackerReported{.tracker = which.tracker,
                                                       .well = verdict.well,
                                                       .cause = cause,
                                                       .status = verdict.status,
                                                       .duration = verdict.duration});
}

void World::tell_permit(std::uint16_t id, std::uint32_t uid) {
  if (!has_started_) return;
  Told& told = seen_[id];
  bool is_known = true;
  bool is_absent = false;
  for (const std::uint16_t flag : assembly_.permits_of[id]) {
    is_known = is_known && permits_[flag].is_known;
    if (permits_[flag].is_known && !permits_[flag].present) {
      is_absent = true;
      told.absent_permit = flag;
    }
  }
  // Until all were looked at, one that is absent decides and those present do not.
  if (!is_absent && !is_known) return;
  if (told.is_permitted == !is_absent) return;
  told.is_permitted = !is_absent;
  audience_.tell(id, core::HoldChanged{.hold = base::Hold::kPermit, .on = is_absent, .uid = uid});
}

// --- Words ------------------------------------------------------------------------------------------------------------

void World::describe(std::uint16_t id, const core::Changed& change, Record& record) const {
  const auto is = [&](std::initializer_list<Cause> causes) {
    return std::find(causes.begin(), causes.end(), change.cause) != causes.end();
  };
  const auto& trackers = assembly_.routers[id].trackers;
  if (is({Cause::kScriptFailed, Cause::kScriptTimedOut})) {
    const std::uint16_t script = trackers[change.evidence.tracker].index;
    feed::put_text(record.subject, model_.scripts[script].name);
    feed::put_text(record.text, feed::get_text(verdicts_[script].output));
  } else if (is({Cause::kTrackedInterfaceDown})) {
    feed::put_text(record.subject, links_.name(trackers[change.evidence.tracker].index));
  } else if (is({Cause::kLinkDown, Cause::kInterfaceGone, Cause::kAddressMissing})) {
    const auto missing = missing_device(id);
    const bool is_device = change.cause == Cause::kInterfaceGone && missing &&
                           links_[assembly_.interface_of[id]].exists();
    feed::put_text(record.subject,
                   is_device ? links_.name(*missing) : model_.instances[id].interface);
  } else if (is({Cause::kPermitRemoved})) {
    // The departure that ends now began when the flag went, and the flag may be back.
    const auto& permits = assembly_.permits_of[id];
    if (!permits.empty())
      feed::put_text(record.subject,
                     model_.flags[seen_[id].absent_permit.value_or(permits.front())].permit_file);
  }
}

}  // namespace engine
