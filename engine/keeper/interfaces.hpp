// What every interface the configuration names is right now, as the engine wants to know it, and whether the addresses
// that instances are told to speak from are there.
//
// Pure: fed with facts, whatever their order. An interface is known by its name; that it went away and came back under
// the same name with another index is a change of index, and one that was renamed is one that went and one that came.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/config/model.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/keeper/facts.hpp"

namespace keeper {

class Interfaces {
 public:
  // Names of instances, of tracked interfaces, and of the places virtual addresses go.
  explicit Interfaces(const config::Model& model);

  void observe(const Fact& fact);
  void observe_all(const Picture& picture);

  // What happened to interfaces since the last call, each at most once.
  struct Change {
    std::size_t interface = 0;
    bool has_moved = false;  // another index: sockets bound to it and addresses on it are gone
    bool has_risen = false;  // it carries packets and did not before
    bool is_urgent =
        false;  // more than that an address to speak from, which was there, is gone or another one
  };
  std::vector<Change> take_changes();
  // Whether there is any change not yet taken, of a source too; and one that somebody should hear of at once.
  bool has_changes() const;
  bool is_urgent() const;

  // The configured source addresses: of instances that have one, in their order.
  struct Source {
    std::uint16_t instance = 0;
    std::size_t interface = 0;
    Address address;
    bool is_present = false;  // on its interface, and of IPv6 cleared by duplicate detection
    bool has_changed = false;
  };
  const std::vector<Source>& sources() const { return sources_; }
  // Places in sources() whose presence changed since the last call, each at most once.
  std::vector<std::size_t> take_changed_sources();

  std::size_t size() const { return interfaces_.size(); }
  const std::string& name(std::size_t interface) const { return interfaces_[interface].name; }
  // The primary IPv4 address is the first the kernel does not call secondary and that is no virtual address: what our
  // adverts leave from and ties are broken with must not come and go with the mastership. Only where there is no other
  // is it a secondary one, or the virtual address of an owner (priority 255), which is a real address of that router.
  const ipc::Interface& now(std::size_t interface) const { return interfaces_[interface].said; }

 private:
  struct Known {
    std::string name;
    LinkFact link;  // exists is false while there is none
    // Without virtual ones, so that a thousand of them cost nothing here.
    std::vector<AddressFact> addresses;
    std::vector<std::size_t> sources;  // into sources_
    ipc::Interface said;
    Change change;
    bool changed = false;
  };

  Known* at(IfIndex index);
  void observe_link(const LinkFact& fact);
  void observe_address(const AddressFact& fact);
  void refresh(Known& known);
  void look_for_sources(const Known& known);
  bool is_virtual(const Known& known, const Address& address) const;

  std::vector<Known> interfaces_;
  std::vector<Source> sources_;
  std::set<std::pair<std::string, Address>> virtual_;  // not those of owners
  std::set<std::pair<std::string, Address>> owned_;
};

}  // namespace keeper
