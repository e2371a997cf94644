// What the engine has not been told yet: levels, not a queue, so it cannot grow and needs no order of its own.
//
// An item that changes again before it was sent is sent once, as it is then. When the channel is full the rest waits
// until it is writable; nothing is dropped. After a Hello everything is due, and CaughtUp goes out when nothing else of
// it is.
#pragma once

#include <utility>
#include <vector>

#include "base/os/channel.hpp"
#include "engine/keeper/addresses.hpp"
#include "engine/keeper/interfaces.hpp"
#include "engine/keeper/sockets.hpp"

namespace keeper {

class Outbox {
 public:
  Outbox(std::uint64_t configuration, std::size_t sockets, std::size_t interfaces,
         std::size_t sources, std::size_t instances);

  void everything();  // a Hello was heard: Begin first
  void answer(
      std::uint16_t instance);  // a Want was heard: a Held is owed even when nothing changed
  void may_have_changed(std::uint16_t instance);
  void socket(std::size_t place) { sockets_[place] = true; }
  void interface(std::size_t place) { interfaces_[place] = true; }
  void source(std::size_t place) { sources_[place] = true; }  // by Interfaces::sources()
  void stood_in(std::vector<ipc::StoodIn> accounts) { stood_in_ = std::move(accounts); }
  void restored(Addresses::Place place);  // at most once until it was sent

  // Sends what is due. True: all of it; false: the channel is full. A Held waits until its instance is settled, but for
  // the one a Hello asks for, which says how things stand.
  base::Result<bool> flush(base::os::Channel& engine, const Sockets& sockets,
                           const Interfaces& interfaces, const Addresses& addresses, Instant now);

 private:
  enum class Due : std::uint8_t { kNo, kIfChanged, kWhenSettled, kNow };

  struct Said {
    Due due = Due::kNo;
    Addresses::Holding last;
    bool was_said = false;
  };

  std::uint64_t configuration_;
  bool begins_ = false;
  std::vector<bool> sockets_;
  std::vector<bool> interfaces_;
  std::vector<bool> sources_;
  std::vector<Said> instances_;
  std::vector<ipc::StoodIn> stood_in_;
  std::vector<Addresses::Place> restored_;
  bool caught_up_ = false;
};

}  // namespace keeper
