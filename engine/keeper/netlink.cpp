#include "engine/keeper/netlink.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace keeper {
namespace {

using base::Error;
using base::Result;

struct CallbackPut {
  void operator()(nl_cb* callback) const { nl_cb_put(callback); }
};
struct MessageFree {
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};
struct AddressPut {
  void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
};
struct BytesPut {
  void operator()(nl_addr* address) const { nl_addr_put(address); }
};
using Callback = std::unique_ptr<nl_cb, CallbackPut>;
using Message = std::unique_ptr<nl_msg, MessageFree>;
using RouteAddress = std::unique_ptr<rtnl_addr, AddressPut>;
using Bytes = std::unique_ptr<nl_addr, BytesPut>;

constexpr int kMonitorBuffer = 8 * 1024 * 1024;
constexpr int kMaxDatagrams = 4096;  // of one changes()
constexpr int kMaxDumpTries = 5;

Error library_error(int code, std::string_view operation) {
  return Error::because(operation, nl_geterror(code));
}

Result<NetlinkSocket> connect(std::string_view operation) {
  NetlinkSocket socket{nl_socket_alloc()};
  if (!socket) return Error::of(ENOMEM, operation);
  if (const int code = nl_connect(socket.get(), NETLINK_ROUTE); code < 0)
    return library_error(code, operation);
  return socket;
}

Address address_of(const nlattr* attribute, int family) {
  const auto* bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
  const auto length = static_cast<std::size_t>(nla_len(attribute));
  if (family == AF_INET && length == 4) return Address::from_bytes(Family::kIpv4, {bytes, 4});
  if (family == AF_INET6 && length == 16) return Address::from_bytes(Family::kIpv6, {bytes, 16});
  return {};
}

std::optional<LinkFact> read_link(nlmsghdr* header) {
  nlattr* attributes[IFLA_MAX + 1] = {};
  if (nlmsg_parse(header, sizeof(ifinfomsg), attributes, IFLA_MAX, nullptr) < 0)
    return std::nullopt;
  const auto* info = static_cast<const ifinfomsg*>(nlmsg_data(header));
  // A bridge reports a port that left as a deleted link of family AF_BRIDGE, and wireless drivers report scans as
  // changed links without the facts of a link; neither says anything about the link itself.
  if (info->ifi_family != AF_UNSPEC || attributes[IFLA_WIRELESS] != nullptr) return std::nullopt;
  if (attributes[IFLA_IFNAME] == nullptr) return std::nullopt;
  LinkFact fact;
  fact.exists = header->nlmsg_type == RTM_NEWLINK;
  fact.index = IfIndex{static_cast<std::uint32_t>(info->ifi_index)};
  fact.name = nla_get_string(attributes[IFLA_IFNAME]);
  fact.up = (info->ifi_flags & IFF_UP) != 0;
  fact.running = (info->ifi_flags & IFF_RUNNING) != 0;
  if (const nlattr* mtu = attributes[IFLA_MTU]; mtu != nullptr) fact.mtu = nla_get_u32(mtu);
  if (const nlattr* mac = attributes[IFLA_ADDRESS];
      mac != nullptr && nla_len(mac) == static_cast<int>(fact.mac.size()))
    std::memcpy(fact.mac.data(), nla_data(mac), fact.mac.size());
  return fact;
}

std::optional<AddressFact> read_address(nlmsghdr* header, std::uint32_t our_port) {
  nlattr* attributes[IFA_MAX + 1] = {};
  if (nlmsg_parse(header, sizeof(ifaddrmsg), attributes, IFA_MAX, nullptr) < 0) return std::nullopt;
  const auto* info = static_cast<const ifaddrmsg*>(nlmsg_data(header));
  const nlattr* remote = attributes[IFA_ADDRESS];
  // IPv6 leaves IFA_LOCAL out unless the address has a peer.
  const nlattr* local = attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : remote;
  if (local == nullptr) return std::nullopt;
  AddressFact fact;
  fact.exists = header->nlmsg_type == RTM_NEWADDR;
  fact.index = IfIndex{info->ifa_index};
  fact.local = {address_of(local, info->ifa_family), info->ifa_prefixlen};
  fact.remote = remote != nullptr ? address_of(remote, info->ifa_family) : fact.local.address;
  fact.flags =
      attributes[IFA_FLAGS] != nullptr ? nla_get_u32(attributes[IFA_FLAGS]) : info->ifa_flags;
  fact.requester = header->nlmsg_pid;
  fact.request = header->nlmsg_seq;
  fact.asked_by_us = header->nlmsg_pid == our_port;
  if (!fact.local.address.is_set()) return std::nullopt;
  fact.scope = info->ifa_scope;
  if (const nlattr* broadcast = attributes[IFA_BROADCAST]; broadcast != nullptr)
    fact.broadcast = address_of(broadcast, info->ifa_family);
  if (attributes[IFA_LABEL] != nullptr) fact.label = nla_get_string(attributes[IFA_LABEL]);
  if (const nlattr* times = attributes[IFA_CACHEINFO];
      times != nullptr && nla_len(times) >= static_cast<int>(sizeof(ifa_cacheinfo))) {
    const auto* seconds = static_cast<const ifa_cacheinfo*>(nla_data(times));
    fact.valid_s = seconds->ifa_valid;
    fact.preferred_s = seconds->ifa_prefered;
  }
  if (attributes[IFA_PROTO] != nullptr) fact.origin = nla_get_u8(attributes[IFA_PROTO]);
  return fact;
}

// What a callback of either socket writes to.
struct Reading {
  std::vector<Fact>* facts;
  std::uint32_t our_port;
};

int read_fact(nl_msg* message, void* into) {
  auto& reading = *static_cast<Reading*>(into);
  if (nlmsg_get_src(message)->nl_pid != 0) return NL_OK;
  nlmsghdr* header = nlmsg_hdr(message);
  if (header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK) {
    if (auto fact = read_link(header)) reading.facts->push_back(std::move(*fact));
  } else if (header->nlmsg_type == RTM_NEWADDR || header->nlmsg_type == RTM_DELADDR) {
    if (auto fact = read_address(header, reading.our_port)) reading.facts->push_back(*fact);
  }
  return NL_OK;
}

int accept_any_sequence(nl_msg*, void*) { return NL_OK; }

template <typename Family_, typename AddAttributes>
Result<std::vector<Fact>> dump(nl_sock* socket, int type, AddAttributes add) {
  const std::string_view operation = type == RTM_GETLINK ? "list links" : "list addresses";
  for (int tries = 0; tries < kMaxDumpTries; ++tries) {
    Message question{nlmsg_alloc_simple(type, NLM_F_DUMP)};
    if (!question) return Error::of(ENOMEM, operation);
    Family_ body{};
    if (nlmsg_append(question.get(), &body, sizeof body, NLMSG_ALIGNTO) < 0 || !add(question.get()))
      return Error::of(ENOMEM, operation);
    if (const int code = nl_send_auto(socket, question.get()); code < 0)
      return library_error(code, operation);
    std::vector<Fact> facts;
    Reading reading{&facts, nl_socket_get_local_port(socket)};
    Callback callback{nl_cb_alloc(NL_CB_DEFAULT)};
    if (!callback) return Error::of(ENOMEM, operation);
    nl_cb_set(callback.get(), NL_CB_VALID, NL_CB_CUSTOM, read_fact, &reading);
    nl_cb_set(callback.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, accept_any_sequence, nullptr);
    const int code = nl_recvmsgs(socket, callback.get());
    if (code >= 0) return facts;
    // Something changed while the kernel was listing: what came is no one moment's truth.
    if (code != -NLE_DUMP_INTR) return library_error(code, operation);
  }
  return Error::of(EAGAIN, operation);
}

Bytes bytes_of(const Address& address) {
  const auto bytes = address.bytes();
  return Bytes{nl_addr_build(address.family() == Family::kIpv4 ? AF_INET : AF_INET6, bytes.data(),
                             bytes.size())};
}

// What one request is made of: one message, or one before the other.
struct Step {
  Request::Verb verb;
  bool is_permanent = false;  // lifetimes for ever, whatever the request says
  bool has_prefix_route = true;
  bool must_be_there = false;
};
std::vector<Step> steps_of(const Request& request) {
  std::vector<Step> steps;
  const bool shares_route = request.prefix.address.family() == Family::kIpv6;
  if (shares_route && request.verb == Request::Verb::kRemove && request.is_leased)
    steps.push_back({.verb = Request::Verb::kRenew, .is_permanent = true, .must_be_there = true});
  if (shares_route && request.verb == Request::Verb::kRenew && request.was_permanent)
    steps.push_back({.verb = Request::Verb::kRenew, .has_prefix_route = false});
  steps.push_back({.verb = request.verb});
  return steps;
}

// The request as libnl builds it; null when there is no memory.
Message message_of(const Request& request, const Step& step) {
  RouteAddress address{rtnl_addr_alloc()};
  const Bytes local = bytes_of(request.prefix.address);
  if (!address || !local) return nullptr;
  rtnl_addr_set_ifindex(address.get(), static_cast<int>(request.index.value));
  if (rtnl_addr_set_local(address.get(), local.get()) < 0) return nullptr;
  if (request.peer) {
    const Bytes peer = bytes_of(*request.peer);
    if (!peer || rtnl_addr_set_peer(address.get(), peer.get()) < 0) return nullptr;
  }
  rtnl_addr_set_prefixlen(address.get(), request.prefix.length);
  nl_msg* message = nullptr;
  if (step.verb == Request::Verb::kRemove) {
    // No label here: the kernel would refuse to remove an address that has come to carry another one.
    if (rtnl_addr_build_delete_request(address.get(), 0, &message) < 0) return nullptr;
    return Message{message};
  }
  rtnl_addr_set_scope(address.get(), request.scope);
  if (request.broadcast) {
    const Bytes broadcast = bytes_of(*request.broadcast);
    if (!broadcast || rtnl_addr_set_broadcast(address.get(), broadcast.get()) < 0) return nullptr;
  }
  if (!request.label.empty() && rtnl_addr_set_label(address.get(), request.label.c_str()) < 0)
    return nullptr;
  if (!step.is_permanent && (request.valid_s != kForEver || request.preferred_s != kForEver)) {
    rtnl_addr_set_valid_lifetime(address.get(), request.valid_s);
    rtnl_addr_set_preferred_lifetime(address.get(), request.preferred_s);
  }
  if (request.flags != 0) rtnl_addr_set_flags(address.get(), request.flags);
  if (!step.has_prefix_route) rtnl_addr_set_flags(address.get(), IFA_F_NOPREFIXROUTE);
  // An IPv6 address that is to be changed and is not there is added, whatever the flags of the message say; only one that
  // would have to join itself as a group is refused then. Removed at once, before the kernel has joined its
  // solicited-node group for it, it would take away the membership of another address that shares the group.
  if (step.must_be_there) rtnl_addr_set_flags(address.get(), IFA_F_MCAUTOJOIN);
  const int how = step.verb == Request::Verb::kRenew ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL;
  if (rtnl_addr_build_add_request(address.get(), how, &message) < 0) return nullptr;
  Message owned{message};
  if (nla_put_u8(owned.get(), IFA_PROTO, request.origin) < 0) return nullptr;
  return owned;
}

// The acknowledgements of one perform(), by message.
struct Answers {
  std::uint32_t first_sequence = 0;
  std::vector<int> errors;
  std::vector<bool> answered;
  std::size_t missing = 0;

