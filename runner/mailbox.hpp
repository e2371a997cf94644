// What the engine should know, and does not know yet.
//
// Verdicts and permits are levels: only the latest of each is kept, and an engine that says Hello is told all of them
// again. Notify results and remarks are events: each is sent once, in order. A channel that is full is tried again when it is
// writable; nothing is waited for.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "base/os/channel.hpp"
#include "base/result.hpp"
#include "engine/config/lineage.hpp"
#include "engine/ipc/messages.hpp"

namespace runner {

class Mailbox {
 public:
  static constexpr std::size_t kMostNotifyResults = 1024;
  static constexpr std::size_t kMostRemarks = 64;

  explicit Mailbox(std::uint64_t configuration) : configuration_(configuration) {}

  void put(const ipc::ScriptResult& result) { scripts_[result.script] = {result, true}; }
  void put(const ipc::Permit& permit) { permits_[permit.flag] = {permit, true}; }
  // Only what differs from the latest of its kind and index is sent.
  void put(const ipc::Tracked& tracked);
  // The oldest is given up when nobody takes them: the count is in given_up().
  void put(const ipc::NotifyResult& result);
  void put(const ipc::Report& remark);
  // A new engine: Begin, and everything that is level goes out again.
  void send_all_again();
  // Everything is told in the terms of this configuration from now on: what is gone from it, or not asked for in it, is
  // forgotten. Permits are put anew. The caller sends all again.
  void reconfigure(std::uint64_t configuration, const config::Model& now,
                   const config::Lineage& lineage);

  // Sends what waits. False when the channel is full and something is left.
  base::Result<bool> flush(base::os::Channel& channel);
  std::uint64_t given_up() const { return given_up_; }

 private:
  template <typename T>
  struct Kept {
    T message;
    bool is_due = true;
  };
  std::uint64_t configuration_;
  bool begins_ = true;
  std::map<std::uint16_t, Kept<ipc::Permit>> permits_;
  std::map<std::uint16_t, Kept<ipc::ScriptResult>> scripts_;
  std::map<std::uint16_t, Kept<ipc::Tracked>> files_;
  std::map<std::uint16_t, Kept<ipc::Tracked>> processes_;
  std::deque<ipc::NotifyResult> results_;
  std::deque<ipc::Report> remarks_;
  std::uint64_t given_up_ = 0;
};

}  // namespace runner
