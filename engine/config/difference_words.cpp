// The difference of two configurations in sentences: what a terminal, a row and a log show.
#include <fmt/format.h>

#include "engine/config/difference.hpp"

namespace config {
namespace {

std::string title_of(const PartDifference& part) {
  return part.name.empty() ? part.kind : fmt::format("{} {}", part.kind, part.name);
}

std::string_view verb_of(Fate fate) {
  switch (fate) {
    case Fate::kKept: return "is kept";
    case Fate::kChanged: return "changes";
    case Fate::kAdded: return "is added";
    case Fate::kRemoved: return "is removed";
  }
  return "?";
}

std::string heading_of(const InstanceDifference& instance) {
  std::string text = instance.name;
  if (!instance.former.empty()) text += fmt::format(" (was {})", instance.former);
  switch (instance.fate) {
    case Fate::kKept: return text + ": kept as it is";
    case Fate::kChanged: text += ": changes in place"; break;
    case Fate::kAdded: text += ": is added"; break;
    case Fate::kRemoved: text += ": is removed"; break;
  }
  if (!instance.because.empty())
    text += fmt::format(", for it is another virtual router ({})", instance.because);
  return text;
}

void put_line(std::string& text, const std::string& words, std::string_view meaning) {
  text += "    " + words;
  if (!meaning.empty()) text += fmt::format(": {}", meaning);
  text += '\n';
}

}  // namespace

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::kKept: return "kept";
    case Fate::kChanged: return "changed";
    case Fate::kAdded: return "added";
    case Fate::kRemoved: return "removed";
  }
  return "?";
}

std::string_view to_string(Meaning meaning) {
  switch (meaning) {
    case Meaning::kNothingMore: return "";
    case Meaning::kMastership: return "who is master may change";
    case Meaning::kContest: return "moves nothing now; decides the next contest";
    case Meaning::kPeers: return "the other routers need the same";
    case Meaning::kReach: return "other routers are spoken to";
    case Meaning::kClients: return "how hosts find the router";
    case Meaning::kNotYet: return "does not take effect in this version of vigie";
    case Meaning::kNextStart: return "needs a restart of vigied to take effect";
  }
  return "";
}

std::string to_string(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kOrder: return change.what + " in another order";
    case Change::Kind::kSecret: return change.what + " changes";
    case Change::Kind::kValue: break;
  }
  if (change.before.empty()) return fmt::format("{} {} added", change.what, change.after);
  if (change.after.empty()) return fmt::format("{} {} left out", change.what, change.before);
  return fmt::format("{} {} -> {}", change.what, change.before, change.after);
}

std::string to_string(const AddressChange& change) {
  const std::string address =
      fmt::format("{} on {}", base::to_string(change.prefix), change.interface);
  switch (change.kind) {
    case AddressChange::Kind::kComes: return address + " comes";
    case AddressChange::Kind::kLeaves: return address + " leaves";
    case AddressChange::Kind::kMovesHere:
      return fmt::format("{} moves here from {}", address, change.detail);
    case AddressChange::Kind::kMovesAway:
      return fmt::format("{} moves to {}", address, change.detail);
    case AddressChange::Kind::kAnew:
      return fmt::format("{} is put on anew ({})", address, change.detail);
    case AddressChange::Kind::kAdvertised:
      return fmt::format("{} stays, {} in adverts", address,
                         change.detail == "yes" ? "listed" : "no longer listed");
  }
  return address;
}

std::string to_string(const InstanceDifference& instance) {
  std::string text;
  const auto say = [&](const std::string& words) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", words);
  };
  if (instance.fate != Fate::kChanged ||
      (instance.changes.empty() && instance.addresses.empty() && instance.former.empty()))
    say(std::string(to_string(instance.fate)));
  if (!instance.because.empty()) say(instance.because);
  if (!instance.former.empty()) say(fmt::format("renamed, was {}", instance.former));
  for (const Change& change : instance.changes) say(to_string(change));
  for (const AddressChange& change : instance.addresses) say(to_string(change));
  return text;
}

std::string summary_of(const Difference& difference) {
  if (difference.is_empty()) return "nothing changes";
  std::string text;
  const auto say = [&](const std::string& words) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", words);
  };
  for (const Fate fate : {Fate::kChanged, Fate::kAdded, Fate::kRemoved, Fate::kKept}) {
    const std::size_t count = difference.count(fate);
    if (count == 0) continue;
    const std::string_view noun = !text.empty() ? "" : count == 1 ? " instance" : " instances";
    const std::string_view verb = fate == Fate::kChanged ? (count == 1 ? "changes" : "change")
                                  : count == 1           ? "is"
                                                         : "are";
    say(fmt::format("{}{} {}{}{}", count, noun, verb, fate == Fate::kChanged ? "" : " ",
                    fate == Fate::kChanged ? "" : to_string(fate)));
  }
  std::string parts;
  for (const PartDifference& part : difference.parts)
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", title_of(part), verb_of(part.fate));
  if (parts.empty()) return text;
  return text.empty() ? parts : text + "; " + parts;
}

std::string render(const Difference& difference) {
  std::string text;
  std::string kept;
  for (const InstanceDifference& instance : difference.instances) {
    if (instance.fate == Fate::kKept) {
      kept += fmt::format("{}{}", kept.empty() ? "" : ", ", instance.name);
      continue;
    }
    text += heading_of(instance) + "\n";
    for (const Change& change : instance.changes)
      put_line(text, to_string(change), to_string(change.meaning));
    for (const AddressChange& change : instance.addresses) put_line(text, to_string(change), {});
  }
  for (const PartDifference& part : difference.parts) {
    text += title_of(part);
    if (!part.former.empty()) text += fmt::format(" (was {})", part.former);
    text += fmt::format(" {}\n", verb_of(part.fate));
    for (const Change& change : part.changes)
      put_line(text, to_string(change), to_string(change.meaning));
  }
  if (!text.empty() && !kept.empty()) text += fmt::format("not touched: {}\n", kept);
  return text;
}

}  // namespace config