  void take(std::uint32_t sequence, int error) {
    // An answer to an older send that timed out has another sequence number.
    const std::size_t place = sequence - first_sequence;
    if (place >= errors.size() || answered[place]) return;
    answered[place] = true;
    errors[place] = error;
    --missing;
  }
};

int take_acknowledgement(nl_msg* message, void* into) {
  const auto* answer = static_cast<const nlmsgerr*>(nlmsg_data(nlmsg_hdr(message)));
  static_cast<Answers*>(into)->take(answer->msg.nlmsg_seq, 0);
  return NL_OK;
}

int take_refusal(sockaddr_nl*, nlmsgerr* answer, void* into) {
  static_cast<Answers*>(into)->take(answer->msg.nlmsg_seq, -answer->error);
  return NL_SKIP;
}

}  // namespace

void SocketFree::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Result<Netlink> Netlink::open() {
  auto monitor = connect("open netlink monitor");
  if (!monitor) return monitor.error();
  nl_sock* const socket = monitor->get();
  nl_socket_disable_seq_check(socket);
  if (const int code = nl_socket_add_memberships(socket, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                                 RTNLGRP_IPV6_IFADDR, 0);
      code < 0)
    return library_error(code, "join netlink groups");
  if (const int code = nl_socket_set_nonblocking(socket); code < 0)
    return library_error(code, "open netlink monitor");
  const int fd = nl_socket_get_fd(socket);
  // FORCE passes the administrator's limit and needs a capability of the first user namespace; without it, what the
  // limit allows. An overrun is answered with a picture, so a small buffer costs time, not truth.
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kMonitorBuffer, sizeof kMonitorBuffer) < 0 &&
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kMonitorBuffer, sizeof kMonitorBuffer) < 0)
    return Error::last("enlarge netlink monitor buffer");

  auto requests = connect("open netlink request socket");
  if (!requests) return requests.error();
  // The kernel answers inside the send; this bound only keeps a broken one from holding us for ever.
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  if (::setsockopt(nl_socket_get_fd(requests->get()), SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof patience) < 0)
    return Error::last("set netlink receive timeout");
  return Netlink{std::move(*monitor), std::move(*requests)};
}

