// How the engine goes on with another configuration (docs/reload.md). Part of Engine: engine/engine.hpp says what it is.
#include <algorithm>
#include <utility>

#include "engine/engine.hpp"

namespace engine {

using base::Instant;
using base::State;
using feed::Kind;
using feed::Record;

// Reading, mapping, assembling, comparing, making and changing over have a turn each, and going through the instances one for every
// few of them: none lasts longer than it must.
void Engine::take_reconfigure(const ipc::Reconfigure& wanted, base::os::UniqueFd compiled) {
  Offered offered = std::exchange(offered_, {});
  if (next_) return refuse(wanted.configuration, "another change is under way");
  if (is_stop_wanted_) return refuse(wanted.configuration, "the daemon is being stopped");
  if (!compiled || !offered.board || offered.configuration != wanted.configuration)
    return refuse(wanted.configuration, "it came without its board");
  auto read = read_terms(std::move(compiled), wanted.configuration);
  if (!read) return refuse(wanted.configuration, base::to_string(read.error()));
  next_ = std::make_unique<Next>();
  next_->terms = std::move(*read);
  next_->board = std::move(offered.board);
  next_->bound = now_ + kChangePatience;
  next_->reached_in = turns_;
}

Instant Engine::next_deadline_of_change() const {
  const bool can_go_on = has_started_ && next_->stage != Next::Stage::kParting;
  return can_go_on ? now_ : next_->bound;
}

void Engine::refuse(std::uint64_t configuration, std::string_view why) {
  reconfigured_ = {.done = 0, .configuration = configuration};
  feed::put_text(reconfigured_.text, why);
  owes_reconfigured_ = true;
}

void Engine::go_on_with_next() {
  if (!next_ || owes_reconfigured_ || next_->reached_in == turns_) return;
  if (is_stop_wanted_) return give_up_next("the daemon is being stopped");
  if (!has_started_) {
    if (now_ >= next_->bound) give_up_next("the engine still waits for its sockets");
    return;
  }
  if (next_->stage < Next::Stage::kMaking || next_->ready < next_->body->instances.size()) {
    next_->reached_in = turns_;
    return prepare_next();
  }
  if (std::exchange(next_->stage, Next::Stage::kParting) != Next::Stage::kParting)
    part_from_removed();
  const auto& removed = next_->heritage.removed;
  const bool have_parted = std::all_of(removed.begin(), removed.end(), [this](std::uint16_t id) {
    return body_->instances[id].state() == State::kStopped;
  });
  if (have_parted || now_ >= next_->bound) change_over();
}

// Of what runs nothing is other for it.
void Engine::prepare_next() {
  Next& next = *next_;
  switch (next.stage) {
    case Next::Stage::kRead:
      if (auto mapped = map_board(next.terms, next.board); !mapped)
        return give_up_next(base::to_string(mapped.error()));
      next.board.reset();
      next.stage = Next::Stage::kMapped;
      return;
    case Next::Stage::kMapped:
      if (auto assembled = assemble_terms(next.terms, boot_id_); !assembled)
        return give_up_next(base::to_string(assembled.error()));
      next.stage = Next::Stage::kAssembled;
      return;
    case Next::Stage::kAssembled:
      next.heritage = heritage_of(terms(), next.terms);
      next.stage = Next::Stage::kCompared;
      return;
    case Next::Stage::kCompared: {
      const Past nothing = Past::none(next.terms.model);
      next.body = std::make_unique<Body>(std::move(next.terms), nothing, around_, audience());
      next.stage = Next::Stage::kMaking;
      return;
    }
    case Next::Stage::kMaking:
    case Next::Stage::kParting: return go_through_next();
  }
}

void Engine::go_through_next() {
  Next& next = *next_;
  const std::size_t all = next.body->instances.size();
  for (std::size_t seen = 0; next.ready < all && seen < kReadyPerTurn; ++seen, ++next.ready) {
    if (next.heritage.of.instances[next.ready])
      next.heritage.compare(terms(), next.body->terms, next.ready);
    else
      next.body->make(next.ready);
  }
}

void Engine::give_up_next(std::string_view why) {
  const Terms& wanted = next_->body ? next_->body->terms : next_->terms;
  refuse(wanted.configuration, why);
  next_.reset();
}

// Make before break for those that are not in the new configuration, while everything goes on in the terms there are. That
// their addresses go is not said in these: in the new ones they may be another's.
void Engine::part_from_removed() {
  for (const std::uint16_t id : next_->heritage.removed) {
    body_->groups.leave(id);
    body_->wishes.withhold(id);
  }
  for (const std::uint16_t id : next_->heritage.removed)
    tell(id, core::Stop{.cause = base::Cause::kReload});
  body_->groups.settle(now_);
  send_adverts();
}

// From here to the end of the turn nothing is read, so nobody sees half of it.
void Engine::change_over() {
  const std::unique_ptr<Next> next = std::move(next_);
  const Heritage& from = next->heritage;
  for (const std::uint16_t id : from.removed) body_->instances.cut_short(id, now_);
  send_adverts();

  before_ = std::move(body_);
  body_ = std::move(next->body);
  body_->begin(now_, wall_ns_);
  body_->inherit(*before_, from, around_, now_);
  find_newcomers(from);
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id)
    if (from.of.instances[id]) reconfigure_one(id, from);
  body_->world.tell_changes();
  body_->groups.settle(now_);
  send_adverts();

