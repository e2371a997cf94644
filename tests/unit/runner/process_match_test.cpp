#include "runner/process_match.hpp"

#include <gtest/gtest.h>

namespace runner {
namespace {

using Match = config::Process::Match;
using Words = std::vector<std::string>;

config::Process wanted(Words command, Match parameters = Match::kNone, bool full = false) {
  config::Process process;
  process.command = std::move(command);
  process.parameters = parameters;
  process.full_command = full;
  return process;
}

TEST(ProcessMatch, GoesByTheKernelsNameUnlessParametersOrTheCommandLineAreAskedFor) {
  EXPECT_FALSE(needs_command_line(wanted({"sshd"})));
  EXPECT_TRUE(needs_command_line(wanted({"sshd"}, Match::kNone, true)));
  EXPECT_TRUE(needs_command_line(wanted({"sshd"}, Match::kInitial)));
  EXPECT_TRUE(needs_command_line(wanted({"sshd", "-D"})));
}

TEST(ProcessMatch, ComparesWholeNamesAndOfLongOnesWhatTheKernelKeeps) {
  EXPECT_TRUE(matches_name(wanted({"sshd"}), "sshd"));
  EXPECT_FALSE(matches_name(wanted({"sshd"}), "sshd2"));
  EXPECT_FALSE(matches_name(wanted({"sshd"}), "ssh"));
  EXPECT_TRUE(matches_name(wanted({"a-name-of-twenty-two"}), "a-name-of-twent"));
  EXPECT_FALSE(matches_name(wanted({}), ""));
}

TEST(ProcessMatch, TakesAnyParametersWhenNoneAreNamed) {
  const auto process = wanted({"/usr/sbin/sshd"}, Match::kNone, true);
  EXPECT_TRUE(matches_command_line(process, {"/usr/sbin/sshd"}));
  EXPECT_TRUE(matches_command_line(process, {"/usr/sbin/sshd", "-D"}));
  EXPECT_FALSE(matches_command_line(process, {"sshd", "-D"}));
  EXPECT_FALSE(matches_command_line(process, {}));
}

TEST(ProcessMatch, ComparesParametersExactlyByBeginningOrInPart) {
  const Words command{"foo", "-a", "b"};
  const Words same{"foo", "-a", "b"}, more{"foo", "-a", "b", "c"}, longer{"foo", "-a", "bcd"},
      fewer{"foo", "-a"}, other{"foo", "-x", "b"};
  for (const Match exact : {Match::kExact, Match::kNone}) {
    EXPECT_TRUE(matches_command_line(wanted(command, exact), same));
    EXPECT_FALSE(matches_command_line(wanted(command, exact), more));
    EXPECT_FALSE(matches_command_line(wanted(command, exact), longer));
    EXPECT_FALSE(matches_command_line(wanted(command, exact), fewer));
  }
  EXPECT_TRUE(matches_command_line(wanted(command, Match::kInitial), same));
  EXPECT_TRUE(matches_command_line(wanted(command, Match::kInitial), more));
  EXPECT_FALSE(matches_command_line(wanted(command, Match::kInitial), longer));
  EXPECT_FALSE(matches_command_line(wanted(command, Match::kInitial), fewer));
  EXPECT_TRUE(matches_command_line(wanted(command, Match::kPartial), same));
  EXPECT_TRUE(matches_command_line(wanted(command, Match::kPartial), more));
  EXPECT_TRUE(matches_command_line(wanted(command, Match::kPartial), longer));
  EXPECT_FALSE(matches_command_line(wanted(command, Match::kPartial), fewer));
  for (const Match any : {Match::kExact, Match::kInitial, Match::kPartial})
    EXPECT_FALSE(matches_command_line(wanted(command, any), other));
}

TEST(ProcessMatch, WithExactAndNoParametersMeansThatThereAreNone) {
  EXPECT_TRUE(matches_command_line(wanted({"foo"}, Match::kExact), {"foo"}));
  EXPECT_FALSE(matches_command_line(wanted({"foo"}, Match::kExact), {"foo", "-a"}));
  EXPECT_TRUE(matches_command_line(wanted({"foo"}, Match::kPartial), {"foo", "-a"}));
}

}  // namespace
}  // namespace runner
