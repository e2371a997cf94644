#include "runner/file_watch.hpp"

namespace runner {
namespace {

ipc::Tracked said(std::uint16_t index, std::int32_t value, std::string_view trouble) {
  ipc::Tracked message;
  message.kind = ipc::TrackedKind::kFile;
  message.index = index;
  message.well = trouble.empty();
  message.value = value;
  feed::put_text(message.text, trouble);
  return message;
}

std::vector<std::string> paths_of(const std::vector<FileWatch::Wanted>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  return paths;
}

}  // namespace

base::Result<std::unique_ptr<FileWatch>> FileWatch::open(std::vector<Wanted> files,
                                                         const FileWatch* former) {
  auto watch = monit::PathWatch::open(paths_of(files), true);
  if (!watch) return watch.error();
  std::unique_ptr<FileWatch> made(new FileWatch(std::move(files), *std::move(watch)));
  if (former == nullptr) return made;
  for (Slot& slot : made->slots_) {
    for (const Slot& old : former->slots_) {
      if (old.wanted.path != slot.wanted.path) continue;
      slot.value = old.value;
      slot.is_known = old.is_known;
      slot.empty_since = old.empty_since;
    }
  }
  return made;
}

FileWatch::FileWatch(std::vector<Wanted> files, monit::PathWatch watch)
    : watch_(std::move(watch)), reading_(files.size()) {
  for (Wanted& file : files) {
    slots_.emplace_back();
    slots_.back().wanted = std::move(file);
  }
}

std::vector<ipc::Tracked> FileWatch::look(base::Instant now) {
  if (!watch_.read_events() && now < next_) return {};
  watch_.watch_all();
  next_ = now + kEvery;
  std::vector<ipc::Tracked> all;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    reading_ = i;
    const FileValue found = read_value(slot.wanted.path);
    if (found.is_empty && slot.is_known && !slot.value.is_empty) {
      if (!slot.empty_since) slot.empty_since = now;
      if (now < *slot.empty_since + kSecondLook) {
        next_ = base::earlier(next_, *slot.empty_since + kSecondLook);
        continue;
      }
    }
    slot.empty_since.reset();
    slot.is_known = true;
    slot.value = found;
    all.push_back(said(slot.wanted.index, found.value, found.trouble));
  }
  reading_ = slots_.size();
  return all;
}

std::optional<ipc::Tracked> FileWatch::when_stuck() const {
  const std::size_t reading = reading_;
  if (reading >= slots_.size()) return std::nullopt;
  return said(slots_[reading].wanted.index, 0, "reading it does not come to an end");
}

}  // namespace runner
