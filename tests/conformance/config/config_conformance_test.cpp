// Whole files against goldens: NAME.conf is read as it stands, NAME.model is what it means (config::dump),
// NAME.findings what is said about it. After a wanted change: VIGIE_UPDATE_GOLDENS=1, and read the difference.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/config/compiled.hpp"
#include "engine/config/dump.hpp"
#include "engine/config/parser.hpp"
#include "engine/config/summary.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;
const fs::path kFixtures = VIGIE_CONFIG_FIXTURES;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const fs::path& path, const std::string& found) {
  if (std::getenv("VIGIE_UPDATE_GOLDENS") != nullptr)
    std::ofstream(path, std::ios::binary) << found;
  EXPECT_EQ(found, slurp(path)) << path.filename();
}

// Wherever the tree lies: file names in findings start at the fixtures.
Parsed parse_fixture(const std::string& name) {
  FileReader reader = disk();
  reader.look = {};  // whether a program is there says something about this host alone
  Parsed parsed = parse((kFixtures / name).string(), reader);
  for (SourceFile& file : parsed.files) file.path = fs::path(file.path).filename().string();
  return parsed;
}

class RealFile : public ::testing::TestWithParam<const char*> {};

TEST_P(RealFile, ReadsAsItStandsWithoutAWord) {
  const Parsed parsed = parse_fixture(std::string(GetParam()) + ".conf");
  EXPECT_EQ(render(parsed.findings, parsed.files), "");
  EXPECT_EQ(exit_code(parsed.findings), 0);
  expect_golden(kFixtures / (std::string(GetParam()) + ".model"), dump(parsed.model));
  const auto back = decompile(compile(parsed.model));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, parsed.model);
}

INSTANTIATE_TEST_SUITE_P(Config, RealFile,
                         ::testing::Values("gulp", "odlyd", "protocol", "routeur-sam", "vigie"),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Oddities, AreReadWithAWarningEach) {
  const Parsed parsed = parse_fixture("oddities.conf");
  expect_golden(kFixtures / "oddities.findings", render(parsed.findings, parsed.files));
  expect_golden(kFixtures / "oddities.model", dump(parsed.model));
  EXPECT_EQ(exit_code(parsed.findings), 1);
}

TEST(Strict, SaysWhatItSwitchesOff) {
  const Parsed parsed = parse_fixture("strict.conf");
  expect_golden(kFixtures / "strict.findings", render(parsed.findings, parsed.files));
  expect_golden(kFixtures / "strict.model", dump(parsed.model));
  EXPECT_EQ(exit_code(parsed.findings), 1);
}

TEST(Refusal, TellsEverythingAtOnce) {
  const Parsed parsed = parse_fixture("refused.conf");
  expect_golden(kFixtures / "refused.findings", render(parsed.findings, parsed.files));
  EXPECT_EQ(exit_code(parsed.findings), 2);
}

TEST(Refusal, TellsEverythingAboutTheProtocolWithoutASecret) {
  const Parsed parsed = parse_fixture("protocol-refused.conf");
  const std::string said = render(parsed.findings, parsed.files);
  expect_golden(kFixtures / "protocol-refused.findings", said);
  EXPECT_EQ(exit_code(parsed.findings), 2);
  for (const char* secret : {"tooshort", "0123xyz", "00010203", "not quoted", "continues",
                             "a-long-secret", "a-secret-behind", "000102030405"})
    EXPECT_EQ(said.find(secret), std::string::npos) << secret;
}

TEST(LargeFile, OfFiveThousandLinesIsReadQuickly) {
  std::string text = "global_defs {\n router_id large\n}\n";
  for (int i = 0; i < 500; ++i) {
    const std::string n = std::to_string(i);
    text += "vrrp_instance VI_" + n + " {\n  state BACKUP\n  interface eth" +
            std::to_string(i / 250) + "\n  virtual_router_id " + std::to_string(i % 250 + 1) +
            "\n  priority 150  # comment\n  advert_int 1\n  virtual_ipaddress {\n    10." +
            std::to_string(i / 250) + "." + std::to_string(i % 250) +
            ".1/24 brd + dev eth9 scope global\n  }\n}\n";
  }
  const FileReader reader{[](const std::string&) { return std::vector<std::string>{}; },
                          [&](const std::string&) { return std::optional(text); }};
  const auto begin = std::chrono::steady_clock::now();
  const Parsed parsed = parse("/etc/large.conf", reader);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(parsed.model.instances.size(), 500U);
  EXPECT_TRUE(parsed.findings.empty()) << render(parsed.findings, parsed.files);
  std::printf("%td lines read in %.1f ms\n", std::count(text.begin(), text.end(), '\n'),
              std::chrono::duration<double, std::milli>(took).count());
}

