#include "cli/peers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/row_words.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"

namespace cli {

using base::Duration;
using base::Instant;
using feed::Differs;
using feed::PeerRow;

namespace {

bool differs(const PeerRow& peer, Differs what) {
  return (peer.differs & static_cast<std::uint8_t>(what)) != 0;
}

// Both values where they differ: "2 (ours 3)".
std::string against_ours(const std::string& theirs, const std::string& ours, bool differ) {
  return differ ? fmt::format("{} (ours {})", theirs, ours) : theirs;
}

std::size_t our_count(const InstancePeers& instance) {
  return instance.addresses.empty() ? instance.row.addresses : instance.addresses.size();
}

std::string addresses_text(const InstancePeers& instance, const PeerRow& peer) {
  const std::string theirs = std::to_string(peer.address_count);
  if (!differs(peer, Differs::kAddresses)) return theirs;
  // As many, but others: a number would not show it.
  if (peer.address_count == our_count(instance)) return theirs + " (not ours)";
  return against_ours(theirs, std::to_string(our_count(instance)), true);
}

std::string priority_text(const PeerRow& peer) {
  if (peer.priority == 0) return "0 (leaving)";
  return peer.priority == 255 ? "255 (owner)" : std::to_string(peer.priority);
}

std::uint64_t rejected(const PeerRow& peer) {
  return std::accumulate(peer.drops.begin(), peer.drops.end(), std::uint64_t{0});
}

std::string list_text(const std::vector<base::Address>& addresses, std::size_t count) {
  std::string text;
  for (const base::Address& address : addresses)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(address));
  if (count > addresses.size())
    text += fmt::format("{}{} more", text.empty() ? "" : ", ", count - addresses.size());
  return text.empty() ? "none" : text;
}

std::vector<base::Address> shown_addresses(const PeerRow& peer) {
  std::vector<base::Address> list;
  const std::size_t count = std::min<std::size_t>(peer.address_count, peer.addresses.size());
  for (const auto& bytes : std::span(peer.addresses).first(count))
    if (const base::Address address = address_of(peer.family, bytes); address.is_set())
      list.push_back(address);
  return list;
}

std::string offset_text(std::int64_t offset_ns) {
  if (offset_ns == 0) return "wrong";
  const std::int64_t size = offset_ns < 0 ? -offset_ns : offset_ns;
  return fmt::format("{} {} ours", span_text(Duration{size}),
                     offset_ns < 0 ? "behind" : "ahead of");
}

// What a table has no room for, one line each.
std::string remarks(const InstancePeers& instance, const PeerRow& peer) {
  const std::string name = to_string(address_of(peer.family, peer.address));
  std::string text;
  const auto remark = [&](const std::string& words) {
    text += fmt::format("{}: {}: {}\n", feed::get_text(instance.row.name), name, words);
  };
  if (rejected(peer) > 0)
    remark(fmt::format("dropped: {}{}", drops_text(peer.drops),
                       peer.last_drop == base::Drop::kNone ? "; its newest advert was accepted"
                                                           : "; its newest advert among them"));
  if (differs(peer, Differs::kAddresses))
    remark(fmt::format("announces {}; ours: {}",
                       list_text(shown_addresses(peer), peer.address_count),
                       list_text(instance.addresses, our_count(instance))));
  if (differs(peer, Differs::kChecksum)) remark("computes version 3 checksums in the other way");
  if (differs(peer, Differs::kPriority))
    remark(peer.priority == 255 ? "is an owner of the addresses, as this router is"
                                : "has the same priority as this router");
  if (peer.clock_bad != 0)
    remark(fmt::format("its clock is {}: it counts as alive and is not trusted further",
                       offset_text(peer.clock_offset_ns)));
  return text;
}

nlohmann::ordered_json names_of(const std::vector<base::Address>& addresses) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const base::Address& address : addresses) names.push_back(to_string(address));
  return names;
}

double in_ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

