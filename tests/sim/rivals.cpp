#include "tests/sim/rivals.hpp"

#include <algorithm>
#include <utility>

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::ContestReason;

Situation situation_of(ContestReason reason) {
  switch (reason) {
    case ContestReason::kTwoOthers: return Situation::kContestRaisedTwoOthers;
    case ContestReason::kAuth: return Situation::kContestRaisedAuthentication;
    case ContestReason::kVrid: return Situation::kContestRaisedVrid;
    case ContestReason::kVersion: return Situation::kContestRaisedVersion;
    case ContestReason::kInterval: return Situation::kContestRaisedInterval;
    case ContestReason::kAddresses: return Situation::kContestRaisedAddresses;
    case ContestReason::kNone:
    case ContestReason::kOneWay:
    case ContestReason::kTtl:
    case ContestReason::kChecksum:
    case ContestReason::kDestination:
    case ContestReason::kLength: break;
  }
  return Situation::kContestRaisedOneway;
}

}  // namespace

Rivals::Rivals(Stage& stage, std::size_t router)
    : stage_(stage),
      router_(router),
      plan_(stage.plan.routers[router]),
      hosts_(stage.plan.hosts.size()) {
  left_at_.fill(Instant::never());
  asleep_since_.fill(Instant::never());
  rested_.fill(Duration::max());
  longest_ = plan_.longest_interval;
  for (std::size_t i = 0; i < hosts_; ++i) intervals_[i] = plan_.routers[i].advert_interval;
  moment_ = 2 * stage.plan.delay_max + 4 * stage.plan.lateness_max + longest_ / 500;
}

std::string Rivals::name(std::size_t host) const {
  return name_of(host) + "v" + std::to_string(router_);
}

std::size_t Rivals::host_of(const core::Address& source) const {
  for (std::size_t i = 0; i < hosts_; ++i)
    if (source_of(i, source.family()) == source) return i;
  return kMaxHosts;
}

// The time an advert is given to be obeyed.
Duration Rivals::obeying(std::size_t host) const {
  return std::clamp<Duration>(intervals_[host] / 4, 2ms, 50ms);
}

// Half of that.
Duration Rivals::enough_for(std::size_t a, std::size_t b) const {
  return std::min(obeying(a), obeying(b)) / 2;
}

// Until he was silent for three intervals, by the clock of who hears him, from when his last claim arrived. Of who is not
// accepted that is three of those he keeps: two in a row of his adverts may be lost.
Duration Rivals::remembered(bool is_divided) const {
  return (is_divided ? longest_ * 15 / 2 : longest_ * 3) + moment_;
}

// Long enough to be no hand-over; of those who will never settle it, at all. To the first of the two.
bool Rivals::overlapped_for(std::size_t one, std::size_t other) const {
  const Overlap& overlap = overlaps_[one][other];
  const bool is_on = !overlap.since.is_never() &&
                     (asleep_since_[other].is_never() ||
                      stage_.now() - asleep_since_[other] <= remembered(overlap.is_divided));
  const bool is_fresh = stage_.now() - overlap.ended <= remembered(overlap.was_divided);
  if (camps_[one] != camps_[other]) return is_on || is_fresh;
  const Duration enough = enough_for(one, other);
  if (is_on && stage_.now() - overlap.since >= enough) return true;
  return (overlap.was_divided || overlap.lasted >= enough) && is_fresh;
}

bool Rivals::overlapped(std::size_t a, std::size_t b, std::size_t seer) const {
  return (seer == b || overlapped_for(a, b)) && (seer == a || overlapped_for(b, a));
}

void Rivals::raised(std::size_t host, const core::Rivalry& rivalry) {
  const bool is_attack = stage_.now() <= attacked_until_;
  stage_.reached.note(is_attack ? Situation::kContestRaisedByAttack : situation_of(rivalry.reason));
  if (is_attack) return;
  const std::size_t rival = host_of(rivalry.rival.source);
  const std::size_t other = rivalry.other.is_set() ? host_of(rivalry.other) : host;
  if (rival == kMaxHosts || other == kMaxHosts || rival == other)
    return stage_.violate(name(host) + " sees a rival that does not exist");
  // One who comes back as master at once, in step with what he said before, cannot be told from one who never left.
  if (plan_.routers[rival].is_owner()) return;
  // Nor can one who gave way and rises again before his next advert would have been late; to a backup, whichever of them.
  const auto is_back = [&](std::size_t one) {
    const Duration late = intervals_[one] * 5 / 4;
    return rested_[one] <= late && stage_.now() - master_since_[one] <= late;
  };
  if (is_back(rival) || (other != host && is_back(other))) return;
  // Who has missed that one of them gave it up in between may think that he never did.
  const Instant missed = std::max(clean_since_[rival][host], clean_since_[other][host]);
  if (rivalry.reason == core::ContestReason::kTwoOthers && stage_.now() - missed <= 3 * longest_)
    return;
  bool is_true = overlapped(rival, other, host);
  // The one shown beside him is the newest of those he contends with.
  for (std::size_t i = 0; i < hosts_ && !is_true; ++i)
    is_true = i != rival && overlapped(rival, i, host);
  if (!is_true)
    stage_.violate(
        name(host) + " sees " + name_of(rival) + " and " + name_of(other) +
        " as two masters, which they were not: " + std::string(core::to_string(rivalry.reason)));
}

