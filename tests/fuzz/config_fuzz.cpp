// Any bytes as a configuration, and any bytes as its compiled form. Aborts when a promise of engine/config is broken.
//
// The first byte chooses: even, the rest is text (tests/fuzz/files.hpp), read where the id is "here" with bounds a person
// would not live with, so that what never ends is found out early; odd, the rest is the body of a compiled configuration,
// given a right header.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "tests/fuzz/config_promises.hpp"
#include "tests/fuzz/files.hpp"

namespace {

void parse_text(std::string_view text) {
  const fuzz::Files files(text);
  config::Options options;
  options.id = "here";
  options.most_words = 2'000;
  options.most_work = 64 * 1024;
  const config::Parsed parsed = config::parse("/etc/vigie.conf", files.reader(), options);
  fuzz::expect_findings(parsed.findings, parsed.files, text.size());
  if (parsed.usable()) fuzz::expect_usable(parsed.model, text.size());
}

void decode(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> kEmpty = config::compile({});
  constexpr std::size_t kHeader = 32;
  std::vector<std::byte> bytes(kEmpty.begin(), kEmpty.begin() + kHeader);
  const auto* body = reinterpret_cast<const std::byte*>(data);
  bytes.insert(bytes.end(), body, body + size);
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
