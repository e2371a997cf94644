#include "tests/sim/lan.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/core/claim.hpp"
#include "tests/sim/host.hpp"

namespace sim {
namespace {

constexpr std::size_t kRecorded = 256;

}  // namespace

Lan::Lan(Stage& stage, std::vector<Checker>& checkers) : stage_(stage), checkers_(checkers) {
  pool_.reserve(512);
}

void Lan::cut(std::size_t from, std::size_t to) {
  ++cuts_[from][to];
  for (Checker& checker : checkers_) checker.lost(from, to);
}

void Lan::mend(std::size_t from, std::size_t to) {
  --cuts_[from][to];
  for (Checker& checker : checkers_) checker.lost(from, to);
}

std::uint64_t Lan::keep(const Frame& frame) {
  if (free_ == kNoFrame) {
    pool_.push_back({frame, kNoFrame});
    return pool_.size() - 1;
  }
  const std::uint64_t place = free_;
  free_ = pool_[place].next_free;
  pool_[place].frame = frame;
  return place;
}

void Lan::release(std::uint64_t place) {
  pool_[place].next_free = free_;
  free_ = place;
}

void Lan::send(const Frame& frame) {
  if (frame.sender != kAttacker && frame.serial != 0) record(frame);
  for (std::size_t to = 0; to < hosts_.size(); ++to) {
    if (to == frame.sender) continue;  // the sender's multicast loop is off
    if (frame.to != kEverybody && frame.to != to) continue;
    const bool is_cut = frame.sender != kAttacker && cuts_[frame.sender][to] > 0;
    if (is_cut || stage_.random.chance(weather_.loss)) {
      if (frame.sender != kAttacker) {
        checkers_[frame.router].lost(frame.sender, to);
        ++lost_[frame.sender][to][frame.router];
      }
      stage_.trace.add({.at = stage_.now(),
                        .host = static_cast<std::uint8_t>(to),
                        .router = frame.router,
                        .what = Trace::Entry::What::kLost,
                        .from_host = frame.sender});
      continue;
    }
    if (frame.sender != kAttacker) {
      int& lost = lost_[frame.sender][to][frame.router];
      if (lost == 2) hosts_[to]->survived_two_losses(frame.router);
      lost = 0;
    }
    deliver(to, frame, false);
    if (stage_.random.chance(weather_.duplication)) deliver(to, frame, true);
  }
}

void Lan::deliver(std::size_t to, const Frame& frame, bool is_copy) {
  const std::uint64_t place = keep(frame);
  Frame& kept = pool_[place].frame;
  kept.is_copy = is_copy;
  if (stage_.random.chance(weather_.corruption)) {
    const std::uint64_t bit = stage_.random.below(std::uint64_t{kept.size} * 8);
    kept.bytes[bit / 8] = static_cast<std::uint8_t>(kept.bytes[bit / 8] ^ 1U << bit % 8);
    kept.is_bent = true;
    if (frame.sender != kAttacker) checkers_[frame.router].lost(frame.sender, to);
    checkers_[frame.router].attacked(claimed_twice(to, frame, kept));
    stage_.reached.note(Situation::kAdvertBentOnWay);
  }
  // Believed is the least that a source of bad checksums claims.
  if (!kept.is_bent && frame.is_forged() && frame.attack == Attack::Kind::kChecksum)
    bent_[to][frame.router][frame.source.bytes().back()] = {};
  Instant at = stage_.now() + stage_.random.between(Duration{1'000}, stage_.plan.delay_max);
  Instant& newest = newest_[std::min<std::size_t>(frame.sender, kMaxHosts)][to];
  if (!weather_.reorders) at = std::max(at, newest);
  newest = std::max(at, newest);
  stage_.agenda.at(at, job<&Lan::arrive>(this, to, place));
}

// One bit of an interval that was bent is soon forgotten; twice, it is an interval that somebody keeps.
Duration Lan::claimed_twice(std::size_t to, const Frame& said, const Frame& bent) {
  const auto before = core::peek_claim(std::span(said.bytes).first(said.size), said.source);
  const auto after = core::peek_claim(std::span(bent.bytes).first(bent.size), bent.source);
  if (!before || !after || before->interval >= after->interval) return Duration{0};
  Bent& last = bent_[to][said.router][said.source.bytes().back()];
  const Bent was = std::exchange(last, {stage_.now(), after->interval});
  const bool is_rhythm =
      was.interval > Duration{0} && stage_.now() - was.at <= was.interval * 5 / 2;
  return is_rhythm ? std::min(was.interval, after->interval) : Duration{0};
}

void Lan::arrive(std::uint64_t to, std::uint64_t place) {
  if (!hosts_[to]->arrive(place)) release(place);
}

// --- somebody who has no business here ---

void Lan::record(const Frame& frame) {
  if (!stage_.plan.routers[frame.router].is_signed()) return;
  if (recorded_.size() < kRecorded)
    recorded_.push_back(frame);
  else
    recorded_[next_recorded_++ % kRecorded] = frame;
}

void Lan::attack(const Attack& attack, Instant end) {
  attacks_.push_back({attack, end});
  strike(attacks_.size() - 1, 0);
}

void Lan::strike(std::uint64_t which, std::uint64_t) {
  const Attacking& attacking = attacks_[which];
  const Attack& attack = attacking.attack;
  if (stage_.now() > attacking.end) return;
  const bool is_unicast = attack.kind != Attack::Kind::kReplay &&
                          stage_.plan.routers[attack.router].routers.front().is_unicast();
  for (std::size_t to = 0; to < (is_unicast ? hosts_.size() : 1); ++to)
    say_forged(attack, is_unicast ? static_cast<std::uint8_t>(to) : kEverybody);
  if (attack.kind == Attack::Kind::kLongInterval) return;  // one is enough
  stage_.agenda.in(std::max<Duration>(attack.period, Duration{1'000}),
                   job<&Lan::strike>(this, which));
}

void Lan::say_forged(const Attack& attack, std::uint8_t to) {
  Frame frame;
  frame.to = to;
  if (forge(attack, frame)) {
    stage_.trace.add({.at = stage_.now(),
                      .router = frame.router,
                      .what = Trace::Entry::What::kForged,
                      .number = static_cast<std::uint8_t>(attack.kind)});
    for (std::size_t v = 0; v < checkers_.size(); ++v)
      if (v == frame.router || attack.kind == Attack::Kind::kUnknownVrid)
        checkers_[v].attacked(frame.claimed);
    if (!frame.is_doomed)
      for (const std::size_t v : stage_.plan.together(frame.router))
        checkers_[v].misled(frame.is_replay);
    send(frame);
  }
}

bool Lan::forge(const Attack& attack, Frame& frame) {
  using Kind = Attack::Kind;
  if (attack.kind == Kind::kReplay) {
    if (recorded_.empty()) return false;
    frame = recorded_[stage_.random.below(recorded_.size())];
    frame.sender = kAttacker;
    frame.is_replay = true;
    return true;
  }
  const VirtualPlan& victim = stage_.plan.routers[attack.router];
  core::Router router = victim.routers[stage_.random.below(victim.routers.size())];
  const core::Family family = router.family;
  frame.router = static_cast<std::uint8_t>(attack.router);
  frame.attack = attack.kind;
  frame.is_doomed = is_doomed(attack.kind) || victim.is_signed();
  frame.source = stranger_of(family);
  const bool is_peer_demanded = router.is_unicast() && (router.checks_source || victim.is_signed());
  const bool is_spoofed = attack.is_spoofed || is_peer_demanded || router.is_unicast();
  if (is_spoofed && attack.kind != Kind::kStranger)
    frame.source = source_of(stage_.random.below(hosts_.size()), family);
  if (attack.kind == Kind::kZero && masters_[attack.router].is_set())
    frame.source = masters_[attack.router];
  frame.destination = frame.to == kEverybody ? core::group_of(router) : source_of(frame.to, family);
  frame.ttl = router.ttl;
  core::Priority priority{attack.priority};
  switch (attack.kind) {
    case Kind::kVersion:
      router.version =
          router.version == core::Version::kV2 ? core::Version::kV3 : core::Version::kV2;
      if (router.version == core::Version::kV2 && router.advert_interval < std::chrono::seconds{1})
        router.advert_interval = std::chrono::seconds{1};
      if (router.advert_interval > std::chrono::seconds{40})
        router.advert_interval = std::chrono::seconds{1};
      break;
    case Kind::kTtl: frame.ttl = router.is_unicast() ? 1 : 254; break;
    case Kind::kUnknownVrid:
      router.vrid = core::Vrid{static_cast<std::uint8_t>(251 + stage_.random.below(5))};
      break;
    case Kind::kAuth:
      if (router.auth_type == core::AuthType::kPassword) router.auth_data[3] ^= 1;
      break;
    case Kind::kDestination: frame.destination = core::Address::v4(224, 0, 0, 99); break;
    case Kind::kLongInterval:
      priority = core::Priority{254};
      router.advert_interval = router.version == core::Version::kV2
                                   ? Duration{std::chrono::seconds{255}}
                                   : Duration{std::chrono::milliseconds{40'950}};
      break;
    case Kind::kLosing:
      priority = core::Priority{1};
      frame.source = router.is_unicast() ? source_of(0, family) : stranger_of(family);
      break;
    case Kind::kZero: priority = base::kReleasePriority; break;
    case Kind::kOwner: priority = base::kOwnerPriority; break;
    case Kind::kChecksum:
    case Kind::kType:
    case Kind::kLength:
    case Kind::kStranger:
    case Kind::kInterval:
    case Kind::kReplay: break;
  }
  frame.claimed = router.advert_interval;
  std::array<std::uint8_t, core::kMaxMessage> room{};
  std::size_t size = core::build(router, priority, core::ChecksumForm::kPseudoHeader, frame.source,
                                 frame.destination, room);
  const auto repair = [&](std::size_t at, std::uint8_t to) {
    // The sum stays right: RFC 1624 for the byte changed. Both forms are right afterwards as they were before.
    const auto word = [&](std::size_t i) {
      return static_cast<std::uint32_t>(room[i] << 8 | room[i + 1]);
    };
    const std::size_t even = at & ~std::size_t{1};
    const std::uint32_t before = word(even);
    room[at] = to;
    std::uint32_t sum = (~word(6) & 0xffff) + (~before & 0xffff) + word(even);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    room[6] = static_cast<std::uint8_t>(~sum >> 8);
    room[7] = static_cast<std::uint8_t>(~sum & 0xff);
  };
  if (attack.kind == Kind::kChecksum) {
    room[6] ^= static_cast<std::uint8_t>(1 + stage_.random.below(200));
    // Wrong in one form, and by chance the other one, which is accepted as well (RFC 9568 5.2.8).
    std::array<std::uint8_t, core::kMaxMessage> other{};
    (void)core::build(router, priority, core::ChecksumForm::kMessageOnly, frame.source,
                      frame.destination, other);
    if (room[6] == other[6] && room[7] == other[7]) room[7] ^= 1;
  }
  if (attack.kind == Kind::kType) repair(0, static_cast<std::uint8_t>((room[0] & 0xf0) | 2));
  if (attack.kind == Kind::kInterval) {
    if (router.version == core::Version::kV3) repair(4, 0);
    repair(5, 0);
  }
  if (attack.kind == Kind::kLength) size -= 1 + stage_.random.below(size - 1);
  if (attack.kind == Kind::kAuth && victim.is_signed() && stage_.random.chance(0.5)) {
    // A trailer of his own making. The number is of this moment or of any other.
    room[size] = 1;
    room[size + 1] = static_cast<std::uint8_t>(1 + stage_.random.below(3));
    for (std::size_t i = 4; i < core::kTrailerBytes; ++i)
      room[size + i] = static_cast<std::uint8_t>(stage_.random.below(256));
    size += core::kTrailerBytes;
  }
  std::copy_n(room.begin(), size, frame.bytes.begin());
  frame.size = static_cast<std::uint8_t>(size);
  return true;
}

}  // namespace sim