// As the first sees the second.
ContestReason Rivals::reason_between(const View& a, const View& b) const {
  if (a.camp == b.camp) return ContestReason::kOneWay;
  switch (plan_.mismatch) {
    case Mismatch::kVersion: return ContestReason::kVersion;
    case Mismatch::kPassword:
    case Mismatch::kKey: return ContestReason::kAuth;
    case Mismatch::kVrid: return ContestReason::kVrid;
    case Mismatch::kStrictInterval: return ContestReason::kInterval;
    case Mismatch::kStrictAddresses: return ContestReason::kAddresses;
    case Mismatch::kNone:
    case Mismatch::kInterval:
    case Mismatch::kAddresses: break;
  }
  return ContestReason::kOneWay;
}

void Rivals::look(const Views& views) {
  next_look_ = Instant::never();
  std::size_t masters = 0;
  for (std::size_t i = 0; i < hosts_; ++i) {
    const bool is_master = views[i].is_master && views[i].hears;
    if (is_master && !was_master_[i]) {
      master_since_[i] = stage_.now();
      rested_[i] = left_at_[i].is_never() ? Duration::max() : stage_.now() - left_at_[i];
    }
    if (!is_master && was_master_[i]) {
      left_at_[i] = stage_.now();
      listens_since_[i] = stage_.now();  // and judges as a backup from here on
    }
    was_master_[i] = is_master;
    if (is_master) ++masters;
    if (views[i].hears && !heard_before_[i]) listens_since_[i] = stage_.now();
    heard_before_[i] = views[i].hears;
    if (views[i].spoken != spoken_[i]) ranked_since_[i] = stage_.now();
    spoken_[i] = views[i].spoken;
    camps_[i] = views[i].camp;
    intervals_[i] = views[i].interval;
  }
  if (masters >= 2 || had_two_) two_masters_at_ = stage_.now();
  had_two_ = masters >= 2;
  // Of a master whose engine has died the addresses stay, and the next engine goes on where it was.
  for (std::size_t i = 0; i < hosts_; ++i)
    reigns_[i] = views[i].is_master || (reigns_[i] && !views[i].runs && views[i].kernel_holds);
  for (std::size_t i = 0; i < hosts_; ++i)
    for (std::size_t j = 0; j < hosts_; ++j)
      if (i != j) note_overlap(views, i, j);
  for (std::size_t i = 0; i < hosts_; ++i) {
    if (!reigns_[i] || views[i].runs)
      asleep_since_[i] = Instant::never();
    else if (asleep_since_[i].is_never())
      asleep_since_[i] = stage_.now();
  }
  if (masters < 2) return;
  for (std::size_t a = 0; a < hosts_; ++a) {
    if (!was_master_[a]) continue;
    for (std::size_t b = 0; b < hosts_; ++b) {
      if (b == a || !was_master_[b]) continue;
      demand(views, a, a, b);  // a hears b
      if (b < a) continue;
      for (std::size_t witness = 0; witness < hosts_; ++witness)
        if (!was_master_[witness]) demand(views, witness, a, b);
    }
  }
}

void Rivals::note_overlap(const Views& views, std::size_t one, std::size_t other) {
  Overlap& overlap = overlaps_[one][other];
  // Also of hosts whose link is cut: what they said before may be under way, and they claim it. So does who sleeps, if he has
  // spoken since both are masters: what he said then is what the others go on hearing of him, and what he expects to be obeyed.
  // He himself expects it of what he said so shortly before that it arrived when the other one rose; and of one who does not
  // accept him he expects nothing, whenever that one rose.
  const auto claims = [&](std::size_t host, Duration before) {
    const Instant begin = overlap.since.is_never() ? stage_.now() : overlap.since;
    return reigns_[host] && (views[host].runs || spoke_at_[host] + before >= begin);
  };
  const Instant asleep_since = asleep_since_[other];
  const bool is_apart = reigns_[one] && camps_[one] != camps_[other];
  const bool is_dual = (is_apart || claims(one, 2 * obeying(other))) && claims(other, 0s);
  if (is_dual && overlap.since.is_never()) {
    overlap.since = stage_.now();
    overlap.is_divided = false;
  }
  // Who slept for so long that he was forgotten begins anew.
  if (is_dual && views[other].runs && !asleep_since.is_never() &&
      stage_.now() - asleep_since > remembered(overlap.is_divided))
    overlap.since = stage_.now();
  if (is_dual && camps_[one] != camps_[other]) overlap.is_divided = true;
  if (is_dual || overlap.since.is_never()) return;
  const Duration lasted = stage_.now() - std::exchange(overlap.since, Instant::never());
  if (!overlap.is_divided && lasted < enough_for(one, other)) return;
  overlap.was_divided = overlap.is_divided;
  overlap.ended = asleep_since.is_never() ? stage_.now() : asleep_since;
  overlap.lasted = lasted;
}

