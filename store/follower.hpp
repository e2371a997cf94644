// What every process that follows the ledger has: the configuration, the ledger, the kick that says there is news,
// and SIGTERM, which asks it to finish; and the state directory its database is in.
//
// Descriptors and arguments are those of engine/ipc/role.hpp.
#pragma once

#include <string>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/os/poller.hpp"
#include "engine/config/model.hpp"

namespace store {

// Makes the state directory when it is missing and, while we still may, hands it and what is in it to `user`, so that
// what a root recorder of yesterday wrote can be written by an unprivileged one today.
base::Status prepare_state_dir(const std::string& path, const std::string& user);

class Follower {
 public:
  // `signals`: of role::hold_signals().
  static base::Result<Follower> open(base::os::UniqueFd signals);

  const config::Model& model() const { return model_; }
  std::span<const std::byte> ledger() const { return ledger_.bytes(); }

  // Until there is news, SIGTERM came or the deadline is here. True: finish.
  base::Result<bool> wait(base::Instant deadline);

 private:
  Follower(config::Model model, base::os::Mapping ledger, base::os::UniqueFd signals,
           base::os::Poller poller)
      : model_(std::move(model)),
        ledger_(std::move(ledger)),
        signals_(std::move(signals)),
        poller_(std::move(poller)) {}
  config::Model model_;
  base::os::Mapping ledger_;
  base::os::UniqueFd signals_;
  base::os::Poller poller_;
};

}  // namespace store
