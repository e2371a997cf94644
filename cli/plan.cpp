#include "cli/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/situation.hpp"

namespace cli {
namespace {

using base::State;
using config::AddressChange;
using config::Fate;
using config::InstanceDifference;

std::optional<State> state_of(const Plan& plan, const InstanceDifference& instance) {
  if (!instance.before || *instance.before >= plan.states.size()) return std::nullopt;
  return plan.states[*instance.before];
}

const Forecast::One* forecast_of(const Plan& plan, const InstanceDifference& instance) {
  return plan.forecast && instance.now ? &plan.forecast->instances[*instance.now] : nullptr;
}

std::string_view word_of(AddressChange::Kind kind) {
  switch (kind) {
    case AddressChange::Kind::kComes: return "comes";
    case AddressChange::Kind::kLeaves: return "leaves";
    case AddressChange::Kind::kMovesHere: return "moves-here";
    case AddressChange::Kind::kMovesAway: return "moves-away";
    case AddressChange::Kind::kAnew: return "anew";
    case AddressChange::Kind::kAdvertised: return "advertised";
  }
  return "?";
}

// What the difference means on this router as it is now.
std::vector<std::string> effects(const Plan& plan, const InstanceDifference& instance) {
  std::vector<std::string> said;
  const auto state = state_of(plan, instance);
  if (instance.fate == Fate::kRemoved && state == State::kMaster)
    said.push_back(
        "it is MASTER now: it hands over, and its addresses leave when another router has spoken");
  if (state && *state != State::kMaster && instance.fate == Fate::kChanged &&
      instance.moves_an_address())
    said.push_back(fmt::format("it is {} now: no address of it is here, so none moves",
                               base::to_string(*state)));
  if (const Forecast::One* one = forecast_of(plan, instance);
      one != nullptr && one->is_concerned && instance.fate != Fate::kKept) {
    said.push_back(one->verdict);
    said.insert(said.end(), one->says.begin(), one->says.end());
  }
  return said;
}

nlohmann::ordered_json json_of(const std::vector<config::Change>& changes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const config::Change& change : changes)
    list.push_back({{"what", change.what},
                    {"before", change.before},
                    {"after", change.after},
                    {"secret", change.kind == config::Change::Kind::kSecret},
                    {"text", config::to_string(change)},
                    {"meaning", config::to_string(change.meaning)}});
  return list;
}

nlohmann::ordered_json json_of(const std::vector<AddressChange>& changes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const AddressChange& change : changes)
    list.push_back({{"address", base::to_string(change.prefix)},
                    {"interface", change.interface},
                    {"change", word_of(change.kind)},
                    {"detail", change.detail}});
  return list;
}

nlohmann::ordered_json json_of(const Plan& plan, const InstanceDifference& instance) {
  const auto state = state_of(plan, instance);
  return {{"name", instance.name},
          {"fate", config::to_string(instance.fate)},
          {"former_name", instance.former},
          {"because", instance.because},
          {"state", state ? nlohmann::ordered_json(base::to_string(*state)) : nullptr},
          {"moves_an_address", instance.moves_an_address()},
          {"moves_now", moves_now(plan, instance)},
          {"may_move_mastership", instance.may_move_mastership()},
          {"changes", json_of(instance.changes)},
          {"addresses", json_of(instance.addresses)},
          {"effects", effects(plan, instance)}};
}

}  // namespace

Plan make_plan(const config::Model& before, const config::Model& now, const Facts* facts,
               const Directories& directories, base::Instant at, std::int64_t at_wall_ns) {
  Plan plan;
  plan.difference = config::difference_of(before, now);
  if (facts == nullptr) return plan;
  const Situation then = read_situation(*facts, directories, before, at, at_wall_ns);
  for (const InstanceSituation& one : then.instances) plan.states.push_back(one.state);
  plan.forecast = foretell_reload(now, read_situation(*facts, directories, now, at, at_wall_ns));
  return plan;
}

bool moves_now(const Plan& plan, const InstanceDifference& instance) {
  const Forecast::One* one = forecast_of(plan, instance);
  if (one != nullptr && one->moves && instance.fate != Fate::kKept) return true;
  return state_of(plan, instance) == State::kMaster &&
         (instance.fate == Fate::kRemoved || instance.moves_an_address());
}

std::string render_plan(const Plan& plan) {
  std::string text =
      fmt::format("from {} to {}: {}\n", plan.from, plan.to, config::summary_of(plan.difference));
  if (plan.difference.is_empty()) return text;
  text += "\n";
  text += config::render(plan.difference);
  std::string here;
  std::size_t moving = 0;
  for (const InstanceDifference& instance : plan.difference.instances) {
    if (moves_now(plan, instance)) ++moving;
    for (const std::string& sentence : effects(plan, instance))
      here += fmt::format("    {}: {}\n", instance.name, sentence);
  }
  if (plan.states.empty())
    return text + "\nwhat that means for a router is not known: no running vigied was asked\n";
  text += fmt::format(
      "\non this router, now: {}\n",
      moving == 0 ? std::string("no address moves")
                  : fmt::format("addresses of {} instance{} move", moving, moving == 1 ? "" : "s"));
  return text + here;
}

nlohmann::ordered_json to_json(const Plan& plan) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  bool moves = false;
  for (const InstanceDifference& instance : plan.difference.instances) {
    instances.push_back(json_of(plan, instance));
    moves = moves || moves_now(plan, instance);
  }
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const config::PartDifference& part : plan.difference.parts)
    parts.push_back({{"kind", part.kind},
                     {"name", part.name},
                     {"fate", config::to_string(part.fate)},
                     {"former_name", part.former},
                     {"changes", json_of(part.changes)}});
  return {{"from", plan.from},
          {"to", plan.to},
          {"changes", !plan.difference.is_empty()},
          {"running", !plan.states.empty()},
          {"moves_now", moves},
          {"summary", config::summary_of(plan.difference)},
          {"instances", std::move(instances)},
          {"parts", std::move(parts)}};
}

}  // namespace cli
