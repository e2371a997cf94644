// The part of Keeper that stands in for an engine (engine/keeper/guardian.hpp).
#include <unistd.h>

#include <algorithm>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/keeper/keeper.hpp"

namespace keeper {
namespace {

using What = Guardian::Deed::What;

Guardian::Row row_of(const feed::Row& row) {
  const Duration interval{row.advert_interval_ns};
  // A master's deadline is its next advert.
  return {.state = row.state,
          .is_departing = row.departing != 0,
          .interval = interval,
          .last_said = Instant::from_ns(row.deadline_ns) - interval};
}

Address source_of(const feed::Row& row) {
  if (row.source == decltype(row.source){}) return {};
  const std::size_t length = row.family == Family::kIpv4 ? 4 : 16;
  return Address::from_bytes(row.family, std::span(row.source).first(length));
}

}  // namespace

void Keeper::hear_deaths(Instant now) {
  std::uint64_t deaths = 0;
  if (::read(engine_deaths_.get(), &deaths, sizeof deaths) != sizeof deaths) return;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(deaths, Guardian::kDeaths); ++i)
    guardian_.died(now);
}

void Keeper::hear_successors(Instant now) {
  stand_in_.hear(now, base::os::wall_ns(), [&](std::uint16_t instance, const core::Advert& advert) {
    guardian_.heard(
        instance,
        {.address = advert.source, .priority = advert.priority, .interval = advert.interval}, now);
  });
}

void Keeper::watch_engine(Instant now) {
  const auto global = speaker_.sign(configuration_, now);
  if (!global) return guardian_.look_at_nothing();
  heartbeat_ = Instant::from_ns(global->heartbeat_ns);
  const Guardian::Sign sign{.heartbeat = heartbeat_,
                            .started = Instant::from_ns(global->engine_started_ns)};
  std::vector<Guardian::Row> rows;
  if (guardian_.needs_rows(sign, now)) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      // What its writer died in is a mixture: nobody speaks for what nobody knows.
      const auto row = speaker_.row(i);
      rows.push_back(row ? row_of(*row) : Guardian::Row{});
    }
  }
  Guardian::Deeds deeds;
  guardian_.look(sign, rows, now, deeds);
  std::vector<std::uint16_t> begun;
  bool is_loop = false;
  for (const Guardian::Deed& deed : deeds) {
    const Guardian::Account* account = guardian_.account_of(deed.instance);
    if (account == nullptr || account->began != now || deed.what == What::kListen) continue;
    if (std::ranges::find(begun, deed.instance) == begun.end()) begun.push_back(deed.instance);
    is_loop = account->is_loop;
  }
  carry_out(deeds, now);
  if (!begun.empty()) sound_alarm(begun, is_loop, now);
}

// With `lease strict` priority 0 waits for this.
void Keeper::look_what_is_gone(Instant now) {
  if (!guardian_.stands_in()) return;
  Guardian::Deeds deeds;
  for (std::uint16_t i = 0; i < names_.size(); ++i) {
    const Guardian::Account* account = guardian_.account_of(i);
    if (account != nullptr && account->is_let_go && addresses_.holding(i, now).installed == 0)
      guardian_.let_go_done(i, deeds);
  }
  carry_out(deeds, now);
}

void Keeper::carry_out(const Guardian::Deeds& deeds, Instant now) {
  for (const Guardian::Deed& deed : deeds) {
    const std::uint16_t instance = deed.instance;
    switch (deed.what) {
      case What::kListen: begin_listening(instance, now); break;
      case What::kSay:
        if (auto said = stand_in_.say_zero(instance, base::os::wall_ns()); !said)
          base::os::log_error(to_string(said.error()));
        break;
      case What::kKeep: addresses_.stand_in(instance, Addresses::StandIn::kHolds); break;
      case What::kLetGo: {
        addresses_.stand_in(instance, Addresses::StandIn::kLetsGo);
        const Guardian::Account* account = guardian_.account_of(instance);
        if (account != nullptr && account->successor)
          base::os::log_notice("letting go of the addresses of " + names_[instance] + ": " +
                               to_string(account->successor->address) + " (priority " +
                               std::to_string(account->successor->priority.value) +
                               ") speaks for them");
        break;
      }
      case What::kEnd:
        addresses_.stand_in(instance, Addresses::StandIn::kNobody);
        stand_in_.stop(instance);
        break;
    }
  }
}

void Keeper::begin_listening(std::uint16_t instance, Instant now) {
  const auto row = speaker_.row(instance);
  if (!row) return;
  const auto listens = stand_in_.listen(
      {.instance = instance, .index = IfIndex{row->ifindex}, .source = source_of(*row)}, now);
  if (!listens) return say_once(last_stand_in_error_, listens.error());
  last_stand_in_error_.clear();
  for (const int ear : stand_in_.take_new_sockets()) new_ears_.push_back(ear);
}

void Keeper::sound_alarm(const std::vector<std::uint16_t>& instances, bool is_loop, Instant now) {
  std::string text = is_loop
                         ? std::to_string(guardian_.deaths()) + " engines died in a row, within " +
                               in_seconds(now - guardian_.first_death())
                         : "no sign of life of the engine for " + in_seconds(now - heartbeat_);
  text += ": the keeper stands in for " + names_[instances.front()];
  if (instances.size() > 1)
    text += " and " + std::to_string(instances.size() - 1) + " other instance(s)";
  const bool lets_go = guardian_.account_of(instances.front())->is_let_go;
  text += lets_go ? ", whose addresses are let go"
                  : ", says priority 0 and answers until a successor is heard";
  base::os::log_error(text);
  remember(text);
}

std::vector<ipc::StoodIn> Keeper::accounts() const {
  std::vector<ipc::StoodIn> accounts;
  for (std::uint16_t i = 0; i < names_.size(); ++i) {
    const Guardian::Account* account = guardian_.account_of(i);
    if (account == nullptr) continue;
    ipc::StoodIn message{.instance = i,
                         .said_zero = account->said_zero ? std::uint8_t{1} : std::uint8_t{0},
                         .let_go = account->is_let_go ? std::uint8_t{1} : std::uint8_t{0},
                         .is_loop = account->is_loop ? std::uint8_t{1} : std::uint8_t{0},
                         .deaths = static_cast<std::uint32_t>(guardian_.deaths()),
                         .began_ns = account->began.ns(),
                         .let_go_ns = account->let_go.ns()};
    if (const auto mark = stand_in_.number(i)) {
      message.key = mark->key;
      message.number = mark->number;
    }
    if (account->successor) {
      message.peer_priority = account->successor->priority.value;
      message.peer_family = account->successor->address.family();
      message.peer = account->successor->address.padded();
      message.peer_interval_ns = account->successor->interval.count();
    }
    accounts.push_back(message);
  }
  return accounts;
}

}  // namespace keeper
