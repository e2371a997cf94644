#include "supervisor/options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace supervisor {
namespace {

base::Result<Options, std::string> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "vigied");
  return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(Options, HaveTheDirectoriesOfAPackagedDaemonAsDefault) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->run_dir, "/run/vigie");
  EXPECT_EQ(options->state_dir, "/var/lib/vigie");
  EXPECT_FALSE(options->log_to_stderr);
}

TEST(Options, TakeValuesAsNextWordOrAfterEquals) {
  const auto options = parse({"-n", "-f", "a.conf", "--run-dir=/r", "--state-dir", "/s"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->log_to_stderr);
  EXPECT_EQ(options->file, "a.conf");
  EXPECT_EQ(options->run_dir, "/r");
  EXPECT_EQ(options->state_dir, "/s");
  EXPECT_EQ(configuration_file(*options), "a.conf");
}

TEST(Options, UnderstandTheSpellingsOfKeepalivedServiceFiles) {
  const auto options =
      parse({"--dont-fork", "--use-file", "b.conf", "--config-test", "-i", "main"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->config_id, "main");
  EXPECT_TRUE(options->log_to_stderr);
  EXPECT_EQ(options->file, "b.conf");
  EXPECT_EQ(options->act, Options::Act::kTest);
}

TEST(Options, RefuseWhatTheyDoNotKnow) {
  EXPECT_EQ(parse({"--frobnicate"}).error(), "unknown option --frobnicate");
  EXPECT_EQ(parse({"stray"}).error(), "unknown option stray");
  EXPECT_EQ(parse({"-f"}).error(), "-f needs a value");
  EXPECT_EQ(parse({"--run-dir="}).error(), "--run-dir needs a value");
  EXPECT_EQ(parse({"--version=3"}).error(), "--version takes no value");
}

}  // namespace
}  // namespace supervisor
