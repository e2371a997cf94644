#include "engine/world.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace engine {

using base::Cause;
using base::Duration;
using base::Instant;
using base::State;
using core::Tracker;
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
      debounces_(assembly.interfaces.size()),
      levels_(assembly.interfaces.size()),
      scripts_(model.scripts.size()),
      files_(model.tracked_files.size()),
      processes_(model.processes.size()),
      permits_(model.flags.size()),
      known_scripts_(past.scripts),
      known_permits_(past.permits),
      known_files_(past.files),
      known_processes_(past.processes),
      told_(model.instances.size()) {
  for (const config::InterfaceDelay& delay : model.interface_delays)
    if (const std::uint16_t place = links_.find(delay.interface); place != kNobody)
      debounces_[place] = core::Debounce(delay.up, delay.down);
  // init_fail: a script has failed until it says otherwise.
  for (std::size_t i = 0; i < scripts_.size(); ++i)
    if (model.scripts[i].init_fail)
      scripts_[i] = Seen{.is_known = true, .well = false, .cause = Cause::kScriptFailed};
  for (std::size_t id = 0; id < told_.size(); ++id) {
    const bool was_held =
        (past.rows[id].holds & static_cast<std::uint8_t>(base::Hold::kPermit)) != 0;
    told_[id].is_permitted = past.states[id] ? !was_held : !assembly.routers[id].needs_permit;
  }
}

void World::introduce(std::uint16_t id) {
  tell_link(id);
  const auto& trackers = assembly_.routers[id].trackers;
  for (std::uint16_t place = 0; place < trackers.size(); ++place) {
    const Seen seen = seen_of(trackers[place]);
    if (seen.is_known) tell_tracker({.instance = id, .tracker = place}, seen);
  }
  tell_permit(id, 0);
}

// --- Another configuration --------------------------------------------------------------------------------------------

void World::inherit(const World& before, const Heritage& from, const Terms& was, Instant now) {
  has_started_ = true;
  awaits_keeper_ = true;
  links_.inherit(before.links_, from.interfaces);
  const auto carry = [](auto& now_those, const auto& those, const Heritage::Places& places) {
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i]) now_those[i] = those[*places[i]];
  };
  for (std::size_t i = 0; i < debounces_.size(); ++i)
    if (const auto place = from.interfaces[i]) {
      core::Debounce debounce = before.debounces_[*place];
      debounce.reconfigure(debounces_[i].up_delay(), debounces_[i].down_delay(), now);
      debounces_[i] = debounce;
    }
  carry(levels_, before.levels_, from.interfaces);
  carry(scripts_, before.scripts_, from.of.scripts);
  carry(known_scripts_, before.known_scripts_, from.of.scripts);
  carry(files_, before.files_, from.of.tracked_files);
  carry(known_files_, before.known_files_, from.of.tracked_files);
  carry(processes_, before.processes_, from.of.processes);
  carry(known_processes_, before.known_processes_, from.of.processes);
  carry(permits_, before.permits_, from.of.flags);
  carry(known_permits_, before.known_permits_, from.of.flags);
  carry(told_, before.told_, from.of.instances);
  const Heritage::Places flags = config::reversed(from.of.flags, before.permits_.size());
  for (std::size_t id = 0; id < told_.size(); ++id) {
    const auto place = from.of.instances[id];
    if (!place) continue;
    Told& told = told_[id];
    if (told.absent_permit) told.absent_permit = flags[*told.absent_permit];
    if (was.model.instances[*place].source == model_.instances[id].source) continue;
    // Until the keeper has looked, it is where it should be.
    told.has_source = true;
    told.refused_until = Instant::never();
  }
  deadline_ = Instant{};  // looked at with the next advance()
}

void World::tell_changes() {
  for (std::uint16_t id = 0; id < told_.size(); ++id) {
    if (!told_[id].has_link) continue;  // not started yet
    tell_link(id);
    tell_permit(id, 0);
  }
}

void World::caught_up() {
  if (!std::exchange(awaits_keeper_, false)) return;
  for (std::uint16_t id = 0; id < told_.size(); ++id)
    if (told_[id].has_link) tell_link(id);
  for (std::uint16_t interface = 0; interface < links_.size(); ++interface) {
    const Seen seen = seen_of_interface(interface);
    for (const TrackerOf& which : assembly_.interface_trackers[interface])
      if (told_[which.instance].has_link) tell_tracker(which, seen);
  }
}

// A verdict of the time before the change that lacks its ear or its interface is worth more than none.
bool World::may_be_there(std::uint16_t id) const {
  return awaits_keeper_ &&
         (!links_[assembly_.interface_of[id]].is_known || !ears_.has_socket(assembly_.ear_of[id]));
}

