#include "cli/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/words.hpp"

namespace cli {
namespace {

using base::Error;
using base::Result;
using base::State;
using Claim = Rehearsal::Claim;
using Kind = Failure::Kind;

struct KindWord {
  Kind kind;
  std::string_view word;
};
constexpr KindWord kKinds[] = {{Kind::kScript, "script"}, {Kind::kProcess, "process"},
                               {Kind::kFile, "file"},     {Kind::kInterface, "interface"},
                               {Kind::kFlag, "flag"},     {Kind::kPeer, "peer"}};

std::string_view word_of(Kind kind) {
  return std::ranges::find(kKinds, kind, &KindWord::kind)->word;
}

template <typename Things>
std::optional<std::uint16_t> place_of(const Things& things, const std::string& name) {
  const auto found =
      std::ranges::find_if(things, [&](const auto& thing) { return thing.name == name; });
  if (found == things.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - things.begin());
}

bool is_interface(const config::Model& model, const std::string& name) {
  return std::ranges::any_of(model.instances, [&](const config::Instance& instance) {
    return instance.interface == name || std::ranges::find(instance.track_interfaces, name,
                                                           &config::TrackedInterface::interface) !=
                                             instance.track_interfaces.end();
  });
}

std::optional<std::uint16_t> permit_flag(const config::Model& model, const std::string& path) {
  for (std::size_t i = 0; i < model.flags.size(); ++i)
    if (!path.empty() && model.flags[i].permit_file == path) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

bool is_known_peer(const Situation& situation, const base::Address& address) {
  return std::ranges::any_of(situation.instances, [&](const InstanceSituation& one) {
    return std::ranges::find(one.peers, address, &KnownPeer::address) != one.peers.end();
  });
}

// "load=50" -> "load", 50.
std::optional<std::int32_t> value_in(std::string& name) {
  const std::size_t equals = name.rfind('=');
  if (equals == std::string::npos) return std::nullopt;
  std::int32_t value = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + equals + 1, end, value);
  if (read.ec != std::errc() || read.ptr != end || read.ptr == name.data() + equals + 1)
    return std::nullopt;
  name.resize(equals);
  return value;
}

// All that the name can mean.
std::vector<Failure> meanings(const std::string& text, const config::Model& model,
                              const Situation& situation) {
  std::vector<Failure> found;
  if (const auto place = place_of(model.scripts, text))
    found.push_back({.kind = Kind::kScript, .name = text, .index = *place});
  if (const auto place = place_of(model.processes, text))
    found.push_back({.kind = Kind::kProcess, .name = text, .index = *place});
  std::string file = text;
  const auto value = value_in(file);
  if (const auto place = place_of(model.tracked_files, value ? file : text))
    found.push_back({.kind = Kind::kFile,
                     .name = value ? file : text,
                     .index = *place,
                     .value = value.value_or(0)});
  if (is_interface(model, text)) found.push_back({.kind = Kind::kInterface, .name = text});
  if (const auto place = permit_flag(model, text))
    found.push_back({.kind = Kind::kFlag, .name = text, .index = *place});
  if (const auto address = base::Address::parse(text);
      address && is_known_peer(situation, *address))
    found.push_back({.kind = Kind::kPeer, .name = text, .peer = *address});
  return found;
}

std::string names_known(const config::Model& model, const Situation& situation) {
  std::string text;
  for (const Failure& failure : every_failure(model, situation))
    text += fmt::format("{}{}", text.empty() ? "" : ", ", failure.name);
  for (const config::File& file : model.tracked_files)
    text += fmt::format("{}{}=NUMBER", text.empty() ? "" : ", ", file.name);
  return text.empty() ? "nothing here can fail" : "it could be one of " + text;
}

Error not_understood(const std::string& text, const std::string& why) {
  return Error::because("foretell a failure", why, text);
}

// --- What is told ---------------------------------------------------------------------------------------------------

std::string claim_text(const Claim& claim) {
  return claim.is_ours ? fmt::format("this router ({})", claim.priority)
                       : fmt::format("{} ({})", to_string(claim.address), claim.priority);
}

std::string claims_text(const std::vector<Claim>& claims) {
  std::string text;
  for (const Claim& claim : claims)
    text += fmt::format("{}{}", text.empty() ? "" : " and ", claim_text(claim));
  return text;
}

bool is_same_master(const std::vector<Claim>& before, const std::vector<Claim>& after) {
  return std::ranges::equal(before, after, [](const Claim& a, const Claim& b) {
    return a.is_ours == b.is_ours && (a.is_ours || a.address == b.address);
  });
}

bool is_ours(const std::vector<Claim>& claims) {
  return claims.size() == 1 && claims.front().is_ours;
}

std::string sum_text(std::uint8_t before, std::uint8_t after) {
  if (before == after) return fmt::format("{}", after);
  return after < before ? fmt::format("{} - {} = {}", before, before - after, after)
                        : fmt::format("{} + {} = {}", before, after - before, after);
}

const KnownPeer* best_peer(const InstanceSituation& situation, std::span<const Failure> failures) {
  const KnownPeer* best = nullptr;
  for (const KnownPeer& peer : situation.peers) {
    const bool is_gone = std::ranges::any_of(failures, [&](const Failure& failure) {
      return failure.kind == Kind::kPeer && failure.peer == peer.address;
    });
    if (is_gone || peer.priority == 0) continue;
    if (best == nullptr || peer.priority > best->priority) best = &peer;
  }
  return best;
}

std::string heard_text(const KnownPeer& peer) {
  return peer.heard ? fmt::format("{} ago", span_text(*peer.heard)) : "before the last start";
}

// How a failure touches one instance, in words; empty when it does not.
std::string touch_of(const config::Model& model, std::size_t place,
                     const InstanceSituation& situation, const Failure& failure) {
  const config::Instance& instance = model.instances[place];
  const auto weighs = [](int weight, std::string_view what) {
    return weight == 0 ? fmt::format("{} is a fault (weight 0)", what)
                       : fmt::format("{} has weight {}", what, weight);
  };
  switch (failure.kind) {
    case Kind::kScript:
      for (const auto& tracked : instance.track_scripts)
        if (tracked.script == failure.index)
          return weighs(tracked.weight, "script " + failure.name);
      return {};
    case Kind::kProcess:
      for (const auto& tracked : instance.track_processes)
        if (tracked.process == failure.index)
          return weighs(tracked.weight, "process " + failure.name);
      return {};
    case Kind::kFile:
      for (const auto& tracked : instance.track_files)
        if (tracked.file == failure.index)
          return tracked.weight == 0
                     ? fmt::format("{} in file {}, weight 0", failure.value, failure.name)
                     : fmt::format("{} in file {} times {}", failure.value, failure.name,
                                   tracked.reverse ? -tracked.weight : tracked.weight);
      return {};
    case Kind::kInterface:
      if (instance.interface == failure.name)
        return instance.track_primary
                   ? fmt::format("{} is its own interface: it lets go at once, and says nothing",
                                 failure.name)
                   : fmt::format(
                         "{} is its own interface, and it stays master all the same "
                         "(dont_track_primary)",
                         failure.name);
      for (const auto& tracked : instance.track_interfaces)
        if (tracked.interface == failure.name)
          return weighs(tracked.weight, "interface " + failure.name);
      return {};
    case Kind::kFlag: {
      const config::Flags& flags = model.flags[failure.index];
      const bool is_guarded = flags.instances.empty() ||
                              std::ranges::find(flags.instances, place) != flags.instances.end();
      return is_guarded ? fmt::format("without {} it may not be master", failure.name)
                        : std::string();
    }
    case Kind::kPeer:
      return std::ranges::find(situation.peers, failure.peer, &KnownPeer::address) !=
                     situation.peers.end()
                 ? fmt::format("{} is gone", failure.name)
                 : std::string();
  }
  return {};
}

// One instance in both rehearsals: of peers that preempt, and of peers that do not.
struct Both {
  const config::Model& model;
  const Situation& situation;
  std::span<const Failure> failures;
  std::size_t place;
  bool is_fault = false;  // its own, then
  bool was_fault = false;
  std::vector<Claim> otherwise;  // masters when no peer preempts
};

// Why nothing moves although the priority of a master fell.
std::string why_it_stays(const Both& both, const Forecast::One& one) {
  const std::string sum = sum_text(one.before, one.after);
  const InstanceSituation& now = both.situation.instances[both.place];
  const KnownPeer* best = best_peer(now, both.failures);
  if (best == nullptr)
    return fmt::format(
        "{}: whom that moves is not known, for nobody else was heard; a router of priority {} "
        "would take over, one of {} would not",
        sum,
        one.before > one.after + 1 ? fmt::format("{} to {}", one.after + 1, one.before)
                                   : std::to_string(one.before),
        one.after);
  const std::string peer = fmt::format("{} ({})", to_string(best->address), best->priority);
  if (one.after > best->priority)
    return fmt::format("{} is still above {}: this never moves the addresses", sum, peer);
  if (one.after == best->priority)
    return fmt::format(
        "{} is not below {}, and an equal one does not take over: this never moves "
        "the addresses",
        sum, peer);
  return fmt::format(
      "{} is below {}, which was above before and did not take over: it does not preempt, or it is "
      "not there",
      sum, peer);
}

void tell_verdict(const Both& both, Forecast::One& one) {
  const InstanceSituation& now = both.situation.instances[both.place];
  const bool lost = is_ours(one.masters_before) && !is_ours(one.masters_after);
  if (one.masters_after.size() > 1) {
    one.moves = true;
    one.verdict = fmt::format("two masters: {}", claims_text(one.masters_after));
  } else if (one.masters_after.empty()) {
    one.moves = !one.masters_before.empty();
    const bool may_be =
        std::ranges::any_of(now.peers, [](const KnownPeer& peer) { return peer.priority == 0; });
    one.is_unknown = true;
    one.verdict = !both.situation.is_running
                      ? "this router is not master; who takes over is not known"
                  : may_be ? "who takes over is not known"
                           : "nobody is master, as far as is known";
  } else if (is_same_master(one.masters_before, one.masters_after)) {
    one.verdict = "nothing moves";
  } else {
    one.moves = true;
    one.verdict = fmt::format("{} becomes master", claims_text(one.masters_after));
  }
  if (both.was_fault != both.is_fault && both.is_fault && !lost && !one.moves)
    one.says.push_back("it is not master and cannot become it");
}

void tell_reasons(const Both& both, Forecast::One& one) {
  const InstanceSituation& now = both.situation.instances[both.place];
  const bool was_ours = is_ours(one.masters_before);
  const bool stays = was_ours && is_ours(one.masters_after);
  if (stays && one.after < one.before) {
    one.is_unknown = best_peer(now, both.failures) == nullptr;
    if (one.is_unknown)
      one.verdict = both.situation.is_running ? "nothing moves, as far as is known" : "not known";
    one.says.push_back(why_it_stays(both, one));
  } else if (one.after != one.before) {
    one.says.push_back(fmt::format("its priority is {}", sum_text(one.before, one.after)));
  }
  if (!was_ours && !one.moves && !one.masters_before.empty())
    one.says.push_back(fmt::format("{} is master and stays", claims_text(one.masters_before)));
  if (one.depends)
    one.says.push_back(is_same_master(one.masters_before, both.otherwise)
                           ? "if it preempts, which its adverts do not say; else nothing moves"
                           : fmt::format("if it preempts, which its adverts do not say; else {}",
                                         both.otherwise.empty()
                                             ? "nobody is master"
                                             : claims_text(both.otherwise) + " is master"));
  for (const KnownPeer& peer : now.peers) {
    const bool takes_over =
        one.moves && std::ranges::any_of(one.masters_after, [&](const Claim& claim) {
          return !claim.is_ours && claim.address == peer.address;
        });
    const bool was_silent = !peer.heard || *peer.heard > std::chrono::seconds{30};
    if (takes_over && was_silent)
      one.says.push_back(fmt::format(
          "{} was last heard {}; a backup says nothing, so whether it is there is not known",
          to_string(peer.address), heard_text(peer)));
    if (peer.priority == 0 && one.masters_after.empty())
      one.says.push_back(fmt::format(
          "{} was last heard {} and left with priority 0: what it says otherwise is not known",
          to_string(peer.address), heard_text(peer)));
  }
}

void tell_group(const config::Model& model, std::size_t place, Forecast& forecast) {
  Forecast::One& one = forecast.instances[place];
  const std::uint16_t group = model.instances[place].group;
  if (group == config::kNoGroup || !one.moves || one.is_concerned) return;
  for (const std::uint16_t member : model.groups[group].members)
    if (member != place && forecast.instances[member].is_concerned)
      one.says.insert(one.says.begin(),
                      fmt::format("goes together with {} (group {})", model.instances[member].name,
                                  model.groups[group].name));
}

void check_reality(const config::Model& model, const Situation& situation,
                   const Rehearsal& rehearsal, Forecast& forecast) {
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const State real = situation.instances[i].state;
    if (!situation.is_running || real == State::kInitialize || rehearsal.state(i) == real) continue;
    forecast.instances[i].says.push_back(
        fmt::format("it is {} now, and by all that is known it would be {}: something here is not "
                    "known, so take this with care",
                    base::to_string(real), base::to_string(rehearsal.state(i))));
  }
}

std::vector<Claim> master_now(const config::Model& model, const Situation& situation,
                              std::size_t place) {
  const InstanceSituation& now = situation.instances[place];
  if (now.state == State::kMaster)
    return {
        {true, now.source, now.effective == 0 ? model.instances[place].priority : now.effective}};
  if (!now.master.is_set()) return {};
  const auto peer = std::ranges::find(now.peers, now.master, &KnownPeer::address);
  return {{false, now.master, peer == now.peers.end() ? std::uint8_t{0} : peer->priority}};
}

nlohmann::ordered_json claims_json(const std::vector<Claim>& claims) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Claim& claim : claims)
    list.push_back({{"this_router", claim.is_ours},
                    {"address", to_string(claim.address)},
                    {"priority", claim.priority}});
  return list;
}

}  // namespace

