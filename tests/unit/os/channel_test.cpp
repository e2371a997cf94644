#include "base/os/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace {

using base::os::Channel;
using base::os::kMaxMessageBytes;
using base::os::UniqueFd;

struct Note {
  std::uint32_t number = 0;
  std::uint32_t answer = 0;
};

struct ChannelTest : testing::Test {
  ChannelTest() {
    auto pair = base::os::channel_pair();
    EXPECT_TRUE(pair);
    ours = Channel{std::move(pair->first)};
    theirs = Channel{std::move(pair->second)};
  }
  Channel ours;
  Channel theirs;
};

Note note_of(const Channel::Received& received) {
  Note note;
  EXPECT_EQ(received.message.size(), sizeof note);
  std::memcpy(&note, received.message.data(), std::min(sizeof note, received.message.size()));
  return note;
}

bool is_same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

TEST_F(ChannelTest, HasNothingToReadWhenNothingWasSent) {
  const auto received = theirs.receive();
  ASSERT_TRUE(received);
  EXPECT_FALSE(*received);
}

TEST_F(ChannelTest, DeliversMessagesWholeAndInOrder) {
  ASSERT_TRUE(ours.send(Note{1, 10}));
  ASSERT_TRUE(ours.send(Note{2, 20}));
  for (const std::uint32_t number : {1U, 2U}) {
    const auto received = theirs.receive();
    ASSERT_TRUE(received && *received);
    EXPECT_EQ(note_of(**received).number, number);
    EXPECT_EQ(note_of(**received).answer, number * 10);
    EXPECT_FALSE((*received)->descriptor);
  }
}

TEST_F(ChannelTest, CarriesADescriptorBesideTheMessageAndLeavesTheSenderItsOwn) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reading{ends[0]};
  const UniqueFd writing{ends[1]};
  ASSERT_TRUE(ours.send(Note{3, 0}, writing.get()));
  auto received = theirs.receive();
  ASSERT_TRUE(received && *received);
  EXPECT_EQ(note_of(**received).number, 3U);
  const int passed = (*received)->descriptor.get();
  ASSERT_GE(passed, 0);
  EXPECT_NE(passed, writing.get());
  EXPECT_TRUE(is_same_file(passed, writing.get()));
  EXPECT_EQ(::fcntl(passed, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(writing.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(ChannelTest, ADescriptorNobodyTookIsClosed) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reading{ends[0]};
  UniqueFd writing{ends[1]};
  ASSERT_TRUE(ours.send(Note{4, 0}, writing.get()));
  writing.reset();
  { ASSERT_TRUE(theirs.receive()); }
  char byte = 0;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 0);  // end of file: no writer is left
}

TEST_F(ChannelTest, WaitsForNobodyWhenItIsFull) {
  int sent = 0;
  for (;; ++sent) {
    const auto status = ours.send(Note{static_cast<std::uint32_t>(sent), 0});
    if (status) {
      ASSERT_LT(sent, 1'000'000);
      continue;
    }
    EXPECT_EQ(status.error().code, EAGAIN);
    break;
  }
  ASSERT_GT(sent, 0);
  // What was accepted arrives, and one place is enough to go on.
  const auto first = theirs.receive();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(note_of(**first).number, 0U);
  for (int i = 1; i < sent; ++i) {
    const auto next = theirs.receive();
    ASSERT_TRUE(next && *next);
    ASSERT_EQ(note_of(**next).number, static_cast<std::uint32_t>(i));
  }
  EXPECT_TRUE(ours.send(Note{}));
}

TEST_F(ChannelTest, MessagesOutliveTheirSenderAndThenItsEndIsAnError) {
  ASSERT_TRUE(ours.send(Note{5, 0}));
  ours = Channel{};
  const auto last_words = theirs.receive();
  ASSERT_TRUE(last_words && *last_words);
  EXPECT_EQ(note_of(**last_words).number, 5U);
  const auto received = theirs.receive();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ECONNRESET);
}

TEST_F(ChannelTest, SendingToAClosedEndIsAnErrorAndNoSignal) {
  theirs = Channel{};
  const auto status = ours.send(Note{});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, EPIPE);
}

TEST_F(ChannelTest, TakesTheLongestMessageThereIs) {
  std::array<std::byte, kMaxMessageBytes> longest{};
  longest.back() = std::byte{7};
  ASSERT_TRUE(ours.send(std::span<const std::byte>(longest)));
  const auto received = theirs.receive();
  ASSERT_TRUE(received && *received);
  ASSERT_EQ((*received)->message.size(), kMaxMessageBytes);
  EXPECT_EQ((*received)->message.back(), std::byte{7});
}

TEST_F(ChannelTest, AMessageThatWasCutOffIsRefusedAndTheNextOneRead) {
  std::array<std::byte, kMaxMessageBytes + 1> too_long{};
  ASSERT_TRUE(ours.send(std::span<const std::byte>(too_long)));
  ASSERT_TRUE(ours.send(Note{6, 0}));
  const auto refused = theirs.receive();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EMSGSIZE);
  const auto received = theirs.receive();
  ASSERT_TRUE(received && *received);
  EXPECT_EQ(note_of(**received).number, 6U);
}

TEST_F(ChannelTest, MoreDescriptorsThanOneAreNotLeakedIntoUs) {
  // Somebody who does not use this class: three descriptors on one message. Room is there for one; the kernel closes the
  // others.
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reading{ends[0]};
  UniqueFd writing{ends[1]};
  char word[] = "word";
  iovec part{word, sizeof word};
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* attached = CMSG_FIRSTHDR(&header);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(3 * sizeof(int));
  const int three[] = {writing.get(), writing.get(), writing.get()};
  std::memcpy(CMSG_DATA(attached), three, sizeof three);
  ASSERT_EQ(::sendmsg(ours.fd(), &header, 0), static_cast<ssize_t>(sizeof word));
  writing.reset();
  { ASSERT_TRUE(theirs.receive()); }
  char byte = 0;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 0);  // no writer is left
}

}  // namespace
