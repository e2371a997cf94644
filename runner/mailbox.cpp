#include "runner/mailbox.hpp"

#include <cerrno>

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

void Mailbox::send_all_again() {
  for (auto& [index, kept] : permits_) kept.is_due = true;
  for (auto& [index, kept] : scripts_) kept.is_due = true;
  for (auto& [index, kept] : files_) kept.is_due = true;
  for (auto& [index, kept] : processes_) kept.is_due = true;
}

Result<bool> Mailbox::flush(base::os::Channel& channel) {
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
  return true;
}

}  // namespace runner
