// What is known of every interface the configuration names: told in full by the keeper, and about losing and finding
// the carrier sooner by the kernel itself.
//
// The two report the same changes at different times, and the older report may come last. So once the kernel's own
// events have spoken about an interface they alone say whether it is up; the keeper's word about that counts only for
// one the events have not mentioned, or after they were lost (ask_again).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "engine/assembly.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/wire/link_events.hpp"

namespace engine {

struct Link {
  bool is_known = false;      // somebody said something about it
  std::uint32_t ifindex = 0;  // 0: it does not exist
  bool up = false;
  bool running = false;
  base::Mac mac{};
  base::Address ipv4;  // what adverts leave from; not set when it has none
  base::Address ipv6;

  bool exists() const { return ifindex != 0; }
  bool carries() const { return exists() && up && running; }
  const base::Address& source(base::Family family) const {
    return family == base::Family::kIpv4 ? ipv4 : ipv6;
  }

  bool heard_from_kernel = false;
  std::uint32_t gone = 0;  // the index it left with: an older report does not bring it back
};

// What a report was about.
struct LinkChange {
  std::uint16_t place = kNobody;  // kNobody: none of ours, or older than what is known
  Link before{};
};

class Links {
 public:
  explicit Links(const std::vector<std::string>& names);

  // By place: where each was in `before`.
  void inherit(const Links& before, std::span<const std::optional<std::uint16_t>> places);

  LinkChange learn(const ipc::Interface& report);
  LinkChange learn(const wire::LinkEvent& event);
  // Events were lost, or come from another socket now: the keeper's next word counts in full.
  void ask_again();

  std::uint16_t find(std::string_view name) const;  // kNobody when it is none of ours
  const std::string& name(std::size_t place) const { return names_[place]; }
  std::size_t size() const { return links_.size(); }
  const Link& operator[](std::size_t place) const { return links_[place]; }

 private:
  std::vector<std::string> names_;
  std::vector<Link> links_;
};

}  // namespace engine
