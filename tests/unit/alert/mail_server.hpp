// A real mail server on the loopback (aiosmtpd, smtp_server.py) that answers as it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/os/process.hpp"
#include "engine/config/model.hpp"
#include "tests/unit/store/bench.hpp"

namespace bench {

struct Delivered {
  std::string helo;
  int peer = 0;  // port the client spoke from: one per connection
  std::string from;
  std::vector<std::string> to;
  std::string content;
};

class MailServer {
 public:
  // Picks a free port; nobody listens there yet.
  explicit MailServer(const Directory& directory);
  ~MailServer();
  void start(std::vector<std::string> options = {});
  void stop();
  std::vector<Delivered> mails() const;
  config::Mail settings() const;

 private:
  std::string journal_;
  std::uint16_t port_ = 0;
  std::optional<base::os::Child> child_;
};

}  // namespace bench
