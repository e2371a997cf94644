// A network of the test's own: made with what a plain user may do, gone with the test.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace keeper_test {

// Moves this process into a fresh network namespace. Answers why that is not possible here, or nothing.
std::optional<std::string> enter_fresh_network();

// Runs `command` with a shell; its exit status.
int run(const std::string& command);
// Runs `ip -j ...` and answers what it printed.
nlohmann::json ip(const std::string& arguments);
// The addresses of one interface as `ip -j addr` lists them: its addr_info.
nlohmann::json addresses_of(const std::string& interface);
bool has_address(const std::string& interface, const std::string& local);
unsigned index_of(const std::string& interface);

}  // namespace keeper_test
