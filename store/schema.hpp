// A database of ours as a file: made, upgraded, checked, moved aside when it is damaged.
//
// A schema is a list of migrations; the file's user_version says how many it has been through. They run in one
// transaction, so a crash leaves the old version or the new one. A file of a newer version, or of another program, is
// refused and never touched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "store/sqlite.hpp"

namespace store {

struct Schema {
  std::string_view what;            // "history"
  std::int32_t application_id = 0;  // in the file's header; file(1) shows it
  std::span<const std::string_view> migrations;
};

// Is this a database of ours that we understand? A new, empty file is.
DatabaseStatus is_ours(Database& database, const Schema& schema);

// For writing, at the newest version: WAL, synchronous FULL, room given back as rows go.
DatabaseResult<Database> open_for_writing(const std::string& path, const Schema& schema);

// Reads every page. An error that is_damaged() when one is not as it should be.
DatabaseStatus check(Database& database);

// Renames the file and its log to <path>.corrupt-<time>; answers the new name.
base::Result<std::string> move_aside(const std::string& path, std::int64_t wall_ns);

struct Opened {
  Database database;
  std::string moved_to;  // where a damaged one went; empty when all was well
  std::string damage;    // what was wrong with it
};
// Opens and checks; a damaged file is moved aside and a fresh one made.
DatabaseResult<Opened> open_or_replace(const std::string& path, const Schema& schema,
                                       std::int64_t wall_ns);

}  // namespace store