// --- the process

class ConfigProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "vigie-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  int run(const std::string& arguments) {
    const std::string command =
        std::string(VIGIE_CONFIG_BINARY) + " " + arguments + " 2>" + (folder_ / "stderr").string();
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int read(const fs::path& file) {
    return run("--file " + file.string() + " --output " + output().string());
  }
  fs::path output() const { return folder_ / "config"; }

  fs::path folder_;
};

TEST_F(ConfigProcess, WritesTheCompiledFormAndSaysWhatIsMissingHere) {
  // Its programs are elsewhere: one warning for each.
  EXPECT_EQ(read(kFixtures / "gulp.conf"), 1);
  EXPECT_NE(slurp(folder_ / "stderr").find("warning[C0323]"), std::string::npos);
  const std::string bytes = slurp(output());
  const auto model = decompile(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->router_id, "gulp");
  EXPECT_EQ(model->files, (std::vector<std::string>{(kFixtures / "gulp.conf").string()}));
  EXPECT_FALSE(fs::exists(output().string() + ".new"));
}

TEST_F(ConfigProcess, KeepsItsOutputFromOthersBecauseOfThePasswordsInIt) {
  ASSERT_EQ(read(kFixtures / "vigie.conf"), 1);
  struct stat about {};
  ASSERT_EQ(::stat(output().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0007U, 0U);
}

TEST_F(ConfigProcess, SaysItsWarningsAndWritesAllTheSame) {
  EXPECT_EQ(read(kFixtures / "oddities.conf"), 1);
  EXPECT_NE(slurp(folder_ / "stderr").find("warning[C0115]"), std::string::npos);
  EXPECT_TRUE(fs::exists(output()));
}

TEST_F(ConfigProcess, CountsWhatOthersCanChangeAndRootRuns) {
  const fs::path script = folder_ / "anybodys";
  std::ofstream(script) << "#!/bin/sh\n";
  fs::permissions(script, fs::perms::all);
  std::ofstream(folder_ / "unsafe.conf")
      << "vrrp_instance V {\n interface lan0\n virtual_router_id 7\n priority 100\n"
      << " virtual_ipaddress {\n  192.0.2.1\n }\n notify \"" << script.string() << "\" root\n}\n";
  const fs::path said = folder_ / "summary";
  EXPECT_EQ(run("--file " + (folder_ / "unsafe.conf").string() + " --output " + output().string() +
                " --summary-fd 3 3>" + said.string()),
            1);
  const std::string bytes = slurp(said);
  Summary summary;
  ASSERT_EQ(bytes.size(), sizeof summary);
  std::memcpy(&summary, bytes.data(), sizeof summary);
  EXPECT_EQ(summary.errors, 0U);
  EXPECT_EQ(summary.unsafe_scripts, 1U);
}

TEST_F(ConfigProcess, LeavesWhatWasThereWhenItRefuses) {
  std::ofstream(output()) << "before";
  EXPECT_EQ(read(kFixtures / "refused.conf"), 2);
  EXPECT_EQ(slurp(output()), "before");
  EXPECT_NE(slurp(folder_ / "stderr").find("error[C0107]"), std::string::npos);
}

TEST_F(ConfigProcess, RefusesAFileThatIsNotThereOrMayBeExecuted) {
  EXPECT_EQ(read(folder_ / "none.conf"), 2);
  EXPECT_EQ(read(folder_), 2);
  const fs::path copy = folder_ / "copy.conf";
  fs::copy_file(kFixtures / "gulp.conf", copy);
  EXPECT_EQ(read(copy), 1);
  fs::permissions(copy, fs::perms::owner_exec, fs::perm_options::add);
  EXPECT_EQ(read(copy), 2);
  EXPECT_NE(slurp(folder_ / "stderr").find("error[C0101]"), std::string::npos);
}

TEST_F(ConfigProcess, SaysSoWhenItsOutputCannotBeWritten) {
  EXPECT_EQ(run("--file " + (kFixtures / "gulp.conf").string() + " --output " +
                (folder_ / "none" / "config").string()),
            2);
  EXPECT_NE(slurp(folder_ / "stderr").find("error: "), std::string::npos);
  EXPECT_EQ(run("--file"), 2);
}

}  // namespace
}  // namespace config
