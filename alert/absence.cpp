#include "alert/absence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace alert {
namespace {

using base::Instant;

std::string title_of(const config::Instance& instance) {
  return fmt::format("  {} ({}, VRID {})", instance.name, instance.interface, instance.vrid);
}

std::string lines_of(std::vector<std::string> lines, std::size_t most) {
  const std::size_t more = lines.size() > most ? lines.size() - most : 0;
  lines.resize(lines.size() - more);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  if (more > 0) text += fmt::format("  and {} more\n", more);
  return text;
}

}  // namespace

bool Absence::look(const std::optional<feed::Global>& board, Instant now) {
  presence_.look(board, now);
  const bool is_missing = presence_.is_missing();
  if (!is_missing && !presence_.is_there()) return false;
  if (is_missing_ == is_missing) return false;
  if (!is_missing && board) started_ = Instant::from_ns(board->engine_started_ns);
  if (is_missing) last_sign_ = presence_.last_sign();
  is_missing_ = is_missing;
  return true;
}

Sighting Absence::sighting(const View& view) const {
  Sighting sighting;
  feed::Record& record = sighting.record;
  record.kind = feed::Kind::kNoEngine;
  record.wall_ns = view.wall_ns;
  record.monotonic_ns = view.now.ns();
  record.sequence = static_cast<std::uint64_t>(view.wall_ns);
  record.status = is_missing_.value_or(false) ? 1 : 0;
  if (record.status != 0)
    describe_absence(view, sighting);
  else
    describe_return(view, sighting);
  return sighting;
}

void Absence::describe_absence(const View& view, Sighting& sighting) const {
  if (last_sign_ != Instant{}) sighting.record.duration_ns = (view.now - last_sign_).count();
  std::vector<std::string> lines;
  std::size_t masters = 0, kept = 0;
  for (std::size_t i = 0; i < std::min(view.rows.size(), model_.instances.size()); ++i) {
    const config::Instance& instance = model_.instances[i];
    if (!view.rows[i]) lines.push_back(title_of(instance) + ": what it was is not known");
    if (!view.rows[i] || view.rows[i]->state != base::State::kMaster) continue;
    ++masters;
    if (!view.here) continue;
    const auto here =
        std::ranges::count_if(instance.addresses, [&](const config::VirtualAddress& address) {
          return view.here->contains(address.prefix.address);
        });
    const bool is_kept = static_cast<std::size_t>(here) == instance.addresses.size();
    if (is_kept) ++kept;
    lines.push_back(fmt::format("{}: {} of {} addresses{}", title_of(instance), here,
                                instance.addresses.size(),
                                here == 0 ? ", nobody answers for it here" : ""));
  }
  const std::string summary =
      masters == 0 ? std::string("it was master of nothing")
      : !view.here ? fmt::format("it was master of {} of {} instances", masters, view.rows.size())
                   : fmt::format("the gateway is kept for {} of {} instances it was master of",
                                 kept, masters);
  feed::put_text(sighting.record.text, summary);
  std::string& details = sighting.details;
  if (!view.here)
    details += "What the kernel holds cannot be told: " + to_string(view.here.error()) + "\n\n";
  if (!lines.empty())
    details += "Master when an engine was last seen, and in the kernel of this host now:\n" +
               lines_of(std::move(lines), kMostLines) + "\n";
  details += model_.safety.lease == config::Safety::Lease::kStrict
                 ? "The keeper stands in for an engine that is missing. As the configuration says "
                   "`lease strict`, it lets go\nof the addresses first and says priority 0 then.\n"
                 : "The keeper stands in for an engine that is missing: it says priority 0, once, "
                   "for what was master, and\nanswers for the addresses until another router "
                   "takes over; then it lets go of them. An address that nobody\nrenews the kernel "
                   "removes when its lease has run out.\n";
  details +=
      "No advert is sent from here, and nothing is taken over, until an engine runs again.\n\n"
      "Why engines end or hang:  journalctl -u vigie\n"
      "What is here now:         vigie status; ip address\n";
}

void Absence::describe_return(const View& view, Sighting& sighting) const {
  if (last_sign_ != Instant{} && started_ > last_sign_)
    sighting.record.duration_ns = (started_ - last_sign_).count();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(view.rows.size(), model_.instances.size()); ++i)
    if (view.rows[i])
      lines.push_back(fmt::format("{}: {}", title_of(model_.instances[i]),
                                  base::to_string(view.rows[i]->state)));
  sighting.details = "Now:\n" + lines_of(std::move(lines), kMostLines) +
                     "\nWhat was done meanwhile:  vigie history\n";
}

}  // namespace alert
