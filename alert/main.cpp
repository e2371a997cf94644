// vigie-alerter: turns transitions into mails and gets them delivered. May wait for a mail server; nothing waits for it.
#include <sys/stat.h>

#include <optional>
#include <random>
#include <string>

#include "alert/absence.hpp"
#include "alert/courier.hpp"
#include "alert/intake.hpp"
#include "alert/smtp.hpp"
#include "base/os/clock.hpp"
#include "base/os/host_addresses.hpp"
#include "base/os/host_name.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"
#include "store/follower.hpp"

namespace {

using base::Error;
using base::Instant;

constexpr base::Duration kTimeToFinish = std::chrono::seconds{5};
constexpr base::Duration kRetry = std::chrono::seconds{1};
constexpr base::Duration kLook = std::chrono::seconds{1};  // at the board: nothing there wakes us
static_assert(kLook < feed::Presence::kAwake);

// Whether, and since when, we are asked to finish.
class Finish {
 public:
  explicit Finish(store::Follower& follower) : follower_(follower) {}
  base::Status wait(Instant deadline) {
    const auto asked = follower_.wait(deadline);
    if (!asked) return asked.error();
    if (*asked && !until_) until_ = base::os::now() + kTimeToFinish;
    return base::ok();
  }
  bool is_asked() const { return until_.has_value(); }
  bool is_over() const { return until_ && base::os::now() >= *until_; }
  // Asked in the middle of a mail; a failing wait shows itself in the next one of the main loop.
  bool look() {
    (void)wait(base::os::now());
    return is_over();
  }

 private:
  store::Follower& follower_;
  std::optional<Instant> until_;
};

// Looks at the board whether an engine is there.
class Lookout {
 public:
  Lookout(const config::Model& model, std::span<const std::byte> board)
      : board_(board), absence_(model, base::os::now()) {}

  // What is to be told, if anything is.
  std::optional<alert::Sighting> look() {
    const Instant now = base::os::now();
    if (!absence_.look(board_.global(), now)) return std::nullopt;
    std::vector<std::optional<feed::Row>> rows;
    for (std::size_t i = 0; i < board_.rows(); ++i) rows.push_back(board_.row(i));
    return absence_.sighting({.rows = rows,
                              .here = base::os::host_addresses(),
                              .now = now,
                              .wall_ns = base::os::wall_ns()});
  }

