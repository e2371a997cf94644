#include "cli/reload.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "supervisor/control.hpp"

namespace cli {
namespace {

// Reading the file and changing over have limits of their own. The longest is that of a departure, three intervals of a
// master; one that was asked for before ours comes first.
constexpr base::Duration kPatience = std::chrono::minutes{5};

std::string findings(const Directories& directories) {
  std::ifstream file(directories.run + "/findings");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int reload(const Directories& directories) {
  control::Request request;
  request.command = control::Command::kReload;
  const auto reply = control::ask(directories.run, request, kPatience);
  if (!reply) {
    fmt::print(stderr, "vigie: {}\n", to_string(reply.error()));
    return 1;
  }
  const std::string text(feed::get_text(reply->text));
  switch (reply->answer) {
    case control::Answer::kDone:
      fmt::print(stderr, "{}", findings(directories));
      fmt::print("reloaded: {}\n", text);
      return 0;
    case control::Answer::kRefused:
      fmt::print(stderr, "{}", findings(directories));
      fmt::print(stderr, "vigie: not reloaded, what runs goes on: {}\n", text);
      return 2;
    case control::Answer::kFailed:
      fmt::print(stderr, "vigie: not reloaded, what runs goes on: {}\n", text);
      return 1;
    case control::Answer::kNotUnderstood: break;
  }
  fmt::print(stderr, "vigie: vigied does not understand this command; it is of another version\n");
  return 1;
}

}  // namespace cli
