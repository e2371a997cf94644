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

TEST(Check, EndsWithACountOfWhatItFound) {
  EXPECT_EQ(render_check("a.conf", with_findings({})),
            "a.conf: 0 errors, 0 warnings, 1 instance\n");
  const std::string text =
      render_check("a.conf", with_findings({config::Severity::kError, config::Severity::kWarning,
                                            config::Severity::kWarning}));
  EXPECT_TRUE(text.ends_with("\na.conf: 1 error, 2 warnings, 1 instance\n")) << text;
  EXPECT_NE(text.find("priority 300 is out of range"), std::string::npos);
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
}

}  // namespace
}  // namespace cli
