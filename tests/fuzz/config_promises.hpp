// What the reader of configurations promises of whatever it made, for the fuzz targets that look at it from several sides.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "engine/config/codes.hpp"
#include "engine/config/compiled.hpp"
#include "engine/config/dump.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/parser.hpp"

namespace fuzz {

// Findings are bounded, have places and can be shown; 2 is what refuses. They are shown for one input in eight: the words
// of all findings take longer than the rest.
inline void expect_findings(const std::vector<config::Diagnostic>& findings,
                            const std::vector<config::SourceFile>& files, std::size_t input_size) {
  CHECK(findings.size() <= config::Findings::kMost, "findings are bounded");
  bool is_refused = false;
  for (const config::Diagnostic& finding : findings) {
    CHECK(finding.at.file < files.size(), "a finding is in a file");
    CHECK(finding.at.line >= 1 && finding.at.column >= 1, "a finding has a place");
    CHECK(!finding.message.empty(), "a finding says something");
    CHECK(finding.message.find('\n') == std::string::npos, "a message is one line");
    is_refused = is_refused || finding.severity == config::Severity::kError;
  }
  CHECK((config::exit_code(findings) == 2) == is_refused, "2 says refused");
  if (!findings.empty() && input_size % 8 == 0)
    CHECK(!config::render(findings, files).empty(), "what was found can be shown");
}

// What the core makes room for, and what only works in one way.
inline void expect_possible(const config::Model& model) {
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

// What was accepted is possible, and arrives with everybody who reads its compiled form. A model without an instance is
// handed on for one input in eight.
inline void expect_usable(const config::Model& model, std::size_t input_size) {
  expect_possible(model);
  if (model.instances.empty() && input_size % 8 != 0) return;
  const auto back = config::decompile(config::compile(model));
  CHECK(back.has_value(), "what is usable can be handed on");
  CHECK(*back == model, "and arrives as it was");
  (void)config::dump(model);  // it must end, no more
}

// A host without a disk: programs below /bin can be run, those below /tmp may be changed by anybody, no others are there.
inline config::PathFacts look(const std::string& path) {
  using Kind = config::PathFacts::Kind;
  const auto kind = path == "/" || path == "/bin" || path == "/tmp" ? Kind::kFolder : Kind::kFile;
  if (path.starts_with("/tmp"))
    return {.kind = kind, .owner = 0, .group = 0, .permissions = 0777, .real = path};
  if (kind == Kind::kFile && !path.starts_with("/bin/"))
    return {.kind = Kind::kAbsent, .owner = 0, .group = 0};
  return {.kind = kind, .owner = 0, .group = 0, .permissions = 0755, .real = path};
}

}  // namespace fuzz