// --- Links ------------------------------------------------------------------------------------------------------------

// What is gone is gone at once; everything else counts when it has lasted.
bool World::carries(std::uint16_t interface) const {
  const Link& link = links_[interface];
  return link.exists() && debounces_[interface].level().value_or(link.carries());
}

void World::advance(Instant now) {
  if (now < deadline_) return;
  deadline_ = Instant::never();
  for (std::uint16_t interface = 0; interface < debounces_.size(); ++interface) {
    debounces_[interface].advance(now);
    deadline_ = earlier(deadline_, debounces_[interface].deadline());
    level_changed(interface);
  }
  for (std::uint16_t id = 0; id < told_.size(); ++id) {
    Instant& until = told_[id].refused_until;
    const bool is_over = !until.is_never() && until <= now;
    if (is_over) until = Instant::never();
    deadline_ = earlier(deadline_, until);
    if (is_over && has_started_) tell_link(id);
  }
}

void World::learn(const ipc::Interface& report, Instant now) {
  const LinkChange change = links_.learn(report);
  if (change.place != kNobody) link_changed(change, now);
}

void World::learn(const wire::LinkEvent& event, Instant now) {
  const LinkChange change = links_.learn(event);
  if (change.place != kNobody) link_changed(change, now);
}

void World::socket_changed(std::uint16_t interface) {
  if (!has_started_) return;
  for (const std::uint16_t id : assembly_.speakers[interface]) tell_link(id);
}

void World::link_changed(const LinkChange& change, Instant now) {
  const Link& link = links_[change.place];
  core::Debounce& debounce = debounces_[change.place];
  debounce.tell(link.carries(), now);
  deadline_ = earlier(deadline_, debounce.deadline());
  if (!has_started_) {
    levels_[change.place] = carries(change.place);
    return;
  }
  level_changed(change.place);
  // More than whether it carries may have changed: its index, its addresses.
  for (const std::uint16_t id : assembly_.speakers[change.place]) {
    tell_link(id);
    if (link.mac != change.before.mac) audience_.hardware_changed(id);
  }
  for (const std::uint16_t id : assembly_.holders[change.place]) tell_link(id);
}

// Tells everybody who depends on whether this interface carries, once per change.
void World::level_changed(std::uint16_t interface) {
  const bool level = carries(interface);
  const std::optional<bool> before = levels_[interface];
  if (before == level || !links_[interface].is_known) return;
  levels_[interface] = level;
  if (!has_started_) return;
  if (before) {
    Record record = publication_.record(Kind::kLink);
    feed::put_text(record.subject, links_.name(interface));
    record.status = level ? 1 : 0;
    if (!level)
      record.cause = links_[interface].exists() ? Cause::kLinkDown : Cause::kInterfaceGone;
    (void)publication_.remember(record);
  }
  for (const std::uint16_t id : assembly_.speakers[interface]) tell_link(id);
  const Seen seen = seen_of_interface(interface);
  for (const TrackerOf& which : assembly_.interface_trackers[interface]) tell_tracker(which, seen);
}

void World::tell_link(std::uint16_t id) {
  if (may_be_there(id)) return;
  Told& told = told_[id];
  const core::LinkChanged now = judge_link(id);
  (void)publication_.row(id);  // it shows more of the link than the instance is told
  const bool is_news = !told.has_link || told.link.usable != now.usable ||
                       told.link.cause != now.cause || !(told.link.source == now.source);
  if (!is_news) return;
  told.has_link = true;
  told.link = now;
  audience_.tell(id, now);
}

core::LinkChanged World::judge_link(std::uint16_t id) const {
  const Told& told = told_[id];
  const config::Instance& instance = model_.instances[id];
  const std::uint16_t interface = assembly_.interface_of[id];
  const Link& link = links_[interface];
  const std::uint16_t ear = assembly_.ear_of[id];
  core::LinkChanged now{.usable = true,
                        .cause = Cause::kNone,
                        .source = instance.source.value_or(link.source(instance.family))};
  // dont_track_primary: the interface may be down. It has no address to speak from then, and the last one will do.
  const bool may_be_down = !instance.track_primary;
  if (may_be_down && !carries(interface) && !now.source.is_set() && told.has_link)
    now.source = told.link.source;
  const auto unusable = [&](Cause cause) {
    now.usable = false;
    now.cause = cause;
    return now;
  };
  // The order says which cause is told when several hold. A socket bound to an interface that was there before hears
  // nothing of the one that is there now.
  if (!link.exists() || !ears_.has_socket(ear) || ears_.ifindex(ear) != link.ifindex)
    return unusable(Cause::kInterfaceGone);
  if (instance.unicast_fault_no_peer) return unusable(Cause::kNoPeers);
  if (!may_be_down && !carries(interface)) return unusable(Cause::kLinkDown);
  if (!now.source.is_set()) return unusable(Cause::kAddressMissing);
  if (lacks_source(id) && !(may_be_down && !carries(interface)))
    return unusable(Cause::kSourceMissing);
  // Who cannot hold all of its addresses must not take them from a router that can.
  if (missing_device(id)) return unusable(Cause::kInterfaceGone);
  return now;
}

