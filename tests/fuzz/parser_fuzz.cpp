// Any bytes as a tree of lines, as the lexer hands it on, for everything that knows keywords: what they take, what is
// judged when the whole file is known, and the compiled form. Aborts when a promise of engine/config/parser.hpp is broken.
//
// Most bytes choose words out of the keyword table that make sense where they stand, so that inputs are short and soon
// reach far; some stand for bytes of their own:
//
//   line       0 ... 15 ends the block; else with the next byte it chooses a keyword of this block, or of any block, and a
//              third byte says how many words follow and whether a block is opened
//   word       0 ... 7 and a length: bytes as they are; 8 ... 15: any keyword; 16 ... 31: an option of lines that are data;
//              else with the next byte one of the values below
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "engine/config/reader.hpp"
#include "tests/fuzz/config_promises.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using config::Block;
using config::Keyword;

constexpr std::size_t kDeepest = 6;

// Numbers around the ends of ranges, addresses of both families, names few enough to meet again.
constexpr std::string_view kValues[] = {
    "a",
    "b",
    "c",
    "d",
    "e0",
    "e1",
    "e1.10",
    "eth0",
    "averyveryverylonginterfacename",
    "all",
    "main",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "+1",
    "4",
    "5",
    "10",
    "16",
    "20",
    "32",
    "51",
    "64",
    "99",
    "100",
    "127",
    "128",
    "150",
    "253",
    "254",
    "255",
    "256",
    "300",
    "1000",
    "1023",
    "1024",
    "4095",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "-254",
    "-253",
    "0.01",
    "0.1",
    "0.001",
    "0.0000001",
    "1.5",
    ".5",
    "40.95",
    "40.96",
    "255.1",
    "1e3",
    "0x10",
    "0xff",
    "010",
    "",
    "on",
    "off",
    "true",
    "false",
    "yes",
    "no",
    "reverse",
    "noreverse",
    "weight",
    "no_weight",
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.100",
    "192.0.2.100/24",
    "192.0.2.101/32",
    "192.0.2.0/24",
    "10.0.0.1/8",
    "0.0.0.0",
    "0.0.0.0/0",
    "255.255.255.255",
    "224.0.0.18",
    "224.0.0.19",
    "127.0.0.1",
    "192.0.2.1/33",
    "fe80::1",
    "fe80::2/64",
    "2001:db8::1",
    "2001:db8::1/64",
    "2001:db8::/32",
    "::",
    "::/0",
    "ff02::12",
    "ff02::13",
    "2001:db8::1/129",
    "::ffff:192.0.2.1",
    "192.0.2.1-192.0.2.9",
    "via",
    "dev",
    "src",
    "to",
    "from",
    "default",
    "/bin/true",
    "/bin/plain",
    "/tmp/x",
    "/etc/1",
    "/etc/2",
    "/none/x",
    "relative/x",
    "/",
    "/bin/sh -c 'exit 1'",
    "file:/etc/1",
    "file:/etc/2",
    "root",
    "nobody",
    "daemon",
    "secret",
    "secretsecretsecretsecretsecretse",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "00:00:5e:00:01:33",
    "02:00:00:00:00:01",
    "MASTER",
    "BACKUP",
    "FAULT",
    "PASS",
    "AH",
    "HMAC",
    "VI_1",
    "root@example.net",
    "30s",
    "10m",
    "12h",
    "365d",
    "5x",
    "1-2",
    "2-1",
    "1-65535",
    "{",
    "}",
    "\"",
    "#",
    "$A",
    "${A}",
    "'",
    "x y",
    "\xc3\xa4",
    "\xff",
    "\t",
    "MTU",
    "ADVERT",
};

// Whose words follow the first one of a line of data.
bool is_of_data(Block block) {
  return block == Block::kPeer || block == Block::kAddress || block == Block::kTrack ||
         block == Block::kRoute || block == Block::kRule;
}

// The words that may stand where, all of them in one place and made once.
struct Words {
  std::map<Block, std::vector<const Keyword*>> keywords;
  std::vector<const Keyword*> options;
  std::vector<std::string> values;
};

