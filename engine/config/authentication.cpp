// authentication and auth_hmac. No finding here repeats a secret; render() hides them in the lines it shows.
#include <fmt/format.h>

#include <algorithm>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLeastKey = 32;
constexpr std::size_t kMostKey = 64;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// Nothing when it is not pairs of hexadecimal digits.
std::optional<std::string> bytes_of_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string made;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_digit(digits[i]);
    const auto low = hex_digit(digits[i + 1]);
    if (!high || !low) return std::nullopt;
    made.push_back(static_cast<char>(*high << 4 | *low));
  }
  return made;
}

}  // namespace

void Reader::auth_type(const Argument& a) {
  draft().instance.auth_type = a.words[0].text == "AH" ? 2 : 1;
}

void Reader::auth_pass(const Argument& a) {
  std::string pass = a.words[0].text;
  if (pass.size() > 8) {
    add(Code::kPasswordCut, a.words[0], "auth_pass is longer than eight bytes",
        "the first eight are used");
    pass.resize(8);
  }
  draft().instance.auth_pass = std::move(pass);
}

void Reader::auth_hmac(const Argument& a) {
  draft().instance.hmac = {};
  draft().seen_in_hmac.clear();
  draft().refused_keys.clear();
  read_block(Block::kHmac, a.line->block, draft().seen_in_hmac);
}

std::optional<std::string> Reader::secret_of(const Word& word) {
  std::string_view value = word.text;
  std::string content;
  if (value.starts_with("file:")) {
    const std::string path(value.substr(5));
    if (!path.starts_with('/')) {
      add(Code::kHmacKey, word, fmt::format("`{}` is no absolute path", path), "must start with /");
      return std::nullopt;
    }
    const auto read = files_.read(path);
    if (!read) {
      add(Code::kHmacKey, word, fmt::format("{} cannot be read", path),
          files_.explain ? files_.explain(path) : "the key is in it");
      return std::nullopt;
    }
    if (files_.is_exposed && files_.is_exposed(path))
      add(Code::kKeyExposed, word, fmt::format("others can read {}", path), "chmod 600 it");
    content = *read;
    if (content.ends_with("\r\n"))
      content.resize(content.size() - 2);
    else if (content.ends_with('\n'))
      content.pop_back();
    value = content;
  }
  std::optional<std::string> secret(value);
  if (value.starts_with("hex:")) secret = bytes_of_hex(value.substr(4));
  if (!secret) {
    add(Code::kHmacKey, word, "this key is not hexadecimal", "pairs of digits must follow hex:");
    return std::nullopt;
  }
  if (secret->size() < kLeastKey || secret->size() > kMostKey) {
    add(Code::kHmacKey, word,
        fmt::format("this key is too {}", secret->size() < kLeastKey ? "short" : "long"),
        fmt::format("it has {} bytes, and must have {} to {}", secret->size(), kLeastKey,
                    kMostKey));
    return std::nullopt;
  }
  return secret;
}

void Reader::hmac_key(const Argument& a) {
  std::vector<HmacKey>& keys = draft().instance.hmac.keys;
  const auto id = whole_number(a.words[0].text);
  if (!id || *id < 1 || *id > 255) {
    add(Code::kHmacKey, a.words[0], "this is no key ID", "must be 1 to 255, before the key");
    return;
  }
  const bool is_known =
      std::any_of(keys.begin(), keys.end(), [&](const HmacKey& other) { return other.id == *id; });
  if (is_known) {
    add(Code::kHmacKey, a.words[0], fmt::format("there are two keys {}", *id), "the second one");
    return;
  }
  if (auto secret = secret_of(a.words[1]))
    keys.push_back({static_cast<std::uint8_t>(*id), std::move(*secret)});
  else
    draft().refused_keys.push_back(static_cast<std::uint8_t>(*id));
}

void Reader::anti_replay(const Argument& a) {
  draft().instance.hmac.is_monotonic = a.words[0].text == "monotonic";
}

