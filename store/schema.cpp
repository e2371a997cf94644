#include "store/schema.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace store {
namespace {

DatabaseStatus migrate(Database& database, const Schema& schema) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  // Under the write lock: another process may have upgraded it a moment ago.
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto newest = static_cast<std::int64_t>(schema.migrations.size());
  if (*version >= newest) return {};
  for (std::int64_t next = *version; next < newest; ++next) {
    const std::string sql{schema.migrations[static_cast<std::size_t>(next)]};
    if (auto done = database.execute(sql); !done) return done.error();
  }
  const std::string stamp = fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                        schema.application_id, newest);
  if (auto done = database.execute(stamp); !done) return done.error();
  return transaction->commit();
}

std::string utc_stamp(std::int64_t wall_ns) {
  const time_t seconds = wall_ns / 1'000'000'000;
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

DatabaseStatus is_ours(Database& database, const Schema& schema) {
  const auto id = database.number("PRAGMA application_id");
  if (!id) return id.error();
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto objects = database.number("SELECT count(*) FROM sqlite_schema");
  if (!objects) return objects.error();
  const std::string operation = fmt::format("use the {} database", schema.what);
  if (*objects == 0 && *id == 0 && *version == 0) return {};
  if (*id != schema.application_id)
    return DatabaseError{operation, "the file belongs to another program", 0};
  if (*version > static_cast<std::int64_t>(schema.migrations.size()))
    return DatabaseError{
        operation,
        fmt::format("a newer vigie made it (schema {}, this one knows {}): it is left alone",
                    *version, schema.migrations.size()),
        0};
  return {};
}

DatabaseResult<Database> open_for_writing(const std::string& path, const Schema& schema) {
  auto database = Database::open(path, Database::Access::kReadWrite);
  if (!database) return database.error();
  if (auto ours = is_ours(*database, schema); !ours) return ours.error();
  // auto_vacuum counts only before the first page is written, and WAL mode writes it.
  if (auto set = database->execute("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
                                   "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                                   "PRAGMA journal_size_limit=16777216");
      !set)
    return set.error();
  if (auto kept = database->keep_wal_files(); !kept) return kept.error();
  if (auto migrated = migrate(*database, schema); !migrated) return migrated.error();
  return database;
}

DatabaseStatus check(Database& database) {
  auto statement = database.prepare("PRAGMA quick_check(1)");
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  std::string verdict = *row ? statement->text(0) : "no verdict";
  if (verdict == "ok") return {};
  std::replace(verdict.begin(), verdict.end(), '\n', ' ');
  constexpr int kCorrupt = 11;  // SQLITE_CORRUPT
  return DatabaseError{"check", verdict, kCorrupt};
}

base::Result<std::string> move_aside(const std::string& path, std::int64_t wall_ns) {
  std::string target = path + ".corrupt-" + utc_stamp(wall_ns);
  struct stat found {};
  for (int i = 2; ::stat(target.c_str(), &found) == 0; ++i)
    target = fmt::format("{}.corrupt-{}-{}", path, utc_stamp(wall_ns), i);
  // The log first: a crash between the two must not leave an old log beside a new database.
  const std::string wal = path + "-wal";
  if (::rename(wal.c_str(), (target + "-wal").c_str()) != 0 && errno != ENOENT)
    return base::Error::last("move aside", wal);
  if (::unlink((path + "-shm").c_str()) != 0 && errno != ENOENT)
    return base::Error::last("remove", path + "-shm");
  if (::rename(path.c_str(), target.c_str()) != 0) return base::Error::last("move aside", path);
  return target;
}

DatabaseResult<Opened> open_or_replace(const std::string& path, const Schema& schema,
                                       std::int64_t wall_ns) {
  DatabaseError damage;
  {
    auto database = open_for_writing(path, schema);
    if (!database && !database.error().is_damaged()) return database.error();
    const auto checked = database ? check(*database) : DatabaseStatus{database.error()};
    if (checked) return Opened{std::move(*database), {}, {}};
    if (!checked.error().is_damaged()) return checked.error();
    damage = checked.error();
  }
  const auto moved = move_aside(path, wall_ns);
  if (!moved)
    return DatabaseError{"replace the damaged " + path, base::to_string(moved.error()), 0};
  auto fresh = open_for_writing(path, schema);
  if (!fresh) return fresh.error();
  return Opened{std::move(*fresh), *moved, damage.detail};
}

}  // namespace store