int Netlink::monitor() const { return nl_socket_get_fd(monitor_.get()); }

Netlink::Changes Netlink::changes() {
  Changes changes;
  Reading reading{&changes.facts, nl_socket_get_local_port(requests_.get())};
  Callback callback{nl_cb_alloc(NL_CB_DEFAULT)};
  if (!callback) {
    changes.lost_some = true;
    return changes;
  }
  nl_cb_set(callback.get(), NL_CB_VALID, NL_CB_CUSTOM, read_fact, &reading);
  nl_cb_set(callback.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, accept_any_sequence, nullptr);
  for (int datagrams = 0; datagrams < kMaxDatagrams; ++datagrams) {
    const int code = nl_recvmsgs(monitor_.get(), callback.get());
    if (code == -NLE_AGAIN) break;
    // ENOBUFS foremost; whatever else went wrong, what was read is not known to be all.
    if (code < 0) changes.lost_some = true;
  }
  return changes;
}

Result<Picture> Netlink::picture() {
  auto links = dump<ifinfomsg>(requests_.get(), RTM_GETLINK, [](nl_msg* question) {
    return nla_put_u32(question, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0;
  });
  if (!links) return links.error();
  auto addresses = dump<ifaddrmsg>(requests_.get(), RTM_GETADDR, [](nl_msg*) { return true; });
  if (!addresses) return addresses.error();
  Picture picture;
  for (Fact& fact : *links)
    if (auto* link = std::get_if<LinkFact>(&fact)) picture.links.push_back(std::move(*link));
  for (Fact& fact : *addresses)
    if (auto* address = std::get_if<AddressFact>(&fact)) picture.addresses.push_back(*address);
  return picture;
}

Result<std::vector<int>> Netlink::perform(std::span<const Request> requests) {
  CHECK(requests.size() <= kMaxRequests, "one send carries at most kMaxRequests");
  std::vector<std::uint8_t> all;
  std::vector<std::size_t> last_message;  // by request: the one whose answer counts
  std::size_t messages = 0;
  Answers answers;
  for (const Request& request : requests) {
    for (const Step& step : steps_of(request)) {
      Message message = message_of(request, step);
      if (!message) return Error::of(ENOMEM, "build address request");
      nl_complete_msg(requests_.get(), message.get());
      nlmsghdr* header = nlmsg_hdr(message.get());
      if (messages++ == 0) answers.first_sequence = header->nlmsg_seq;
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(header);
      all.insert(all.end(), bytes, bytes + header->nlmsg_len);
      all.resize(NLMSG_ALIGN(all.size()));
    }
    last_message.push_back(messages - 1);
  }
  std::vector<int> errors;
  if (requests.empty()) return errors;
  answers.errors.resize(messages, 0);
  answers.answered.resize(messages, false);
  answers.missing = messages;
  if (const int code = nl_sendto(requests_.get(), all.data(), all.size()); code < 0)
    return library_error(code, "send address requests");

  Callback callback{nl_cb_alloc(NL_CB_DEFAULT)};
  if (!callback) return Error::of(ENOMEM, "read address answers");
  nl_cb_set(callback.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, accept_any_sequence, nullptr);
  nl_cb_set(callback.get(), NL_CB_ACK, NL_CB_CUSTOM, take_acknowledgement, &answers);
  nl_cb_err(callback.get(), NL_CB_CUSTOM, take_refusal, &answers);
  while (answers.missing > 0)
    if (const int code = nl_recvmsgs(requests_.get(), callback.get()); code < 0)
      return library_error(code, "read address answers");
  for (const std::size_t message : last_message) errors.push_back(answers.errors[message]);
  return errors;
}

}  // namespace keeper