std::string to_string(const Failure& failure) {
  if (failure.kind == Kind::kFile)
    return fmt::format("file {} holds {}", failure.name, failure.value);
  return fmt::format("{} {}", word_of(failure.kind), failure.name);
}

Result<Failure> failure_of(const std::string& text, const config::Model& model,
                           const Situation& situation) {
  std::string name = text;
  std::optional<Kind> wanted;
  for (const KindWord& word : kKinds)
    if (text.starts_with(word.word) && text.substr(word.word.size()).starts_with(":")) {
      wanted = word.kind;
      name = text.substr(word.word.size() + 1);
    }
  std::vector<Failure> found = meanings(name, model, situation);
  if (wanted) std::erase_if(found, [&](const Failure& one) { return one.kind != *wanted; });
  if (found.empty() && base::Address::parse(name))
    return not_understood(text, situation.is_running
                                    ? "no such peer was heard"
                                    : "who the peers are is known to a running daemon alone");
  if (found.empty()) return not_understood(text, names_known(model, situation));
  if (found.size() > 1)
    return not_understood(
        text, fmt::format("it is a {} and a {}: write {}:{} or {}:{}", word_of(found[0].kind),
                          word_of(found[1].kind), word_of(found[0].kind), name,
                          word_of(found[1].kind), name));
  std::string stem = name;
  if (found.front().kind == Kind::kFile && !value_in(stem))
    return not_understood(text, fmt::format("which number would be in it? write {}=NUMBER", name));
  return found.front();
}

