#include "engine/neighbours.hpp"

#include <algorithm>
#include <utility>

namespace engine {
namespace {

using base::Drop;
using base::Duration;
using base::Instant;
using feed::Differs;
using feed::Kind;
using feed::Record;

using Text = base::FixedText<295>;

constexpr std::uint8_t bit(Differs what) { return static_cast<std::uint8_t>(what); }

constexpr Differs kAll[] = {Differs::kAddresses, Differs::kInterval, Differs::kVersion,
                            Differs::kAuth,      Differs::kChecksum, Differs::kPriority};

constexpr Duration kMinute = std::chrono::minutes{1};

// What a packet that was not accepted says about its sender's configuration.
std::uint8_t difference_of(Drop reason) {
  switch (reason) {
    case Drop::kVersion: return bit(Differs::kVersion);
    case Drop::kInterval: return bit(Differs::kInterval);
    case Drop::kAddressList:
    case Drop::kNoAddresses: return bit(Differs::kAddresses);
    case Drop::kAuthType:
    case Drop::kAuthMismatch:
    case Drop::kAuthFailed:
    case Drop::kAuthMissing:
    case Drop::kAuthMalformed:
    case Drop::kAuthKey: return bit(Differs::kAuth);
    case Drop::kNone:
    case Drop::kTtl:
    case Drop::kType:
    case Drop::kLength:
    case Drop::kChecksum:
    case Drop::kUnknownVrid:
    case Drop::kOwnPacket:
    case Drop::kNotListening:
    case Drop::kOwnerIgnores:
    case Drop::kMulticast:
    case Drop::kNotAPeer:
    case Drop::kAuthStale:
    case Drop::kReplay:
    case Drop::kRateLimited:
    case Drop::kQueueFull: return 0;
  }
  return 0;
}

// Three intervals, as it says and we believe.
Duration silence_of(const core::Peer& peer) {
  return 3 * std::clamp<Duration>(peer.interval, std::chrono::seconds{1},
                                  std::chrono::milliseconds{40'950});
}

std::string_view name_of(core::AuthType type) {
  switch (type) {
    case core::AuthType::kNone: return "none";
    case core::AuthType::kPassword: return "a password";
    case core::AuthType::kAh: return "AH";
    case core::AuthType::kHmac: return "HMAC";
  }
  return "?";
}

std::string_view form_of(core::ChecksumForm form) {
  return form == core::ChecksumForm::kMessageOnly ? "of the message alone"
                                                  : "with the pseudo-header";
}

// What can be seen of the authentication of somebody whose packet was not accepted for it.
std::string_view their_auth(Drop reason, std::uint8_t claimed, bool is_ah) {
  if (reason == Drop::kAuthFailed) return "with another secret";
  if (reason == Drop::kAuthKey) return "HMAC with a key that is not here";
  if (reason == Drop::kAuthMalformed) return "one that cannot be read";
  if (is_ah) return name_of(core::AuthType::kAh);
  if (claimed == 1) return name_of(core::AuthType::kPassword);
  return claimed == 0 ? name_of(core::AuthType::kNone) : "one that does not exist";
}

void add_interval(Text& text, Duration interval) {
  text += interval / std::chrono::milliseconds{1};
  text += " ms";
}

}  // namespace

Neighbours::Neighbours(const config::Model& model, const Assembly& assembly,
                       Publication& publication)
    : model_(model),
      assembly_(assembly),
      publication_(publication),
      of_(assembly.routers.size()),
      deadlines_(assembly.routers.size(), Instant::never()) {
  dirty_.reserve(assembly.routers.size());
}

void Neighbours::make(std::uint16_t id) { of_[id] = std::make_unique<Neighbourhood>(); }

void Neighbours::inherit(Neighbours& before, const Heritage& from) {
  for (std::uint16_t id = 0; id < of_.size(); ++id) {
    const auto was = from.of.instances[id];
    if (!was) continue;
    of_[id] = std::move(before.of_[*was]);
    of_[id]->is_dirty = false;
    mark_dirty(id);
    look_at_deadline(id);
  }
  is_behind_ = !dirty_.empty();
  foreign_ = before.foreign_;
  seen_foreign_ = before.seen_foreign_;
  for (Seen& seen : seen_foreign_) seen.published = Instant{};
  const Heritage::Places interfaces =
      config::reversed(from.interfaces, before.assembly_.interfaces.size());
  // Whoever is heard where nobody listens any more, or speaks for what is ours now, is no stranger of ours.
  foreign_.follow([&](const core::ForeignRouter& router) -> std::optional<std::uint16_t> {
    const auto interface = interfaces[router.interface];
    if (!interface) return std::nullopt;
    const auto is_ours = [&](const Ear& ear) {
      return ear.interface == *interface && ear.family == router.family &&
             ear.instance_of[router.claim.vrid.value] != kNobody;
    };
    const auto& ears = assembly_.ears;
    return std::any_of(ears.begin(), ears.end(), is_ours) ? std::nullopt : interface;
  });
  is_foreign_dirty_ = true;
  now_ = before.now_;
  minute_began_ = before.minute_began_;
  rows_left_ = before.rows_left_;
}

// --- What arrives -----------------------------------------------------------------------------------------------------

void Neighbours::accept(const Packet& packet, const core::Advert& advert,
                        core::ChecksumForm own_form) {
  const std::uint16_t id = packet.instance;
  Neighbourhood& here = *of_[id];
  const core::Router& router = assembly_.routers[id];
  here.peers.accept(advert, core::peek_addresses(packet.message, router.family),
                    packet.verdict.is_clock_bad, packet.received);
  if (here.contest.accept(core::claim_of(advert), packet.received)) show_contest(id);
  look_at_deadline(id);
  mark_dirty(id);
  const std::size_t slot = slot_of(id, packet.source);
  if (slot == core::Peers::kCapacity) return;
  note_clock(packet, slot);
  compare(packet, slot, differences_of(advert, router, own_form), &advert, own_form);
}

void Neighbours::reject(const Packet& packet) {
  const std::uint16_t id = packet.instance;
  Neighbourhood& here = *of_[id];
  const Drop reason = packet.verdict.drop;
  const auto claim = core::peek_claim(packet.message, packet.source);
  if (claim) {
    here.peers.reject(*claim, reason, packet.received);
    if (here.contest.reject(*claim, reason, packet.received)) show_contest(id);
    look_at_deadline(id);
  } else {
    here.peers.reject(packet.source, reason, packet.received);
  }
  mark_dirty(id);
  const std::size_t slot = slot_of(id, packet.source);
  const std::uint8_t differs = difference_of(reason);
  if (slot == core::Peers::kCapacity || differs == 0) return;
  // Who is accepted agrees with us, whoever else uses his address.
  const core::Peer& peer = here.peers.entries()[slot];
  if (peer.was_accepted() && packet.received - peer.last_accepted < silence_of(peer)) return;
  compare(packet, slot, here.shown[slot].differs | differs, nullptr, {});
}

bool Neighbours::foreign(std::size_t ear, std::span<const std::uint8_t> message,
                         const base::Address& source, Instant received) {
  const auto claim = core::peek_claim(message, source);
  if (!claim) return false;
  const Ear& heard = assembly_.ears[ear];
  foreign_.hear(heard.interface, heard.family, *claim, received);
  is_foreign_dirty_ = true;
  const auto addresses = core::peek_addresses(message, heard.family);
  note_stranger(heard, *claim, addresses);
  // Our addresses under another VRID: of the first few it lists, for a list may be long and made up.
  const std::size_t each = heard.family == base::Family::kIpv4 ? 4 : 16;
  const std::size_t count = std::min<std::size_t>(addresses.size() / each, 16);
  for (std::size_t i = 0; i < count; ++i) {
    const OwnedAddress sought{
        .interface = heard.interface,
        .address = base::Address::from_bytes(heard.family, addresses.subspan(i * each, each)),
        .instance = 0};
    const auto found = std::lower_bound(assembly_.owned.begin(), assembly_.owned.end(), sought);
    if (found == assembly_.owned.end() || found->interface != sought.interface ||
        !(found->address == sought.address))
      continue;
    if (of_[found->instance]->contest.foreign(*claim, received)) show_contest(found->instance);
    look_at_deadline(found->instance);
    return true;
  }
  return true;
}

void Neighbours::note_stranger(const Ear& heard, const core::Claim& claim,
                               std::span<const std::uint8_t> addresses) {
  const auto entries = foreign_.entries();
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& router) {
    return router.interface == heard.interface && router.family == heard.family &&
           router.claim == claim;
  });
  if (found == entries.end()) return;  // there was no place for it
  Seen& seen = seen_foreign_[static_cast<std::size_t>(found - entries.begin())];
  const std::size_t each = heard.family == base::Family::kIpv4 ? 4 : 16;
  seen.address = addresses.size() < each
                     ? base::Address{}
                     : base::Address::from_bytes(heard.family, addresses.first(each));
  seen.protocol = heard.protocol;
  if (!model_.safety.log_unknown_vrids || found->adverts > 1 || !may_write()) return;
  Record record = publication_.record(Kind::kStray);
  record.peer_family = claim.source.family();
  record.peer = claim.source.padded();
  record.peer_priority = claim.priority.value;
  record.status = claim.vrid.value;
  feed::put_text(record.subject, assembly_.interfaces[heard.interface]);
  (void)publication_.remember(record);
}

// --- Two masters ------------------------------------------------------------------------------------------------------

void Neighbours::stand(std::uint16_t id, bool is_master, Duration interval, Instant now) {
  if (of_[id]->contest.stand(is_master, interval, now)) show_contest(id);
  look_at_deadline(id);
}

void Neighbours::spoke(std::uint16_t id, Instant now) {
  of_[id]->contest.spoke(now);
  look_at_deadline(id);
}

void Neighbours::advance(Instant now) {
  now_ = now;
  if (now < earliest_) return;
  earliest_ = Instant::never();
  for (std::uint16_t id = 0; id < of_.size(); ++id) {
    if (deadlines_[id] <= now && of_[id]->contest.advance(now)) show_contest(id);
    deadlines_[id] = of_[id]->contest.deadline();
    earliest_ = earlier(earliest_, deadlines_[id]);
  }
}

void Neighbours::look_at_deadline(std::uint16_t id) {
  deadlines_[id] = of_[id]->contest.deadline();
  earliest_ = earlier(earliest_, deadlines_[id]);
}

void Neighbours::show_contest(std::uint16_t id) {
  Neighbourhood& here = *of_[id];
  if (!here.contest.is_on()) return show_contest_over(id, "");
  feed::Row& row = publication_.row(id);
  Record record = publication_.record(Kind::kContest, id);
  const core::Rivalry rivalry = here.contest.rivalry();
  const base::Address& rival = rivalry.rival.source;
  // One contest may go over to another rival or show another reason: it goes on.
  const bool goes_on = row.contest != 0;
  record.status = goes_on ? 2 : 1;
  record.peer_family = rival.family();
  record.peer = rival.padded();
  record.peer_priority = rivalry.rival.priority.value;
  feed::put_text(record.subject, core::to_string(rivalry.reason));
  Text text;
  text += "ours ";
  text += row.effective_priority;
  text += " every ";
  add_interval(text, assembly_.routers[id].advert_interval);
  text += ", theirs ";
  text += rivalry.rival.priority.value;
  text += " every ";
  add_interval(text, rivalry.rival.interval);
  if (rivalry.other.is_set()) {
    text += ", beside ";
    text += base::print(rivalry.other).view();
  }
  if (rivalry.is_crowd) text += "; one of many sources";
  feed::put_text(record.text, text.view());
  (void)publication_.remember(record);
  row.contest = 1;
  row.contest_priority = rivalry.rival.priority.value;
  row.rival = rival.padded();
  row.contest_other =
      rivalry.other.is_set() ? rivalry.other.padded() : decltype(row.contest_other){};
  row.contest_drop = rivalry.drop;
  row.contest_crowd = rivalry.is_crowd ? 1 : 0;
  if (!goes_on) {
    row.contest_since_ns = record.monotonic_ns;
    ++row.contests;
  }
  feed::put_text(row.contest_reason, core::to_string(rivalry.reason));
}

void Neighbours::show_contest_over(std::uint16_t id, std::string_view why) {
  feed::Row& row = publication_.row(id);
  Record record = publication_.record(Kind::kContest, id);
  record.status = 0;
  record.peer_family = row.family;
  record.peer = row.rival;
  record.peer_priority = row.contest_priority;
  feed::put_text(record.subject, feed::get_text(row.contest_reason));
  feed::put_text(record.text, why);
  record.duration_ns = record.monotonic_ns - row.contest_since_ns;
  (void)publication_.remember(record);
  row.contest = 0;
  row.contest_priority = 0;
  row.contest_reason.fill('\0');
  row.rival = {};
  row.contest_other = {};
  row.contest_drop = base::Drop::kNone;
  row.contest_crowd = 0;
  row.contest_since_ns = 0;
}

// --- Differences ------------------------------------------------------------------------------------------------------

std::size_t Neighbours::slot_of(std::uint16_t id, const base::Address& source) {
  Neighbourhood& here = *of_[id];
  const auto entries = here.peers.entries();
  std::size_t slot = 0;
  while (slot < entries.size() && !(entries[slot].address == source)) ++slot;
  // The slot is somebody else's now.
  if (slot < entries.size() && !(here.shown[slot].address == source))
    here.shown[slot] = Shown{.address = source};
  return slot;
}

std::uint8_t Neighbours::differences_of(const core::Advert& advert, const core::Router& router,
                                        core::ChecksumForm own_form) {
  std::uint8_t differs = 0;
  if (!advert.addresses_match && !router.skips_address_check) differs |= bit(Differs::kAddresses);
  if (!advert.interval_matches) differs |= bit(Differs::kInterval);
  const bool has_forms =
      router.version == core::Version::kV3 && router.family == base::Family::kIpv4;
  // Who is told to send whatever the peer sends differs from nobody.
  if (has_forms && router.v3_checksum != core::V3Checksum::kLikePeer && advert.checksum != own_form)
    differs |= bit(Differs::kChecksum);
  if (router.is_owner() && advert.priority == base::kOwnerPriority)
    differs |= bit(Differs::kPriority);
  return differs;
}

void Neighbours::compare(const Packet& packet, std::size_t slot, std::uint8_t differs,
                         const core::Advert* advert, core::ChecksumForm own_form) {
  Neighbourhood& here = *of_[packet.instance];
  Shown& shown = here.shown[slot];
  const core::Peer& peer = here.peers.entries()[slot];
  if (peer.address_hash != shown.address_hash) shown.changed |= bit(Differs::kAddresses);
  if (peer.interval != shown.interval) shown.changed |= bit(Differs::kInterval);
  if (peer.version != shown.version) shown.changed |= bit(Differs::kVersion);
  shown.address_hash = peer.address_hash;
  shown.interval = peer.interval;
  shown.version = peer.version;
  shown.differs = differs;
  for (const Differs what : kAll) {
    const bool is_on = (differs & bit(what)) != 0;
    const bool was_on = (shown.recorded & bit(what)) != 0;
    const bool is_other = (shown.changed & bit(what)) != 0;
    if (is_on == was_on && !(is_on && is_other)) {
      shown.changed &= static_cast<std::uint8_t>(~bit(what));
      continue;
    }
    if (!may_write()) return;
    record_difference(
        {.what = what, .peer = peer, .packet = packet, .advert = advert, .own_form = own_form},
        is_on);
    shown.changed &= static_cast<std::uint8_t>(~bit(what));
    shown.recorded =
        static_cast<std::uint8_t>(is_on ? shown.recorded | bit(what) : shown.recorded & ~bit(what));
  }
}

void Neighbours::record_difference(const Difference& difference, bool is_on) {
  const auto& [what, peer, packet, advert, own_form] = difference;
  const core::Router& router = assembly_.routers[packet.instance];
  Record record = publication_.record(Kind::kMismatch, packet.instance);
  record.peer_family = packet.source.family();
  record.peer = packet.source.padded();
  record.peer_priority = peer.priority.value;
  record.status = is_on ? 1 : 0;
  feed::put_text(record.subject, feed::to_string(what));
  Text text;
  text += "ours ";
  switch (what) {
    case Differs::kAddresses:
      text += router.addresses.size();
      if (advert != nullptr && advert->only_ours.is_set()) {
        text += " with ";
        text += base::print(advert->only_ours).view();
      }
      text += ", theirs ";
      text += peer.address_count;
      if (advert != nullptr && advert->only_theirs.is_set()) {
        text += " with ";
        text += base::print(advert->only_theirs).view();
      }
      break;
    case Differs::kInterval:
      add_interval(text, router.advert_interval);
      text += ", theirs ";
      add_interval(text, peer.interval);
      break;
    case Differs::kVersion:
      text += static_cast<unsigned>(router.version);
      text += ", theirs ";
      text += peer.version;
      break;
    case Differs::kAuth:
      text += name_of(router.auth_type);
      text += ", theirs ";
      text += their_auth(packet.verdict.drop, peer.auth_type, packet.is_ah);
      break;
    case Differs::kChecksum:
      text += form_of(own_form);
      text += ", theirs ";
      text += form_of(peer.checksum);
      break;
    case Differs::kPriority:
      text += router.priority.value;
      text += ", theirs ";
      text += peer.priority.value;
      break;
  }
  if (is_on) feed::put_text(record.text, text.view());
  (void)publication_.remember(record);
}

void Neighbours::note_clock(const Packet& packet, std::size_t slot) {
  Shown& shown = of_[packet.instance]->shown[slot];
  if (!packet.verdict.is_signed) return;
  shown.clock_ahead_ns = packet.verdict.clock_ahead.count();
  shown.is_clock_bad = packet.verdict.is_clock_bad;
  if (shown.is_clock_bad) ++publication_.row(packet.instance).clock_bad;
  if (shown.is_clock_bad == shown.is_clock_recorded || !may_write()) return;
  shown.is_clock_recorded = shown.is_clock_bad;
  Record record = publication_.record(Kind::kClock, packet.instance);
  record.peer_family = packet.source.family();
  record.peer = packet.source.padded();
  record.status = shown.is_clock_bad ? 1 : 0;
  record.duration_ns = shown.clock_ahead_ns;
  (void)publication_.remember(record);
}

bool Neighbours::may_write() {
  if (now_ - minute_began_ >= kMinute) {
    minute_began_ = now_;
    rows_left_ = kRowsPerMinute;
  }
  if (rows_left_ == 0) return false;
  --rows_left_;
  return true;
}

// --- Publishing -------------------------------------------------------------------------------------------------------

void Neighbours::mark_dirty(std::uint16_t id) {
  if (std::exchange(of_[id]->is_dirty, true)) return;
  dirty_.push_back(id);
}

void Neighbours::start() {
  for (std::uint16_t id = 0; id < of_.size(); ++id) {
    for (std::size_t slot = 0; slot < feed::kPeersPerRow; ++slot)
      publication_.publish_peer(id, slot, {});
    if (publication_.look_at(id).contest != 0) show_contest_over(id, "a new engine looks again");
    publication_.row(id).differs = 0;
  }
  for (std::size_t slot = 0; slot < feed::kStrangers; ++slot)
    publication_.publish_stranger(slot, {});
}

void Neighbours::publish(Instant now) {
  const std::size_t count = std::min(dirty_.size(), kInstancesPerPublish);
  for (std::size_t i = 0; i < count; ++i) publish_instance(dirty_[i], now);
  dirty_.erase(dirty_.begin(), dirty_.begin() + static_cast<std::ptrdiff_t>(count));
  is_behind_ = is_behind_ && !dirty_.empty();
  if (std::exchange(is_foreign_dirty_, false)) publish_strangers();
}

void Neighbours::publish_instance(std::uint16_t id, Instant now) {
  Neighbourhood& here = *of_[id];
  here.is_dirty = false;
  feed::Row& of_instance = publication_.row(id);
  of_instance.peers_forgotten = here.peers.forgotten();
  of_instance.differs = 0;
  const auto entries = here.peers.entries();
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    const core::Peer& peer = entries[slot];
    if (!peer.address.is_set()) continue;
    const bool is_ours = here.shown[slot].address == peer.address;
    const Shown shown = is_ours ? here.shown[slot] : Shown{};
    if (now - peer.last_heard < silence_of(peer)) of_instance.differs |= shown.differs;
    feed::PeerRow row;
    row.address = peer.address.padded();
    row.family = peer.address.family();
    row.priority = peer.priority.value;
    row.version = peer.version;
    row.auth_type = peer.auth_type;
    row.differs = shown.differs;
    row.clock_bad = peer.is_clock_bad ? 1 : 0;
    row.address_count = peer.address_count;
    row.last_drop = peer.last_drop;
    row.interval_ns = peer.interval.count();
    row.first_heard_ns = peer.first_heard.ns();
    row.last_heard_ns = peer.last_heard.ns();
    row.last_accepted_ns = peer.last_accepted.ns();
    row.jitter_ns = peer.jitter.count();
    row.clock_offset_ns = shown.clock_ahead_ns;
    row.adverts = peer.adverts;
    for (std::size_t i = 0; i < feed::kPeerAddresses; ++i)
      row.addresses[i] = peer.addresses[i].padded();
    row.drops = peer.drops;
    publication_.publish_peer(id, slot, row);
  }
}

void Neighbours::publish_strangers() {
  const auto entries = foreign_.entries();
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    const core::ForeignRouter& router = entries[slot];
    Seen& seen = seen_foreign_[slot];
    if (router.family == base::Family::kNone || router.last_heard == seen.published) continue;
    seen.published = router.last_heard;
    feed::Stranger row;
    feed::put_text(row.interface, assembly_.interfaces[router.interface]);
    row.source = router.claim.source.padded();
    row.family = router.family;
    row.vrid = router.claim.vrid.value;
    row.version = router.claim.version;
    row.priority = router.claim.priority.value;
    row.address_count = router.claim.address_count;
    row.interval_ns = router.claim.interval.count();
    row.first_heard_ns = router.first_heard.ns();
    row.last_heard_ns = router.last_heard.ns();
    row.adverts = router.adverts;
    row.address = seen.address.padded();
    row.protocol = seen.protocol;
    publication_.publish_stranger(slot, row);
  }
}

}  // namespace engine
