// The sockets of the engine, opened here because the engine may not: two per ear (engine/keeper/ears.hpp), one for what
// is ours and one for what is not, one for ARP and NA frames, one that hears link changes.
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
#include "engine/keeper/ears.hpp"
#include "engine/keeper/filter.hpp"

namespace keeper {

class Sockets {
 public:
  static base::Result<Sockets> open(const config::Model& model);

  // Every socket there is; `descriptor` is ours.
  struct Entry {
    ipc::Socket description;
    base::os::UniqueFd descriptor;  // none while there is no interface, or it would not open
    Ear ear;                        // of kAdvert and kStray, and what follows too
    Side side = Side::kOurs;
    base::IfIndex index;  // where the descriptor is bound
    bool is_new = true;   // opened since take_new()
    int failure = 0;      // why it would not open, said once
  };
  const std::vector<Entry>& all() const { return entries_; }

  // Goes on with the sockets of another configuration: one that both need stays the same socket, with what its queue
  // holds. follow() opens those that are new. Answers what went wrong.
  std::vector<base::Error> reconfigure(const config::Model& model);

  // Brings the sockets of one interface to this index. Answers what went wrong since it was last asked, each once.
  std::vector<base::Error> follow(const std::string& interface, base::IfIndex index);
  // Opens what could not be opened before.
  std::vector<base::Error> retry();
  // What the sockets of an interface are members of, each group once.
  std::vector<Address> groups(const std::string& interface) const;
  // Joins a group anew with every socket that should be in it: the interface has forgotten it.
  std::vector<base::Error> rejoin(const std::string& interface, const Address& group);
  // Places of the sockets opened since the last call.
  std::vector<std::size_t> take_new();

 private:
  static Entry closed_entry(const Ear& ear, Side side);
  void open_entry(Entry& entry, std::vector<base::Error>& errors);
  std::vector<Entry> entries_;
  bool is_short_queue_said_ = false;  // one limit of the host holds for all of them
};

}  // namespace keeper
