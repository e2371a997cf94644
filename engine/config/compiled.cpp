#include "engine/config/compiled.hpp"

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/config/consistency.hpp"

namespace config {
namespace {

// The header:
//
//   0        8         12         16         24     32
//   | magic  | version | reserved | checksum | hash | body ...
//
// Both are FNV-1a: `checksum` over everything behind it, in steps of eight bytes for as long as there are so many, `hash` over
// what the body means. One flipped byte always changes the former: each step of FNV-1a is a bijection of its state.
constexpr std::string_view kMagic = "VIGIECFG";
constexpr std::uint32_t kVersion = 6;
constexpr std::size_t kSummedFrom = 24;
constexpr std::size_t kHeaderBytes = 32;

template <typename T, typename What>
concept Is = std::same_as<std::remove_const_t<T>, What>;

// What a model consists of, once for writing and reading: the two cannot drift apart. The structured bindings name
// every member, so a member added to model.hpp and forgotten here does not compile.
template <typename V, Is<Position> T>
void fields(V& visit, T& it) {
  auto& [file, line, column, origin] = it;
  (void)origin;  // means something to the reader of the text alone
  visit(file, line, column);
}
template <typename V, Is<base::Prefix> T>
void fields(V& visit, T& it) {
  auto& [address, length] = it;
  visit(address, length);
}
template <typename V, Is<Command> T>
void fields(V& visit, T& it) {
  auto& [arguments, user, group] = it;
  visit(arguments, user, group);
}
template <typename V, Is<VirtualAddress> T>
void fields(V& visit, T& it) {
  auto& [prefix, interface, broadcast, scope, label, peer, is_advertised, at, is_home,
         makes_temporary, has_prefix_route, joins, detects_duplicates, is_tracked, has_virtual_mac,
         preferred, track_group] = it;
  visit(prefix, interface, broadcast, scope, label, peer, is_advertised, at, is_home,
        makes_temporary, has_prefix_route, joins, detects_duplicates, is_tracked, has_virtual_mac,
        preferred, track_group);
}
template <typename V, Is<Script> T>
void fields(V& visit, T& it) {
  auto& [name, command, interval, timeout, weight, reverse, rise, fall, init_fail, at] = it;
  visit(name, command, interval, timeout, weight, reverse, rise, fall, init_fail, at);
}
template <typename V, Is<TrackedScript> T>
void fields(V& visit, T& it) {
  auto& [script, weight, reverse, at] = it;
  visit(script, weight, reverse, at);
}
template <typename V, Is<TrackedInterface> T>
void fields(V& visit, T& it) {
  auto& [interface, weight, reverse, at] = it;
  visit(interface, weight, reverse, at);
}
template <typename V, Is<File> T>
void fields(V& visit, T& it) {
  auto& [name, path, weight, reverse, initial, overwrites_initial, at] = it;
  visit(name, path, weight, reverse, initial, overwrites_initial, at);
}
template <typename V, Is<Process> T>
void fields(V& visit, T& it) {
  auto& [name, command, parameters, full_command, weight, reverse, quorum, quorum_max, fork_delay,
         terminate_delay, at] = it;
  visit(name, command, parameters, full_command, weight, reverse, quorum, quorum_max, fork_delay,
        terminate_delay, at);
}
template <typename V, Is<TrackedFile> T>
void fields(V& visit, T& it) {
  auto& [file, weight, reverse, at] = it;
  visit(file, weight, reverse, at);
}
template <typename V, Is<TrackedProcess> T>
void fields(V& visit, T& it) {
  auto& [process, weight, reverse, at] = it;
  visit(process, weight, reverse, at);
}
template <typename V, Is<InterfaceDelay> T>
void fields(V& visit, T& it) {
  auto& [interface, down, up, at] = it;
  visit(interface, down, up, at);
}
template <typename V, Is<UnicastPeer> T>
void fields(V& visit, T& it) {
  auto& [address, min_ttl, max_ttl, at] = it;
  visit(address, min_ttl, max_ttl, at);
}
template <typename V, Is<HmacKey> T>
void fields(V& visit, T& it) {
  auto& [id, secret] = it;
  visit(id, secret);
}
template <typename V, Is<Hmac> T>
void fields(V& visit, T& it) {
  auto& [keys, active_key, is_monotonic, window, mode] = it;
  visit(keys, active_key, is_monotonic, window, mode);
}
template <typename V, Is<Announcing> T>
void fields(V& visit, T& it) {
  auto& [repeat, delay, refresh, refresh_repeat, lower_prio_repeat, lower_prio_delay, arp_interval,
         na_interval, extra_interval, extra_on_all] = it;
  visit(repeat, delay, refresh, refresh_repeat, lower_prio_repeat, lower_prio_delay, arp_interval,
        na_interval, extra_interval, extra_on_all);
}
template <typename V, Is<Encapsulation> T>
void fields(V& visit, T& it) {
  auto& [kind, id, source, destination, tos, ttl, flags, labels, locator] = it;
  visit(kind, id, source, destination, tos, ttl, flags, labels, locator);
}
template <typename V, Is<NextHop> T>
void fields(V& visit, T& it) {
  auto& [via, interface, weight, is_onlink, realms, encapsulation] = it;
  visit(via, interface, weight, is_onlink, realms, encapsulation);
}
template <typename V, Is<RouteMetric> T>
void fields(V& visit, T& it) {
  auto& [kind, value, is_locked] = it;
  visit(kind, value, is_locked);
}
template <typename V, Is<Route> T>
void fields(V& visit, T& it) {
  auto& [kind, to, from, source, hops, tos, table, protocol, scope, metric, metrics,
         congestion_control, is_congestion_control_locked, preference, propagates_ttl, expires,
         place, is_tracked, track_group, vrf, at] = it;
  visit(kind, to, from, source, hops, tos, table, protocol, scope, metric, metrics,
        congestion_control, is_congestion_control_locked, preference, propagates_ttl, expires,
        place, is_tracked, track_group, vrf, at);
}
template <typename V, Is<PortRange> T>
void fields(V& visit, T& it) {
  auto& [first, last] = it;
  visit(first, last);
}
template <typename V, Is<UserRange> T>
void fields(V& visit, T& it) {
  auto& [first, last] = it;
  visit(first, last);
}
template <typename V, Is<Rule> T>
void fields(V& visit, T& it) {
  auto& [family, is_inverted, from, to, preference, tos, mark, mark_mask, realms, incoming,
         outgoing, suppress_length, suppress_group, tunnel_id, users, is_l3mdev, protocol,
         ip_protocol, source_ports, destination_ports, action, table, target, is_tracked,
         track_group, at] = it;
  visit(family, is_inverted, from, to, preference, tos, mark, mark_mask, realms, incoming, outgoing,
        suppress_length, suppress_group, tunnel_id, users, is_l3mdev, protocol, ip_protocol,
        source_ports, destination_ports, action, table, target, is_tracked, track_group, at);
}
template <typename V, Is<OwnInterface> T>
void fields(V& visit, T& it) {
  auto& [kind, name, mac, address, mode, group, sends_from_parent, for_other_interfaces, is_told] =
      it;
  visit(kind, name, mac, address, mode, group, sends_from_parent, for_other_interfaces, is_told);
}
template <typename V, Is<Instance> T>
void fields(V& visit, T& it) {
  auto& [name, interface, family, vrid, version, priority, advert_interval, starts_as_master,
         preempt, preempt_delay, accept, v3_checksum_as_v2, down_timer_adverts, auth_type,
         auth_pass, hmac, addresses, track_scripts, track_interfaces, track_files, track_processes,
         group, unicast_peers, source, multicast_group, unicast_ttl, check_unicast_src,
         unicast_fault_no_peer, track_src_ip, strict, skip_check_adv_addr, owner_ignore_adverts,
         lower_prio_no_advert, higher_prio_send_advert, late_backup, learned_interval_cap,
         receive_buffer, announcing, track_primary, notify_master, notify_backup, notify_fault,
         notify_stop, notify, smtp_alert, notify_master_rx_lower_pri, at, routes, rules,
         own_interface, vrf, promote_secondaries, tells_deletion, notify_deleted,
         notify_priority_changes] = it;
  visit(name, interface, family, vrid, version, priority, advert_interval, starts_as_master,
        preempt, preempt_delay, accept, v3_checksum_as_v2, down_timer_adverts, auth_type, auth_pass,
        hmac, addresses, track_scripts, track_interfaces, track_files, track_processes, group,
        unicast_peers, source, multicast_group, unicast_ttl, check_unicast_src,
        unicast_fault_no_peer, track_src_ip, strict, skip_check_adv_addr, owner_ignore_adverts,
        lower_prio_no_advert, higher_prio_send_advert, late_backup, learned_interval_cap,
        receive_buffer, announcing, track_primary, notify_master, notify_backup, notify_fault,
        notify_stop, notify, smtp_alert, notify_master_rx_lower_pri, at, routes, rules,
        own_interface, vrf, promote_secondaries, tells_deletion, notify_deleted,
        notify_priority_changes);
}
template <typename V, Is<SyncGroup> T>
void fields(V& visit, T& it) {
  auto& [name, members, keeps_member_weights, notify_master, notify_backup, notify_fault,
         notify_stop, notify, smtp_alert, at, notify_priority_changes] = it;
  visit(name, members, keeps_member_weights, notify_master, notify_backup, notify_fault,
        notify_stop, notify, smtp_alert, at, notify_priority_changes);
}
template <typename V, Is<Safety> T>
void fields(V& visit, T& it) {
  auto& [startup_delay, delay_after_boot, quiet_start, quiet_cap, log_unknown_vrids, lease,
         least_lease] = it;
  visit(startup_delay, delay_after_boot, quiet_start, quiet_cap, log_unknown_vrids, lease,
        least_lease);
}
template <typename V, Is<Flags> T>
void fields(V& visit, T& it) {
  auto& [instances, permit_file, active_file, at] = it;
  visit(instances, permit_file, active_file, at);
}
template <typename V, Is<Mail> T>
void fields(V& visit, T& it) {
  auto& [server, port, from, to, helo, connect_timeout, no_faults, tls, user, password, ca_file,
         expire] = it;
  visit(server, port, from, to, helo, connect_timeout, no_faults, tls, user, password, ca_file,
        expire);
}
template <typename V, Is<AgentX> T>
void fields(V& visit, T& it) {
  auto& [enabled, socket, traps] = it;
  visit(enabled, socket, traps);
}
template <typename V, Is<History> T>
void fields(V& visit, T& it) {
  auto& [database, keep] = it;
  visit(database, keep);
}
template <typename V, Is<FormerAddress> T>
void fields(V& visit, T& it) {
  auto& [prefix, interface, peer] = it;
  visit(prefix, interface, peer);
}
template <typename V, Is<TrackGroup> T>
void fields(V& visit, T& it) {
  auto& [name, instances, at] = it;
  visit(name, instances, at);
}
template <typename V, Is<Statics> T>
void fields(V& visit, T& it) {
  auto& [addresses, routes, rules] = it;
  visit(addresses, routes, rules);
}
template <typename V, Is<Fifo> T>
void fields(V& visit, T& it) {
  auto& [path, user, group, reader] = it;
  visit(path, user, group, reader);
}
template <typename V, Is<OnceScript> T>
void fields(V& visit, T& it) {
  auto& [command, timeout] = it;
  visit(command, timeout);
}
template <typename V, Is<Notifying> T>
void fields(V& visit, T& it) {
  auto& [all, vrrp, repeats_on_reload, startup, shutdown] = it;
  visit(all, vrrp, repeats_on_reload, startup, shutdown);
}
template <typename V, Is<Firewall> T>
void fields(V& visit, T& it) {
  auto& [by, table, priority, counts, by_ifindex, chain_in, chain_out, ipsets] = it;
  visit(by, table, priority, counts, by_ifindex, chain_in, chain_out, ipsets);
}
template <typename V, Is<Kernel> T>
void fields(V& visit, T& it) {
  auto& [macvlan_prefix, address_macvlan_prefix, reports_igmp] = it;
  visit(macvlan_prefix, address_macvlan_prefix, reports_igmp);
}
template <typename V, Is<Scheduling> T>
void fields(V& visit, T& it) {
  auto& [rt_priority, cpus] = it;
  visit(rt_priority, cpus);
}
template <typename V, Is<Model> T>
void fields(V& visit, T& it) {
  auto& [files, router_id, script_user, script_group, script_security, scripts, tracked_files,
         processes, interface_delays, instances, groups, safety, flags, mail, agentx, history,
         former, track_groups, statics, notifying, firewall, kernel, scheduling,
         supplementary_groups] = it;
  visit(files, router_id, script_user, script_group, script_security, scripts, tracked_files,
        processes, interface_delays, instances, groups, safety, flags, mail, agentx, history,
        former, track_groups, statics, notifying, firewall, kernel, scheduling,
        supplementary_groups);
}

template <typename T>
concept Plain = std::integral<T> && !std::same_as<T, bool>;

class Writer {
 public:
  // Of where something stands nothing is written when only its meaning counts.
  enum class Of : std::uint8_t { kEverything, kMeaning };
  explicit Writer(Of what = Of::kEverything) : what_(what) {}

