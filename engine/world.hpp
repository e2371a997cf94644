// What is known of everything an instance depends on besides adverts: links, checks, permits. Takes reports, remembers
// them, writes down what changed, and tells the instances that depend on it, each only what it was not told before.
//
// A report may be repeated (a new engine, keeper or runner hears everything again): what is known already is no news.
// Before start() nobody is told anything; introduce() tells one instance all there is to know. An interface with delays
// counts as up or down once it has been so for that long.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/audience.hpp"
#include "engine/config/model.hpp"
#include "engine/core/action.hpp"
#include "engine/core/debounce.hpp"
#include "engine/ears.hpp"
#include "engine/heritage.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/links.hpp"
#include "engine/past.hpp"
#include "engine/publication.hpp"

namespace engine {

class World {
 public:
  // Everything referred to outlives this, but `past`, of which what is needed is copied.
  World(const config::Model& model, const Assembly& assembly, const Past& past, const Ears& ears,
        Publication& publication, Audience& audience);

  void start() { has_started_ = true; }
  // Goes on with what `before` knows. Interfaces and sockets that are new are neither there nor absent until the keeper
  // has said so or caught_up() says that it has said all; nobody is told anything of them before.
  void inherit(const World& before, const Heritage& from, const Terms& was, base::Instant now);
  // After inherit(), when the instances live: tells them what is other for them now.
  void tell_changes();
  void caught_up();
  void introduce(std::uint16_t instance);
  // What is said before that is said from where the instance will be told that it is.
  void prepare(std::uint16_t instance) { told_[instance].link = judge_link(instance); }

  // How long an instance is in fault after the kernel would not send from its configured source; then it may try again.
  static constexpr base::Duration kSourceRetry = std::chrono::seconds{10};

  // Lets time pass for interfaces with delays and refused sources. Harmless when early.
  void advance(base::Instant now);
  base::Instant deadline() const { return deadline_; }

  // Reports. False when one is about something that is not there.
  void learn(const ipc::Interface& report, base::Instant now);
  void learn(const wire::LinkEvent& event, base::Instant now);
  [[nodiscard]] bool take(const ipc::ScriptResult& result);
  [[nodiscard]] bool take(const ipc::Tracked& tracked);
  [[nodiscard]] bool take(const ipc::Permit& permit);
  [[nodiscard]] bool take(const ipc::Source& source);
  // The kernel would not send an advert of this instance.
  void source_refused(std::uint16_t instance, base::Instant now);
  // Link events were lost, or come from another socket now.
  void ask_links_again() { links_.ask_again(); }
  // An interface has another socket for adverts, or one at all.
  void socket_changed(std::uint16_t interface);

  const Links& links() const { return links_; }
  // As its instance was last told; a link that was not told about is neither usable nor has it an address.
  const core::LinkChanged& link_of(std::uint16_t instance) const { return told_[instance].link; }

  // What is known of a tracked thing; nothing: nobody has spoken of it.
  std::optional<core::TrackerReported> report_on(const TrackerOf& which) const;

  // Names in a record what the cause of a change is about.
  void describe(std::uint16_t instance, const core::Changed& change, feed::Record& record) const;

 private:
  // What was last said of a tracked thing.
  struct Seen {
    bool is_known = false;
    bool well = false;
    base::Cause cause = base::Cause::kNone;  // when it is not
    std::int32_t status = 0;
    base::Duration duration{0};
    std::int32_t value = 0;  // of a file
    std::array<char, 288> text{};
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
    bool has_source = true;  // its configured one is on the interface, as far as anybody said
    base::Instant refused_until = base::Instant::never();  // never: the kernel takes it
    bool is_permitted = true;
    // The permit flag last seen absent; it may be back by now.
    std::optional<std::uint16_t> absent_permit;
  };

  // Whether adverts get through on it, delays considered.
  bool carries(std::uint16_t interface) const;
  void link_changed(const LinkChange& change, base::Instant now);
  void level_changed(std::uint16_t interface);
  void tell_link(std::uint16_t instance);
  core::LinkChanged judge_link(std::uint16_t instance) const;
  bool lacks_source(std::uint16_t instance) const;
  // An interface that does not exist and should carry an address of the instance.
  std::optional<std::uint16_t> missing_device(std::uint16_t instance) const;
  void record_tracked(std::string_view name, base::Cause cause, const Seen& seen,
                      std::optional<Past::Tracked>& known);
  Seen seen_of(const core::Tracker& tracker) const;
  static core::TrackerReported report_of(std::uint16_t tracker, const Seen& seen);
  // The keeper may have more to say of it yet.
  bool may_be_there(std::uint16_t instance) const;
  Seen seen_of_interface(std::uint16_t interface) const;
  void tell_tracker(const TrackerOf& which, const Seen& seen);
  void tell_permit(std::uint16_t instance, std::uint32_t uid);

  const config::Model& model_;
  const Assembly& assembly_;
  const Ears& ears_;
  Publication& publication_;
  Audience& audience_;
  bool has_started_ = false;
  bool awaits_keeper_ = false;  // for what a new configuration brought
  Links links_;
  std::vector<core::Debounce> debounces_;    // by interface
  std::vector<std::optional<bool>> levels_;  // by interface: carries(), as everybody was last told
  base::Instant deadline_ = base::Instant::never();
  std::vector<Seen> scripts_, files_, processes_;
  std::vector<PermitSeen> permits_;  // by flag
  // What the ledger knows already.
  std::vector<std::optional<bool>> known_scripts_, known_permits_;
  std::vector<std::optional<Past::Tracked>> known_files_, known_processes_;
  std::vector<Told> told_;  // by instance
};

}  // namespace engine
