#include "tests/unit/engine/lan.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "engine/config/compiled.hpp"
#include "engine/core/advert.hpp"

namespace lan {
namespace {

using base::os::UniqueFd;

bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

std::string enter_namespace() {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  if (::unshare(CLONE_NEWNET) == 0) return "";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return std::string("no network namespace can be made here: ") + std::strerror(errno);
  (void)write_file("/proc/self/setgroups", "deny");
  if (!write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") ||
      !write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1"))
    return "no user namespace with a root of its own can be made here";
  return "";
}

void set(int fd, int level, int option, int value = 1) {
  ASSERT_EQ(::setsockopt(fd, level, option, &value, sizeof value), 0) << std::strerror(errno);
}

UniqueFd advert_socket(base::Family family, int protocol = 112) {
  const bool is_v4 = family == base::Family::kIpv4;
  UniqueFd fd{
      ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
  if (protocol == 51) set(fd.get(), IPPROTO_IP, IP_HDRINCL);
  const unsigned index = ::if_nametoindex("lan0");
  EXPECT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "lan0", 5), 0);
  set(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS);
  set(fd.get(), SOL_SOCKET, SO_RCVBUF, 1 << 20);  // as much as a plain user may have
  if (is_v4) {
    ip_mreqn group{};
    group.imr_multiaddr.s_addr = htonl(0xe0000012);
    group.imr_ifindex = static_cast<int>(index);
    EXPECT_EQ(::setsockopt(fd.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), 0);
    set(fd.get(), IPPROTO_IP, IP_PKTINFO);
  } else {
    ipv6_mreq group{};
    ::inet_pton(AF_INET6, "ff02::12", &group.ipv6mr_multiaddr);
    group.ipv6mr_interface = index;
    EXPECT_EQ(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &group, sizeof group), 0);
    set(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO);
    set(fd.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
  }
  return fd;
}

UniqueFd link_socket() {
  UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = RTMGRP_LINK;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  return fd;
}

std::uint16_t ip_checksum(const std::vector<std::uint8_t>& header) {
  return core::internet_checksum({}, header);
}

}  // namespace

std::string make_lan() {
  static const std::string reason = []() -> std::string {
    if (std::string why = enter_namespace(); !why.empty()) return why;
    // The kernel begins to stamp packets a moment after the first socket of the machine has asked for it; what came before
    // is stamped when it is read.
    static const UniqueFd stamps{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    set(stamps.get(), SOL_SOCKET, SO_TIMESTAMPNS);
    // Duplicate address detection would keep lan0 from speaking IPv6 for a second.
    const char* commands =
        "ip link add lan0 type veth peer name lan1 && "
        "ip addr add 192.0.2.1/24 dev lan0 && "
        "ip addr add fe80::1/64 dev lan0 nodad && "
        "ip link set lo up && ip addr add 198.51.100.9/32 dev lo && "
        "ip link set lan0 up && ip link set lan1 up && "
        // The peer is made by hand and answers no ARP.
        "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev lan0 nud permanent && "
        "ip neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev lan0 nud permanent";
    if (std::system(commands) != 0) return "no veth pair can be made here";
    return "";
  }();
  return reason;
}

config::Model one_instance() {
  config::Instance instance;
  instance.name = "VI_1";
  instance.interface = "lan0";
  instance.vrid = kVrid;
  instance.version = 3;
  instance.priority = 100;
  instance.advert_interval = kInterval;
  config::VirtualAddress address;
  address.prefix = {kVirtual, 24};
  address.interface = "lan0";
  instance.addresses.push_back(address);
  config::Model model;
  model.router_id = "test";
  model.instances.push_back(instance);
  return model;
}

// --- Peer -------------------------------------------------------------------------------------------------------------

Peer::Peer()
    : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL))),
      ifindex_(static_cast<int>(::if_nametoindex("lan1"))) {
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_protocol = htons(ETH_P_ALL);
  name.sll_ifindex = ifindex_;
  EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
}

