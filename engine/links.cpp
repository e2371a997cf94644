#include "engine/links.hpp"

#include <algorithm>

#include "engine/feed/record.hpp"

namespace engine {
namespace {

base::Address address_or_none(base::Family family, std::span<const std::uint8_t> bytes) {
  const bool is_set = std::any_of(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; });
  return is_set ? base::Address::from_bytes(family, bytes) : base::Address{};
}

}  // namespace

Links::Links(const std::vector<std::string>& names) : names_(names), links_(names.size()) {}

void Links::inherit(const Links& before, std::span<const std::optional<std::uint16_t>> places) {
  for (std::size_t place = 0; place < links_.size(); ++place)
    if (places[place]) links_[place] = before.links_[*places[place]];
}

std::uint16_t Links::find(std::string_view name) const {
  for (std::size_t place = 0; place < links_.size(); ++place)
    if (names_[place] == name) return static_cast<std::uint16_t>(place);
  return kNobody;
}

void Links::ask_again() {
  for (Link& link : links_) {
    link.heard_from_kernel = false;
    link.gone = 0;
  }
}

LinkChange Links::learn(const ipc::Interface& report) {
  const std::uint16_t place = find(feed::get_text(report.name));
  if (place == kNobody) return {};
  Link& link = links_[place];
  if (report.ifindex != 0 && report.ifindex == link.gone) return {};
  const Link before = link;
  if (report.ifindex != link.ifindex || !link.is_known) {
    link.heard_from_kernel = false;
    link.gone = 0;
  }
  if (!link.heard_from_kernel) {
    link.up = report.up != 0;
    link.running = report.running != 0;
  }
  link.is_known = true;
  link.ifindex = report.ifindex;
  link.mac = report.mac;
  link.ipv4 = address_or_none(base::Family::kIpv4, report.ipv4);
  link.ipv6 = address_or_none(base::Family::kIpv6, report.ipv6);
  return {.place = place, .before = before};
}

LinkChange Links::learn(const wire::LinkEvent& event) {
  const std::string_view name = feed::get_text(event.name);
  for (std::size_t place = 0; place < links_.size(); ++place) {
    Link& link = links_[place];
    const bool is_ours = name == names_[place];
    // It is back, under the index it had: the keeper will say what it is now.
    if (event.ifindex == link.gone && !event.gone && is_ours) link.gone = 0;
    if (event.ifindex != link.ifindex) continue;
    const Link before = link;
    if (event.gone || (!name.empty() && !is_ours)) {
      link.gone = link.ifindex;
      link.ifindex = 0;
      link.up = false;
      link.running = false;
      link.heard_from_kernel = false;
    } else {
      link.up = event.up;
      link.running = event.running;
      link.heard_from_kernel = true;
    }
    return {.place = static_cast<std::uint16_t>(place), .before = before};
  }
  return {};
}

}  // namespace engine