// An untracked source may be elsewhere on this host, or nowhere at all: the kernel tells when it is asked to send from it,
// and a master that cannot be heard is none.
bool World::lacks_source(std::uint16_t id) const {
  const config::Instance& instance = model_.instances[id];
  if (!instance.source) return false;
  return (instance.track_src_ip && !told_[id].has_source) || !told_[id].refused_until.is_never();
}

void World::source_refused(std::uint16_t id, Instant now) {
  Told& told = told_[id];
  // With its source in place, it was something else that kept the advert from leaving.
  if (told.has_source || !told.refused_until.is_never()) return;
  told.refused_until = now + kSourceRetry;
  deadline_ = earlier(deadline_, told.refused_until);
  tell_link(id);
}

std::optional<std::uint16_t> World::missing_device(std::uint16_t id) const {
  for (const std::uint16_t interface : assembly_.address_interfaces[id])
    if (links_[interface].is_known && !links_[interface].exists()) return interface;
  return std::nullopt;
}

bool World::take(const ipc::Source& source) {
  if (source.instance >= told_.size() || !model_.instances[source.instance].source) return false;
  Told& told = told_[source.instance];
  told.has_source = source.present != 0;
  if (told.has_source) told.refused_until = Instant::never();
  if (has_started_) tell_link(source.instance);
  return true;
}

// --- Checks and permits -----------------------------------------------------------------------------------------------

bool World::take(const ipc::ScriptResult& result) {
  if (result.script >= scripts_.size()) return false;
  Seen& seen = scripts_[result.script];
  const bool well = result.well != 0;
  const std::optional<bool> before = known_scripts_[result.script];
  known_scripts_[result.script] = well;
  seen = Seen{.is_known = true,
              .well = well,
              .cause = result.timed_out != 0 ? Cause::kScriptTimedOut : Cause::kScriptFailed,
              .status = result.status,
              .duration = Duration{result.duration_ns},
              .text = result.output};
  if (before != well) {
    Record record = publication_.record(Kind::kScript);
    feed::put_text(record.subject, model_.scripts[result.script].name);
    feed::put_text(record.text, feed::get_text(result.output));
    record.from = !before ? State::kInitialize : *before ? State::kBackup : State::kFault;
    record.to = well ? State::kBackup : State::kFault;
    if (!well) record.cause = seen.cause;
    record.status = result.status;
    record.duration_ns = result.duration_ns;
    (void)publication_.remember(record);
  }
  for (const TrackerOf& which : assembly_.script_trackers[result.script]) tell_tracker(which, seen);
  return true;
}

bool World::take(const ipc::Tracked& tracked) {
  const bool is_file = tracked.kind == ipc::TrackedKind::kFile;
  if (!is_file && tracked.kind != ipc::TrackedKind::kProcess) return false;
  auto& things = is_file ? files_ : processes_;
  if (tracked.index >= things.size()) return false;
  Seen& seen = things[tracked.index];
  // Whether a number in a file is a fault depends on who tracks it; that it cannot be read is wrong for all.
  seen = Seen{.is_known = true,
              .well = is_file ? feed::get_text(tracked.text).empty() : tracked.well != 0,
              .cause = is_file ? Cause::kTrackedFile : Cause::kTrackedProcess,
              .status = tracked.value,
              .value = tracked.value};
  feed::put_text(seen.text, feed::get_text(tracked.text));
  record_tracked(
      is_file ? model_.tracked_files[tracked.index].name : model_.processes[tracked.index].name,
      seen.cause, seen, (is_file ? known_files_ : known_processes_)[tracked.index]);
  const auto& trackers = is_file ? assembly_.file_trackers : assembly_.process_trackers;
  for (const TrackerOf& which : trackers[tracked.index]) tell_tracker(which, seen);
  return true;
}