std::vector<Failure> every_failure(const config::Model& model, const Situation& situation) {
  std::vector<Failure> all;
  const auto add = [&](const Failure& failure) {
    const bool is_known = std::ranges::any_of(all, [&](const Failure& one) {
      return one.kind == failure.kind && one.name == failure.name;
    });
    if (!is_known) all.push_back(failure);
  };
  for (const config::Instance& instance : model.instances) {
    for (const auto& tracked : instance.track_scripts)
      add({.kind = Kind::kScript,
           .name = model.scripts[tracked.script].name,
           .index = tracked.script});
    for (const auto& tracked : instance.track_processes)
      add({.kind = Kind::kProcess,
           .name = model.processes[tracked.process].name,
           .index = tracked.process});
    for (const auto& tracked : instance.track_interfaces)
      add({.kind = Kind::kInterface, .name = tracked.interface});
    add({.kind = Kind::kInterface, .name = instance.interface});
  }
  for (std::size_t i = 0; i < model.flags.size(); ++i)
    if (!model.flags[i].permit_file.empty())
      add({.kind = Kind::kFlag,
           .name = model.flags[i].permit_file,
           .index = static_cast<std::uint16_t>(i)});
  for (const InstanceSituation& one : situation.instances)
    for (const KnownPeer& peer : one.peers)
      add({.kind = Kind::kPeer, .name = to_string(peer.address), .peer = peer.address});
  return all;
}

