// The hands at work: brings together what the engine wants, what the kernel says and what is done about it.
//
// Everything is compared, nothing assumed (level-triggered): notifications make it quick, and a picture of the kernel,
// taken every kAuditInterval and after every overrun, makes it true whatever was missed.
//
// Multicast membership is compared too: a group the interface has forgotten (IPv6 taken from it and given back, say) is
// joined anew, and what switches may have forgotten is said again (engine/keeper/membership.hpp).
//
// What an earlier daemon of the run directory left in the kernel and this configuration does not name is removed once the
// engine has said all its wishes. Only what carries our mark is: an operator may have made a virtual address his own.
//
// The kernel takes the secondary addresses of a network away with the primary one, unless it is told to make one of them the
// primary (promote_secondaries): while addresses are removed it is told so, and then no more.
//
// A new configuration comes with Hello and changes what is wanted, nothing else: a socket that is still needed stays the same
// one, and an address stays where it is until the engine has said, of everybody who may hold it now, what it wants.
//
// What the engine may ask is small: which instances of the compiled configuration should hold their addresses. When the
// engine dies, everything stays as it is until the next one says Hello and wants. When none comes in time, the keeper stands in
// for it (engine/keeper/guardian.hpp); leases of what nobody stands in for are not renewed any more, and run out
// (engine/keeper/speaker.hpp).
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/os/channel.hpp"
#include "engine/keeper/addresses.hpp"
#include "engine/keeper/bystanders.hpp"
#include "engine/keeper/guardian.hpp"
#include "engine/keeper/interfaces.hpp"
#include "engine/keeper/kernel_settings.hpp"
#include "engine/keeper/membership.hpp"
#include "engine/keeper/netlink.hpp"
#include "engine/keeper/outbox.hpp"
#include "engine/keeper/sockets.hpp"
#include "engine/keeper/speaker.hpp"
#include "engine/keeper/stand_in.hpp"
#include "engine/role/role.hpp"

namespace keeper {

// "2.5 s", for people.
std::string in_seconds(Duration time);

class Keeper {
 public:
  static constexpr Duration kAuditInterval = std::chrono::seconds{1};
  // An address to speak from that is gone, or is another one, counts when it has been so for as long: a network manager that
  // flushes an interface and configures it again within that time costs no mastership. One that is there at last counts
  // at once.
  static constexpr Duration kSettling = std::chrono::milliseconds{500};
  static constexpr int kMaxMessages = 256;  // of one turn

  // Requires: the sockets are those of the configuration.
  Keeper(const role::Configuration& configuration, Netlink netlink, Sockets sockets,
         base::os::Channel engine, KernelSettings settings, Speaker speaker, StandIn stand_in,
         base::os::UniqueFd engine_deaths);

  // Looks at the kernel for the first time and prepares to tell the engine everything, as for a Hello: a keeper that
  // was started again asks that way for all Wants.
  base::Status start(Instant now);

  // One turn, after the world moved or deadline() came: reads what waits, does at most one group of requests, tells the
  // engine. An error is the end: neither an engine nor anybody who could start one is left, or (is_abandoned() says which)
  // a new configuration cannot be used, and a successor must go on in its place.
  base::Status turn(Instant now);
  Instant deadline() const;
  bool is_abandoned() const { return is_abandoned_; }

  // In place of turn() when the daemon ends: nothing of ours stays behind, also what no engine has spoken for. Call
  // until it answers true: nothing is left that could be done now.
  bool finish_turn(Instant now);
  // After the last finish_turn(): settings of the kernel are as they were before us.
  void put_settings_back();
  // How many of the addresses the configuration names, or a former one that we held, are in the kernel.
  std::size_t installed(Instant now) const;

  // What a loop waits for.
  int monitor_fd() const { return netlink_.monitor(); }
  int engine_fd() const { return engine_.fd(); }
  int deaths_fd() const { return engine_deaths_.get(); }
  bool wants_to_write() const { return wants_to_write_; }
  // Others, of which some are new since the last call; nothing when none is. One that is not wanted any more is closed.
  std::vector<int> take_new_ears() { return std::exchange(new_ears_, {}); }

 private:
  bool is_settled(Instant now) const;
  base::Status hear_engine(Instant now);
  base::Status hear_hello(const ipc::Hello& hello, const base::os::UniqueFd& descriptor,
                          Instant now);
  base::Status reconfigure(const role::Configuration& configuration, Instant now);
  void learn(const config::Model& model);
  void hear_kernel();
  void apply(const Fact& fact, Instant now);
  bool is_virtual(const AddressFact& fact) const;
  // The kernel removes secondary addresses together with their primary one. When that was virtual and a secondary was the
  // host's own, the host gets it back: at once what went by our doing, a moment later what did by somebody else's
  // (engine/keeper/bystanders.hpp).
  void give_back(const AddressFact& taken);
  void follow_interfaces();
  void follow_when_settled(Instant now);
  void audit(Instant now);
  void clear_former(const Picture& picture, Instant now);
  // netlink_.perform(), in which no address goes but those that are to go.
  base::Result<std::vector<int>> perform(std::span<const Request> requests);
  void refresh_memberships(Instant now);
  void listen_for_speaker(Instant now);
  void report_expired(Instant now);
  // Standing in for the engine (standing_in.cpp).
  void hear_deaths(Instant now);
  void hear_successors(Instant now);
  void watch_engine(Instant now);
  void look_what_is_gone(Instant now);
  void carry_out(const Guardian::Deeds& deeds, Instant now);
  void begin_listening(std::uint16_t instance, Instant now);
  void sound_alarm(const std::vector<std::uint16_t>& instances, bool is_loop, Instant now);
  std::vector<ipc::StoodIn> accounts() const;
  void work(Instant now);
  void carry_out(const std::vector<Addresses::Task>& tasks, Instant now);
  base::Status tell_engine(Instant now);
  void say_once(std::string& last, const base::Error& error);
  // Into the log and the history.
  void remark(const std::string& text);
  void remember(const std::string& text);

  std::uint64_t configuration_;
  Netlink netlink_;
  Sockets sockets_;
  Interfaces interfaces_;
  Addresses addresses_;
  Bystanders bystanders_;
  Outbox outbox_;
  base::os::Channel engine_;
  KernelSettings settings_;
  Speaker speaker_;
  bool has_speaker_ = true;
  base::os::UniqueFd engine_deaths_;
  StandIn stand_in_;
  Guardian guardian_;
  std::vector<std::string> names_;  // by instance
  Instant heartbeat_;               // of the engine, as it was last seen
  std::vector<int> new_ears_;
  Instant last_turn_;
  std::deque<ipc::Report> remarks_;  // the engine has not been told yet
  std::set<std::pair<std::string, Address>> virtual_;
  std::set<std::pair<std::string, Address>> formerly_virtual_;  // in the configuration before
  std::vector<config::FormerAddress> former_;                   // until they have been dealt with
  Instant next_audit_;
  std::vector<RefreshTimes> refreshes_;  // of memberships, by interface
  Instant follow_at_ =
      Instant::never();  // what changed of the interfaces, when it may pass by itself
  bool audit_now_ = false;
  bool wants_to_write_ = false;
  bool is_abandoned_ = false;
  std::uint64_t misunderstood_ = 0;  // messages of the engine that made no sense
  std::string last_audit_error_, last_work_error_, last_renewal_error_, last_send_error_,
      last_former_error_, last_membership_error_, last_promotion_error_, last_stand_in_error_;
};

}  // namespace keeper
