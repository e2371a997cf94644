#include "engine/fights.hpp"

#include <utility>

#include "base/fixed_text.hpp"

namespace engine {

using base::Instant;
using feed::Kind;
using feed::Record;

Fights::Fights(const Assembly& assembly, const Instances& instances, Publication& publication,
               Audience& audience)
    : assembly_(assembly),
      instances_(instances),
      publication_(publication),
      audience_(audience),
      all_(assembly.routers.size()) {}

void Fights::inherit(const Fights& before, const Heritage& from, Instant now) {
  for (std::uint16_t id = 0; id < all_.size(); ++id) {
    const auto was = from.of.instances[id];
    if (!was) continue;
    all_[id] = before.all_[*was];
    all_[id].removed = 0;  // the place may be another's
  }
  deadline_ = now;
}

void Fights::start(Instant now) {
  for (std::uint16_t id = 0; id < all_.size(); ++id) {
    if (is_away(id)) {
      all_[id].fight.adopt(now);
      deadline_ = earlier(deadline_, all_[id].fight.deadline());
    } else if (publication_.look_at(id).fought != 0) {
      publication_.row(id).fought = 0;  // nobody has said yet that it is so now
    }
  }
}

bool Fights::is_away(std::uint16_t id) const {
  return instances_[id].gave_way_for() == core::GaveWay::kFight;
}

void Fights::take(const ipc::Held& held, bool is_wanted, Instant now) {
  const std::uint16_t id = held.instance;
  carry_out(id, all_[id].fight.tell(held.is_fought != 0, is_wanted, is_away(id), now), now);
}

bool Fights::take(const ipc::Restored& restored, Instant now) {
  const std::uint16_t id = restored.instance;
  if (id >= all_.size() || restored.address >= assembly_.address_names[id].size()) return false;
  One& one = all_[id];
  if (one.fight.is_on()) {
    ++one.put_back;
    return true;
  }
  write(id, one.rows.take_due(now));
  one.removed = restored.address;
  if (one.rows.take(now)) write(id, {.times = 1});
  deadline_ = earlier(deadline_, one.rows.deadline());
  return true;
}

void Fights::advance(Instant now) {
  if (now < deadline_) return;
  deadline_ = Instant::never();
  for (std::uint16_t id = 0; id < all_.size(); ++id) {
    One& one = all_[id];
    write(id, one.rows.take_due(now));
    carry_out(id, one.fight.advance(is_away(id), now), now);
    deadline_ = earlier(deadline_, one.rows.deadline());
    deadline_ = earlier(deadline_, one.fight.deadline());
  }
}

void Fights::carry_out(std::uint16_t id, Fight::Turn turn, Instant now) {
  One& one = all_[id];
  deadline_ = earlier(deadline_, one.fight.deadline());
  switch (turn) {
    case Fight::Turn::kNone: return;
    case Fight::Turn::kBegins: {
      write(id, one.rows.take_due(now, true));
      one.put_back = 0;
      publication_.row(id).fought = 1;
      Record record = publication_.record(Kind::kAddressFought, id);
      record.status = 1;
      feed::put_text(record.subject, instances_.fought(id));
      (void)publication_.remember(record);
      break;
    }
    case Fight::Turn::kAsks: break;
    case Fight::Turn::kEnds: {
      publication_.row(id).fought = 0;
      Record record = publication_.record(Kind::kAddressFought, id);
      record.duration_ns = (now - one.fight.began()).count();
      base::FixedText<63> text;
      text += "put back ";
      text += one.put_back;
      text += " times meanwhile";
      feed::put_text(record.text, text.view());
      (void)publication_.remember(record);
      audience_.tell(id, core::AddressesFought{.on = false});
      return;
    }
  }
  audience_.tell(id, core::AddressesFought{.on = true});
}

void Fights::write(std::uint16_t id, RemovalRows::Counted removals) {
  if (removals.times == 0) return;
  Record record = publication_.record(Kind::kAddressRestored, id);
  const auto& names = assembly_.address_names[id];
  // A new configuration may have left it without any.
  if (all_[id].removed < names.size()) feed::put_text(record.subject, names[all_[id].removed]);
  record.status = static_cast<std::int32_t>(removals.times);
  record.duration_ns = removals.within.count();
  (void)publication_.remember(record);
}

}  // namespace engine
