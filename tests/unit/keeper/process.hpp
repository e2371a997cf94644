// A vigie-keeper, and the engine's end of its channel in the hands of a test.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/process.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/memory.hpp"
#include "engine/ipc/messages.hpp"

namespace keeper_test {

class KeeperProcess {
 public:
  explicit KeeperProcess(const config::Model& model);
  ~KeeperProcess();  // killed when it still runs

  void hello();
  // Hello with another configuration; waits until everything was told in its terms. What was held, and what interfaces and
  // sources are, is forgotten first.
  bool reconfigure(const config::Model& model);
  // Hello that names another one and does not bring it.
  void hello_without_configuration(std::uint64_t configuration);
  // The one in force, as the supervisor hands it to whoever is started.
  std::uint64_t configuration() const { return configuration_; }
  void want(std::uint16_t instance, bool hold);
  // As the supervisor says it.
  void engine_dies();
  // As an engine writes it down. No signer: of its own.
  void remembers(const feed::Memory::Router& router, std::uint8_t key, const base::Address& signer,
                 std::uint64_t number);

  // Reads messages until `done` or for five seconds; true when done.
  bool listen_until(const std::function<bool()>& done);
  // Reads what comes within this time.
  void listen_for(std::chrono::milliseconds time);
  // Waits for the answer to a wish: all addresses of the instance, or none.
  bool waits_for_held(std::uint16_t instance, unsigned installed, int error = 0);
  bool waits_for_caught_up();

  // What was heard so far; tests clear what they are done with.
  std::map<std::uint16_t, ipc::Held> held;  // the last of each
  std::vector<ipc::Held> all_held;
  std::vector<ipc::Restored> restored;
  std::vector<std::string> remarks;
  std::vector<ipc::StoodIn> stood_in;
  std::map<std::string, ipc::Interface> interfaces;  // the last of each
  const std::string& run_dir() const { return run_dir_; }
  struct GivenSocket {
    ipc::Socket description;
    base::os::UniqueFd descriptor;
  };
  std::vector<GivenSocket> sockets;
  std::map<std::uint16_t, bool> sources;  // by instance: present, as last said
  unsigned caught_up = 0;
  std::uint64_t begun = 0;  // the configuration of the last Begin

  // The last socket given for this interface; -1 when there is none.
  int advert_socket(const std::string& interface, base::Family family,
                    std::uint8_t protocol = 112) const {
    return socket(ipc::SocketKind::kAdvert, interface, family, protocol);
  }
  int stray_socket(const std::string& interface, base::Family family,
                   std::uint8_t protocol = 112) const {
    return socket(ipc::SocketKind::kStray, interface, family, protocol);
  }

  pid_t pid() const { return child_.pid; }
  void signal(int number);
  // SIGKILL, and another one on the same channel, as the supervisor does it.
  void respawn();
  // The same, amid a reload: the other one is started with this configuration, and reads `wishes` of the one before.
  void respawn_into(const config::Model& model, std::span<const std::uint16_t> wishes);
  // Ends both ends of the channel, as if engine and supervisor had died.
  void abandon();
  // How it ended, within five seconds.
  std::optional<int> exit_status();

 private:
  int socket(ipc::SocketKind kind, const std::string& interface, base::Family family,
             std::uint8_t protocol) const;
  void write_configuration(const config::Model& model);
  void spawn();
  void kill();
  void take(std::span<const std::byte> message, base::os::UniqueFd descriptor);
  bool listen(base::Instant until);

  std::string run_dir_;  // its own, gone with it
  base::os::Channel channel_;
  base::os::UniqueFd other_end_;  // kept, as the supervisor keeps it
  base::os::UniqueFd pulse_;
  base::os::UniqueFd deaths_;
  base::os::UniqueFd memory_;
  base::os::UniqueFd config_;
  std::uint64_t configuration_ = 0;
  base::os::Child child_;
  bool has_ended_ = false;
};

}  // namespace keeper_test