Forecast foretell(const config::Model& model, const Situation& situation,
                  std::span<const Failure> failures) {
  Forecast forecast{.failing = {}, .is_running = situation.is_running, .instances = {}};
  for (const Failure& failure : failures) forecast.failing.push_back(to_string(failure));
  Rehearsal rehearsal(model, situation, true);
  Rehearsal otherwise(model, situation, false);
  rehearsal.settle();
  otherwise.settle();
  std::vector<Both> boths;
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Forecast::One& one = forecast.instances.emplace_back();
    one.name = model.instances[i].name;
    one.before = rehearsal.priority(i);
    one.masters_before = rehearsal.masters(i);
    Both& both = boths.emplace_back(Both{model, situation, failures, i, false, false, {}});
    both.was_fault = rehearsal.has_own_fault(i);
    for (const Failure& failure : failures)
      if (const std::string touch = touch_of(model, i, situation.instances[i], failure);
          !touch.empty()) {
        one.is_concerned = true;
        one.says.push_back(touch);
      }
  }
  check_reality(model, situation, rehearsal, forecast);
  for (const Failure& failure : failures) {
    rehearsal.fail(failure);
    otherwise.fail(failure);
  }
  rehearsal.settle();
  otherwise.settle();
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Forecast::One& one = forecast.instances[i];
    Both& both = boths[i];
    one.after = rehearsal.priority(i);
    one.masters_after = rehearsal.masters(i);
    both.is_fault = rehearsal.has_own_fault(i);
    both.otherwise = otherwise.masters(i);
    one.depends = !is_same_master(one.masters_after, both.otherwise);
    tell_verdict(both, one);
  }
  for (std::size_t i = 0; i < model.instances.size(); ++i) tell_group(model, i, forecast);
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Forecast::One& one = forecast.instances[i];
    if (one.moves || one.is_concerned || one.before != one.after) tell_reasons(boths[i], one);
    one.is_concerned = one.is_concerned || one.moves || one.before != one.after;
  }
  return forecast;
}