 private:
  feed::BoardReader board_;
  alert::Absence absence_;
};

base::Result<alert::Intake::Addresses> addresses_of(const config::Mail& mail,
                                                    const std::string& host) {
  alert::Intake::Addresses addresses;
  const std::string from = mail.from.empty() ? "vigie@" + host : mail.from;
  const auto sender = alert::Mailbox::parse(from);
  if (!sender) return Error::because("read the sender's address", "not a mail address", from);
  addresses.from = *sender;
  for (const std::string& text : mail.to) {
    if (const auto recipient = alert::Mailbox::parse(text)) {
      addresses.to.push_back(*recipient);
    } else {
      base::os::log_error("no mail can be sent to " + text + ": not a mail address");
    }
  }
  return addresses;
}

base::Result<alert::Outbox> open_outbox(const std::string& path, Finish& finish) {
  bool was_said = false;
  for (;;) {
    auto outbox = alert::Outbox::open(path, base::os::wall_ns());
    if (outbox) {
      if (!outbox->damage().empty()) base::os::log_error(outbox->damage());
      return std::move(*outbox);
    }
    if (!was_said)
      base::os::log_error("the outbox cannot be opened; trying every second: " +
                          to_string(outbox.error()));
    was_said = true;
    if (auto waited = finish.wait(base::os::now() + kRetry); !waited) return waited.error();
    if (finish.is_asked()) return Error::because("open the outbox", outbox.error().detail, path);
  }
}

void say_lost(const std::string& path, alert::Outbox& outbox) {
  const auto waiting = outbox.waiting();
  base::os::log_error("the outbox " + path +
                      " was deleted or replaced while in use; a new one is begun with the mails "
                      "of the last minutes that the ledger still knows" +
                      (waiting && *waiting > 0
                           ? " (" + std::to_string(*waiting) + " waited in the lost one)"
                           : std::string()));
}

enum class Ended { kFinished, kOutboxLost };

// Until we are asked to finish and have, or the time for it is over, or the outbox is not there any more.
base::Result<Ended> serve(alert::Intake& intake, alert::Courier& courier, alert::Outbox& outbox,
                          Lookout& lookout, Finish& finish) {
  bool intake_refused = false;
  for (;;) {
    if (outbox.is_lost()) return Ended::kOutboxLost;
    if (auto seen = lookout.look()) intake.see(std::move(*seen));
    const std::int64_t wall = base::os::wall_ns();
    const auto added = intake.take_in(wall);
    if (!added && !intake_refused)
      base::os::log_error("mails wait in the ledger, the outbox cannot be written: " +
                          to_string(added.error()));
    intake_refused = !added;
    if (added && *added > 0) courier.news(wall);

    const bool more = courier.deliver_one(wall);
    if (finish.is_over() || (finish.is_asked() && !more && !intake_refused)) break;
    Instant deadline = base::os::now();
    if (!more) {
      const auto next = courier.next_try(wall);
      deadline = base::os::now() + kLook;
      if (next)
        deadline = base::earlier(
            deadline, base::os::now() + base::Duration{std::max<std::int64_t>(0, *next - wall)});
      if (const auto due = intake.next_due())
        deadline = base::earlier(
            deadline, base::os::now() + base::Duration{std::max<std::int64_t>(0, *due - wall)});
      if (intake_refused) deadline = base::earlier(deadline, base::os::now() + kRetry);
    }
    if (auto waited = finish.wait(deadline); !waited) return waited.error();
  }
  if (const auto waiting = outbox.waiting(); waiting && *waiting > 0)
    base::os::log_notice(std::to_string(*waiting) +
                         " mails stay in the outbox until the next start");
  return Ended::kFinished;
}

base::Status run(int argc, char** argv) {
  auto signals = role::hold_signals();
  if (!signals) return signals.error();
  const auto arguments = role::begin("alerter", argc, argv);
  if (!arguments) return arguments.error();
  ::umask(0027);
  if (auto prepared = store::prepare_state_dir(arguments->state_dir, "vigie"); !prepared)
    return prepared.error();

  base::os::Confinement confinement;
  confinement.user = "vigie";
  confinement.open_files = 64;
  confinement.die_with_parent = true;
  confinement.process_name = "vigie-alerter";
  if (auto confined = role::confine(confinement); !confined) return confined;

  if (auto alone = role::stand_by(*arguments); !alone) return alone;
  auto follower = store::Follower::open(*std::move(signals));
  if (!follower) return follower.error();
  role::say_it_took_over(*arguments);
  Finish finish{*follower};
  const config::Model& model = follower->model();
  if (model.mail.server.empty()) {
    base::os::log_warning("no mail server is configured: there is nothing to do");
    while (!finish.is_asked())
      if (auto waited = finish.wait(Instant::never()); !waited) return waited;
    return base::ok();
  }

  const auto board = base::os::Mapping::read_only(ipc::kBoardFd);
  if (!board) return board.error();
  if (!feed::is_board(board->bytes(), base::os::boot_id()))
    return Error::because("open the board", "it is not a board of this version and this boot");
  Lookout lookout{model, board->bytes()};

  const std::string host = base::os::host_name();
  auto addresses = addresses_of(model.mail, host);
  if (!addresses) return addresses.error();
  auto smtp = alert::Smtp::open(model.mail, addresses->from.address, host,
                                [&finish] { return finish.look(); });
  if (!smtp) return smtp.error();
  alert::Courier::Options options;
  options.expire = model.mail.expire;
  options.seed = std::random_device{}();
  const std::string path = arguments->state_dir + "/outbox.db";
  for (;;) {
    auto outbox = open_outbox(path, finish);
    if (!outbox) return outbox.error();
    if (auto forgotten = outbox->forget_old(base::os::wall_ns()); !forgotten)
      base::os::log_warning(to_string(forgotten.error()));
    alert::Courier courier{*outbox, **smtp, options};
    alert::Intake intake{*outbox, model,
                         alert::Origin{model.router_id.empty() ? host : model.router_id, host},
                         *addresses, follower->ledger()};
    const auto ended = serve(intake, courier, *outbox, lookout, finish);
    if (!ended) return ended.error();
    if (*ended == Ended::kFinished) return base::ok();
    say_lost(path, *outbox);
  }
}

}  // namespace

int main(int argc, char** argv) { return role::exit_status(run(argc, argv)); }