void Peer::advertise(const Words& words) {
  const bool is_v4 = words.source.family() == base::Family::kIpv4;
  core::Router router;
  router.vrid = base::Vrid{words.vrid};
  router.version = core::Version::kV3;
  router.family = words.source.family();
  router.advert_interval = kInterval;
  router.addresses.push_back(is_v4 ? kVirtual : *Address::parse("2001:db8::fe"));
  if (words.as) words.as(router);
  const Address group =
      words.destination.is_set() ? words.destination : core::multicast_group(router.family);
  std::vector<std::uint8_t> message(core::kMaxMessage);
  message.resize(core::build(router, base::Priority{words.priority},
                             core::ChecksumForm::kPseudoHeader, words.source, group, message));
  if (!words.with_good_checksum) message[6] ^= 0xff;
  if (words.sealed) words.sealed(message);

  std::vector<std::uint8_t> frame;
  const auto put = [&](std::initializer_list<int> bytes) {
    for (const int byte : bytes) frame.push_back(static_cast<std::uint8_t>(byte));
  };
  const auto append = [&](std::span<const std::uint8_t> bytes) {
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  };
  if (is_v4) {
    put({0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 2, 0, 0, 0, 0, 2, 0x08, 0x00});
    std::vector<std::uint8_t> header{
        0x45, 0xc0, 0, static_cast<std::uint8_t>(20 + message.size()), 0, 0, 0, 0, words.ttl,
        112,  0,    0};
    for (const std::uint8_t byte : words.source.bytes()) header.push_back(byte);
    for (const std::uint8_t byte : group.bytes()) header.push_back(byte);
    const std::uint16_t checksum = ip_checksum(header);
    header[10] = static_cast<std::uint8_t>(checksum >> 8);
    header[11] = static_cast<std::uint8_t>(checksum & 0xff);
    append(header);
  } else {
    put({0x33, 0x33, 0, 0, 0, 0x12, 2, 0, 0, 0, 0, 2, 0x86, 0xdd});
    put({0x6c, 0, 0, 0, 0, static_cast<int>(message.size()), 112, words.ttl});
    append(words.source.bytes());
    append(group.bytes());
  }
  append(message);
  ASSERT_EQ(::send(socket_.get(), frame.data(), frame.size(), 0),
            static_cast<ssize_t>(frame.size()))
      << std::strerror(errno);
}

Peer::Frames Peer::hear() {
  Frames heard;
  std::uint8_t frame[2048];
  for (;;) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(socket_.get(), frame, sizeof frame, 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return heard;
    if (heard.adverts.empty()) heard.announced_before_adverts = heard.announced.size();
    if (from.sll_pkttype == PACKET_OUTGOING || size < 42) continue;
    const int type = frame[12] << 8 | frame[13];
    if (type == ETHERTYPE_ARP) {
      heard.announced.push_back(base::Address::from_bytes(base::Family::kIpv4, {frame + 28, 4}));
    } else if (type == ETHERTYPE_IP && (frame[23] == 112 || frame[23] == 51)) {
      const bool is_ah = frame[23] == 51;
      if (is_ah) ++heard.behind_ah;
      heard.adverts.push_back(frame[14 + 20 + (is_ah ? 24 : 0) + 2]);
      heard.destinations.push_back(
          base::Address::from_bytes(base::Family::kIpv4, {frame + 14 + 16, 4}));
      heard.last_advert.assign(frame, frame + size);
      heard.all_adverts.push_back(heard.last_advert);
    } else if (type == ETHERTYPE_IPV6 && frame[20] == 112) {
      heard.adverts.push_back(frame[14 + 40 + 2]);
      heard.last_advert.assign(frame, frame + size);
      heard.all_adverts.push_back(heard.last_advert);
    } else if (type == ETHERTYPE_IPV6 && frame[20] == IPPROTO_ICMPV6 && frame[54] == 136) {
      heard.announced.push_back(base::Address::from_bytes(base::Family::kIpv6, {frame + 62, 16}));
    }
  }
}

// --- House ------------------------------------------------------------------------------------------------------------

Duration House::since_boot = 1h;
std::int64_t House::clock_ahead_ns = 0;

House::House(config::Model model) : model_(std::move(model)) {
  constexpr std::uint64_t kRecords = 64;
  board_.resize(feed::board_bytes(model_.instances.size(), model_.groups.size()) / 8);
  memory_.resize(feed::memory_bytes() / 8);
  feed::format_memory(memory());
  ledger_.resize(feed::ledger_bytes(kRecords) / 8);
  const std::string boot = base::os::boot_id();
  feed::format_board(board(), model_.instances.size(), kHash, boot, model_.router_id,
                     model_.groups.size());
  feed::format_ledger(ledger(), 1, boot, kRecords);
  const auto pair = [](base::os::Channel& ours, UniqueFd& theirs) {
    auto ends = base::os::channel_pair();
    ASSERT_TRUE(ends);
    ours = base::os::Channel(std::move(ends->first));
    theirs = std::move(ends->second);
  };
  pair(keeper_, engine_keeper_);
  pair(runner_, engine_runner_);
  pair(supervisor_, engine_supervisor_);
  kick_ = UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
}

