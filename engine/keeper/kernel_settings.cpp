#include "engine/keeper/kernel_settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/os/fd.hpp"

namespace keeper {
namespace {

using base::Error;
using base::Result;
using base::Status;
using base::os::UniqueFd;

constexpr std::string_view kIgmpReports = "ipv4/igmp_link_local_mcast_reports";
constexpr std::size_t kMostRemembered = 1 << 20;  // bytes of the file

std::string promoting_on(const std::string& interface) {
  return "ipv4/conf/" + interface + "/promote_secondaries";
}

std::string name_of(std::string_view path) { return "net/" + std::string(path); }

// The next word of a line; words are parted by one blank.
std::string_view take_word(std::string_view& line) {
  const std::size_t length = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, length);
  line.remove_prefix(std::min(length + 1, line.size()));
  return word;
}

Result<std::string> read_all(int fd, std::size_t most) {
  std::string text;
  std::array<char, 4096> room;
  for (;;) {
    const ssize_t got = ::read(fd, room.data(), room.size());
    if (got < 0) return Error::last("read");
    if (got == 0) return text;
    text.append(room.data(), static_cast<std::size_t>(got));
    if (text.size() > most) return Error::of(EFBIG, "read");
  }
}

}  // namespace

KernelSettings::KernelSettings(std::string root, std::string memory)
    : root_(std::move(root)), memory_(std::move(memory)) {
  load();
}

void KernelSettings::load() {
  const UniqueFd file{::open(memory_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) {
    if (errno != ENOENT) memory_trouble_ = Error::last("read", memory_);
    return;
  }
  const auto text = read_all(file.get(), kMostRemembered);
  if (!text) {
    memory_trouble_ = Error::of(text.error().code, "read", memory_);
    return;
  }
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    const std::string path(take_word(line));
    const std::string was_set(take_word(line));
    const std::string before(take_word(line));
    if (path.empty() || was_set.empty() || before.empty() || !line.empty() ||
        path.find("..") != std::string::npos) {
      memory_trouble_ = Error::because("read", "a line in " + memory_ + " makes no sense");
      continue;
    }
    settings_[path].was_set = was_set;
    settings_[path].before = before;
  }
}

Status KernelSettings::save() const {
  std::string text;
  for (const auto& [path, setting] : settings_)
    if (setting.before) text += path + " " + setting.was_set + " " + *setting.before + "\n";
  if (text.empty()) {
    if (::unlink(memory_.c_str()) != 0 && errno != ENOENT) return Error::last("remove", memory_);
    return base::ok();
  }
  const std::string fresh = memory_ + ".new";
  const UniqueFd file{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!file) return Error::last("remember settings of the kernel in", fresh);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return Error::last("remember settings of the kernel in", fresh);
  if (std::rename(fresh.c_str(), memory_.c_str()) != 0)
    return Error::last("remember settings of the kernel in", memory_);
  return base::ok();
}

// Nothing: there is no such setting (now).
Result<std::optional<std::string>> KernelSettings::read(const std::string& path) const {
  const UniqueFd file{::open((root_ + "/" + path).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return Error::last("read", name_of(path));
  }
  auto text = read_all(file.get(), 4096);
  if (!text) {
    // The interface went while we were reading.
    if (text.error().code == ENOENT || text.error().code == ENODEV)
      return std::optional<std::string>{};
    return Error::of(text.error().code, "read", name_of(path));
  }
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return std::optional{*std::move(text)};
}

Status KernelSettings::write(const std::string& path, const std::string& value) const {
  const UniqueFd file{::open((root_ + "/" + path).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  if (!file || ::write(file.get(), value.data(), value.size()) < 0)
    return Error::last("set", name_of(path));
  return base::ok();
}

void KernelSettings::want(const config::Model& model) {
  for (auto& [path, setting] : settings_) setting.is_wanted = false;
  const auto ask = [this](const std::string& path, std::string value) {
    settings_[path].is_wanted = true;
    settings_[path].value = std::move(value);
  };
  for (const config::Instance& instance : model.instances)
    if (instance.promote_secondaries) ask(promoting_on(instance.interface), "1");
  if (!model.kernel.reports_igmp) ask(std::string(kIgmpReports), "0");
}

std::vector<std::string> KernelSettings::compare() {
  std::vector<std::string> told;
  if (memory_trouble_) {
    told.push_back(to_string(*memory_trouble_) +
                   ": settings of the kernel from before a crash may not be put back");
    memory_trouble_.reset();
  }
  for (auto one = settings_.begin(); one != settings_.end();) {
    Setting& setting = one->second;
    const Status done =
        setting.is_wanted ? look_at(one->first, setting, told) : release(one->first, setting);
    const std::string trouble = done ? "" : to_string(done.error());
    if (!trouble.empty() && trouble != setting.said) told.push_back(trouble);
    if (!done || setting.is_wanted) setting.said = trouble;
    one = done && !setting.is_wanted ? settings_.erase(one) : std::next(one);
  }
  return told;
}

Status KernelSettings::look_at(const std::string& path, Setting& setting,
                               std::vector<std::string>& told) {
  const auto is = read(path);
  if (!is) return is.error();
  if (!*is) {
    if (!setting.before) return base::ok();
    // It went with its interface.
    setting.before.reset();
    setting.was_set.clear();
    return save();
  }
  const bool is_news = !setting.before;
  if (**is == setting.value) {
    if (is_news || setting.was_set == setting.value) return base::ok();
    setting.was_set =
        setting.value;  // it was set for another configuration and is asked for in this
    return save();
  }
  if (is_news) {
    setting.before = **is;
  } else if (setting.was_set == setting.value && setting.said.empty()) {
    told.push_back(name_of(path) + " was set to " + **is + " by somebody else: set to " +
                   setting.value + " again, as the configuration says");
  }
  setting.was_set = setting.value;
  // Remembered first, done second: whoever comes after us knows of it. Should that not be possible, it is done all the
  // same, and put back unless we are killed.
  const Status saved = save();
  if (auto written = write(path, setting.value); !written) {
    if (is_news) {
      setting.before.reset();
      setting.was_set.clear();
      (void)save();  // nothing was changed: a line too many puts back what is there
    }
    return written;
  }
  return saved;
}

Status KernelSettings::release(const std::string& path, Setting& setting) {
  if (!setting.before) return base::ok();
  const auto is = read(path);
  if (!is) return is.error();
  // Gone with its interface, or somebody else's by now.
  if (*is && **is == setting.was_set)
    if (auto written = write(path, *setting.before); !written) return written;
  setting.before.reset();
  setting.was_set.clear();
  return save();
}

Status KernelSettings::promote_on(const std::string& interface) {
  const std::string path = promoting_on(interface);
  Setting& setting = settings_[path];
  if (setting.is_wanted) return base::ok();
  setting.is_wanted = true;
  setting.value = std::string{"1"};
  promoting_.push_back(path);
  std::vector<std::string> told;  // that somebody changed it in between is his right
  return look_at(path, setting, told);
}

Status KernelSettings::promote_no_more() {
  Status status = base::ok();
  for (const std::string& path : promoting_) {
    Setting& setting = settings_[path];
    setting.is_wanted = false;
    // What cannot be put back now is tried again with the next compare().
    if (auto released = release(path, setting); !released)
      status = released;
    else
      settings_.erase(path);
  }
  promoting_.clear();
  return status;
}

std::vector<std::string> KernelSettings::put_back() {
  for (auto& [path, setting] : settings_) setting.is_wanted = false;
  return compare();
}

}  // namespace keeper