nlohmann::ordered_json json_of(const InstancePeers& instance, const PeerRow& peer,
                               const Peers& peers) {
  const auto time_or_null = [&](std::int64_t monotonic_ns) -> nlohmann::ordered_json {
    if (monotonic_ns == 0) return nullptr;
    return iso_time(peers.now_wall_ns - (peers.now.ns() - monotonic_ns));
  };
  nlohmann::ordered_json both = nlohmann::ordered_json::array();
  const auto differ = [&](Differs what, nlohmann::ordered_json ours,
                          nlohmann::ordered_json theirs) {
    if (!differs(peer, what)) return;
    both.push_back(
        {{"what", to_string(what)}, {"ours", std::move(ours)}, {"theirs", std::move(theirs)}});
  };
  const feed::Row& row = instance.row;
  differ(Differs::kAddresses, names_of(instance.addresses), names_of(shown_addresses(peer)));
  differ(Differs::kInterval, in_ms(row.advert_interval_ns), in_ms(peer.interval_ns));
  differ(Differs::kVersion, row.version, peer.version);
  differ(Differs::kAuth, auth_text(row.auth_type), auth_text(peer.auth_type));
  differ(Differs::kChecksum, nullptr, nullptr);
  differ(Differs::kPriority, row.effective_priority, peer.priority);
  return {{"address", to_string(address_of(peer.family, peer.address))},
          {"priority", peer.priority},
          {"version", peer.version},
          {"auth", auth_text(peer.auth_type)},
          {"advert_interval_ms", in_ms(peer.interval_ns)},
          {"address_count", peer.address_count},
          {"addresses", names_of(shown_addresses(peer))},
          {"first_heard", time_or_null(peer.first_heard_ns)},
          {"last_heard", time_or_null(peer.last_heard_ns)},
          {"last_accepted", time_or_null(peer.last_accepted_ns)},
          {"jitter_ms", in_ms(peer.jitter_ns)},
          {"adverts", peer.adverts},
          {"dropped", rejected(peer)},
          {"drops", drops_json(peer.drops)},
          {"last_drop", peer.last_drop == base::Drop::kNone
                            ? nlohmann::ordered_json(nullptr)
                            : nlohmann::ordered_json(to_string(peer.last_drop))},
          {"clock_bad", peer.clock_bad != 0},
          {"clock_offset_ms", in_ms(peer.clock_offset_ns)},
          {"differs", std::move(both)}};
}

}  // namespace

Peers read_peers(const Facts& facts, const std::string& instance, const config::Model* model,
                 Instant now, std::int64_t now_wall_ns) {
  const feed::BoardReader board = facts.board();
  Peers peers{.instances = {}, .now = now, .now_wall_ns = now_wall_ns};
  for (std::size_t i = 0; i < board.rows(); ++i) {
    const auto row = board.row(i);
    if (!row || feed::get_text(row->name).empty()) continue;
    if (!instance.empty() && feed::get_text(row->name) != instance) continue;
    InstancePeers& one = peers.instances.emplace_back();
    one.row = *row;
    // By name: the configuration may have been replaced since.
    if (model != nullptr)
      for (const config::Instance& configured : model->instances)
        if (configured.name == feed::get_text(row->name))
          for (const config::VirtualAddress& address : configured.addresses)
            if (address.is_advertised) one.addresses.push_back(address.prefix.address);
    for (std::size_t slot = 0; slot < feed::kPeersPerRow; ++slot)
      if (const auto peer = board.peer(i, slot); peer && peer->family != base::Family::kNone)
        one.peers.push_back(*peer);
    std::ranges::sort(one.peers, std::greater{}, &PeerRow::last_heard_ns);
  }
  return peers;
}

std::string render_peers(const Peers& peers) {
  std::vector<std::vector<std::string>> rows{{"INSTANCE", "PEER", "PRIORITY", "VERSION", "AUTH",
                                              "INTERVAL", "ADDRESSES", "LAST HEARD", "JITTER",
                                              "ACCEPTED", "DROPPED"}};
  std::string below;
  for (const InstancePeers& instance : peers.instances) {
    const feed::Row& row = instance.row;
    for (const PeerRow& peer : instance.peers) {
      rows.push_back(
          {std::string(feed::get_text(row.name)), to_string(address_of(peer.family, peer.address)),
           priority_text(peer),
           against_ours(std::to_string(peer.version), std::to_string(row.version),
                        differs(peer, Differs::kVersion)),
           against_ours(std::string(auth_text(peer.auth_type)),
                        std::string(auth_text(row.auth_type)), differs(peer, Differs::kAuth)),
           against_ours(span_text(Duration{peer.interval_ns}),
                        span_text(Duration{row.advert_interval_ns}),
                        differs(peer, Differs::kInterval)),
           addresses_text(instance, peer), age_text(peer.last_heard_ns, peers.now),
           peer.adverts == 0 ? "-" : fmt::format("{:.1f} ms", in_ms(peer.jitter_ns)),
           std::to_string(peer.adverts), std::to_string(rejected(peer))});
      below += remarks(instance, peer);
    }
    if (row.peers_forgotten > 0)
      below += fmt::format("{}: {} more sources were heard than there is room for\n",
                           feed::get_text(row.name), row.peers_forgotten);
  }
  if (rows.size() == 1) return "nobody was heard yet\n" + below;
  return table(rows) + below;
}

nlohmann::ordered_json to_json(const Peers& peers) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const InstancePeers& instance : peers.instances) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const PeerRow& peer : instance.peers) list.push_back(json_of(instance, peer, peers));
    instances.push_back({{"name", feed::get_text(instance.row.name)},
                         {"vrid", instance.row.vrid},
                         {"interface", feed::get_text(instance.row.interface)},
                         {"forgotten", instance.row.peers_forgotten},
                         {"peers", std::move(list)}});
  }
  return {{"time", iso_time(peers.now_wall_ns)}, {"instances", std::move(instances)}};
}

}  // namespace cli