void Reader::hmac_mode(const Argument& a) {
  const std::string& text = a.words[0].text;
  draft().instance.hmac.mode = text == "permissive"     ? Hmac::Mode::kPermissive
                               : text == "receive-only" ? Hmac::Mode::kReceiveOnly
                                                        : Hmac::Mode::kEnforce;
}

void Reader::finish_authentication(Draft& draft) {
  Instance& instance = draft.instance;
  const Line* type = draft.at("auth_type");
  const Line* pass = draft.at("auth_pass");
  if (type == nullptr && pass == nullptr) return;
  const Word& word = (type != nullptr ? type : pass)->words[0];
  const auto drop = [&] {
    instance.auth_type = 0;
    instance.auth_pass.clear();
  };
  if (draft.has("auth_hmac")) {
    add(Code::kHmacBesideOther, draft.word("auth_hmac"), "auth_hmac stands beside authentication",
        "remove one of them", "an advert is authenticated in one way");
    return drop();
  }
  if (instance.version == 3) {
    add(Code::kAuthDropped, word, "VRRP version 3 has no authentication",
        "dropped: adverts are sent without", "as keepalived does; auth_hmac signs them");
    return drop();
  }
  if (instance.strict) {
    add(Code::kStrict, word, "strict mode has no authentication",
        "dropped: adverts are sent without", "RFC 3768 removed it");
    return drop();
  }
  if (type == nullptr) {
    add(Code::kAuthIncomplete, word, "auth_pass without auth_type", "add `auth_type PASS`");
  } else if (instance.auth_type != 0 && instance.auth_pass.empty()) {
    add(Code::kAuthIncomplete, word,
        fmt::format("auth_type {} without auth_pass", instance.auth_type == 2 ? "AH" : "PASS"),
        "add `auth_pass`");
  }
  if (instance.auth_type == 2 && instance.starts_as_master) {
    add(Code::kAhAsMaster, draft.has("state") ? draft.value("state") : word,
        fmt::format("{} has AH and cannot start as master", instance.name), "starts as backup",
        "as keepalived does");
    instance.starts_as_master = false;
  }
}

void Reader::finish_hmac(Draft& draft) {
  if (!draft.has("auth_hmac")) return;
  Hmac& hmac = draft.instance.hmac;
  const Seen& seen = draft.seen_in_hmac;
  const Word& block = draft.word("auth_hmac");
  if (!seen.contains("key"))
    add(Code::kHmacIncomplete, block, "auth_hmac has no key", "add `key ID VALUE`");
  if (const auto active = seen.find("active_key"); active == seen.end()) {
    add(Code::kHmacIncomplete, block, "auth_hmac has no active_key", "which key signs?");
  } else {
    const bool is_known = std::any_of(hmac.keys.begin(), hmac.keys.end(), [&](const HmacKey& key) {
      return key.id == hmac.active_key;
    });
    const auto& refused = draft.refused_keys;
    if (!is_known && std::find(refused.begin(), refused.end(), hmac.active_key) == refused.end())
      add(Code::kHmacIncomplete, value_of(*active->second),
          fmt::format("there is no key {} in this auth_hmac", hmac.active_key), "which key signs?");
  }
  if (hmac.is_monotonic && seen.contains("time_window"))
    add(Code::kIdleHere, seen.at("time_window")->words[0],
        "time_window has no effect with `anti_replay monotonic`", "no clocks are compared");
  if (!seen.contains("time_window"))
    hmac.window = std::clamp<Duration>(3 * draft.instance.advert_interval, 5s, 300s);
  if (draft.instance.strict && hmac.mode != Hmac::Mode::kEnforce) {
    add(Code::kStrict, value_of(*seen.at("mode")), "strict mode enforces signatures",
        "enforce is used");
    hmac.mode = Hmac::Mode::kEnforce;
  }
}

}  // namespace config
