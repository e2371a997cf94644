// The settings of the kernel that a configuration asks for (promote_secondaries, disable_local_igmp): made, compared with
// what is, and put back at the end.
//
// What was there is remembered in a file before anything is changed, so that it is put back by whoever comes next when
// this process, or the whole daemon, was killed:
//
//   ipv4/conf/eth0/promote_secondaries 1 0
//   |                                  | what was there
//   |                                  what it was set to
//   below /proc/sys/net
//
// What stays true:
// - A setting that is as asked for already is left alone, and so is not put back.
// - One that somebody else changes meanwhile is set again, and said once. It is put back only while it is as we set it.
// - An interface that goes takes its settings with it; one that comes under its name has its own to be remembered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace keeper {

class KernelSettings {
 public:
  // `root` is /proc/sys/net; `memory` the file, in a directory of our own.
  KernelSettings(std::string root, std::string memory);

  // What is asked for from now on. The next compare() makes it so.
  void want(const config::Model& model);
  // Looks, and sets what is not as asked for. Answers what an operator should know, each once until it is over.
  std::vector<std::string> compare();
  // For as long as some addresses are removed: those that stay of their networks do not go with them. An interface for which
  // it is asked for anyhow, or which is so by itself, is left alone; the others are as before afterwards.
  base::Status promote_on(const std::string& interface);
  base::Status promote_no_more();
  // The daemon ends: everything as it was. Answers what could not be put back.
  std::vector<std::string> put_back();

 private:
  struct Setting {
    bool is_wanted = false;
    std::string value;                  // asked for
    std::string was_set;                // by us, perhaps for an earlier configuration; empty: never
    std::optional<std::string> before;  // what was there when we set it
    std::string said;                   // the trouble that was told
  };

  void load();
  base::Status save() const;
  base::Result<std::optional<std::string>> read(const std::string& path) const;
  base::Status write(const std::string& path, const std::string& value) const;
  base::Status look_at(const std::string& path, Setting& setting, std::vector<std::string>& told);
  base::Status release(const std::string& path, Setting& setting);

  std::string root_;
  std::string memory_;
  std::map<std::string, Setting> settings_;
  std::vector<std::string> promoting_;         // for the moment
  std::optional<base::Error> memory_trouble_;  // told with the next compare()
};

}  // namespace keeper