void House::start_engine() {
  engine::Parts parts;
  parts.model = model_;
  parts.configuration_hash = hash_;
  parts.boot_id = base::os::boot_id();
  parts.board = board();
  parts.ledger = ledger();
  parts.memory = memory();
  // As the supervisor does, so that what was sent waits for the next engine.
  parts.keeper = UniqueFd{::dup(engine_keeper_.get())};
  parts.runner = UniqueFd{::dup(engine_runner_.get())};
  parts.supervisor = UniqueFd{::dup(engine_supervisor_.get())};
  parts.clock.since_boot = [] { return since_boot; };
  parts.clock.wall_ns = [] { return base::os::wall_ns() + clock_ahead_ns; };
  parts.kicks[0] = UniqueFd{::dup(kick_.get())};
  auto engine = engine::Engine::open(std::move(parts));
  ASSERT_TRUE(engine) << base::to_string(engine.error());
  engine_ = std::move(*engine);
  from_runner(ipc::Begin{.configuration = hash_});
  begin();
}

void House::begin() { from_keeper(ipc::Begin{.configuration = keeper_terms_}); }

void House::reload(config::Model model) {
  const std::vector<std::byte> compiled = config::compile(model);
  next_hash_ = config::hash_of(compiled);
  const auto file = [](std::size_t size) {
    UniqueFd fd{::memfd_create("file", MFD_CLOEXEC)};
    EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(size)), 0);
    return fd;
  };
  const UniqueFd configuration = file(compiled.size());
  ASSERT_EQ(::pwrite(configuration.get(), compiled.data(), compiled.size(), 0),
            static_cast<ssize_t>(compiled.size()));
  const UniqueFd board = file(feed::board_bytes(model.instances.size(), model.groups.size()));
  auto mapped = base::os::Mapping::read_write(board.get());
  ASSERT_TRUE(mapped);
  next_board_ = std::move(*mapped);
  feed::format_board(next_board_.writable(), model.instances.size(), next_hash_,
                     base::os::boot_id(), model.router_id, model.groups.size());
  next_model_ = std::move(model);
  ASSERT_TRUE(supervisor_.send(ipc::Board{.configuration = next_hash_}, board.get()));
  ASSERT_TRUE(supervisor_.send(ipc::Reconfigure{.configuration = next_hash_}, configuration.get()));
}

std::optional<ipc::Reconfigured> House::reconfigured() {
  for (;;) {
    auto received = supervisor_.receive();
    if (!received || !*received) return std::nullopt;
    const auto answer = ipc::as<ipc::Reconfigured>((*received)->message);
    if (!answer) continue;
    if (answer->done != 0) {
      EXPECT_EQ(answer->configuration, next_hash_);
      hash_ = next_hash_;
      model_ = next_model_;
      old_board_ = std::move(new_board_);
      new_board_ = std::move(next_board_);
      is_reloaded_ = true;
    }
    return answer;
  }
}

bool House::is_old_board_superseded() const {
  const auto bytes =
      old_board_.bytes().empty() ? std::as_bytes(std::span(board_)) : old_board_.bytes();
  return feed::BoardReader(bytes).global()->superseded != 0;
}

