// SQLite wrapped once: databases, statements, transactions. No other file includes sqlite3.h.
//
// Nothing here throws and nothing is retried: what the database says no to is answered to the caller, who knows whether
// to wait, to move a damaged file aside, or to give up. One thread at a time per Database.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace store {

struct DatabaseError {
  std::string operation;  // "record 12 events"
  std::string detail;     // "database or disk is full"
  int code = 0;           // SQLite's extended result code; 0 when the refusal is ours

  // The file is not, or no longer, a database: waiting will not help.
  bool is_damaged() const;
  bool is_full() const;
};
std::string to_string(const DatabaseError& error);

template <typename T>
using DatabaseResult = base::Result<T, DatabaseError>;
using DatabaseStatus = DatabaseResult<void>;

// What is bound to a `?`. Text must outlive the step.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;

class Statement {
 public:
  // Forgets the last run and binds all parameters, first to last.
  void bind(std::span<const Value> values);
  void bind(std::initializer_list<Value> values) {
    bind(std::span<const Value>(values.begin(), values.size()));
  }
  // True: a row is there to be read. False: done.
  DatabaseResult<bool> step();
  // Runs to the end, ignoring rows.
  DatabaseStatus finish();

  // Of the row at hand, columns from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Access {
    kReadWrite,  // made when missing
    kReadOnly,
    kImmutable,  // read-only, without locks or shared memory: only when nobody writes
  };
  static DatabaseResult<Database> open(const std::string& path, Access access);

  // Any number of statements without parameters.
  DatabaseStatus execute(const std::string& sql);
  DatabaseResult<Statement> prepare(std::string_view sql);
  // Prepares, binds, runs to the end.
  DatabaseStatus run(std::string_view sql, std::initializer_list<Value> values);
  // The first column of the first row; an error when there is none.
  DatabaseResult<std::int64_t> number(std::string_view sql);

  // The file was deleted, renamed or replaced: what is written now, nobody will ever find.
  bool has_moved() const;
  std::int64_t changes() const;  // rows the last INSERT, UPDATE or DELETE touched
  // Keeps -wal and -shm beside the file after the last close, so that readers without write permission can go on.
  DatabaseStatus keep_wal_files();

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  DatabaseError last_error(std::string_view operation) const;
  std::unique_ptr<sqlite3, Close> handle_;
};

// BEGIN IMMEDIATE: the write lock is taken at the start, where waiting for it works. Rolled back unless committed.
class Transaction {
 public:
  static DatabaseResult<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  DatabaseStatus commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace store
