#include "engine/config/option_line.hpp"

#include <fmt/format.h>

#include <charconv>

#include "engine/config/reader.hpp"

namespace config {

bool OptionLine::take_if(std::string_view text) {
  if (peek() == nullptr || peek()->text != text) return false;
  ++at_;
  return true;
}

const Keyword* OptionLine::keyword(const Word& word) const {
  const Keyword* found = find_keyword(block_, word.text);
  if (found == nullptr || found->same_as.empty()) return found;
  return find_keyword(block_, found->same_as);
}

void OptionLine::say(Code code, const Word& word, std::string message, std::string label,
                     std::string note) {
  findings_.add(code, word.at, word.width, std::move(message), std::move(label), std::move(note));
}

void OptionLine::refuse(const Word& word, std::string message, std::string label) {
  is_good_ = false;
  say(bad_, word, std::move(message), std::move(label));
}

void OptionLine::unknown(const Word& word) {
  const std::string_view near = nearest_keyword(block_, word.text);
  refuse(word, fmt::format("`{}` is no part of it", word.text),
         near.empty() ? "unknown" : did_you_mean(near));
}

const Word* OptionLine::value_of(const Word& word) {
  const Word* value = take();
  if (value != nullptr) return value;
  is_good_ = false;
  say(Code::kMissingValue, word, fmt::format("`{}` lacks its value", word.text), "nothing follows",
      "keepalived leaves the line out");
  return nullptr;
}

std::optional<std::uint64_t> OptionLine::number(const Word& word, const Keyword& keyword) {
  return number(word, static_cast<std::uint64_t>(keyword.least),
                static_cast<std::uint64_t>(keyword.most));
}

std::optional<std::uint64_t> OptionLine::number(const Word& word, std::uint64_t least,
                                                std::uint64_t most) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  std::string_view text = value->text;
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t made = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), made, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || made < least ||
      made > most) {
    refuse(*value, fmt::format("{} cannot be `{}`", word.text, value->text),
           fmt::format("must be {} to {}", least, most));
    return std::nullopt;
  }
  return made;
}

std::optional<std::uint32_t> OptionLine::named(const Word& word, IprouteNames::Kind kind,
                                               std::uint32_t most) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  const auto made = names_.number_of(kind, value->text);
  if (!made) {
    is_good_ = false;
    say(Code::kUnknownName, *value, fmt::format("there is no {} `{}`", word.text, value->text),
        "neither a number nor a name that iproute2 knows");
    return std::nullopt;
  }
  if (*made > most) {
    refuse(*value, fmt::format("{} {} is out of range", word.text, value->text),
           fmt::format("must be 0 to {}", most));
    return std::nullopt;
  }
  return made;
}

std::optional<std::uint32_t> OptionLine::realms(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  const std::string_view text = value->text;
  const std::size_t slash = text.find('/');
  std::uint32_t made = 0;
  for (const std::string_view part :
       slash == std::string_view::npos
           ? std::vector<std::string_view>{text}
           : std::vector<std::string_view>{text.substr(0, slash), text.substr(slash + 1)}) {
    const auto realm = names_.number_of(IprouteNames::Kind::kRealm, part);
    if (!realm || *realm > 0xffff) {
      is_good_ = false;
      say(Code::kUnknownName, *value, fmt::format("there is no realm `{}`", part),
          "neither a number up to 65535 nor a name that iproute2 knows");
      return std::nullopt;
    }
    made = made << 16 | *realm;
  }
  return made;
}

std::optional<base::Address> OptionLine::address(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  const auto made = base::Address::parse(value->text);
  if (!made)
    refuse(*value, fmt::format("`{}` is no address", value->text),
           fmt::format("an address must follow `{}`", word.text));
  return made;
}

std::optional<base::Prefix> OptionLine::prefix(const Word& word) {
  const auto made = parse_prefix(word.text);
  if (!made) refuse(word, fmt::format("`{}` is no network", word.text), "ADDRESS[/LENGTH]");
  return made;
}

std::optional<std::string> OptionLine::interface(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  if (is_interface_name(value->text)) return value->text;
  refuse(*value, fmt::format("`{}` cannot be an interface", value->text),
         "1 to 15 characters, no blanks, no slashes");
  return std::nullopt;
}

std::optional<std::size_t> OptionLine::choice(const Word& word, std::string_view choices) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  const std::string_view all = choices;
  for (std::size_t place = 0; !choices.empty(); ++place) {
    const std::string_view one = choices.substr(0, choices.find('|'));
    if (one == value->text) return place;
    choices.remove_prefix(std::min(choices.size(), one.size() + 1));
  }
  refuse(*value, fmt::format("{} cannot be `{}`", word.text, value->text),
         fmt::format("must be one of {}", all));
  return std::nullopt;
}

void OptionLine::be(base::Family family, const Word& word) {
  if (family_ == base::Family::kNone) family_ = family;
  if (family_ == family) return;
  refuse(word, fmt::format("{} is {}", word.text, name_of(family)),
         fmt::format("the line is {}", name_of(family_)));
}

base::Prefix OptionLine::network_of(const base::Prefix& prefix, const Word& word) {
  std::array<std::uint8_t, 16> bytes = prefix.address.padded();
  const std::size_t bits = 8 * prefix.address.bytes().size();
  bool has_more = false;
  for (std::size_t bit = prefix.length; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
    has_more = has_more || (bytes[bit / 8] & mask) != 0;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~mask);
  }
  if (!has_more) return prefix;
  const base::Prefix made{
      base::Address::from_bytes(prefix.address.family(), std::span(bytes).first(bits / 8)),
      prefix.length};
  say(Code::kAdjusted, word, fmt::format("{} has bits behind its length", word.text),
      fmt::format("{} is used", base::to_string(made)));
  return made;
}

}  // namespace config
