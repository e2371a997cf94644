// Any bytes as a configuration, and any bytes as its compiled form. Aborts when a promise of engine/config is broken.
//
// The first byte chooses: even, the rest is text, with \x01 between files (/etc/vigie.conf, /etc/1, /etc/2, ...), read where
// the id is "here" with bounds a person would not live with, so that what never ends is found out early; odd, the rest is
// the body of a compiled configuration, given a right header.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "engine/config/compiled.hpp"
#include "engine/config/dump.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/parser.hpp"

namespace {

// What the core makes room for, and what only works in one way.
void expect_possible(const config::Model& model) {
  for (const config::Instance& instance : model.instances) {
    CHECK(instance.track_scripts.size() + instance.track_interfaces.size() +
                  instance.track_files.size() + instance.track_processes.size() <=
              config::kMaxTrackers,
          "there is room for all that is tracked");
    CHECK(instance.unicast_peers.size() <= config::kMaxPeers, "there is room for all peers");
    for (const config::UnicastPeer& peer : instance.unicast_peers) {
      CHECK(peer.address.family() == instance.family, "a peer speaks the same protocol");
      CHECK(peer.min_ttl <= peer.max_ttl, "an advert of a peer can be right");
    }
    CHECK(!instance.source || instance.source->family() == instance.family,
          "the source speaks the same protocol");
    CHECK(!instance.hmac.is_set() || instance.auth_type == 0, "an advert is signed in one way");
    for (const config::HmacKey& key : instance.hmac.keys)
      CHECK(key.id != 0 && key.secret.size() >= 32 && key.secret.size() <= 64, "keys are strong");
    CHECK(instance.learned_interval_cap >= 1, "the own interval can be learned");
    CHECK(instance.version == 2 || instance.auth_type == 0, "version 3 has no authentication");
  }
}

void parse_text(std::string_view text) {
  std::map<std::string, std::string> files;
  for (std::size_t number = 0;; ++number) {
    const std::size_t end = text.find('\x01');
    files[number == 0 ? "/etc/vigie.conf" : "/etc/" + std::to_string(number)] = text.substr(0, end);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  config::FileReader reader;
  reader.glob = [&](const std::string& pattern) {
    std::vector<std::string> found;
    for (const auto& [path, content] : files)
      if (pattern == path || pattern == "/etc/*") found.push_back(path);
    return found;
  };
  reader.read = [&](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    return found->second;
  };
  reader.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name != "HOME") return std::nullopt;
    return "/root";
  };
  config::Options options;
  options.id = "here";
  options.most_words = 2'000;
  options.most_work = 64 * 1024;
  const config::Parsed parsed = config::parse("/etc/vigie.conf", reader, options);
  for (const config::Diagnostic& finding : parsed.findings) {
    CHECK(finding.at.file < parsed.files.size(), "a finding is in a file");
    CHECK(finding.at.line >= 1 && finding.at.column >= 1, "a finding has a place");
    CHECK(finding.message.find('\n') == std::string::npos || finding.message.empty(),
          "a message is one line");
  }
  CHECK(parsed.findings.size() <= 1000, "findings are bounded");
  (void)config::render(parsed.findings, parsed.files);  // it must end, no more
  CHECK((config::exit_code(parsed.findings) == 2) == !parsed.usable(), "2 says refused");
  if (!parsed.usable()) return;
  expect_possible(parsed.model);
  const auto back = config::decompile(config::compile(parsed.model));
  CHECK(back.has_value(), "what is usable can be handed on");
  CHECK(*back == parsed.model, "and arrives as it was");
  (void)config::dump(parsed.model);  // it must end, no more
}

void decode(const std::uint8_t* data, std::size_t size) {
  const auto whole = config::compile({});
  constexpr std::size_t kHeader = 32;
  std::vector<std::byte> bytes(whole.begin(), whole.begin() + kHeader);
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(data[i]));
  const std::uint64_t sum = config::checksum_of(bytes);
  for (std::size_t i = 0; i < 8; ++i) bytes[16 + i] = static_cast<std::byte>(sum >> 8 * i & 0xff);
  const auto model = config::decompile(bytes);
  if (!model) return;
  const auto again = config::compile(*model);
  CHECK(std::ranges::equal(std::span(again).subspan(kHeader), std::span(bytes).subspan(kHeader)),
        "there is one form for every model");
  (void)config::dump(*model);  // it must end, no more
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] % 2 == 0) {
    parse_text({reinterpret_cast<const char*>(data + 1), size - 1});
  } else {
    decode(data + 1, size - 1);
  }
  return 0;
}
