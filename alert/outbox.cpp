#include "alert/outbox.hpp"

#include <fmt/format.h>

#include "alert/outbox_schema.hpp"

namespace alert {
namespace {

using store::DatabaseResult;
using store::DatabaseStatus;
using store::Transaction;
using store::Value;

// The first waiting mail of every recipient: the only one whose turn can be.
constexpr std::string_view kHeads =
    "(SELECT min(id) FROM mail WHERE given_up = 0 GROUP BY recipient)";

}  // namespace

DatabaseResult<Outbox> Outbox::open(const std::string& path, std::int64_t wall_ns) {
  auto opened = store::open_or_replace(path, outbox_schema(), wall_ns);
  if (!opened) return opened.error();
  return Outbox{std::move(*opened)};
}

Outbox::Outbox(store::Opened opened) : database_(std::move(opened.database)) {
  if (!opened.moved_to.empty())
    damage_ = fmt::format("the outbox was damaged ({}); it was moved to {} and a new one begun",
                          opened.damage, opened.moved_to);
}

DatabaseResult<std::optional<std::uint64_t>> Outbox::place(const std::string& identity) {
  auto statement = database_.prepare("SELECT sequence FROM place WHERE identity = ?");
  if (!statement) return statement.error();
  statement->bind({std::string_view(identity)});
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return std::optional<std::uint64_t>{};
  return std::optional{static_cast<std::uint64_t>(statement->integer(0))};
}

DatabaseResult<std::string> Outbox::told(const std::string& identity, const std::string& instance) {
  auto statement = database_.prepare("SELECT state FROM told WHERE identity = ? AND instance = ?");
  if (!statement) return statement.error();
  statement->bind({std::string_view(identity), std::string_view(instance)});
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->text(0) : std::string();
}

DatabaseResult<std::vector<Told>> Outbox::all_told(const std::string& identity) {
  auto statement = database_.prepare("SELECT instance, state FROM told WHERE identity = ?");
  if (!statement) return statement.error();
  statement->bind({std::string_view(identity)});
  std::vector<Told> list;
  for (;;) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return list;
    list.push_back({statement->text(0), statement->text(1)});
  }
}

DatabaseStatus Outbox::add(const std::string& identity, std::uint64_t place,
                           const std::vector<NewMail>& mails, const std::vector<Told>& told,
                           std::int64_t wall_ns) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const NewMail& mail : mails)
    if (auto added = database_.run(
            "INSERT INTO mail (identity, sequence, recipient, subject, message, created_ns, "
            "next_try_ns) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            {std::string_view(identity), static_cast<std::int64_t>(mail.sequence),
             std::string_view(mail.recipient), std::string_view(mail.subject),
             std::string_view(mail.message), wall_ns, wall_ns});
        !added)
      return added.error();
  for (const Told& one : told)
    if (auto said =
            database_.run("INSERT INTO told (identity, instance, state) VALUES (?, ?, ?) "
                          "ON CONFLICT (identity, instance) DO UPDATE SET state = excluded.state",
                          {std::string_view(identity), std::string_view(one.instance),
                           std::string_view(one.state)});
        !said)
      return said.error();
  if (auto moved =
          database_.run("INSERT INTO place (identity, sequence) VALUES (?, ?) "
                        "ON CONFLICT (identity) DO UPDATE SET sequence = excluded.sequence",
                        {std::string_view(identity), static_cast<std::int64_t>(place)});
      !moved)
    return moved.error();
  return transaction->commit();
}

DatabaseResult<std::optional<Owed>> Outbox::due(std::int64_t wall_ns) {
  auto statement = database_.prepare(
      fmt::format("SELECT id, recipient, subject, message, created_ns, attempts FROM mail "
                  "WHERE id IN {} AND next_try_ns <= ? ORDER BY id LIMIT 1",
                  kHeads));
  if (!statement) return statement.error();
  statement->bind({wall_ns});
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return std::optional<Owed>{};
  return std::optional{Owed{statement->integer(0), statement->text(1), statement->text(2),
                            statement->text(3), statement->integer(4), statement->integer(5)}};
}

DatabaseResult<std::optional<std::int64_t>> Outbox::next_try() {
  auto statement =
      database_.prepare(fmt::format("SELECT min(next_try_ns) FROM mail WHERE id IN {}", kHeads));
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row || statement->is_null(0)) return std::optional<std::int64_t>{};
  return std::optional{statement->integer(0)};
}

DatabaseResult<std::int64_t> Outbox::waiting() {
  return database_.number("SELECT count(*) FROM mail WHERE given_up = 0");
}

DatabaseStatus Outbox::delivered(std::int64_t id) {
  return database_.run("DELETE FROM mail WHERE id = ?", {id});
}

DatabaseStatus Outbox::postpone(std::int64_t id, std::int64_t next_try_ns, long code,
                                const std::string& text) {
  return database_.run(
      "UPDATE mail SET attempts = attempts + 1, next_try_ns = ?, last_code = ?, last_text = ? "
      "WHERE id = ?",
      {next_try_ns, static_cast<std::int64_t>(code), std::string_view(text), id});
}

DatabaseStatus Outbox::give_up(std::int64_t id, long code, const std::string& text) {
  return database_.run(
      "UPDATE mail SET attempts = attempts + 1, given_up = 1, last_code = ?, last_text = ? "
      "WHERE id = ?",
      {static_cast<std::int64_t>(code), std::string_view(text), id});
}

DatabaseStatus Outbox::retry_unreachable(std::int64_t wall_ns) {
  return database_.run(
      "UPDATE mail SET next_try_ns = ? WHERE given_up = 0 AND last_code = 0 AND next_try_ns > ?",
      {wall_ns, wall_ns});
}

DatabaseStatus Outbox::limit_wait(std::int64_t wall_ns, base::Duration longest) {
  return database_.run("UPDATE mail SET next_try_ns = ? WHERE given_up = 0 AND next_try_ns > ?",
                       {wall_ns, wall_ns + longest.count()});
}

DatabaseStatus Outbox::forget_old(std::int64_t wall_ns) {
  constexpr std::int64_t kMonth = 30LL * 86'400 * 1'000'000'000;
  return database_.run("DELETE FROM mail WHERE given_up = 1 AND created_ns < ?",
                       {wall_ns - kMonth});
}

}  // namespace alert
