// The adverts that are owed, and how they leave: all of a turn together, one system call per socket, in the order they
// were asked for. Multicast or one to each peer, sealed with whatever authentication the instance has.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/core/advert.hpp"
#include "engine/ears.hpp"
#include "engine/publication.hpp"
#include "engine/trust.hpp"
#include "engine/wire/advert_socket.hpp"

namespace engine {

class Voice {
 public:
  // Everything referred to outlives this.
  Voice(const Assembly& assembly, const Ears& ears, Trust& trust, Publication& publication);

  // Requires: nothing is owed there.
  void inherit(const Voice& before) { headers_ = before.headers_; }

  // `form` and `source` as they are now: what was asked for is said, whatever changes before it leaves.
  struct Words {
    std::uint16_t instance = 0;
    core::Priority priority;
    core::ChecksumForm form = core::ChecksumForm::kMessageOnly;
    base::Address source;  // not set: there is no place to speak from
  };
  void owe(const Words& words);
  // Who has no place to speak from is counted in its row.
  void send();

  // Instances whose advert has left since the last call, and was not one of priority 0.
  std::span<const std::uint16_t> spoken() const { return spoken_; }
  // Likewise, whose advert the kernel would not send, perhaps for the address it was to come from.
  std::span<const std::uint16_t> refused() const { return refused_; }
  void forget() {
    spoken_.clear();
    refused_.clear();
  }

 private:
  struct Owed {
    std::uint16_t ear = 0;
    std::uint32_t order = 0;
    Words words;
  };
  void say(const Owed& owed);
  void say_to(const Owed& owed, const base::Address& destination, std::uint8_t ttl);
  void write(const Owed& owed, const base::Address& destination, std::uint8_t ttl,
             std::size_t copy);
  void flush();

  const Assembly& assembly_;
  const Ears& ears_;
  Trust& trust_;
  Publication& publication_;
  std::vector<Owed> owed_;
  std::vector<std::uint16_t> spoken_, refused_;
  wire::HeaderWriter headers_;

  // What stands in the sender: whose it is, and where the next batch goes.
  std::size_t ear_ = 0;
  std::vector<Words> batch_;
  wire::Sender sender_;
};

}  // namespace engine
