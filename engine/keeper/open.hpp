// Opens the sockets the engine may not open itself, each ready to be handed over: nothing about it has to be set there.
#pragma once

#include <vector>

#include "base/ids.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "engine/keeper/ears.hpp"
#include "engine/keeper/filter.hpp"

namespace keeper {

// What an advert socket may hold while the engine is replaced, or gets no processor in a flood: some 42,000 adverts, since
// the kernel counts 768 bytes for one and doubles what it is told. That is 0.4 s of a hundred thousand a second. Nothing is
// taken before it is needed. In a user namespace of its own the kernel allows no more than net.core.rmem_max.
inline constexpr std::uint32_t kReceiveBuffer = 16 * 1024 * 1024;
// What a stray one may: enough to know who speaks on the segment, too little to be work.
inline constexpr std::uint32_t kStrayBuffer = 16 * 1024;

// Raw, bound to the interface, joined to the groups of the ear, stamped by the kernel (not the stray side), hearing its
// own host's packets never, counting what its queue had no room for. On the side of ours a socket of protocol 51 sends
// packets with IP headers of the sender's own (IP_HDRINCL). Its filter is not locked, or no reload could change what it
// hears: the engine's list of system calls keeps it from doing so itself.
base::Result<base::os::UniqueFd> open_ear(const Ear& ear, base::IfIndex index, Side side);

// How many bytes the kernel gave the queue of an ear, of those it was asked for.
struct QueueRoom {
  std::uint32_t wanted = 0;
  std::uint32_t given = 0;
};
QueueRoom queue_room(const base::os::UniqueFd& fd, const Ear& ear, Side side);

// The same socket, with all that it holds, hears what `now` wants in place of what `before` wanted. What could not be done
// is answered, and the rest done.
std::vector<base::Error> change_ear(const base::os::UniqueFd& fd, const Ear& before, const Ear& now,
                                    base::IfIndex index, Side side);

// AF_PACKET: sends frames on any interface, receives nothing.
base::Result<base::os::UniqueFd> open_packet_socket();
// rtnetlink, link changes.
base::Result<base::os::UniqueFd> open_link_socket();

// Membership of one socket in one group.
base::Status join(const base::os::UniqueFd& fd, const std::string& interface, base::IfIndex index,
                  const Address& group);
base::Status leave(const base::os::UniqueFd& fd, const std::string& interface, base::IfIndex index,
                   const Address& group);

}  // namespace keeper
