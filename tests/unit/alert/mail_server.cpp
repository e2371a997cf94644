#include "tests/unit/alert/mail_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace bench {

MailServer::MailServer(const Directory& directory) : journal_(directory / "mails.jsonl") {
  const base::os::UniqueFd probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no free port");
  port_ = ntohs(address.sin_port);
}

MailServer::~MailServer() { stop(); }

void MailServer::start(std::vector<std::string> options) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const base::os::UniqueFd read_end{ends[0]};
  base::os::UniqueFd write_end{ends[1]};
  base::os::SpawnOptions spawn;
  spawn.arguments = {"/usr/bin/python3", VIGIE_SMTP_SERVER, std::to_string(port_), journal_};
  spawn.arguments.insert(spawn.arguments.end(), options.begin(), options.end());
  spawn.descriptors = {{write_end.get(), STDOUT_FILENO}};
  auto child = base::os::spawn(spawn);
  if (!child) throw std::runtime_error(to_string(child.error()));
  child_ = std::move(*child);
  write_end.reset();
  pollfd said{read_end.get(), POLLIN, 0};
  char word[8];
  if (::poll(&said, 1, 60'000) != 1 || ::read(read_end.get(), word, sizeof word) <= 0)
    throw std::runtime_error("the mail server does not start (python3-aiosmtpd)");
}

void MailServer::stop() {
  if (!child_) return;
  ::kill(child_->pid, SIGKILL);
  pollfd ended{child_->pidfd.get(), POLLIN, 0};
  ::poll(&ended, 1, 20'000);
  (void)base::os::try_reap(*child_);
  child_.reset();
}

std::vector<Delivered> MailServer::mails() const {
  std::vector<Delivered> mails;
  std::ifstream journal(journal_);
  for (std::string line; std::getline(journal, line);) {
    const auto mail = nlohmann::json::parse(line);
    mails.push_back({mail["helo"], mail["peer"], mail["from"], mail["to"], mail["content"]});
  }
  return mails;
}

config::Mail MailServer::settings() const {
  config::Mail mail;
  mail.server = "127.0.0.1";
  mail.port = port_;
  mail.from = "Gulp <gulp@example.org>";
  mail.to = {"root@example.org"};
  mail.helo = "gulp.example.org";
  mail.connect_timeout = std::chrono::seconds{2};
  return mail;
}

}  // namespace bench
