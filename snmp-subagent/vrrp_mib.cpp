#include "snmp-subagent/vrrp_mib.hpp"

#include <algorithm>

namespace snmp {

const Oid kVrrpMib{1, 3, 6, 1, 2, 1, 68};
const Oid kVrrpTrapNewMaster{1, 3, 6, 1, 2, 1, 68, 0, 1};

namespace {

using base::Drop;
using base::State;
using feed::Row;

// RowStatus, TruthValue, vrrpOperAdminState, vrrpOperProtocol and friends, as RFC 2787 and RFC 2579 number them.
constexpr std::uint64_t kActive = 1;
constexpr std::uint64_t kTrue = 1;
constexpr std::uint64_t kFalse = 2;
constexpr std::uint64_t kUp = 1;
constexpr std::uint64_t kIp = 1;

Oid under(const Oid& root, std::initializer_list<std::uint32_t> rest) {
  Oid name = root;
  name.insert(name.end(), rest);
  return name;
}

Value integer(std::uint64_t number) { return {Syntax::kInteger, number, {}}; }
Value counter(std::uint64_t number) { return {Syntax::kCounter32, number & 0xffffffff, {}}; }
Value ip_address(const std::array<std::uint8_t, 16>& padded) {
  return {Syntax::kIpAddress, 0, {padded.begin(), padded.begin() + 4}};
}

// Not listed: IPv6, no address, or an interface that does not exist and so has no index to be listed under.
bool is_listed(const std::optional<Row>& row) {
  return row && row->family == base::Family::kIpv4 && row->addresses > 0 && row->ifindex > 0;
}

std::uint64_t drops(const std::array<std::uint64_t, base::kDropReasons>& counters, Drop reason) {
  return counters[static_cast<std::size_t>(reason)];
}

std::uint64_t oper_state(State state) {
  switch (state) {
    case State::kBackup: return 2;
    case State::kMaster: return 3;
    case State::kInitialize:
    case State::kFault:
    case State::kStopped: return 1;
  }
  return 1;
}

std::uint64_t whole_seconds(std::int64_t interval_ns) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(1, (interval_ns + 999'999'999) / 1'000'000'000));
}

// One row of vrrpOperTable, columns in the order of the MIB.
void add_operations(List& list, const Row& row, std::uint64_t advertised, const View& view) {
  const auto add = [&](std::uint32_t column, Value value) {
    list.push_back({under(kVrrpMib, {1, 3, 1, column, row.ifindex, row.vrid}), std::move(value)});
  };
  const base::Mac mac = base::virtual_mac(base::Family::kIpv4, row.vrid);
  add(2, {Syntax::kOctets, 0, {mac.begin(), mac.end()}});
  add(3, integer(oper_state(view.is_engine_missing ? State::kInitialize : row.state)));
  add(4, integer(kUp));
  add(5, integer(row.base_priority));
  add(6, integer(advertised));
  add(7, ip_address(view.is_engine_missing ? std::array<std::uint8_t, 16>{} : row.master));
  add(8, ip_address(row.source));
  // noAuthentication(1), simpleTextPassword(2), ipAuthenticationHeader(3). An HMAC trailer stands behind adverts whose
  // own field says none, and RFC 2787 has no number for it.
  add(9, integer(row.auth_type == 1 ? 2 : row.auth_type == 2 ? 3 : 1));
  add(10, {Syntax::kOctets, 0, {}});  // never shown: RFC 2787 wants a zero-length string
  add(11, integer(whole_seconds(row.advert_interval_ns)));
  add(12, integer(row.preempt ? kTrue : kFalse));
  add(13,
      {Syntax::kTimeTicks,
       row.active_since_ns == 0 || view.is_engine_missing ? 0
                                                          : time_stamp(view, row.active_since_ns),
       {}});
  add(14, integer(kIp));
  add(15, integer(kActive));
}

// Answers how many there are.
std::uint64_t add_addresses(List& list, const Row& row, const config::Instance& instance) {
  std::uint64_t advertised = 0;
  for (const config::VirtualAddress& address : instance.addresses) {
    if (!address.is_advertised || address.prefix.address.family() != base::Family::kIpv4) continue;
    const auto bytes = address.prefix.address.bytes();
    list.push_back({under(kVrrpMib, {1, 4, 1, 2, row.ifindex, row.vrid, bytes[0], bytes[1],
                                     bytes[2], bytes[3]}),
                    integer(kActive)});
    ++advertised;
  }
  return advertised;
}

void add_statistics(List& list, const Row& row) {
  const auto add = [&](std::uint32_t column, std::uint64_t count) {
    list.push_back({under(kVrrpMib, {2, 4, 1, column, row.ifindex, row.vrid}), counter(count)});
  };
  add(1, row.became_master);
  add(2, row.adverts_received);
  add(3, drops(row.drops, Drop::kInterval) + row.interval_differences);
  add(4, drops(row.drops, Drop::kAuthFailed) + drops(row.drops, Drop::kAuthKey) +
             drops(row.drops, Drop::kAuthStale) + drops(row.drops, Drop::kReplay));
  add(5, drops(row.drops, Drop::kTtl));
  add(6, row.zero_received);
  add(7, row.zero_sent);
  add(8, drops(row.drops, Drop::kType));
  add(9, row.address_list_errors + drops(row.drops, Drop::kAddressList));
  add(10, drops(row.drops, Drop::kAuthType) + drops(row.drops, Drop::kAuthMalformed));
  add(11, drops(row.drops, Drop::kAuthMismatch) + drops(row.drops, Drop::kAuthMissing));
  add(12, drops(row.drops, Drop::kLength));
}

}  // namespace

List vrrp_mib(const View& view) {
  List list;
  list.push_back({under(kVrrpMib, {1, 1, 0}), integer(2)});
  list.push_back({under(kVrrpMib, {1, 2, 0}), integer(view.model.agentx.traps ? 1 : 2)});
  list.push_back({under(kVrrpMib, {2, 1, 0}), counter(drops(view.global.drops, Drop::kChecksum))});
  list.push_back({under(kVrrpMib, {2, 2, 0}), counter(drops(view.global.drops, Drop::kVersion))});
  list.push_back(
      {under(kVrrpMib, {2, 3, 0}), counter(drops(view.global.drops, Drop::kUnknownVrid))});
  for (std::size_t i = 0; i < view.rows.size() && i < view.model.instances.size(); ++i) {
    if (!is_listed(view.rows[i])) continue;
    const std::uint64_t advertised = add_addresses(list, *view.rows[i], view.model.instances[i]);
    add_operations(list, *view.rows[i], advertised, view);
    add_statistics(list, *view.rows[i]);
  }
  sort(list);
  return list;
}

std::optional<Notification> vrrp_trap(const feed::Record& record, const View& view) {
  if (record.kind != feed::Kind::kTransition || record.to != State::kMaster) return std::nullopt;
  if (record.instance >= view.rows.size() || !is_listed(view.rows[record.instance]))
    return std::nullopt;
  const Row& row = *view.rows[record.instance];
  // The master is this router; the row may already tell of a later transition.
  return Notification{
      kVrrpTrapNewMaster,
      {{under(kVrrpMib, {1, 3, 1, 7, row.ifindex, row.vrid}), ip_address(row.source)}}};
}

}  // namespace snmp
