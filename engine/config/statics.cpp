// Routes and rules, and what stays whoever is master: static addresses, routes and rules, and what ties them to
// instances.
#include <fmt/format.h>

#include "engine/config/reader.hpp"
#include "engine/config/route_line.hpp"
#include "engine/config/rule_line.hpp"

namespace config {

void Reader::virtual_routes(const Argument& a) { read_routes(a, draft().instance.routes, false); }
void Reader::virtual_rules(const Argument& a) { read_rules(a, draft().instance.rules, false); }
void Reader::static_routes(const Argument& a) { read_routes(a, model_.statics.routes, true); }
void Reader::static_rules(const Argument& a) { read_rules(a, model_.statics.rules, true); }

void Reader::read_routes(const Argument& a, std::vector<Route>& routes, bool is_static) {
  names_.look_in(standards_.iproute_etc, standards_.iproute_usr);
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (line.words.empty()) continue;
    RouteLine reading(line, findings_, names_);
    auto route = reading.read();
    if (!route) continue;
    if (const Word* group = reading.track_group(); group != nullptr && is_static)
      track_group_uses_.push_back({Static::kRoute, routes.size(), group});
    else if (group != nullptr)
      add(Code::kIdleHere, *group, "track_group is for static routes alone", "ignored",
          "an instance's routes follow the instance");
    routes.push_back(std::move(*route));
  }
}

void Reader::read_rules(const Argument& a, std::vector<Rule>& rules, bool is_static) {
  names_.look_in(standards_.iproute_etc, standards_.iproute_usr);
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (line.words.empty()) continue;
    RuleLine reading(line, findings_, names_);
    auto rule = reading.read();
    if (!rule) continue;
    if (const Word* group = reading.track_group(); group != nullptr && is_static)
      track_group_uses_.push_back({Static::kRule, rules.size(), group});
    else if (group != nullptr)
      add(Code::kIdleHere, *group, "track_group is for static rules alone", "ignored",
          "an instance's rules follow the instance");
    rules.push_back(std::move(*rule));
  }
}

void Reader::static_ipaddress(const Argument& a) {
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (line.words.empty() || !read_address(line, false)) continue;
    std::vector<VirtualAddress>& all = model_.statics.addresses;
    if (address_group_ != nullptr)
      track_group_uses_.push_back({Static::kAddress, all.size(), address_group_});
    all.push_back(address_);
    static_words_.push_back(&line.words[0]);
  }
}

void Reader::new_track_group(const Argument& a) {
  const Word& name = a.words[0];
  const auto [other, is_new] = track_group_names_.emplace(name.text, &name);
  if (!is_new) {
    add(Code::kBadName, name, fmt::format("there are two track groups {}", name.text),
        "the second one", fmt::format("the first one is on line {}", other->second->at.line));
    return;
  }
  track_group_drafts_.push_back({&name, {}});
  Seen seen;
  read_block(Block::kTrackGroup, a.line->block, seen);
}

void Reader::members_of_track_group(const Argument& a) {
  for (const Line& line : a.line->block)
    for (const Word& word : line.words) track_group_drafts_.back().members.push_back(&word);
}

void Reader::finish_track_groups() {
  std::map<std::string_view, std::uint16_t> known;
  for (const TrackGroupDraft& draft : track_group_drafts_) {
    if (model_.track_groups.size() >= kNoTrackGroup) return;
    known.emplace(draft.name->text, static_cast<std::uint16_t>(model_.track_groups.size()));
    TrackGroup& made = model_.track_groups.emplace_back();
    made.name = draft.name->text;
    made.at = draft.name->at;
    for (const Word* member : draft.members)
      if (const auto index = instance_named(*member, Code::kUnknownTrackGroup))
        made.instances.push_back(*index);
  }
  for (const TrackGroupUse& use : track_group_uses_) {
    const auto found = known.find(use.name->text);
    if (found == known.end()) {
      std::vector<std::string_view> names;
      if (findings_.keeps(Code::kUnknownTrackGroup))
        for (const auto& [name, index] : known) names.push_back(name);
      const std::string_view near = nearest(use.name->text, names);
      add(Code::kUnknownTrackGroup, *use.name,
          fmt::format("there is no track_group {}", use.name->text),
          near.empty() ? "defined nowhere" : did_you_mean(near));
      continue;
    }
    switch (use.kind) {
      case Static::kAddress: model_.statics.addresses[use.index].track_group = found->second; break;
      case Static::kRoute: model_.statics.routes[use.index].track_group = found->second; break;
      case Static::kRule: model_.statics.rules[use.index].track_group = found->second; break;
    }
  }
}

void Reader::finish_statics() {
  const std::string& standard = standards_.default_interface;
  for (std::size_t i = 0; i < model_.statics.addresses.size(); ++i) {
    VirtualAddress& address = model_.statics.addresses[i];
    if (!address.interface.empty()) continue;
    address.interface = standard.empty() ? "eth0" : standard;
    if (standard.empty())
      add(Code::kDefaultInterface, *static_words_[i],
          fmt::format("{} names no interface", static_words_[i]->text), "it is meant for eth0",
          "`dev` says where it goes, or default_interface in global_defs");
  }
}

// One address held by two instances on one interface: whoever yields takes it from the other.
void Reader::warn_shared_addresses() {
  std::map<std::pair<Address, std::string_view>, const Instance*> known;
  for (const Draft& draft : drafts_) {
    for (const VirtualAddress& address : draft.instance.addresses) {
      const auto [other, is_new] = known.emplace(
          std::pair(address.prefix.address, std::string_view(address.interface)), &draft.instance);
      if (is_new || other->second == &draft.instance) continue;
      findings_.add(Code::kAddressTwiceMaster, address.at,
                    base::to_string(address.prefix.address).size(),
                    fmt::format("{} belongs to {} too", base::to_string(address.prefix.address),
                                other->second->name),
                    fmt::format("both hold it on {}", address.interface),
                    "whoever yields takes it from the other");
    }
  }
}

}  // namespace config