Forecast foretell_reload(const config::Model& model, const Situation& situation) {
  Forecast forecast{.failing = {}, .is_running = situation.is_running, .instances = {}};
  Rehearsal rehearsal(model, situation, true);
  Rehearsal otherwise(model, situation, false);
  rehearsal.settle();
  otherwise.settle();
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Forecast::One& one = forecast.instances.emplace_back();
    Both both{model, situation, {}, i, false, false, otherwise.masters(i)};
    one.name = model.instances[i].name;
    one.masters_before = master_now(model, situation, i);
    one.masters_after = rehearsal.masters(i);
    one.after = rehearsal.priority(i);
    one.before =
        situation.instances[i].effective == 0 ? one.after : situation.instances[i].effective;
    one.depends = !is_same_master(one.masters_after, both.otherwise);
    tell_verdict(both, one);
    one.is_concerned = one.moves || one.before != one.after;
    if (one.is_concerned) tell_reasons(both, one);
  }
  return forecast;
}

std::string render_forecast(const Forecast& forecast) {
  std::string text;
  std::string failing;
  for (const std::string& one : forecast.failing)
    failing += fmt::format("{}{}", failing.empty() ? "" : " and ", one);
  if (!failing.empty())
    text += fmt::format(
        "if {}:\n", failing.find(" holds ") == std::string::npos ? failing + " fails" : failing);
  std::string others;
  for (const Forecast::One& one : forecast.instances) {
    if (!one.is_concerned) {
      others += fmt::format("{}{}", others.empty() ? "" : ", ", one.name);
      continue;
    }
    text += fmt::format("  {}: {}\n", one.name, one.verdict);
    for (const std::string& sentence : one.says) text += fmt::format("      {}\n", sentence);
  }
  if (!others.empty()) text += fmt::format("  not concerned: {}\n", others);
  return text;
}

nlohmann::ordered_json to_json(const Forecast& forecast) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const Forecast::One& one : forecast.instances)
    instances.push_back({{"name", one.name},
                         {"concerned", one.is_concerned},
                         {"moves", one.moves},
                         {"depends_on_preemption", one.depends},
                         {"known", !one.is_unknown},
                         {"priority", one.before},
                         {"priority_then", one.after},
                         {"masters", claims_json(one.masters_before)},
                         {"masters_then", claims_json(one.masters_after)},
                         {"verdict", one.verdict},
                         {"says", one.says}});
  return {{"failing", forecast.failing},
          {"running", forecast.is_running},
          {"instances", std::move(instances)}};
}

}  // namespace cli