void World::record_tracked(std::string_view name, Cause cause, const Seen& seen,
                           std::optional<Past::Tracked>& known) {
  const std::optional<Past::Tracked> before = known;
  known = Past::Tracked{.well = seen.well, .value = seen.value};
  // How many of a process run is news only when it decides something; a number in a file always is.
  const bool is_news = !before || before->well != seen.well ||
                       (cause == Cause::kTrackedFile && before->value != seen.value);
  if (!is_news) return;
  Record record = publication_.record(Kind::kTracked);
  feed::put_text(record.subject, name);
  feed::put_text(record.text, feed::get_text(seen.text));
  record.from = !before ? State::kInitialize : before->well ? State::kBackup : State::kFault;
  record.to = seen.well ? State::kBackup : State::kFault;
  record.cause = cause;
  record.status = seen.value;
  (void)publication_.remember(record);
}

bool World::take(const ipc::Permit& permit) {
  if (permit.flag >= permits_.size()) return false;
  PermitSeen& seen = permits_[permit.flag];
  // What could not be looked at counts as absent.
  const bool present = permit.known != 0 && permit.present != 0;
  const std::optional<bool> before =
      seen.is_known ? std::optional(seen.present) : known_permits_[permit.flag];
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

World::Seen World::seen_of(const Tracker& tracker) const {
  if (tracker.kind == Tracker::Kind::kInterface) return seen_of_interface(tracker.index);
  if (tracker.kind == Tracker::Kind::kFile) return files_[tracker.index];
  if (tracker.kind == Tracker::Kind::kProcess) return processes_[tracker.index];
  return scripts_[tracker.index];
}

// One nobody has spoken of is not there, once the keeper has said everything.
World::Seen World::seen_of_interface(std::uint16_t interface) const {
  return Seen{.is_known = links_[interface].is_known || !awaits_keeper_,
              .well = carries(interface),
              .cause = Cause::kTrackedInterfaceDown};
}

void World::tell_tracker(const TrackerOf& which, const Seen& seen) {
  if (!has_started_) return;
  audience_.tell(which.instance, report_of(which.tracker, seen));
}

core::TrackerReported World::report_of(std::uint16_t tracker, const Seen& seen) {
  return {.tracker = tracker,
          .well = seen.well,
          .cause = seen.cause,
          .status = seen.status,
          .duration = seen.duration,
          .value = seen.value};
}

std::optional<core::TrackerReported> World::report_on(const TrackerOf& which) const {
  const Seen seen = seen_of(assembly_.routers[which.instance].trackers[which.tracker]);
  if (!seen.is_known) return std::nullopt;
  return report_of(which.tracker, seen);
}

void World::tell_permit(std::uint16_t id, std::uint32_t uid) {
  if (!has_started_) return;
  Told& told = told_[id];
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
  const bool is_about_tracker =
      is({Cause::kScriptFailed, Cause::kScriptTimedOut, Cause::kTrackedFile, Cause::kTrackedProcess,
          Cause::kTrackedInterfaceDown});
  // What it was about is configured no more.
  if (is_about_tracker && change.evidence.tracker >= trackers.size()) return;
  const core::Tracker tracker =
      is_about_tracker ? trackers[change.evidence.tracker] : core::Tracker{};
  if (is({Cause::kScriptFailed, Cause::kScriptTimedOut})) {
    feed::put_text(record.subject, model_.scripts[tracker.index].name);
    feed::put_text(record.text, feed::get_text(scripts_[tracker.index].text));
  } else if (is({Cause::kTrackedFile})) {
    feed::put_text(record.subject, model_.tracked_files[tracker.index].name);
    feed::put_text(record.text, feed::get_text(files_[tracker.index].text));
  } else if (is({Cause::kTrackedProcess})) {
    feed::put_text(record.subject, model_.processes[tracker.index].name);
    feed::put_text(record.text, feed::get_text(processes_[tracker.index].text));
  } else if (is({Cause::kTrackedInterfaceDown})) {
    feed::put_text(record.subject, links_.name(tracker.index));
  } else if (is({Cause::kLinkDown, Cause::kInterfaceGone, Cause::kAddressMissing,
                 Cause::kNoPeers})) {
    const auto missing = missing_device(id);
    const bool is_device = change.cause == Cause::kInterfaceGone && missing &&
                           links_[assembly_.interface_of[id]].exists();
    feed::put_text(record.subject,
                   is_device ? links_.name(*missing) : model_.instances[id].interface);
  } else if (is({Cause::kSourceMissing})) {
    feed::put_text(record.subject, assembly_.source_names[id]);
  } else if (is({Cause::kSyncGroup})) {
    if (change.evidence.member < model_.instances.size())
      feed::put_text(record.subject, model_.instances[change.evidence.member].name);
  } else if (is({Cause::kPermitRemoved})) {
    // The departure that ends now began when the flag went, and the flag may be back.
    const auto& permits = assembly_.permits_of[id];
    if (!permits.empty())
      feed::put_text(record.subject,
                     model_.flags[told_[id].absent_permit.value_or(permits.front())].permit_file);
  }
}

}  // namespace engine