const Words& words() {
  static const Words kWords = [] {
    Words made;
    for (const Keyword& keyword : config::keyword_table()) {
      made.keywords[keyword.block].push_back(&keyword);
      if (is_of_data(keyword.block)) made.options.push_back(&keyword);
      for (std::string_view rest = keyword.choices; !rest.empty();) {
        const std::size_t end = rest.find('|');
        made.values.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
    }
    for (const std::string_view value : kValues) made.values.emplace_back(value);
    return made;
  }();
  return kWords;
}

class Grower {
 public:
  explicit Grower(fuzz::Input& in) : in_(in) {}

  std::vector<config::Line> grow(Block block, std::size_t depth) {
    std::vector<config::Line> made;
    while (!in_.done()) {
      const std::uint8_t kind = in_.u8();
      if (kind < 16 && depth > 0) break;
      made.push_back(line(block, kind, depth));
    }
    return made;
  }

 private:
  config::Line line(Block block, std::uint8_t kind, std::size_t depth) {
    config::Line made;
    place_ = {0, ++line_, 1};
    Block opens = Block::kNone;
    const auto here = words().keywords.find(block);
    if (here == words().keywords.end()) {
      made.words.push_back(placed(value(kind)));  // a line of data, or inside what nobody knows
    } else if (kind < 32) {
      const Keyword& any = any_keyword();
      opens = any.opens;
      made.words.push_back(placed(std::string(any.name)));
    } else {
      const Keyword& keyword = *here->second[number(kind) % here->second.size()];
      opens = keyword.opens;
      made.words.push_back(placed(std::string(keyword.name)));
    }
    const std::uint8_t shape = in_.u8();
    const std::size_t tail_at = place_.column;
    for (std::size_t left = shape % 8; left > 0 && !in_.done(); --left) {
      const std::string text = value(in_.u8());
      made.words.push_back(placed(text));
      made.tail += text.find(' ') != std::string::npos ? " \"" + text + "\"" : " " + text;
    }
    made.tail_runs.push_back({0, {0, line_, static_cast<std::uint16_t>(tail_at)}, true});
    made.has_block = (shape & 0x80) != 0 || (opens != Block::kNone && (shape & 0x40) == 0);
    made.opened_at = place_;
    if (made.has_block && depth < kDeepest) made.block = grow(opens, depth + 1);
    return made;
  }

  std::string value(std::uint8_t kind) {
    if (kind < 8) {
      std::string made;
      for (std::size_t left = in_.u8() % 24; left > 0 && !in_.done(); --left)
        made += static_cast<char>(in_.u8());
      // What no line can hold.
      std::erase_if(made, [](char c) { return c == '\0' || c == '\n'; });
      return made;
    }
    if (kind < 16) return std::string(any_keyword().name);
    if (kind < 32) return std::string(words().options[in_.u8() % words().options.size()]->name);
    return words().values[number(kind) % words().values.size()];
  }

  // With the next byte.
  std::size_t number(std::uint8_t first) { return std::size_t{first} << 8 | in_.u8(); }

  const Keyword& any_keyword() {
    const auto table = config::keyword_table();
    return table[in_.u16() % table.size()];
  }

  config::Word placed(std::string text) {
    config::Word made;
    made.at = place_;
    made.width = static_cast<std::uint16_t>(text.size() + 1);
    place_.column = static_cast<std::uint16_t>(place_.column + made.width + 1);
    made.text = std::move(text);
    return made;
  }

  fuzz::Input& in_;
  std::uint32_t line_ = 0;
  config::Position place_;
};

// Keys of two strengths, and the names of one table of routes.
config::FileReader host() {
  config::FileReader made;
  made.glob = [](const std::string&) { return std::vector<std::string>(); };
  made.read = [](const std::string& path) -> std::optional<std::string> {
    if (path == "/etc/1") return std::string(40, 'k') + "\n";
    if (path == "/etc/2") return "short\n";
    if (path == "/etc/iproute2/rt_tables") return "# of routes\n100 a\n0x65 b\nx c\n";
    if (path == "/etc/passwd") return "root:x:0:0::/root:/bin/sh\n";
    return std::nullopt;
  };
  made.is_exposed = [](const std::string& path) { return path == "/etc/2"; };
  made.look = fuzz::look;
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const config::FileReader kHost = host();
  fuzz::Input in(data, size);
  const std::vector<config::Line> lines = Grower(in).grow(Block::kRoot, 0);
  const std::vector<config::SourceFile> files{{"/etc/vigie.conf", "", {}}};
  config::Model model;
  config::Findings findings;
  config::Reader walk(model, findings, kHost);
  walk.read(lines);
  walk.finish();
  model.files = {"/etc/vigie.conf"};
  const std::vector<config::Diagnostic> found = findings.take();
  fuzz::expect_findings(found, files, size);
  if (config::exit_code(found) != 2) fuzz::expect_usable(model, size);
  return 0;
}
