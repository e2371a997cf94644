#include "runner/fifos.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/os/log.hpp"
#include "monit/small_file.hpp"
#include "runner/token.hpp"

namespace runner {

using base::Duration;
using base::Instant;
using namespace std::chrono_literals;

namespace {

constexpr Duration kLongLife = 60s;
constexpr Duration kLongestWait = 60s;
// Lines read ahead of a FIFO that is full would only be given up; the ledger keeps more than that.
constexpr int kRecordsAtOnce = 1024;

}  // namespace

Fifos::Fifos(const config::Model& model, std::uint64_t configuration, std::string place_file,
             base::os::Poller& poller, World world)
    : place_file_(std::move(place_file)),
      poller_(poller),
      world_(std::move(world)),
      lines_(model),
      generation_(feed::generation_of(configuration)),
      repeats_on_reload_(model.notifying.repeats_on_reload) {
  for (const config::Fifo* fifo : {&model.notifying.all, &model.notifying.vrrp}) add(model, *fifo);
}

void Fifos::add(const config::Model& model, const config::Fifo& configured) {
  // One that is named twice is told once.
  if (configured.path.empty() ||
      (&configured == &model.notifying.vrrp && configured.path == model.notifying.all.path))
    return;
  config::Command reader = configured.reader;
  if (reader.is_set()) reader.arguments.push_back(configured.path);
  config::Command owner;
  owner.user = configured.user;
  owner.group = configured.group;
  fifos_.emplace_back(Wanted{.configured = configured,
                             .owner = world_.becoming(owner).identity,
                             .reader = world_.becoming(reader)},
                      next_token_++);
}

bool Fifos::is_same_fifo(const Wanted& a, const Wanted& b) {
  return a.configured.path == b.configured.path && a.owner == b.owner;
}

// --- the ledger --------------------------------------------------------------------------------------------------------

// The ledger is there for the first time, or another one has taken its place.
void Fifos::begin_with(Facts& facts, Instant now) {
  ledger_ = facts.ledger_identity();
  std::ifstream file(place_file_);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto former = read_fifo_places(text);
  if (!former && !text.empty())
    world_.remark(place_file_ + " is damaged: FIFOs are told everything since the start");
  const bool is_same = former && former->ledger == ledger_;
  former_ = former ? *std::move(former) : FifoPlaces{};
  const std::uint64_t first = first_place(facts);
  place_ = ~std::uint64_t{0};
  for (Line& line : fifos_) {
    const FifoPlace* const was = former_.find(line.wanted.configured.path);
    line.begins_after = is_same && was != nullptr ? was->told : first;
    place_ = std::min(place_, line.begins_after);
    if (was != nullptr && !line.fifo.is_open()) adopt_reader(line, *was, now);
  }
}

// A FIFO nobody was told of begins with this configuration, or with this engine, if that began later.
std::uint64_t Fifos::first_place(Facts& facts) const {
  std::uint64_t place = 0;
  bool is_ours = false;
  feed::LedgerReader ledger = facts.ledger_after(0);
  while (const auto record = ledger.next()) {
    if (record->kind == feed::Kind::kEngineStarted) place = record->sequence;
    if (is_ours || record->generation != generation_) continue;
    is_ours = true;
    place = std::max(place, record->sequence - 1);
  }
  return is_ours ? place : ledger.place();
}

void Fifos::read_ledger(Facts& facts, std::uint64_t last) {
  feed::LedgerReader ledger = facts.ledger_after(place_);
  for (int i = 0; i < kRecordsAtOnce && ledger.place() < last; ++i) {
    const auto record = ledger.next();
    if (!record) break;
    place_ = ledger.place();
    if (record->kind == feed::Kind::kLost) {
      world_.remark(fmt::format(
          "{} records were overwritten before FIFOs could be told: they are told what is now",
          record->status));
      owes_states_ = true;
      continue;
    }
    if (record->kind == feed::Kind::kReload && record->status == 0) was_reloaded_ = true;
    const auto text = lines_.line_for(*record);
    if (!text) continue;
    for (Line& line : fifos_)
      if (record->sequence > line.begins_after) line.fifo.put(record->sequence, *text);
  }
}

void Fifos::repeat_states(Facts& facts) {
  const auto board = facts.board();
  // A board that another one has taken the place of: its configuration is on its way to us.
  if (!board || board->global.superseded != 0 || place_ < board->global.ledger_head) return;
  const bool was_reloaded = std::exchange(was_reloaded_, false);
  if (!std::exchange(owes_states_, false) && !(was_reloaded && repeats_on_reload_)) return;
  for (const std::string& text : lines_of_now(board->rows, board->groups))
    for (Line& line : fifos_) line.fifo.put(place_, text);
}

// --- FIFOs and their readers -------------------------------------------------------------------------------------------

void Fifos::advance(Facts& facts, std::uint64_t last, Instant now) {
  std::erase_if(leaving_, [&](Leaving& one) {
    if (one.kill_at <= now) one.process.signal(SIGKILL);
    return one.process.try_end().has_value();
  });
  look_at_ = leaving_.empty() ? Instant::never() : now + kLook;
  if (fifos_.empty()) return;
  const std::uint64_t identity = facts.ledger_identity();
  if (identity != 0 && identity != ledger_) begin_with(facts, now);
  if (ledger_ != 0) read_ledger(facts, last);
  if (ledger_ != 0 && (owes_states_ || was_reloaded_)) repeat_states(facts);
  if (owes_states_ || was_reloaded_) look_at_ = earlier(look_at_, now + kLook);
  for (Line& line : fifos_) {
    // Its reader, and whether it was made by us, are known when the former places are.
    if (ledger_ != 0 && !line.fifo.is_open() && line.end_since.is_never() && line.next_try <= now)
      open(line, now);
    if (line.fifo.flush()) look_at_ = earlier(look_at_, now + kLook);
    tell_given_up(line);
    if (line.fifo.is_open() && !line.reader && !is_stopping_ && line.start_reader_at <= now)
      start_reader(line, now);
    if (is_stopping_ && place_ >= last) end_reader(line, now);
  }
  if (is_stopping_) look_at_ = earlier(look_at_, now + kLook);
  save();
}

Instant Fifos::deadline() const {
  Instant deadline = look_at_;
  for (const Line& line : fifos_) {
    if (!line.fifo.is_open() && line.end_since.is_never() && ledger_ != 0)
      deadline = earlier(deadline, line.next_try);
    if (line.fifo.is_open() && !line.reader && line.wanted.configured.reader.is_set() &&
        !is_stopping_)
      deadline = earlier(deadline, line.start_reader_at);
  }
  return deadline;
}

void Fifos::open(Line& line, Instant now) {
  const FifoPlace* const was = former_.find(line.wanted.configured.path);
  const auto opened = line.fifo.open(was != nullptr && was->is_made_by_us);
  const std::string trouble = opened ? "" : to_string(opened.error());
  if (!trouble.empty() && trouble != line.trouble) world_.remark(trouble);
  line.trouble = trouble;
  if (!line.fifo.is_open()) {
    line.next_try = now + kTryAgain;
  } else {
    std::erase_if(former_.fifos,
                  [&](const FifoPlace& one) { return one.path == line.wanted.configured.path; });
  }
}

void Fifos::tell_given_up(Line& line) {
  const std::uint64_t now = line.fifo.given_up();
  if (now == line.told_given_up) return;
  // Said when it begins, and how much it was when it is over.
  if (line.told_given_up == 0)
    world_.remark(fmt::format("{} is full and nobody reads it: its oldest lines are given up",
                              line.wanted.configured.path));
  line.told_given_up = now;
}

bool Fifos::watch(Line& line) {
  if (poller_.add(line.reader->ended_fd(), token(Source::kReaderEnded, line.token))) return true;
  line.reader->signal(SIGKILL);
  leaving_.push_back({*std::move(line.reader), Instant{}});
  line.reader.reset();
  return false;
}

void Fifos::adopt_reader(Line& line, const FifoPlace& was, Instant now) {
  if (was.reader == 0 || !line.wanted.configured.reader.is_set()) return;
  line.reader = Process::adopt(was.reader, was.reader_ticks);
  if (!line.reader) return;
  line.reader_ticks = was.reader_ticks;
  line.reader_began = now;
  if (line.reader->is_not_yet_script()) {
    line.reader->signal(SIGKILL);  // its gate will not open any more
    leaving_.push_back({*std::move(line.reader), Instant{}});
    line.reader.reset();
  } else if (watch(line)) {
    base::os::log_notice(line.wanted.configured.path + " goes on being read by process " +
                         std::to_string(was.reader));
  }
}

void Fifos::start_reader(Line& line, Instant now) {
  if (!line.wanted.configured.reader.is_set()) return;
  auto started = Process::start_notify(line.wanted.reader);
  line.start_reader_at = now + std::max<Duration>(line.wait, 1s);
  if (!started) {
    world_.remark(fmt::format("the reader of {} cannot be started: {}", line.wanted.configured.path,
                              to_string(started.error())));
    return;
  }
  line.reader = *std::move(started);
  line.reader_ticks = line.reader->start_ticks();
  line.reader_began = now;
  if (!watch(line)) return;
  // Written down first, run second: whoever comes after us knows of it.
  save();
  line.reader->open_gate();
}

void Fifos::reader_ended(std::size_t place, Instant now) {
  const auto line = std::ranges::find(fifos_, place, &Line::token);
  if (line == fifos_.end() || !line->reader) return;
  const auto status = line->reader->try_end();
  if (!status) return;
  poller_.remove(line->reader->ended_fd());
  line->reader.reset();
  if (is_stopping_) return;
  const Duration life = now - line->reader_began;
  line->wait = life >= kLongLife
                   ? Duration{1s}
                   : std::min<Duration>(std::max<Duration>(line->wait * 2, 1s), kLongestWait);
  line->start_reader_at = now + line->wait;
  world_.remark(fmt::format(
      "the reader of {} ended{}; it is started again in {} s", line->wanted.configured.path,
      *status == Process::kNotKnown ? "" : " with " + base::os::describe_exit(*status),
      std::chrono::duration_cast<std::chrono::seconds>(line->wait).count()));
}

// --- another configuration, and the end --------------------------------------------------------------------------------

void Fifos::reconfigure(const config::Model& before, const config::Model& now,
                        const config::Lineage& lineage, Facts& facts, Instant time) {
  // What was said in the terms of the former one goes to those who were there.
  if (ledger_ != 0) read_ledger(facts, ~std::uint64_t{0});
  lines_.reconfigure(before, now, lineage);
  if (fifos_.empty() && facts.ledger_identity() != 0) {
    ledger_ = facts.ledger_identity();
    place_ = facts.ledger_after(0).head();
  }
  std::vector<Line> old = std::exchange(fifos_, {});
  for (const config::Fifo* fifo : {&now.notifying.all, &now.notifying.vrrp}) add(now, *fifo);
  for (Line& line : fifos_) {
    line.begins_after = place_;
    const auto was = std::ranges::find_if(
        old, [&](const Line& one) { return is_same_fifo(one.wanted, line.wanted); });
    if (was == old.end()) continue;
    Line fresh = std::exchange(line, std::move(*was));
    old.erase(was);
    if (line.wanted.reader == fresh.wanted.reader) continue;
    line.wanted = std::move(fresh.wanted);
    if (line.reader) {
      poller_.remove(line.reader->ended_fd());
      line.reader->signal(SIGTERM);
      leaving_.push_back({*std::move(line.reader), time + kAfterTerm});
      line.reader.reset();
    }
    line.token = fresh.token;
    line.wait = {};
    line.start_reader_at = time;
  }
  for (Line& line : old) take_down(line, time);
  repeats_on_reload_ = now.notifying.repeats_on_reload;
  save();
}

void Fifos::take_down(Line& line, Instant now) {
  line.fifo.remove();
  line.fifo.close();
  if (!line.reader) return;
  poller_.remove(line.reader->ended_fd());
  line.reader->signal(SIGTERM);
  leaving_.push_back({*std::move(line.reader), now + kAfterTerm});
}

void Fifos::begin_stop() { is_stopping_ = true; }

void Fifos::end_reader(Line& line, Instant now) {
  if (line.end_since.is_never()) {
    // Who of ours reads has read it all first. Others can go on reading what is in it.
    if (line.fifo.is_open() && line.reader && (line.fifo.is_waiting() || line.fifo.has_unread()))
      return;
    line.fifo.remove();
    line.fifo.close();
    line.end_since = now;
  }
  if (!line.reader) return;
  if (!line.was_termed && now - line.end_since >= kAfterEnd) {
    line.was_termed = true;
    line.reader->signal(SIGTERM);
  }
  if (now - line.end_since >= kAfterEnd + kAfterTerm) line.reader->signal(SIGKILL);
}

bool Fifos::is_finished(std::uint64_t last) const {
  if (!leaving_.empty()) return false;
  return fifos_.empty() ||
         ((ledger_ == 0 || place_ >= last) && std::ranges::all_of(fifos_, [](const Line& line) {
            return !line.reader && !line.end_since.is_never();
          }));
}

void Fifos::finish() {
  for (Line& line : fifos_) {
    if (line.reader) line.reader->signal(SIGKILL);
    line.reader.reset();
    line.fifo.remove();
    if (line.fifo.given_up() > 0)
      base::os::log_warning(fmt::format("{} lines of {} were given up", line.fifo.given_up(),
                                        line.wanted.configured.path));
  }
  for (Leaving& one : leaving_) one.process.signal(SIGKILL);
  save();
}

void Fifos::save() {
  if (ledger_ == 0) return;
  FifoPlaces places{.ledger = ledger_, .fifos = {}};
  for (const Line& line : fifos_)
    places.fifos.push_back({.told = std::max(line.begins_after, line.fifo.told(place_)),
                            .is_made_by_us = line.fifo.is_made_by_us(),
                            .reader = line.reader ? line.reader->pid() : 0,
                            .reader_ticks = line.reader ? line.reader_ticks : 0,
                            .path = line.wanted.configured.path});
  const std::string text = write_fifo_places(places);
  if (text == saved_) return;
  const auto saved = monit::replace_file(place_file_, text);
  if (saved) saved_ = text;
  // Once per trouble, not once per line.
  if (!saved && !is_saving_failing_) base::os::log_error(to_string(saved.error()));
  is_saving_failing_ = !saved;
}

}  // namespace runner
