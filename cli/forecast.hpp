// `vigie plan --fail`: who would be master if something failed, and why, in sentences. What happens is rehearsed
// (cli/rehearsal.hpp); here it is asked for and told. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/rehearsal.hpp"

namespace cli {

// What the operator calls CHECK, IFACE or PEER: a script, a process, NAME=NUMBER for a file, an interface, a permit file, the
// address of a peer. Where one name means two things, `script:`, `process:`, `file:`, `interface:`, `flag:` or `peer:`
// before it says which.
base::Result<Failure> failure_of(const std::string& text, const config::Model& model,
                                 const Situation& situation);
// Everything one could ask for, one by one: each thing that is tracked, each own interface, each permit file, each known
// peer. Files are left out: a number would have to be made up.
std::vector<Failure> every_failure(const config::Model& model, const Situation& situation);
std::string to_string(const Failure& failure);  // "script check"

struct Forecast {
  struct One {
    std::string name;
    bool is_concerned = false;  // something of it fails, or something about it changes
    bool moves = false;         // the addresses go from one router to another, or to nobody
    bool depends = false;       // on whether a peer preempts, which is not known
    bool is_unknown = false;    // who is master then cannot be said
    std::uint8_t before = 0;    // effective priority of this router
    std::uint8_t after = 0;
    std::vector<Rehearsal::Claim> masters_before;
    std::vector<Rehearsal::Claim> masters_after;
    std::string verdict;            // "nothing moves", "10.0.0.2 becomes master"
    std::vector<std::string> says;  // why
  };
  std::vector<std::string> failing;
  bool is_running = false;
  std::vector<One> instances;
};

// All of them fail together.
Forecast foretell(const config::Model& model, const Situation& situation,
                  std::span<const Failure> failures);
// Nothing fails: what `model` makes of things as they stand under another configuration.
Forecast foretell_reload(const config::Model& model, const Situation& situation);

std::string render_forecast(const Forecast& forecast);
nlohmann::ordered_json to_json(const Forecast& forecast);

}  // namespace cli
