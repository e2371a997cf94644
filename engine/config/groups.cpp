// vrrp_sync_group: who belongs together.
#include <fmt/format.h>

#include <algorithm>

#include "engine/config/reader.hpp"

namespace config {

void Reader::new_group(const Argument& a) {
  const Word& name = a.words[0];
  const auto [other, is_new] = group_names_.emplace(name.text, &name);
  if (!is_new) {
    add(Code::kBadName, name, fmt::format("there are two sync groups {}", name.text),
        "the second one", fmt::format("the first one is on line {}", other->second->at.line));
    return;
  }
  if (group_drafts_.size() >= kNoGroup) {
    add(Code::kTooMuch, name, fmt::format("more than {} sync groups", kNoGroup));
    return;
  }
  GroupDraft& made = group_drafts_.emplace_back();
  made.name = &name;
  made.group.name = name.text;
  made.group.at = name.at;
  tracked_ = &made.tracked;
  read_block(Block::kGroup, a.line->block, made.seen);
}

void Reader::members(const Argument& a) {
  for (const Line& line : a.line->block)
    for (const Word& word : line.words) group_drafts_.back().members.push_back(&word);
}

std::optional<std::uint16_t> Reader::instance_named(const Word& word, Code otherwise) {
  const auto found = instances_.find(word.text);
  if (found != instances_.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, index] : instances_) {
    if (names.size() == 1000 || !findings_.keeps(otherwise))
      break;  // a suggestion is not worth more
    names.push_back(name);
  }
  const std::string_view near = nearest(word.text, names);
  add(otherwise, word, fmt::format("there is no vrrp_instance {}", word.text),
      near.empty() ? "defined nowhere" : did_you_mean(near));
  return std::nullopt;
}

void Reader::finish_groups() {
  for (GroupDraft& draft : group_drafts_) {
    resolve(draft.tracked);
    drop_doubles(draft.tracked);
    finish_group(draft);
  }
}

void Reader::finish_group(GroupDraft& draft) {
  SyncGroup& group = draft.group;
  const auto place = static_cast<std::uint16_t>(model_.groups.size());
  for (const Word* word : draft.members) {
    if (findings_.is_full()) return;
    const auto index = instance_named(*word, Code::kUnknownMember);
    if (!index) continue;
    Instance& instance = drafts_[*index].instance;
    if (instance.group == place) {
      add(Code::kGivenAgain, *word, fmt::format("{} is named again", word->text), "ignored");
    } else if (instance.group != kNoGroup) {
      add(Code::kTwoGroups, *word, fmt::format("{} is in two sync groups", word->text),
          "it cannot follow both",
          fmt::format("the other one is {}", model_.groups[instance.group].name));
    } else {
      instance.group = place;
      group.members.push_back(*index);
    }
  }
  if (draft.members.size() < 2)
    add(Code::kLoneMember, *draft.name,
        fmt::format("sync group {} has {}", group.name,
                    draft.members.empty() ? "no member" : "one member"),
        draft.members.empty() ? "ignored" : "nothing is kept together");
  if (group.members.empty()) return;
  // As for instances: smtp_alert_vrrp, else smtp_alert.
  if (!draft.seen.contains("smtp_alert"))
    group.smtp_alert = standards_.smtp_alert_vrrp.value_or(standards_.smtp_alert.value_or(false));
  if (!draft.seen.contains("notify_priority_changes"))
    group.notify_priority_changes = standards_.notify_priority_changes;
  if (!group.keeps_member_weights) {
    warn_member_weights(draft.tracked);
    for (const std::uint16_t member : group.members) warn_member_weights(drafts_[member].tracked);
  }
  for (const std::uint16_t member : group.members) finish_tracking(drafts_[member], &draft);
  model_.groups.push_back(std::move(group));
}

}  // namespace config