void Rivals::spoke(std::size_t host, Duration interval) {
  const Duration gap = stage_.now() - std::exchange(spoke_at_[host], stage_.now());
  const Duration close = interval * 3 / 4;
  const bool is_close = gap < close;
  const bool was_close = std::exchange(is_hurried_[host], is_close);
  if (!is_close) return;
  hurried_[host] = std::min(close, was_close ? hurried_[host] + gap : gap);
  hurried_at_[host] = stage_.now();
}

bool Rivals::is_better(const Views& views, std::size_t a, std::size_t b) const {
  const core::Family family = plan_.routers.front().family;
  return core::Rank{views[a].spoken, source_of(a, family)} >
         core::Rank{views[b].spoken, source_of(b, family)};
}

void Rivals::demand(const Views& views, std::size_t witness, std::size_t a, std::size_t b) {
  const View& seer = views[witness];
  if (!seer.hears || seer.state == base::State::kStopped) return;
  // To a backup of neither camp, both are strangers.
  if (witness != a && seer.camp != views[a].camp && seer.camp != views[b].camp) return;
  // Who becomes the worse one in between gives way to what is said from then on.
  const Instant ranked = std::max(ranked_since_[a], ranked_since_[b]);
  const Instant rose = std::max({master_since_[a], master_since_[b], ranked});
  Instant heard = std::max(listens_since_[witness], clean_since_[b][witness]);
  if (witness != a) heard = std::max(heard, clean_since_[a][witness]);
  const Instant since = std::max(rose, heard);
  const Duration interval = std::max(views[a].interval, views[b].interval);
  Duration bound = 2 * interval + moment_;
  const std::size_t better = is_better(views, a, b) ? a : b;
  const std::size_t worse = better == a ? b : a;
  // Who hears both in step and missed an advert of the better one cannot tell the worse one's next claim from a last word: that may
  // come so late. An advert that follows a priority 0 at once counts as said before it, and is as good as missed.
  const bool is_back_at_once = master_since_[better] == rose && rested_[better] <= obeying(better);
  const Instant missed = std::max(listens_since_[witness], clean_since_[better][witness]);
  if (witness != a && (missed >= rose || is_back_at_once))
    bound += std::max<Duration>(interval / 4, 2ms);
  // Adverts that come close on each other are one that was doubled; each that is said out of turn puts off the next.
  const auto put_off = [&](std::size_t one) {
    return hurried_at_[one] > since ? hurried_[one] : Duration{0};
  };
  if (witness == a)
    bound += put_off(b);
  else
    bound += std::max(put_off(worse), seer.camp != views[better].camp ? put_off(better) : 0s);
  const Duration waited = stage_.now() - since;
  if (seer.sees_rival) return;
  worst_ = std::max(worst_, static_cast<double>(std::min(waited, bound).count()) /
                                static_cast<double>(interval.count()));
  if (waited > bound)
    return stage_.violate(name(witness) + " hears the masters " + name_of(a) + " and " +
                          name_of(b) + " and says nothing of it");
  next_look_ = earlier(next_look_, since + bound + Duration{1});
}

// Two that settled it, as this one saw it, and of whom the one who gave way is not forgotten yet.
bool Rivals::is_remembered(std::size_t seer, ContestReason reason) const {
  for (std::size_t a = 0; a < hosts_; ++a) {
    for (std::size_t b = a + 1; b < hosts_; ++b) {
      if (camps_[a] != camps_[b] || camps_[a] != camps_[seer] || !overlapped(a, b, seer)) continue;
      const bool is_his = a == seer || b == seer;
      if (reason == (is_his ? ContestReason::kOneWay : ContestReason::kTwoOthers)) return true;
    }
  }
  return false;
}

void Rivals::look_at_settled(const Views& views) {
  for (std::size_t i = 0; i < hosts_; ++i) {
    for (std::size_t j = 0; j < hosts_; ++j) {
      if (!was_master_[j] || views[i].camp == views[j].camp) continue;
      const ContestReason expected = reason_between(views[i], views[j]);
      if (views[i].sees_rival && views[i].hears && stage_.now() > attacked_until_ &&
          views[i].reason != expected && !is_remembered(i, views[i].reason))
        stage_.violate(name(i) + " sees two masters for the reason " +
                       std::string(core::to_string(views[i].reason)) + " and not for " +
                       std::string(core::to_string(expected)));
    }
  }
  if (had_two_ || stage_.now() - two_masters_at_ <= 10 * longest_ ||
      stage_.now() <= attacked_until_)
    return;
  for (std::size_t i = 0; i < hosts_; ++i) {
    if (views[i].sees_rival && views[i].hears)
      stage_.violate(name(i) + " still sees a rival that is gone");
  }
}

}  // namespace sim
