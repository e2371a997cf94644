#include "store/history.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "store/history_schema.hpp"
#include "store/sqlite.hpp"

namespace store {
namespace {

constexpr std::string_view kColumns =
    "id, kind, instance, from_state, to_state, cause, sentence, priority, peer, peer_priority, "
    "silence_ms, lateness_ms, duration_ms, status, uid, subject, text, generation, wall_ns, "
    "monotonic_ns, boot_id, ledger, sequence";

template <typename Number>
std::optional<Number> number_at(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<Number>(row.integer(column));
}
std::optional<double> real_at(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.real(column);
}

// In the order of kColumns.
Event event_at(const Statement& row) {
  Event event;
  event.id = row.integer(0);
  event.kind = row.text(1);
  event.instance = row.text(2);
  event.from = row.text(3);
  event.to = row.text(4);
  event.cause = row.text(5);
  event.sentence = row.text(6);
  event.priority = number_at<int>(row, 7);
  event.peer = row.text(8);
  event.peer_priority = number_at<int>(row, 9);
  event.silence_ms = real_at(row, 10);
  event.lateness_ms = real_at(row, 11);
  event.duration_ms = real_at(row, 12);
  event.status = number_at<std::int64_t>(row, 13);
  event.uid = number_at<std::int64_t>(row, 14);
  event.subject = row.text(15);
  event.text = row.text(16);
  event.generation = row.integer(17);
  event.wall_ns = row.integer(18);
  event.monotonic_ns = row.integer(19);
  event.boot_id = row.text(20);
  event.ledger = row.text(21);
  event.sequence = number_at<std::uint64_t>(row, 22);
  return event;
}

base::Error as_error(const DatabaseError& error, std::string_view operation,
                     std::string_view subject = {}) {
  return base::Error::because(operation, error.detail, subject);
}

bool has_log(const std::string& path) {
  struct stat found {};
  return ::stat((path + "-wal").c_str(), &found) == 0 && found.st_size > 0;
}

// Opening reads nothing: whether it works shows with the first question.
DatabaseResult<Database> open_and_ask(const std::string& path, Database::Access access) {
  auto database = Database::open(path, access);
  if (!database) return database.error();
  if (auto ours = is_ours(*database, history_schema()); !ours) return ours.error();
  return database;
}

base::Result<std::vector<Event>> all_rows(DatabaseResult<Statement>& statement) {
  std::vector<Event> events;
  for (;;) {
    const auto row = statement->step();
    if (!row) return as_error(row.error(), "read the history");
    if (!*row) return events;
    events.push_back(event_at(*statement));
  }
}

}  // namespace

std::string identity_text(std::uint64_t ledger_identity) {
  return fmt::format("{:016x}", ledger_identity);
}

History::History(Database database) : database_(std::make_unique<Database>(std::move(database))) {}
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

base::Result<History> History::open(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return base::Error::last("open the history", path);
  auto database = open_and_ask(path, Database::Access::kReadOnly);
  // WAL mode wants -wal and -shm, which somebody without write permission cannot make. When no log waits to be read,
  // nobody is writing, and the file alone is the whole truth.
  if (!database && database.error().code != 0 && !has_log(path))
    database = open_and_ask(path, Database::Access::kImmutable);
  if (!database) return as_error(database.error(), "open the history", path);
  return History{std::move(*database)};
}

base::Result<std::vector<Event>> History::list(const Filter& filter) {
  std::string where = "wall_ns >= ?1";
  if (!filter.kinds.empty()) {
    where += " AND kind IN (";
    for (std::size_t i = 0; i < filter.kinds.size(); ++i)
      where += fmt::format("{}?{}", i == 0 ? "" : ", ", 4 + i);
    where += ")";
  } else if (filter.transitions_only) {
    where += " AND kind = 'transition'";
  }
  if (!filter.instance.empty()) where += " AND instance = ?2";
  // The newest, then turned round.
  auto statement = database_->prepare(
      fmt::format("SELECT * FROM (SELECT {} FROM timeline WHERE {} ORDER BY id DESC LIMIT ?3) "
                  "ORDER BY id",
                  kColumns, where));
  if (!statement) return as_error(statement.error(), "read the history");
  std::vector<Value> values{filter.since_wall_ns, std::string_view(filter.instance),
                            static_cast<std::int64_t>(filter.limit)};
  for (const std::string& kind : filter.kinds) values.emplace_back(std::string_view(kind));
  statement->bind(values);
  return all_rows(statement);
}

base::Result<std::optional<Event>> History::last_transition(const std::string& instance) {
  auto statement = database_->prepare(fmt::format(
      "SELECT {} FROM timeline WHERE kind = 'transition' AND instance = ? ORDER BY id DESC LIMIT 1",
      kColumns));
  if (!statement) return as_error(statement.error(), "read the history");
  statement->bind({std::string_view(instance)});
  auto rows = all_rows(statement);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Event>{};
  return std::optional<Event>{std::move(rows->front())};
}

base::Result<std::uint64_t> History::recorded_through(std::uint64_t ledger_identity) {
  auto statement = database_->prepare("SELECT sequence FROM place WHERE identity = ?");
  if (!statement) return as_error(statement.error(), "read the history");
  const std::string identity = identity_text(ledger_identity);
  statement->bind({std::string_view(identity)});
  const auto row = statement->step();
  if (!row) return as_error(row.error(), "read the history");
  return *row ? static_cast<std::uint64_t>(statement->integer(0)) : 0;
}

}  // namespace store
