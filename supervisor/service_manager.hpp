// What the service manager is told (sd_notify): ready, status, stopping, alive. Says nothing when there is none.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace supervisor {

class ServiceManager {
 public:
  // Reads how often the service manager wants to hear that we are alive.
  ServiceManager();

  void ready();
  // A new configuration is being looked at; ready() says that it is over, however it ended.
  void reloading(base::Instant now);
  void status(std::string_view text);  // said again only when it changed
  // It may take so long, whatever the unit file allows.
  void stopping(base::Duration bound);
  // The start may take so long beside what it takes anyway.
  void takes_longer(base::Duration by);
  // To be called about every watchdog_period(); zero when nobody asked.
  void alive();
  base::Duration watchdog_period() const { return watchdog_period_; }

 private:
  base::Duration watchdog_period_{0};
  std::string said_;
};

}  // namespace supervisor