  template <typename... T>
  void operator()(const T&... parts) {
    (put(parts), ...);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  template <Plain T>
  void put(const T& number) {
    auto rest = static_cast<std::make_unsigned_t<T>>(number);
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<std::byte>(rest & 0xff));
      if constexpr (sizeof(T) > 1) rest = static_cast<decltype(rest)>(rest >> 8);
    }
  }
  void put(const bool& flag) { bytes_.push_back(flag ? std::byte{1} : std::byte{0}); }
  void put(const Duration& duration) { put(static_cast<std::int64_t>(duration.count())); }
  void put(const Family& family) { put(static_cast<std::uint8_t>(family)); }
  void put(const Mail::Tls& tls) { put(static_cast<std::uint8_t>(tls)); }
  void put(const Hmac::Mode& mode) { put(static_cast<std::uint8_t>(mode)); }
  void put(const Process::Match& match) { put(static_cast<std::uint8_t>(match)); }
  void put(const Encapsulation::Kind& kind) { put(static_cast<std::uint8_t>(kind)); }
  void put(const Route::Kind& kind) { put(static_cast<std::uint8_t>(kind)); }
  void put(const Route::Place& place) { put(static_cast<std::uint8_t>(place)); }
  void put(const Rule::Action& action) { put(static_cast<std::uint8_t>(action)); }
  void put(const OwnInterface::Kind& kind) { put(static_cast<std::uint8_t>(kind)); }
  void put(const OwnInterface::Mode& mode) { put(static_cast<std::uint8_t>(mode)); }
  void put(const Firewall::By& by) { put(static_cast<std::uint8_t>(by)); }
  void put(const Safety::Lease& lease) { put(static_cast<std::uint8_t>(lease)); }
  void put(const base::Mac& mac) {
    for (const std::uint8_t byte : mac) put(byte);
  }
  void put(const Address& address) {
    put(address.family());
    for (const std::uint8_t byte : address.bytes()) bytes_.push_back(static_cast<std::byte>(byte));
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
  }
  template <typename T>
  void put(const std::optional<T>& maybe) {
    put(maybe.has_value());
    if (maybe) put(*maybe);
  }
  template <typename T>
  void put(const std::vector<T>& list) {
    put(static_cast<std::uint32_t>(list.size()));
    for (const T& item : list) put(item);
  }
  void put(const Position& position) {
    if (what_ == Of::kEverything) fields(*this, position);
  }
  template <typename T>
  void put(const T& part) {
    fields(*this, part);
  }

