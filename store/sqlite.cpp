#include "store/sqlite.hpp"

#include <sqlite3.h>

#include "base/utf8.hpp"

namespace store {

bool DatabaseError::is_damaged() const {
  const int primary = code & 0xff;
  return primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT;
}

bool DatabaseError::is_full() const { return (code & 0xff) == SQLITE_FULL; }

std::string to_string(const DatabaseError& error) { return error.operation + ": " + error.detail; }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(std::span<const Value> values) {
  sqlite3_stmt* statement = statement_.get();
  sqlite3_reset(statement);
  int index = 0;
  for (const Value& value : values) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      sqlite3_bind_int64(statement, index, *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      sqlite3_bind_double(statement, index, *real);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      // Whoever opens the database may take TEXT for what it says it is.
      const std::string valid = base::valid_utf8(*text);
      sqlite3_bind_text(statement, index, valid.data(), static_cast<int>(valid.size()),
                        SQLITE_TRANSIENT);
    } else {
      sqlite3_bind_null(statement, index);
    }
  }
}

DatabaseResult<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    // Lets go of the read lock: a statement left standing holds up checkpoints.
    sqlite3_reset(statement_.get());
    return false;
  }
  sqlite3* handle = sqlite3_db_handle(statement_.get());
  DatabaseError error{sqlite3_sql(statement_.get()), sqlite3_errmsg(handle),
                      sqlite3_extended_errcode(handle)};
  sqlite3_reset(statement_.get());
  return error;
}

DatabaseStatus Statement::finish() {
  for (;;) {
    const auto row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

namespace {

// A path as a file: URI; what means something in a URI is escaped.
std::string uri_of(const std::string& path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

DatabaseResult<Database> Database::open(const std::string& path, Access access) {
  std::string uri = uri_of(path);
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= access == Access::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                        : SQLITE_OPEN_READONLY;
  if (access == Access::kImmutable) uri += "?immutable=1";
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
  Database database{handle};  // is to be closed even when opening failed
  if (handle == nullptr) return DatabaseError{"open " + path, "out of memory", SQLITE_NOMEM};
  if (code != SQLITE_OK) return database.last_error("open " + path);
  sqlite3_busy_timeout(handle, 5'000);
  // Nothing an edited schema says may call functions with effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database;
}

DatabaseError Database::last_error(std::string_view operation) const {
  return {std::string(operation), sqlite3_errmsg(handle_.get()),
          sqlite3_extended_errcode(handle_.get())};
}

DatabaseStatus Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return last_error(sql.substr(0, sql.find('\n')));
  return {};
}

DatabaseResult<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), 0, &statement,
                         nullptr) != SQLITE_OK)
    return last_error(sql);
  return Statement{statement};
}

DatabaseStatus Database::run(std::string_view sql, std::initializer_list<Value> values) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  statement->bind(values);
  return statement->finish();
}

DatabaseResult<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return DatabaseError{std::string(sql), "no row", SQLITE_DONE};
  return statement->integer(0);
}

bool Database::has_moved() const {
  int moved = 0;
  return sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }

DatabaseStatus Database::keep_wal_files() {
  int keep = 1;
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep) != SQLITE_OK)
    return last_error("keep the write-ahead log");
  return {};
}

DatabaseResult<Transaction> Transaction::begin(Database& database) {
  if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction{database};
}

Transaction::~Transaction() {
  // Some errors have rolled back already; then this fails and there is nothing left to do.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

DatabaseStatus Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace store
