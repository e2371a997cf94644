#include "runner/mailbox.hpp"

#include <algorithm>
#include <cerrno>

#include "runner/notify.hpp"
#include "runner/tracked.hpp"

namespace runner {
namespace {

using base::Result;

// True when it was sent, false when there is no room now.
template <typename T>
Result<bool> send(base::os::Channel& channel, const T& message) {
  const auto sent = channel.send(message);
  if (sent) return true;
  if (sent.error().code == EAGAIN || sent.error().code == ENOBUFS) return false;
  return sent.error();
}

template <typename Kept>
Result<bool> send_due(base::os::Channel& channel, std::map<std::uint16_t, Kept>& all) {
  for (auto& [index, kept] : all) {
    if (!kept.is_due) continue;
    const auto sent = send(channel, kept.message);
    if (!sent || !*sent) return sent;
    kept.is_due = false;
  }
  return true;
}

}  // namespace

void Mailbox::put(const ipc::Tracked& tracked) {
  auto& kept = tracked.kind == ipc::TrackedKind::kFile ? files_ : processes_;
  const auto found = kept.find(tracked.index);
  if (found != kept.end() && found->second.message.well == tracked.well &&
      found->second.message.value == tracked.value && found->second.message.text == tracked.text)
    return;
  kept[tracked.index] = {tracked, true};
}

void Mailbox::put(const ipc::NotifyResult& result) {
  if (results_.size() >= kMostNotifyResults) {
    results_.pop_front();
    ++given_up_;
  }
  results_.push_back(result);
}

void Mailbox::put(const ipc::Report& remark) {
  if (remarks_.size() >= kMostRemarks) {
    remarks_.pop_front();
    ++given_up_;
  }
  remarks_.push_back(remark);
}

namespace {

// What was known of the things of the former configuration, by their places in the one of now.
template <typename Kept, typename Message>
void move_places(std::map<std::uint16_t, Kept>& all, std::uint16_t Message::*index,
                 const config::Lineage::Places& places, const std::vector<bool>& is_wanted) {
  std::map<std::uint16_t, Kept> moved;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i] || !is_wanted[i]) continue;
    const auto found = all.find(*places[i]);
    if (found == all.end()) continue;
    const auto place = static_cast<std::uint16_t>(i);
    found->second.message.*index = place;
    moved.emplace(place, found->second);
  }
  all = std::move(moved);
}

}  // namespace

void Mailbox::reconfigure(std::uint64_t configuration, const config::Model& now,
                          const config::Lineage& lineage) {
  configuration_ = configuration;
  permits_.clear();
  move_places(scripts_, &ipc::ScriptResult::script, lineage.scripts, used_scripts(now));
  move_places(files_, &ipc::Tracked::index, lineage.tracked_files, used_files(now));
  move_places(processes_, &ipc::Tracked::index, lineage.processes, used_processes(now));
  for (ipc::NotifyResult& result : results_) {
    const auto place = std::ranges::find(lineage.instances, std::optional(result.instance));
    result.instance = place == lineage.instances.end()
                          ? kNoInstance
                          : static_cast<std::uint16_t>(place - lineage.instances.begin());
  }
}

void Mailbox::send_all_again() {
  begins_ = true;
  for (auto& [index, kept] : permits_) kept.is_due = true;
  for (auto& [index, kept] : scripts_) kept.is_due = true;
  for (auto& [index, kept] : files_) kept.is_due = true;
  for (auto& [index, kept] : processes_) kept.is_due = true;
}

Result<bool> Mailbox::flush(base::os::Channel& channel) {
  if (begins_) {
    const auto sent = send(channel, ipc::Begin{.configuration = configuration_});
    if (!sent || !*sent) return sent;
    begins_ = false;
  }
  // Permits first: they decide who may be master, and there are few.
  if (auto sent = send_due(channel, permits_); !sent || !*sent) return sent;
  for (auto* levels : {&files_, &processes_})
    if (auto sent = send_due(channel, *levels); !sent || !*sent) return sent;
  if (auto sent = send_due(channel, scripts_); !sent || !*sent) return sent;
  while (!results_.empty()) {
    const auto sent = send(channel, results_.front());
    if (!sent || !*sent) return sent;
    results_.pop_front();
  }
  while (!remarks_.empty()) {
    const auto sent = send(channel, remarks_.front());
    if (!sent || !*sent) return sent;
    remarks_.pop_front();
  }
  return true;
}

}  // namespace runner
