#include "tests/unit/keeper/namespace.hpp"

#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace keeper_test {
namespace {

bool write_file(const char* path, const std::string& text) {
  std::ofstream file{path};
  file << text;
  return static_cast<bool>(file.flush());
}

}  // namespace

std::optional<std::string> enter_fresh_network() {
  if (::unshare(CLONE_NEWNET) == 0) return std::nullopt;
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  // A plain user may make a network inside a user namespace of its own.
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return std::string{"no network namespace can be made here: "} + std::strerror(errno);
  if (!write_file("/proc/self/setgroups", "deny") ||
      !write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") ||
      !write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1"))
    return "a user namespace was made but no user can be mapped into it";
  return std::nullopt;
}

int run(const std::string& command) { return std::system(command.c_str()); }

nlohmann::json ip(const std::string& arguments) {
  std::string text;
  std::FILE* output = ::popen(("ip -j " + arguments).c_str(), "r");
  if (output == nullptr) return {};
  char buffer[4096];
  while (const std::size_t length = std::fread(buffer, 1, sizeof buffer, output))
    text.append(buffer, length);
  ::pclose(output);
  return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::json addresses_of(const std::string& interface) {
  // ip prints empty objects for interfaces that have nothing to show.
  for (const auto& link : ip("addr show dev " + interface))
    if (link.contains("addr_info")) return link["addr_info"];
  return nlohmann::json::array();
}

bool has_address(const std::string& interface, const std::string& local) {
  for (const auto& address : addresses_of(interface))
    if (address.value("local", "") == local) return true;
  return false;
}

unsigned index_of(const std::string& interface) { return ::if_nametoindex(interface.c_str()); }

}  // namespace keeper_test
