// An engine as backup or master over a LAN of its own, with a peer made by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/engine/lan.hpp"

namespace lan {

using base::State;
using feed::Kind;

class Engine : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    house_ = std::make_unique<House>(one_instance());
  }

  // A fresh engine as backup that has heard a master of priority 200 just now.
  void start_as_backup() {
    house_->start_engine();
    house_->send_everything();
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
    say(200);
  }
  void start_as_master() {
    start_as_backup();
    ASSERT_TRUE(house_->run_until([&] { return house_->row().announcements_sent > 0; }));
    ASSERT_EQ(house_->state(), State::kMaster);
    (void)peer_->hear();
  }
  // The peer says it and the engine has heard it.
  void say(std::uint8_t priority) {
    const std::uint64_t before = house_->row().adverts_received;
    peer_->advertise(priority);
    ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received > before; }));
  }
  feed::Record last_transition() const {
    const auto all = house_->records(Kind::kTransition);
    return all.empty() ? feed::Record{} : all.back();
  }

  std::unique_ptr<Peer> peer_;
  std::unique_ptr<House> house_;
};

}  // namespace lan
