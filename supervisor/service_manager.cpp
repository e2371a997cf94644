#include "supervisor/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace supervisor {
namespace {

// A service manager that does not listen is no reason to fail; it has a timeout of its own.
void tell(const std::string& message) { (void)::sd_notify(0, message.c_str()); }

// What a start takes by itself at most.
constexpr base::Duration kUsualTime = std::chrono::seconds{60};

std::string extended_by(base::Duration by) {
  return "EXTEND_TIMEOUT_USEC=" +
         std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(by).count());
}

}  // namespace

ServiceManager::ServiceManager() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0)
    watchdog_period_ = std::chrono::microseconds{microseconds} / 2;
}

void ServiceManager::ready() { tell("READY=1"); }

void ServiceManager::reloading(base::Instant now) {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.ns() / 1000));
}

void ServiceManager::status(std::string_view text) {
  if (text == said_) return;
  said_ = text;
  tell("STATUS=" + said_);
}

void ServiceManager::stopping(base::Duration bound) { tell("STOPPING=1\n" + extended_by(bound)); }

void ServiceManager::takes_longer(base::Duration by) { tell(extended_by(by + kUsualTime)); }

void ServiceManager::alive() { tell("WATCHDOG=1"); }

}  // namespace supervisor
