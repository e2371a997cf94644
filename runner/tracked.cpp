#include "runner/tracked.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/log.hpp"
#include "runner/file_value.hpp"
#include "runner/file_watch.hpp"
#include "runner/process_watch.hpp"

namespace runner {

using base::Instant;
using base::Result;
using base::Status;

namespace {

// Which of `all` some instance tracks.
template <typename Thing, typename Reference>
std::vector<bool> used(const config::Model& model, const std::vector<Thing>& all,
                       std::vector<Reference> config::Instance::*references,
                       std::uint16_t Reference::*index) {
  std::vector<bool> tracked(all.size());
  for (const config::Instance& instance : model.instances)
    for (const Reference& reference : instance.*references)
      if (reference.*index < tracked.size()) tracked[reference.*index] = true;
  return tracked;
}

std::vector<FileWatch::Wanted> wanted_files(const config::Model& model) {
  const auto tracked = used_files(model);
  std::vector<FileWatch::Wanted> wanted;
  for (std::size_t i = 0; i < tracked.size(); ++i)
    if (tracked[i]) wanted.push_back({static_cast<std::uint16_t>(i), model.tracked_files[i].path});
  return wanted;
}

std::vector<ProcessWatch::Wanted> wanted_processes(const config::Model& model) {
  const auto tracked = used_processes(model);
  std::vector<ProcessWatch::Wanted> wanted;
  for (std::size_t i = 0; i < tracked.size(); ++i)
    if (tracked[i]) wanted.push_back({static_cast<std::uint16_t>(i), model.processes[i]});
  return wanted;
}

}  // namespace

std::vector<bool> used_scripts(const config::Model& model) {
  return used(model, model.scripts, &config::Instance::track_scripts,
              &config::TrackedScript::script);
}

std::vector<bool> used_files(const config::Model& model) {
  return used(model, model.tracked_files, &config::Instance::track_files,
              &config::TrackedFile::file);
}

std::vector<bool> used_processes(const config::Model& model) {
  return used(model, model.processes, &config::Instance::track_processes,
              &config::TrackedProcess::process);
}

bool tracks_processes(const config::Model& model) { return !wanted_processes(model).empty(); }

void make_files(const config::Model& model) {
  for (const config::File& file : model.tracked_files) make_file_of(file);
}

void make_file_of(const config::File& file) {
  if (!file.initial) return;
  const auto made = make_file(file.path, *file.initial, file.overwrites_initial);
  if (!made) base::os::log_error(to_string(made.error()));
  if (made && *made)
    base::os::log_notice(fmt::format("{} was made with the value {}", file.path, *file.initial));
}

Result<Tracked> Tracked::open(const config::Model& model, std::optional<ProcessEvents> events) {
  Tracked tracked;
  tracked.files_ = wanted_files(model);
  tracked.processes_ = wanted_processes(model);
  if (!tracked.files_.empty()) {
    auto watch = FileWatch::open(tracked.files_);
    if (!watch) return watch.error();
    if (auto begun = tracked.start(What::kFiles, *std::move(watch)); !begun) return begun.error();
  }
  if (!tracked.processes_.empty())
    if (auto begun = tracked.start(What::kProcesses, std::make_unique<ProcessWatch>(
                                                         tracked.processes_, std::move(events)));
        !begun)
      return begun.error();
  return tracked;
}

Result<bool> Tracked::reconfigure(const config::Model& model) {
  bool has_changed = false;
  if (auto files = wanted_files(model); files != files_) {
    has_changed = true;
    files_ = std::move(files);
    const auto former = end(What::kFiles);
    if (!files_.empty()) {
      auto watch = FileWatch::open(files_, static_cast<const FileWatch*>(former.get()));
      if (!watch) return watch.error();
      if (auto begun = start(What::kFiles, *std::move(watch)); !begun) return begun.error();
    }
  }
  if (auto processes = wanted_processes(model); processes != processes_) {
    has_changed = true;
    processes_ = std::move(processes);
    const auto former = end(What::kProcesses);
    if (!processes_.empty()) {
      auto watch =
          former ? std::make_unique<ProcessWatch>(processes_, static_cast<ProcessWatch&>(*former))
                 : std::make_unique<ProcessWatch>(processes_, std::nullopt);
      if (auto begun = start(What::kProcesses, std::move(watch)); !begun) return begun.error();
    }
  }
  return has_changed;
}

std::unique_ptr<Lookout> Tracked::end(What what) {
  const auto slot = std::ranges::find(slots_, what, &Slot::what);
  if (slot == slots_.end()) return nullptr;
  auto former = Beside::end(std::move(slot->beside));
  slots_.erase(slot);
  return former;
}

Status Tracked::start(What what, std::unique_ptr<Lookout> lookout) {
  auto beside = Beside::start(std::move(lookout));
  if (!beside) return beside.error();
  slots_.push_back({what, *std::move(beside)});
  return base::ok();
}

std::vector<int> Tracked::fds() const {
  std::vector<int> all;
  for (const Slot& slot : slots_) all.push_back(slot.beside->fd());
  return all;
}

void Tracked::take(std::size_t index, Mailbox& mailbox) {
  for (const ipc::Tracked& found : slots_[index].beside->take()) mailbox.put(found);
}

void Tracked::advance(Instant now, Mailbox& mailbox) {
  for (Slot& slot : slots_) {
    if (slot.beside->is_stuck(now) == slot.is_stuck) continue;
    slot.is_stuck = !slot.is_stuck;
    const std::string what = slot.what == What::kFiles ? "tracked files" : "tracked processes";
    base::os::log_warning(slot.is_stuck ? what + ": a look takes longer than 5 s, and goes on"
                                        : what + ": looks come to an end again");
    if (slot.is_stuck)
      if (const auto instead = slot.beside->when_stuck()) mailbox.put(*instead);
  }
}

}  // namespace runner
