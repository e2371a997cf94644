#include "engine/core/contest.hpp"

#include <algorithm>

namespace core {
namespace {

using base::Drop;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

// How long an advert needs to reach another router and to be obeyed there.
Duration hearing(Duration interval) { return std::clamp<Duration>(interval / 4, 2ms, 50ms); }

// How late a master's last word may come that slept while it was replaced: later than that it would have heard it first.
Duration last_word(Duration interval) { return std::max<Duration>(interval / 4, 2ms); }

// RFC 9568 6.4.3: whom a master has to give way to. The better of two that go on has nothing to obey.
bool is_better(const Claim& claim, const Claim& than) {
  return Rank{claim.priority, claim.source} > Rank{than.priority, than.source};
}

// What is no interval at all is taken for the shortest that exists.
Duration interval_of(const Claim& claim) { return std::max<Duration>(claim.interval, 10ms); }

}  // namespace

std::string_view to_string(ContestReason reason) {
  switch (reason) {
    case ContestReason::kNone: return "none"sv;
    case ContestReason::kOneWay: return "one-way"sv;
    case ContestReason::kTwoOthers: return "two-others"sv;
    case ContestReason::kAuth: return "auth"sv;
    case ContestReason::kVrid: return "vrid"sv;
    case ContestReason::kTtl: return "ttl"sv;
    case ContestReason::kChecksum: return "checksum"sv;
    case ContestReason::kVersion: return "version"sv;
    case ContestReason::kInterval: return "interval"sv;
    case ContestReason::kAddresses: return "addresses"sv;
    case ContestReason::kDestination: return "destination"sv;
    case ContestReason::kLength: return "length"sv;
  }
  return "?"sv;
}

std::optional<ContestReason> contest_reason(Drop drop) {
  switch (drop) {
    case Drop::kTtl: return ContestReason::kTtl;
    case Drop::kVersion: return ContestReason::kVersion;
    case Drop::kLength: return ContestReason::kLength;
    case Drop::kChecksum: return ContestReason::kChecksum;
    case Drop::kInterval: return ContestReason::kInterval;
    case Drop::kAuthType:
    case Drop::kAuthMismatch:
    case Drop::kAuthFailed:
    case Drop::kAuthMissing:
    case Drop::kAuthMalformed:
    case Drop::kAuthKey:
    case Drop::kAuthStale:
    case Drop::kReplay: return ContestReason::kAuth;
    case Drop::kNoAddresses:
    case Drop::kAddressList: return ContestReason::kAddresses;
    case Drop::kMulticast:
    case Drop::kNotAPeer: return ContestReason::kDestination;
    // We do not listen to him, and he goes on.
    case Drop::kOwnerIgnores: return ContestReason::kOneWay;
    case Drop::kNone:
    case Drop::kType:
    case Drop::kUnknownVrid:  // a claim for us only with our addresses: foreign()
    case Drop::kOwnPacket:
    case Drop::kNotListening:
    case Drop::kRateLimited:
    case Drop::kQueueFull: return std::nullopt;
  }
  return std::nullopt;
}

bool Contest::stand(bool is_master, Duration own_interval, Instant now) {
  const Sight before = sight_;
  judge(now);
  own_interval_ = own_interval;
  if (is_master == is_master_) {
    judge(now);
    return before != sight_;
  }
  is_master_ = is_master;
  master_since_ = now;
  last_spoke_ = Instant::never();
  crowd(ContestReason::kOneWay) = {};
  // That they claim, and since when, stays true. Whom we obeyed has to obey us now, and may have a word under way.
  for (Entry& entry : masters()) {
    entry.is_raised = false;
    entry.reason = is_master ? ContestReason::kOneWay : ContestReason::kTwoOthers;
    entry.first = is_master ? Instant::never() : entry.last;
    entry.warned = Instant::never();
  }
  judge(now);
  return before != sight_;
}

void Contest::spoke(Instant at) {
  if (!is_master_) return;
  // Who comes so late has slept: what he hears at once may be the last word of who was master beside him meanwhile.
  const bool has_slept =
      last_spoke_.is_never() || at - last_spoke_ > own_interval_ + hearing(own_interval_);
  const auto warn = [&](Entry& entry) {
    if (entry.is_used && (has_slept || entry.warned.is_never())) entry.warned = at;
  };
  for (Entry& entry : masters()) warn(entry);
  warn(crowd(ContestReason::kOneWay));
  if (last_spoke_.is_never() || at - last_spoke_ > own_interval_ * 5 / 4) {
    // He, or they, stood in for us, and may have a word under way.
    for (Entry& entry : masters()) entry.first = Instant::never();
    crowd(ContestReason::kOneWay).first = Instant::never();
  }
  last_spoke_ = at;
}

bool Contest::accept(const Claim& claim, Instant received) {
  const Sight before = sight_;
  judge(received);
  if (claim.is_release()) {
    forget(claim.source, received);
  } else if (!has_just_left(claim, received)) {
    note_accepted(claim.source);
    const ContestReason reason = is_master_ ? ContestReason::kOneWay : ContestReason::kTwoOthers;
    const bool is_crowded = !has_place(masters(), claim, reason, received);
    if (Entry* entry = place_of(masters(), claim, reason, received))
      count(*entry, claim, Drop::kNone, received);
    if (is_master_)
      count_in_crowd(claim, ContestReason::kOneWay, Drop::kNone, received, is_crowded);
    // To a backup this may be the claim that another one's contradict.
    if (!is_master_)
      for (Entry& entry : entries_) consider(entry, received);
  }
  judge(received);
  return before != sight_;
}

bool Contest::reject(const Claim& claim, Drop drop, Instant received) {
  const auto reason = contest_reason(drop);
  if (!reason || claim.is_release()) return advance(received);
  return not_accepted(claim, *reason, drop, received);
}

bool Contest::foreign(const Claim& claim, Instant received) {
  if (claim.is_release()) return advance(received);
  return not_accepted(claim, ContestReason::kVrid, Drop::kUnknownVrid, received);
}

bool Contest::not_accepted(const Claim& claim, ContestReason reason, Drop drop, Instant at) {
  // Whose adverts are accepted is no stranger to us: this is a copy of one, or somebody borrows his address.
  for (const Entry& entry : masters())
    if (entry.is_used && entry.claim.source == claim.source &&
        at - entry.last <= entry.interval * 3 / 2)
      return advance(at);
  const Sight before = sight_;
  judge(at);
  const bool is_crowded = !has_place(rivals(), claim, reason, at);
  if (Entry* entry = place_of(rivals(), claim, reason, at)) count(*entry, claim, drop, at);
  count_in_crowd(claim, reason, drop, at, is_crowded);
  judge(at);
  return before != sight_;
}

void Contest::count_in_crowd(const Claim& claim, ContestReason reason, Drop drop, Instant at,
                             bool is_crowded) {
  Entry& entry = crowd(reason);
  entry.reason = reason;
  count(entry, claim, drop, at);
  if (!is_crowded) return;
  entry.is_crowded = true;
  consider(entry, at);
}

// He gave it up: what he said obliges nobody any more, nor does what was said before and comes after it.
void Contest::forget(const Address& source, Instant at) {
  Entry* place = nullptr;
  for (Entry& entry : masters()) {
    if (entry.claim.source == source) entry = {};
    if (!entry.is_used && (place == nullptr || entry.last < place->last)) place = &entry;
  }
  if (place == nullptr) return;
  place->claim.source = source;
  place->last = at;
}

bool Contest::has_just_left(const Claim& claim, Instant at) const {
  const auto is_it = [&](const Entry& entry) {
    return !entry.is_used && entry.claim.source == claim.source &&
           at - entry.last < hearing(interval_of(claim));
  };
  return std::any_of(masters().begin(), masters().end(), is_it);
}

void Contest::note_accepted(const Address& source) {
  if (is_known(source)) return;
  known_[next_known_++ % known_.size()] = source;
}

bool Contest::is_known(const Address& source) const {
  return std::find(known_.begin(), known_.end(), source) != known_.end();
}

// Two that are farther apart are no rhythm: he may have given up and risen again in between.
Duration Contest::longest_gap(const Entry& entry) const {
  return is_to_obey(entry) ? entry.interval * 5 / 4 : longer_interval(entry) * 5 / 2;
}

void Contest::count(Entry& entry, const Claim& claim, Drop drop, Instant at) {
  if (!entry.is_used || (!entry.is_raised && at - entry.last > longest_gap(entry))) {
    entry.is_used = true;
    entry.claims = 0;
    entry.is_crowded = false;
    entry.began = entry.ranked = entry.first = entry.last = at;
    entry.rhythm = Duration{0};
    entry.interval = interval_of(claim);
    // What we said just before is heard when he claims; twice the time, for both keep their phase and neither quite.
    const bool is_under_way =
        is_master_ && !last_spoke_.is_never() && at - last_spoke_ <= 2 * hearing(entry.interval);
    entry.warned = is_under_way ? last_spoke_ : Instant::never();
  }
  // For whom nobody vouches anybody may speak, of any rank.
  if (drop == Drop::kNone && claim.source == entry.claim.source &&
      claim.priority != entry.claim.priority)
    entry.ranked = at;
  entry.claim = claim;
  entry.drop = drop;
  // Of what nobody vouches for the least is believed: one bit that was bent on the way makes minutes of it.
  entry.interval =
      is_to_obey(entry) ? interval_of(claim) : std::min(entry.interval, interval_of(claim));
  ++entry.claims;
  // One long pause is no rhythm: it would keep the alarm up long after he is gone.
  entry.rhythm = std::max(entry.rhythm, std::min(at - entry.last, longer_interval(entry) * 5 / 2));
  entry.last = std::max(entry.last, at);
  // The claim that counts first is the last one he could make in good faith.
  if (entry.first.is_never() || (is_to_obey(entry) && !is_warned(entry, at))) entry.first = at;
  consider(entry, at);
}

void Contest::consider(Entry& entry, Instant at) {
  if (!entry.is_used || entry.is_raised || entry.first.is_never()) return;
  if (entry.last - entry.first < std::min(entry.interval, own_interval_) * 3 / 4) return;
  if (at - entry.last > longest_gap(entry)) return;
  if (is_crowd(place_in_table(entry)) && (entry.claims < kCrowd || !entry.is_crowded)) return;
  if (!is_witnessed(entry, at)) return;
  entry.is_raised = true;
  entry.since = at;
}

// Whether somebody better, master like him, has had the time to make him give way by then.
bool Contest::is_warned(const Entry& entry, Instant at) const {
  if (is_master_) {
    if (entry.warned.is_never() || at < entry.warned + hearing(entry.interval)) return false;
    if (at - last_spoke_ <= own_interval_ * 5 / 4) return true;
    // Of a crowd, who claims now may have begun after our last word.
    return last_spoke_ >= entry.began && !is_crowd(place_in_table(entry));
  }
  const auto warns = [&](const Entry& other) {
    return other.is_used && is_better(other.claim, entry.claim) &&
           at - other.last <= other.interval * 3 / 2 && is_told(entry, other) &&
           at >= std::max(entry.ranked, other.ranked) + last_word(entry.interval);
  };
  return std::any_of(masters().begin(), masters().end(), warns);
}

bool Contest::is_witnessed(const Entry& entry, Instant at) const {
  if (is_master_)
    return is_to_obey(entry) ? is_warned(entry, entry.last)
                             : master_since_ + hearing(entry.interval) <= entry.last;
  // Both claimed after both had begun to, and who has to give way to the other for longer than he may: he may accept him
  // whom we do not.
  const auto is_beside = [&](const Entry& other) {
    if (!other.is_used || other.claim.source == entry.claim.source) return false;
    if (at - other.last > other.interval * 3 / 2) return false;
    if (other.last < entry.began || entry.last < other.began) return false;
    const bool is_worse = is_better(other.claim, entry.claim);
    if (is_to_obey(entry) && !is_worse) return false;
    const Entry& worse = is_worse ? entry : other;
    if (!is_told(worse, is_worse ? other : entry)) return false;
    return worse.last >= std::max(entry.ranked, other.ranked) + last_word(worse.interval);
  };
  return std::any_of(masters().begin(), masters().end(), is_beside);
}

// Who has become the worse one gives way to what the other says from then on.
bool Contest::is_told(const Entry& worse, const Entry& better) {
  return worse.ranked == worse.began || better.last >= worse.ranked;
}

// Accepted: by the protocol he gives way when he hears a better one.
bool Contest::is_to_obey(const Entry& entry) { return entry.drop == Drop::kNone; }

// Its own, or a free one: those that have are told apart by their entries, and are no crowd.
bool Contest::has_place(std::span<const Entry> table, const Claim& claim, ContestReason reason,
                        Instant at) const {
  const auto is_place = [&](const Entry& entry) {
    const bool is_own = entry.claim.source == claim.source && entry.reason == reason;
    return !entry.is_used || at >= expiry(entry) || is_own;
  };
  return std::any_of(table.begin(), table.end(), is_place);
}

Contest::Entry* Contest::place_of(std::span<Entry> table, const Claim& claim, ContestReason reason,
                                  Instant at) {
  Entry* best = nullptr;
  for (Entry& entry : table) {
    if (entry.is_used && entry.claim.source == claim.source && entry.reason == reason)
      return &entry;
    if (entry.is_used && at >= expiry(entry)) entry.is_used = entry.is_raised = false;
    if (entry.is_used && entry.is_raised) continue;
    // Free before used, unknown before known, then the longest unheard.
    const auto rank = [this](const Entry& e) {
      return !e.is_used ? 0 : !is_known(e.claim.source) ? 1 : 2;
    };
    if (best == nullptr || rank(entry) < rank(*best) ||
        (rank(entry) == rank(*best) && entry.last < best->last))
      best = &entry;
  }
  if (best == nullptr) return nullptr;
  // Made-up sources do not push out one that was accepted before.
  if (best->is_used && is_known(best->claim.source) && !is_known(claim.source)) return nullptr;
  *best = {};
  best->reason = reason;
  return best;
}

const Contest::Entry* Contest::other_master(const Address& than, Instant now) const {
  // The newest: an older one may have given way since.
  const Entry* newest = nullptr;
  for (const Entry& entry : masters()) {
    if (!entry.is_used || entry.claim.source == than || now >= expiry(entry)) continue;
    if (newest == nullptr || entry.last > newest->last) newest = &entry;
  }
  return newest;
}

Duration Contest::longer_interval(const Entry& entry) const {
  return std::max(entry.interval, own_interval_);
}

Duration Contest::hold(const Entry& entry) const {
  if (!entry.is_raised || is_to_obey(entry)) return 3 * longer_interval(entry);
  // A rival whose adverts come farther apart than he says, or not as far.
  const bool keeps_it = entry.rhythm >= entry.interval && entry.rhythm <= entry.interval * 3 / 2;
  // A gap from the time when more was believed is none of them.
  const Duration rhythm = std::min(entry.rhythm, longer_interval(entry) * 5 / 2);
  return 3 * std::max(keeps_it ? entry.interval : rhythm, own_interval_);
}

Instant Contest::expiry(const Entry& entry) const { return entry.last + hold(entry); }

bool Contest::contends(const Entry& entry, Instant now) const {
  if (!entry.is_used || !entry.is_raised || now >= expiry(entry)) return false;
  return is_master_ || other_master(entry.claim.source, now) != nullptr;
}

void Contest::judge(Instant at) {
  // Packets are read in the order they came, but perhaps late: an alarm that is over by now is none.
  now_ = std::max(now_, at);
  // Healed, for him: the next conflict begins with its own first claim. Where the other one is gone, he goes on as he did.
  for (Entry& entry : entries_) {
    if (!entry.is_raised || contends(entry, now_)) continue;
    if (now_ >= expiry(entry)) {
      entry = {};
    } else {
      entry.is_raised = false;
      entry.first = entry.last;
    }
  }
  shown_ = to_show();
  sight_ = {shown_, is_on() ? entries_[shown_].since : Instant{}};
}

// The one who is shown already, before others; of a source that is wrong in several ways, what it is wrong in now.
std::size_t Contest::to_show() const {
  if (is_on() && entries_[shown_].is_raised && !is_crowd(shown_)) {
    const Entry& entry = entries_[shown_];
    std::size_t newest = shown_;
    for (std::size_t i = 0; i < kMasters + kRivals; ++i) {
      const Entry& other = entries_[i];
      // By the shorter of the intervals that he claims in the two ways: one of them may be a bent bit.
      const Duration patience = std::min(longer_interval(entry), longer_interval(other)) * 3 / 2;
      if (other.is_raised && other.claim.source == entry.claim.source &&
          other.last > entries_[newest].last && now_ - entry.last > patience)
        newest = i;
    }
    return newest;
  }
  for (std::size_t i = 0; i < kEntries; ++i)
    if (entries_[i].is_raised) return i;  // crowds come last
  return kNobody;
}

bool Contest::advance(Instant now) {
  const Sight before = sight_;
  judge(now);
  return before != sight_;
}

Instant Contest::deadline() const {
  if (!is_on()) return Instant::never();
  const Entry& entry = entries_[shown_];
  const Instant at = expiry(entry);
  if (is_master_) return at;
  // Until the last of the others has fallen silent as well.
  Instant others = Instant::from_ns(0);
  for (const Entry& other : masters())
    if (other.is_used && other.claim.source != entry.claim.source)
      others = std::max(others, expiry(other));
  return earlier(at, others);
}

Rivalry Contest::rivalry() const {
  CHECK(is_on(), "a rival is there");
  const Entry& entry = entries_[shown_];
  Rivalry rivalry;
  rivalry.reason = entry.reason;
  rivalry.drop = entry.drop;
  rivalry.rival = entry.claim;
  rivalry.is_crowd = is_crowd(shown_);
  rivalry.since = entry.since;
  if (!is_master_)
    if (const Entry* other = other_master(entry.claim.source, entry.last))
      rivalry.other = other->claim.source;
  return rivalry;
}

}  // namespace core
