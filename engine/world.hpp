// What is known of everything an instance depends on besides adverts: links, checks, permits. Takes reports, remembers
// them, writes down what changed, and tells the instances that depend on it, each only what it was not told before.
//
// A report may be repeated (a new engine, keeper or runner hears everything again): what is known already is no news.
// Before start() nobody is told anything; introduce() tells one instance all there is to know.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/audience.hpp"
#include "engine/config/model.hpp"
#include "engine/core/action.hpp"
#include "engine/ears.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/links.hpp"
#include "engine/past.hpp"
#include "engine/publication.hpp"

namespace engine {

class World {
 public:
  // Everything referred to outlives this, but `past`, whose verdicts are copied.
  World(const config::Model& model, const Assembly& assembly, const Past& past, const Ears& ears,
        Publication& publication, Audience& audience);

  void start() { has_started_ = true; }
  void introduce(std::uint16_t instance);

  // Reports. False when one is about something that is not there.
  void learn(const ipc::Interface& report);
  void learn(const wire::LinkEvent& event);
  [[nodiscard]] bool take(const ipc::ScriptResult& result);
  [[nodiscard]] bool take(const ipc::Permit& permit);
  // Link events were lost, or come from another socket now.
  void ask_links_again() { links_.ask_again(); }
  // An interface has another socket for adverts, or one at all.
  void socket_changed(std::uint16_t interface);

  const Links& links() const { return links_; }
  // As its instance was last told; a link that was not told about is neither usable nor has it an address.
  const core::LinkChanged& link_of(std::uint16_t instance) const { return seen_[instance].link; }

  // Names in a record what the cause of a change is about.
  void describe(std::uint16_t instance, const core::Changed& change, feed::Record& record) const;

 private:
  struct Verdict {
    bool is_known = false;
    bool well = false;
    bool timed_out = false;
    std::int32_t status = 0;
    base::Duration duration{0};
    std::array<char, 288> output{};
    base::Cause cause() const {
      return timed_out ? base::Cause::kScriptTimedOut : base::Cause::kScriptFailed;
    }
  };
  struct PermitSeen {
    bool is_known = false;
    bool present = false;
    std::uint32_t uid = 0;
  };
  // What an instance has been told.
  struct Told {
    bool has_link = false;
    core::LinkChanged link;
    bool is_permitted = true;
    // The permit flag last seen absent; it may be back by now.
    std::optional<std::uint16_t> absent_permit;
  };

  void link_changed(const LinkChange& change);
  void tell_link(std::uint16_t instance);
  // An interface that does not exist and should carry an address of the instance.
  std::optional<std::uint16_t> missing_device(std::uint16_t instance) const;
  void tell_tracker(const TrackerOf& which, const Verdict& verdict, base::Cause cause);
  void tell_permit(std::uint16_t instance, std::uint32_t uid);

  const config::Model& model_;
  const Assembly& assembly_;
  const Ears& ears_;
  Publication& publication_;
  Audience& audience_;
  bool has_started_ = false;
  Links links_;
  std::vector<Verdict> verdicts_;    // by script
  std::vector<PermitSeen> permits_;  // by flag
  // What the ledger knows already.
  std::vector<std::optional<bool>> past_scripts_, past_permits_;
  std::vector<Told> seen_;  // by instance
};

}  // namespace engine
