#include "cli/check.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

config::Parsed with_findings(const std::vector<config::Severity>& severities) {
  config::Parsed parsed;
  parsed.files.push_back({"/etc/a.conf", "vrrp_instance A {\n  priority 300\n}\n"});
  parsed.model.instances.emplace_back();
  for (const config::Severity severity : severities) {
    config::Diagnostic finding;
    finding.severity = severity;
    finding.code = "C0107";
    finding.message = "priority 300 is out of range";
    finding.at = {.file = 0, .line = 2, .column = 12};
    finding.width = 3;
    parsed.findings.push_back(finding);
  }
  return parsed;
}

TEST(Check, EndsWithACountOfWhatItFoundAndWhatWouldBeRun) {
  config::Parsed parsed = with_findings({});
  config::Instance& instance = parsed.model.instances.front();
  instance.name = "VI_1";
  instance.vrid = 50;
  instance.interface = "crans";
  instance.addresses.resize(2);
  EXPECT_EQ(render_check("a.conf", parsed),
            "a.conf: 0 errors, 0 warnings: 1 instance with 2 addresses: VI_1 (VRID 50 on crans, "
            "priority 100)\n");
  for (int i = 2; i <= 6; ++i) {
    parsed.model.instances.push_back(config::Instance(parsed.model.instances.front()));
    parsed.model.instances.back().name = "VI_" + std::to_string(i);
  }
  EXPECT_EQ(render_check("a.conf", parsed),
            "a.conf: 0 errors, 0 warnings: 6 instances with 12 addresses: VI_1 (VRID 50 on crans, "
            "priority 100), VI_2 (VRID 50 on crans, priority 100), VI_3 (VRID 50 on crans, "
            "priority 100), VI_4 (VRID 50 on crans, priority 100) and 2 more\n");
}

TEST(Check, WhatHasErrorsIsRefused) {
  const std::string text =
      render_check("a.conf", with_findings({config::Severity::kError, config::Severity::kWarning,
                                            config::Severity::kWarning}));
  EXPECT_TRUE(
      text.ends_with("\n\na.conf: 1 error, 2 warnings: refused; a daemon that runs goes on "
                     "with what it has\n"))
      << text;
  EXPECT_NE(text.find("priority 300 is out of range"), std::string::npos);
}

TEST(Check, ColoursHeadingsMarginsAndCaretsAndNothingOfTheFile) {
  const std::string text = render_check("a.conf", with_findings({config::Severity::kError}));
  EXPECT_EQ(coloured(text),
            "\x1b[1;31merror[C0107]\x1b[0m\x1b[1m: priority 300 is out of range\x1b[0m\n"
            "\x1b[1;34m  -->\x1b[0m /etc/a.conf:2:12\n"
            "\x1b[1;34m   |\x1b[0m\n"
            "\x1b[1;34m 2 |\x1b[0m   priority 300\n"
            "\x1b[1;34m   |\x1b[0m\x1b[1;31m            ^^^\x1b[0m\n"
            "\n"
            "a.conf: 1 error, 0 warnings: refused; a daemon that runs goes on with what it has\n");
}

TEST(Check, JsonNamesThePlaceOfEveryFinding) {
  const auto json = check_json("a.conf", with_findings({config::Severity::kError}));
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["warnings"], 0);
  const auto& finding = json["findings"][0];
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["file"], "/etc/a.conf");
  EXPECT_EQ(finding["line"], 2);
  EXPECT_EQ(finding["column"], 12);
  EXPECT_EQ(finding["width"], 3);
  EXPECT_EQ(json["usable"], false);
  EXPECT_TRUE(json["routers"].empty());
}

}  // namespace
}  // namespace cli