  Of what_;
  std::vector<std::byte> bytes_;
};

// Like base::ByteReader: once something did not fit or made no sense it stays failed; ask ok() at the end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename... T>
  void operator()(T&... parts) {
    (get(parts), ...);
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) {
      fail();
      return {};
    }
    const auto head = rest_.first(count);
    rest_ = rest_.subspan(count);
    return head;
  }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  template <Plain T>
  void get(T& number) {
    std::make_unsigned_t<T> value = 0;
    std::size_t shift = 0;
    for (const std::byte byte : take(sizeof(T))) {
      const auto part = static_cast<std::make_unsigned_t<T>>(byte);
      value = static_cast<decltype(value)>(value | static_cast<decltype(value)>(part << shift));
      shift += 8;
    }
    number = static_cast<T>(value);
  }
  void get(bool& flag) { flag = choice(1) == 1; }
  void get(Duration& duration) {
    std::int64_t count = 0;
    get(count);
    duration = Duration{count};
  }
  void get(Family& family) {
    std::uint8_t value = 0;
    get(value);
    if (value != 0 && value != 4 && value != 6) fail();
    family = ok_ ? static_cast<Family>(value) : Family::kNone;
  }
  void get(Mail::Tls& tls) { tls = static_cast<Mail::Tls>(choice(2)); }
  void get(Hmac::Mode& mode) { mode = static_cast<Hmac::Mode>(choice(2)); }
  void get(Process::Match& match) { match = static_cast<Process::Match>(choice(3)); }
  void get(Encapsulation::Kind& kind) { kind = static_cast<Encapsulation::Kind>(choice(4)); }
  void get(Route::Kind& kind) { kind = static_cast<Route::Kind>(choice(10, 1)); }
  void get(Route::Place& place) { place = static_cast<Route::Place>(choice(2)); }
  void get(Rule::Action& action) {
    const std::uint8_t value = choice(8, 1);
    if (value == 4 || value == 5) fail();
    action = ok_ ? static_cast<Rule::Action>(value) : Rule::Action::kTable;
  }
  void get(OwnInterface::Kind& kind) { kind = static_cast<OwnInterface::Kind>(choice(2)); }
  void get(OwnInterface::Mode& mode) { mode = static_cast<OwnInterface::Mode>(choice(2)); }
  void get(Firewall::By& by) { by = static_cast<Firewall::By>(choice(2)); }
  void get(Safety::Lease& lease) { lease = static_cast<Safety::Lease>(choice(2)); }
  void get(base::Mac& mac) {
    for (std::uint8_t& byte : mac) get(byte);
  }
  void get(Address& address) {
    Family family = Family::kNone;
    get(family);
    address = {};
    if (family == Family::kNone) return;
    std::uint8_t raw[16] = {};
    const std::size_t size = family == Family::kIpv4 ? 4 : 16;
    const auto bytes = take(size);
    if (bytes.empty()) return;
    std::memcpy(raw, bytes.data(), size);
    address = Address::from_bytes(family, std::span<const std::uint8_t>(raw, size));
  }
  void get(std::string& text) {
    std::uint32_t size = 0;
    get(size);
    const auto bytes = take(size);
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  template <typename T>
  void get(std::optional<T>& maybe) {
    bool present = false;
    get(present);
    maybe.reset();
    if (present) get(maybe.emplace());
  }
  template <typename T>
  void get(std::vector<T>& list) {
    std::uint32_t count = 0;
    get(count);
    list.clear();
    // Not reserved ahead: a damaged count must not cost memory the buffer cannot fill.
    for (std::uint32_t i = 0; i < count && ok_; ++i) get(list.emplace_back());
  }
  template <typename T>
  void get(T& part) {
    fields(*this, part);
  }

  std::uint8_t choice(std::uint8_t highest, std::uint8_t lowest = 0) {
    std::uint8_t value = 0;
    get(value);
    if (value < lowest || value > highest) fail();
    return ok_ ? value : lowest;
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

std::uint64_t fnv1a(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) {
    hash ^= static_cast<std::uint64_t>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) word |= static_cast<std::uint64_t>(bytes[i]) << 8 * i;
    sum = (sum ^ word) * 0x100000001b3;
  }
  for (const std::byte byte : bytes) sum = (sum ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
  return sum;
}

std::uint64_t hash_of(const Model& model) {
  Model bare = model;
  bare.files.clear();
  bare.former.clear();
  Writer meaning(Writer::Of::kMeaning);
  meaning(std::as_const(bare));
  return fnv1a(meaning.take());
}

}  // namespace

