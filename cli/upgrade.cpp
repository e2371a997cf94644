#include "cli/upgrade.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "supervisor/control.hpp"

namespace cli {
namespace {

constexpr int kFailed = 1;
constexpr int kDoesNotRead = 3;
constexpr int kRestart = 4;

// The trial, the preparation, and six processes one after the other have limits of their own, and a reload comes first.
constexpr base::Duration kPatience = std::chrono::minutes{5};

}  // namespace

int upgrade(const Directories& directories, bool force) {
  control::Request request;
  request.command = control::Command::kUpgrade;
  if (force) feed::put_text(request.subject, "force");
  const auto reply = control::ask(directories.run, request, kPatience);
  if (!reply) {
    fmt::print(stderr, "vigie: {}\n", to_string(reply.error()));
    return kRestart;
  }
  const std::string text(feed::get_text(reply->text));
  switch (reply->answer) {
    case control::Answer::kDone: fmt::print("upgrade {}\n", text); return 0;
    case control::Answer::kRefused:
      fmt::print(stderr,
                 "vigie: upgrade {}; nothing was done. With --force what is master departs, make "
                 "before break, and the new version starts from the beginning\n",
                 text);
      return kDoesNotRead;
    case control::Answer::kFailed:
      fmt::print(stderr, "vigie: upgrade {}; what ran goes on\n", text);
      return kFailed;
    case control::Answer::kNotUnderstood: break;
  }
  fmt::print(stderr, "vigie: the vigied that runs knows no upgrade; restart it\n");
  return kRestart;
}

}  // namespace cli
