// strict_mode and vrrp_strict: what is outside the RFC is refused or switched off, never without a word.
#include <fmt/format.h>

#include "engine/config/reader.hpp"

namespace config {

// Where strict mode was asked for. Requires: it was.
const Word& Reader::strict_word(const Draft& draft) const {
  if (draft.has("strict_mode")) return draft.word("strict_mode");
  const auto global = seen_in_global_.find("vrrp_strict");
  return global == seen_in_global_.end() ? *draft.name : global->second->words[0];
}

// The owner, and nobody else, starts as master.
void Reader::strict_role(Draft& draft) {
  Instance& instance = draft.instance;
  const bool is_owner = instance.priority == 255;
  if (!instance.strict || instance.starts_as_master == is_owner || !draft.has("state")) return;
  add(Code::kStrict, draft.value("state"),
      fmt::format("strict mode: {} is {} owner of its addresses", instance.name,
                  is_owner ? "the" : "not the"),
      is_owner ? "MASTER is used" : "BACKUP is used", "priority 255 says who is");
  instance.starts_as_master = is_owner;
}

void Reader::finish_strict(Draft& draft) {
  Instance& instance = draft.instance;
  if (!instance.strict) return;
  const auto first = instance.addresses.begin();
  const bool has_address = first != instance.addresses.end() && first->is_advertised;
  if (!has_address && instance.version == 3)
    add(Code::kStrictRefuses, *draft.name,
        fmt::format("strict mode: {} has no virtual address", instance.name),
        "version 3 advertises at least one");
  if (has_address && instance.family == Family::kIpv6 && !first->prefix.address.is_link_local())
    findings_.add(
        Code::kStrictRefuses, first->at, base::to_string(first->prefix).size(),
        fmt::format("strict mode: the first address of {} is not link-local", instance.name),
        "an fe80:: address must come first");
  if (!instance.unicast_peers.empty())
    add(Code::kStrictRefuses, draft.word("unicast_peer"), "strict mode has no unicast",
        "the RFC knows multicast alone", "remove the peers, or write `strict_mode off`");
  strict_switches(draft);
}

void Reader::strict_switches(Draft& draft) {
  Instance& instance = draft.instance;
  const std::string& name = instance.name;
  const Word& strict = strict_word(draft);
  const auto said = [&](std::string_view keyword) -> const Word& {
    return draft.has(keyword) ? draft.word(keyword) : strict;
  };
  if (instance.preempt_delay > Duration{0}) {
    add(Code::kStrict, said("preempt_delay"),
        fmt::format("strict mode: {} has no preempt_delay", name), "cleared");
    instance.preempt_delay = Duration{0};
  }
  if (instance.down_timer_adverts != 3) {
    add(Code::kStrict, said("down_timer_adverts"),
        fmt::format("strict mode: {} waits for three adverts", name), "3 is used");
    instance.down_timer_adverts = 3;
  }
  if (draft.has("garp_lower_prio_repeat") && instance.announcing.lower_prio_repeat > 0)
    add(Code::kStrict, draft.word("garp_lower_prio_repeat"),
        fmt::format("strict mode: {} announces nothing after a losing advert", name), "0 is used");
  instance.announcing.lower_prio_repeat = 0;
  instance.announcing.lower_prio_delay = Duration{0};
  // RFC 3768 6.4.3 discards a losing advert, RFC 9568 6.4.3 answers it.
  if (!draft.has("lower_prio_no_advert") && !standards_.lower_prio_no_advert)
    instance.lower_prio_no_advert = instance.version == 2;
  if (instance.higher_prio_send_advert) {
    add(Code::kStrict, said("higher_prio_send_advert"),
        fmt::format("strict mode: {} says nothing to a higher priority", name), "switched off");
    instance.higher_prio_send_advert = false;
  }
  instance.owner_ignore_adverts = true;
  if (instance.priority == 255) return;
  const bool may_accept = instance.version == 3 && draft.has("accept") && instance.accept;
  if (may_accept) return;
  if (draft.has("accept") && instance.accept) {
    add(Code::kStrict, draft.word("accept"),
        fmt::format("strict mode: {} has no accept mode in version 2", name), "no_accept is used");
  } else if (instance.accept) {
    add(Code::kStrictAccept, strict, fmt::format("strict mode: {} does not accept", instance.name),
        "with keepalived its addresses do not answer, not even to ping",
        "vigie filters no packets; `accept` in version 3 says what is meant");
  }
  instance.accept = false;
}

}  // namespace config