  reconfigured_ = {.done = 1, .configuration = terms().configuration};
  owes_reconfigured_ = true;
  owes_keeper_hello_ = owes_runner_hello_ = true;
  keeper_speaks_our_terms_ = runner_speaks_our_terms_ = false;
}

// Those that are new, and those that were when the keeper had not yet caught up with the change before.
void Engine::find_newcomers(const Heritage& from) {
  const std::vector<Newcomer> waiting = std::exchange(newcomers_, {});
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id) {
    const auto was = from.of.instances[id];
    const auto found = std::find_if(waiting.begin(), waiting.end(),
                                    [&](const Newcomer& one) { return one.instance == was; });
    if (was && found == waiting.end()) continue;
    newcomers_.push_back(
        {.instance = id,
         .is_lan_known =
             was ? found->is_lan_known : body_->ears.has_socket(terms().assembly.ear_of[id])});
  }
}

void Engine::reconfigure_one(std::uint16_t id, const Heritage& from) {
  const std::uint16_t was = *from.of.instances[id];
  const config::Instance& before = before_->terms.model.instances[was];
  const config::Instance& now = terms().model.instances[id];
  if (!from.changes[id].empty()) {
    Record record = body_->publication.record(Kind::kReconfigured, id);
    feed::put_text(record.text, from.changes[id]);
    (void)body_->publication.remember(record);
  }
  std::vector<core::TrackerOrigin> origins = from.trackers(before_->terms, terms(), id);
  for (std::uint16_t place = 0; place < origins.size(); ++place)
    if (!origins[place].before)
      origins[place].report = body_->world.report_on({.instance = id, .tracker = place});
  body_->instances.reconfigure(id, from, origins, now_);
  if (body_->instances[id].state() != State::kMaster || body_->instances[id].is_departing()) return;

  const auto is_new = [&](const config::VirtualAddress& address) {
    return std::none_of(before.addresses.begin(), before.addresses.end(),
                        [&](const auto& other) { return config::is_same(other, address); });
  };
  // Its clients are told where the new ones are when the kernel has them.
  if (std::any_of(now.addresses.begin(), now.addresses.end(), is_new))
    body_->wishes.set(id, true);
  else if (!(before.announcing == now.announcing))
    body_->instances.announce_again(id, now_);
}

// After publishing and after the supervisor was told, who makes it the configuration in force with that.
void Engine::tell_of_change() {
  if (owes_reconfigured_) return;
  before_->publication.retire();
  leftover_ = std::move(before_);
  send_hellos();
}

// What is left of the one before is destroyed in a turn that has nothing to tell for the change.
bool Engine::can_tidy_up() const {
  const bool has_to_tell = body_->wishes.can_send() && !owes_keeper_hello_;
  return leftover_ && !has_to_tell && !body_->neighbours.is_behind();
}

// The keeper has said all it has in the new terms: its sockets let the new VRIDs through.
void Engine::take_up_what_is_new() {
  body_->world.caught_up();
  for (const Newcomer& newcomer : std::exchange(newcomers_, {})) {
    core::Start start = start_of(newcomer.instance, began_);
    // A LAN that we have been listening to need not prove that it carries.
    if (newcomer.is_lan_known) start.knew_peer = false;
    body_->world.introduce(newcomer.instance);
    tell_of_maintenance(newcomer.instance);
    tell(newcomer.instance, start);
    body_->wishes.repeat(newcomer.instance);
  }
  for (std::size_t ear = 0; ear < body_->ears.size(); ++ear)
    if (!body_->ears.is_watched(ear)) watch_ear(ear);
}

}  // namespace engine
