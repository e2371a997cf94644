#include "cli/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "cli/row_words.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"

namespace cli {

using base::Instant;
using feed::Row;
using feed::Stranger;

namespace {

Lan& lan_of(std::vector<Lan>& lans, std::string_view interface, base::Family family) {
  const auto found = std::ranges::find_if(
      lans, [&](const Lan& lan) { return lan.interface == interface && lan.family == family; });
  if (found != lans.end()) return *found;
  return lans.emplace_back(Lan{std::string(interface), family, {}, {}});
}

std::bitset<256> used_vrids(const Lan& lan) {
  std::bitset<256> used;
  for (const Row& row : lan.ours) used.set(row.vrid);
  for (const Stranger& stranger : lan.strangers) used.set(stranger.vrid);
  return used;
}

// Ranges of free VRIDs, first and last.
std::vector<std::pair<unsigned, unsigned>> free_ranges(const Lan& lan) {
  const std::bitset<256> used = used_vrids(lan);
  std::vector<std::pair<unsigned, unsigned>> ranges;
  for (unsigned vrid = 1; vrid <= 255; ++vrid) {
    if (used.test(vrid)) continue;
    if (ranges.empty() || ranges.back().second + 1 != vrid) ranges.emplace_back(vrid, vrid);
    ranges.back().second = vrid;
  }
  return ranges;
}

std::string interval_text(std::int64_t ns) { return ns == 0 ? "-" : span_text(base::Duration{ns}); }

}  // namespace

Scan read_scan(const Facts& facts, Instant now, std::int64_t now_wall_ns) {
  const feed::BoardReader board = facts.board();
  Scan scan{.lans = {}, .now = now, .now_wall_ns = now_wall_ns};
  for (std::size_t i = 0; i < board.rows(); ++i)
    if (const auto row = board.row(i); row && !feed::get_text(row->name).empty())
      lan_of(scan.lans, feed::get_text(row->interface), row->family).ours.push_back(*row);
  for (std::size_t i = 0; i < feed::kStrangers; ++i)
    if (const auto stranger = board.stranger(i);
        stranger && stranger->family != base::Family::kNone)
      lan_of(scan.lans, feed::get_text(stranger->interface), stranger->family)
          .strangers.push_back(*stranger);
  for (Lan& lan : scan.lans) {
    std::ranges::sort(lan.ours, {}, &Row::vrid);
    std::ranges::sort(lan.strangers, {}, [](const Stranger& stranger) {
      return std::pair{stranger.vrid, stranger.source};
    });
  }
  return scan;
}

std::string free_vrids(const Lan& lan) {
  std::string text;
  for (const auto& [first, last] : free_ranges(lan)) {
    text += text.empty() ? "" : ", ";
    text += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
  }
  return text.empty() ? "none" : text;
}

std::string render_scan(const Scan& scan) {
  if (scan.lans.empty()) return "no instance listens anywhere\n";
  std::vector<std::vector<std::string>> rows{{"INTERFACE", "VRID", "WHOSE", "VERSION", "PRIORITY",
                                              "MASTER", "INTERVAL", "FIRST HEARD", "LAST HEARD"}};
  std::string below;
  for (const Lan& lan : scan.lans) {
    for (const Row& row : lan.ours) {
      const base::Address master = address_of(row.family, row.master);
      rows.push_back(
          {lan.interface, std::to_string(row.vrid),
           fmt::format("ours ({})", feed::get_text(row.name)),
           fmt::format("{}, {}", row.version, family_text(lan.family)),
           std::to_string(row.effective_priority), master.is_set() ? to_string(master) : "-",
           interval_text(row.advert_interval_ns), "-", age_text(row.last_heard_ns, scan.now)});
    }
    for (const Stranger& stranger : lan.strangers)
      rows.push_back(
          {lan.interface, std::to_string(stranger.vrid), "not ours",
           fmt::format("{}, {}", stranger.version, family_text(lan.family)),
           std::to_string(stranger.priority), to_string(address_of(lan.family, stranger.source)),
           interval_text(stranger.interval_ns), age_text(stranger.first_heard_ns, scan.now),
           age_text(stranger.last_heard_ns, scan.now)});
    below += fmt::format("{}, {}: nobody was heard with VRIDs {}\n", lan.interface,
                         family_text(lan.family), free_vrids(lan));
  }
  return table(rows) + below;
}

nlohmann::ordered_json to_json(const Scan& scan) {
  const auto time_or_null = [&](std::int64_t monotonic_ns) -> nlohmann::ordered_json {
    if (monotonic_ns == 0) return nullptr;
    return iso_time(scan.now_wall_ns - (scan.now.ns() - monotonic_ns));
  };
  nlohmann::ordered_json lans = nlohmann::ordered_json::array();
  for (const Lan& lan : scan.lans) {
    nlohmann::ordered_json ours = nlohmann::ordered_json::array();
    for (const Row& row : lan.ours)
      ours.push_back({{"vrid", row.vrid}, {"name", feed::get_text(row.name)}});
    nlohmann::ordered_json foreign = nlohmann::ordered_json::array();
    for (const Stranger& stranger : lan.strangers) {
      const base::Address first = address_of(lan.family, stranger.address);
      foreign.push_back({{"vrid", stranger.vrid},
                         {"source", to_string(address_of(lan.family, stranger.source))},
                         {"version", stranger.version},
                         {"priority", stranger.priority},
                         {"advert_interval_ms", static_cast<double>(stranger.interval_ns) / 1e6},
                         {"address_count", stranger.address_count},
                         {"address", first.is_set() ? nlohmann::ordered_json(to_string(first))
                                                    : nlohmann::ordered_json(nullptr)},
                         {"first_heard", time_or_null(stranger.first_heard_ns)},
                         {"last_heard", time_or_null(stranger.last_heard_ns)},
                         {"adverts", stranger.adverts}});
    }
    nlohmann::ordered_json free = nlohmann::ordered_json::array();
    for (const auto& [first, last] : free_ranges(lan)) free.push_back({first, last});
    lans.push_back({{"interface", lan.interface},
                    {"family", family_word(lan.family)},
                    {"ours", std::move(ours)},
                    {"foreign", std::move(foreign)},
                    {"free_vrids", std::move(free)}});
  }
  return {{"time", iso_time(scan.now_wall_ns)}, {"lans", std::move(lans)}};
}

}  // namespace cli
