// What an instance says about itself: the answers the board publishes.
#include "engine/core/instance.hpp"

namespace core {

using base::State;
using states::Backup;
using states::Departing;
using states::Fault;
using states::Initialize;
using states::Master;
using states::Stopped;

Instant Instance::deadline() const {
  struct Of {
    const Instance& self;
    Instant operator()(const Initialize&) const { return Instant::never(); }
    Instant operator()(const Backup& state) const {
      if (state.is_preparing()) {
        const bool waits = self.must_prepare() || !self.router_.is_grouped;
        return earlier(state.preparation.until, waits ? self.rival_ends() : Instant::never());
      }
      const bool sleeps = self.holds_ != 0 || !state.wanted_since.is_never();
      return earlier(sleeps ? Instant::never() : state.down_deadline, state.withdraw_at);
    }
    Instant operator()(const Master& state) const { return state.advert_deadline; }
    Instant operator()(const Departing& state) const { return state.bound; }
    Instant operator()(const Fault& state) const { return state.retry_at; }
    Instant operator()(const Stopped&) const { return Instant::never(); }
  };
  return earlier(std::visit(Of{*this}, state_), earlier(start_delay_ends_, quiet_ends_));
}

State Instance::state() const { return states::state_of(state_); }

bool Instance::is_departing() const { return std::holds_alternative<Departing>(state_); }

bool Instance::is_asking() const {
  const auto* departing = std::get_if<Departing>(&state_);
  return departing != nullptr && departing->may_stay && !departing->to_stopped &&
         departing->successor.heard.is_never() && holds_ == 0;
}

bool Instance::is_preparing() const {
  const auto* backup = std::get_if<Backup>(&state_);
  return backup != nullptr && backup->is_preparing();
}

bool Instance::holds_addresses() const {
  if (const auto* backup = std::get_if<Backup>(&state_))
    return !backup->withdraw_at.is_never() || backup->is_preparing();
  return state() == State::kMaster;
}

Priority Instance::effective_priority() const { return tracking_.effective(router_.priority); }

bool Instance::has_own_fault() const {
  const auto* fault = std::get_if<Fault>(&state_);
  if (fault != nullptr && (!fault->retry_at.is_never() || !is_well())) return true;
  return (link_.is_known && !link_.is_usable) || tracking_.faults() > 0;
}

bool Instance::wants_master() const {
  const auto* backup = std::get_if<Backup>(&state_);
  return backup != nullptr && holds_ == 0 && router_.is_grouped &&
         (!backup->wanted_since.is_never() || backup->is_preparing());
}

bool Instance::must_prepare() const {
  if (!wants_master()) return false;
  const states::Preparation& preparation = std::get_if<Backup>(&state_)->preparation;
  return !preparation.is_needless && preparation.kernel != states::Preparation::Kernel::kHolds;
}

bool Instance::is_listening() const {
  const auto* backup = std::get_if<Backup>(&state_);
  return backup != nullptr && !wants_master() && backup->only_listened;
}

bool Instance::ignores_adverts() const {
  return router_.owner_ignores_adverts && router_.is_owner() &&
         std::holds_alternative<Master>(state_);
}

unsigned Instance::fault_count() const {
  const auto* fault = std::get_if<Fault>(&state_);
  const bool is_refused = fault != nullptr && !fault->retry_at.is_never();
  return tracking_.faults() + (link_.is_known && !link_.is_usable ? 1U : 0U) +
         (is_refused ? 1U : 0U);
}

Duration Instance::master_interval() const { return master_interval_; }

Address Instance::master() const {
  if (state() == State::kMaster) return link_.source;
  return state() == State::kBackup ? peer_.address : Address{};
}

Priority Instance::master_priority() const {
  if (state() == State::kMaster) return effective_priority();
  return state() == State::kBackup ? peer_.priority : Priority{};
}

Instant Instance::last_heard() const { return peer_.heard; }

ChecksumForm Instance::checksum_form() const {
  if (router_.family == Family::kIpv6) return ChecksumForm::kPseudoHeader;
  if (router_.version == Version::kV2) return ChecksumForm::kMessageOnly;
  switch (router_.v3_checksum) {
    case V3Checksum::kLikePeer: return peer_form_;
    case V3Checksum::kPseudoHeader: return ChecksumForm::kPseudoHeader;
    case V3Checksum::kMessageOnly: return ChecksumForm::kMessageOnly;
  }
  return ChecksumForm::kPseudoHeader;
}

}  // namespace core