void House::send_sockets() {
  ipc::Socket message;
  message.ifindex = ::if_nametoindex("lan0");
  feed::put_text(message.interface, "lan0");
  message.family = model_.instances[0].family;
  message.protocol = 112;
  const UniqueFd adverts = advert_socket(message.family);
  ASSERT_TRUE(keeper_.send(message, adverts.get()));
  if (model_.instances[0].auth_type == 2) {
    message.protocol = 51;
    const UniqueFd behind_ah = advert_socket(message.family, 51);
    ASSERT_TRUE(keeper_.send(message, behind_ah.get()));
  }
  message.kind = ipc::SocketKind::kPacket;
  const UniqueFd packets{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  ASSERT_TRUE(keeper_.send(message, packets.get()));
  message.kind = ipc::SocketKind::kLinks;
  const UniqueFd links = link_socket();
  ASSERT_TRUE(keeper_.send(message, links.get()));
}

void House::send_stray_socket() {
  ipc::Socket message;
  message.kind = ipc::SocketKind::kStray;
  message.family = model_.instances[0].family;
  message.protocol = 112;
  message.ifindex = ::if_nametoindex("lan0");
  feed::put_text(message.interface, "lan0");
  const UniqueFd strays = advert_socket(message.family);
  ASSERT_TRUE(keeper_.send(message, strays.get()));
}

void House::deafen() {
  ipc::Socket message;
  message.family = model_.instances[0].family;
  message.protocol = 112;
  message.ifindex = ::if_nametoindex("lan0");
  feed::put_text(message.interface, "lan0");
  const UniqueFd deaf = advert_socket(message.family);
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  ASSERT_EQ(::setsockopt(deaf.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
  ASSERT_TRUE(keeper_.send(message, deaf.get()));
  run_for(20ms);
}

void House::send_interface(bool up, bool running) {
  ipc::Interface message;
  message.ifindex = ::if_nametoindex("lan0");
  feed::put_text(message.name, "lan0");
  message.up = up ? 1 : 0;
  message.running = running ? 1 : 0;
  message.mac = {0x02, 0, 0, 0, 0, 0x01};
  std::copy_n(kOurs.bytes().begin(), 4, message.ipv4.begin());
  std::copy_n(Address::parse("fe80::1")->bytes().begin(), 16, message.ipv6.begin());
  from_keeper(message);
}

void House::send_caught_up() { from_keeper(ipc::CaughtUp{}); }

void House::serve_keeper() {
  for (;;) {
    auto received = runner_.receive();
    if (!received || !*received) break;
    if (const auto hello = ipc::as<ipc::Hello>((*received)->message))
      runner_hellos.push_back(hello->configuration);
  }
  for (;;) {
    auto received = keeper_.receive();
    if (!received || !*received) return;
    if (const auto hello = ipc::as<ipc::Hello>((*received)->message)) {
      keeper_terms_ = hello->configuration;
      keeper_hellos.push_back(hello->configuration);
      continue;
    }
    const auto want = ipc::as<ipc::Want>((*received)->message);
    if (!want) continue;
    wishes.push_back(*want);
    if (!answers_wishes) continue;
    const auto count =
        static_cast<std::uint16_t>(model_.instances[want->instance].addresses.size());
    from_keeper(ipc::Held{.instance = want->instance,
                          .installed = want->hold != 0 ? count : std::uint16_t{0},
                          .wanted = want->hold != 0 ? count : std::uint16_t{0}});
  }
}

std::vector<ipc::Type> House::told_supervisor() {
  std::vector<ipc::Type> types;
  for (;;) {
    auto received = supervisor_.receive();
    if (!received || !*received) return types;
    types.push_back(*ipc::type_of((*received)->message));
  }
}

void House::turn() {
  (void)engine_->turn();
  serve_keeper();
}

bool House::run_until(const std::function<bool()>& condition, Duration bound) {
  const Instant end = base::os::now() + bound;
  while (!condition()) {
    if (base::os::now() > end) return false;
    turn();
  }
  return true;
}

void House::run_for(Duration span) {
  const Instant end = base::os::now() + span;
  while (base::os::now() < end) turn();
}

feed::Row House::row(std::size_t index) const { return *feed::BoardReader(board()).row(index); }

feed::GroupRow House::group(std::size_t index) const {
  return *feed::BoardReader(board()).group(index);
}

feed::PeerRow House::peer(const Address& address, std::size_t index) const {
  const feed::BoardReader reader(board());
  for (std::size_t slot = 0; slot < feed::kPeersPerRow; ++slot)
    if (const auto row = reader.peer(index, slot);
        row && row->family == address.family() && row->address == address.padded())
      return *row;
  return {};
}

std::vector<feed::Stranger> House::strangers() const {
  const feed::BoardReader reader(board());
  std::vector<feed::Stranger> all;
  for (std::size_t slot = 0; slot < feed::kStrangers; ++slot)
    if (const auto row = reader.stranger(slot); row && row->family != base::Family::kNone)
      all.push_back(*row);
  return all;
}

feed::Global House::global() const { return *feed::BoardReader(board()).global(); }

std::vector<feed::Record> House::records() const {
  std::vector<feed::Record> all;
  feed::LedgerReader reader(std::as_bytes(std::span(ledger_)), 0);
  while (const auto record = reader.next()) all.push_back(*record);
  return all;
}

std::vector<feed::Record> House::records(feed::Kind kind) const {
  std::vector<feed::Record> some;
  for (const feed::Record& record : records())
    if (record.kind == kind) some.push_back(record);
  return some;
}

std::uint64_t House::kicks() {
  std::uint64_t count = 0;
  return ::read(kick_.get(), &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace lan