std::vector<std::byte> compile(const Model& model) {
  Writer summed;
  summed(hash_of(model), model);
  const std::vector<std::byte> content = summed.take();
  Writer header;
  for (const char c : kMagic) header(static_cast<std::uint8_t>(c));
  header(kVersion, std::uint32_t{0}, sum_of(content));
  std::vector<std::byte> all = header.take();
  all.insert(all.end(), content.begin(), content.end());
  return all;
}

base::Result<Model> decompile(std::span<const std::byte> bytes) {
  const auto damaged = [](const char* why) {
    return base::Error::because("read the compiled configuration", why);
  };
  if (bytes.size() < kHeaderBytes) return damaged("it is too short");
  Reader header(bytes.first(kHeaderBytes));
  for (const char c : kMagic) {
    std::uint8_t found = 0;
    header(found);
    if (found != static_cast<std::uint8_t>(c)) return damaged("it is something else");
  }
  std::uint32_t version = 0;
  std::uint32_t reserved = 0;
  std::uint64_t checksum = 0;
  std::uint64_t hash = 0;
  header(version, reserved, checksum, hash);
  if (version != kVersion || reserved != 0) return damaged("it is of another version of vigie");
  if (checksum != checksum_of(bytes)) return damaged("it is damaged");
  Model model;
  Reader body(bytes.subspan(kHeaderBytes));
  body(model);
  if (!body.ok()) return damaged("it ends too early or holds an impossible value");
  if (body.left() != 0) return damaged("it goes on after its end");
  if (const char* why = contradiction(model)) return damaged(why);
  return model;
}

std::uint64_t hash_of(std::span<const std::byte> compiled) {
  if (compiled.size() < kHeaderBytes) return 0;
  std::uint64_t hash = 0;
  Reader(compiled.subspan(kSummedFrom))(hash);
  return hash;
}

std::uint64_t checksum_of(std::span<const std::byte> compiled) {
  return compiled.size() < kHeaderBytes ? 0 : sum_of(compiled.subspan(kSummedFrom));
}

}  // namespace config
