// The sockets of the engine, opened here because the engine may not: one advert socket per interface and family that an
// instance uses, one for ARP and NA frames, one that hears link changes.
//
// A duplicate of each is kept, so that an engine that is started again gets the same socket with what its queue holds,
// and a master's adverts of that moment are not lost. Nothing is ever read or written here.
//
// An advert socket belongs to an interface index. When the interface goes, the socket is closed; when it comes back,
// under another index, a new one is opened. What could not be opened is tried again by retry().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/ipc/messages.hpp"

namespace keeper {

inline constexpr int kVrrpProtocol = 112;

// Raw, stamped by the kernel, joined to the group of the family, seeing its own host's packets never.
base::Result<base::os::UniqueFd> open_advert_socket(const std::string& interface,
                                                    base::IfIndex index, base::Family family,
                                                    std::span<const std::uint8_t> vrids);
base::Result<base::os::UniqueFd> open_packet_socket();
base::Result<base::os::UniqueFd> open_link_socket();

class Sockets {
 public:
  static base::Result<Sockets> open(const config::Model& model);

  // Every socket there is; `descriptor` is ours.
  struct Entry {
    ipc::Socket description;
    base::os::UniqueFd descriptor;    // none while there is no interface, or it would not open
    std::vector<std::uint8_t> vrids;  // of kAdvert
    std::string interface;            // of kAdvert
    base::IfIndex index;              // of kAdvert: where the descriptor is bound
    bool is_new = true;               // opened since take_new()
    int failure = 0;                  // why it would not open, said once
  };
  const std::vector<Entry>& all() const { return entries_; }

  // Brings the sockets of one interface to this index. Answers what went wrong since it was last asked, each once.
  std::vector<base::Error> follow(const std::string& interface, base::IfIndex index);
  // Opens what could not be opened before.
  std::vector<base::Error> retry();
  // Leaves and joins the groups again: a switch that watches group membership has forgotten us while the link was down.
  std::vector<base::Error> rejoin(const std::string& interface);
  // Places of the sockets opened since the last call.
  std::vector<std::size_t> take_new();

 private:
  static void open_entry(Entry& entry, std::vector<base::Error>& errors);
  std::vector<Entry> entries_;
};

}  // namespace keeper
