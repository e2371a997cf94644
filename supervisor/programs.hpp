// The executables of one version: vigied and what it starts, held open from the moment they were found.
//
// A package replaces files under a running daemon. What dies meanwhile is started again from what was found at the start,
// so that processes of two versions never meet by accident; and when a new version fails, the one before is still there.
#pragma once

#include <array>
#include <string>

#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "supervisor/roles.hpp"

namespace supervisor {

class Programs {
 public:
  static constexpr std::size_t kCount =
      kRoles.size() + 1;  // the roles in the order of kRoles, vigied

  // Those at these paths now. One that is missing is looked for again whenever it is wanted.
  static Programs open(std::string directory, std::string vigied);
  // Takes descriptors into possession, as descriptors() gave them; -1 for one that is missing.
  static Programs of(std::string directory, std::string vigied,
                     const std::array<int, kCount>& descriptors);
  std::array<int, kCount> descriptors() const;

  // Under which name it is known, whatever is there now.
  std::string path_of(Role role) const {
    return directory_ + "/vigie-" + std::string(name_of(role));
  }
  const std::string& vigied_path() const { return vigied_; }
  const std::string& directory() const { return directory_; }

  // What to execute: the path, as long as it leads to the file that is held; else that file itself, by its descriptor,
  // which stays the same in a child.
  std::string to_execute(Role role) const;
  std::string vigied_to_execute() const;
  int vigied_descriptor() const { return held_.back().get(); }

 private:
  std::string directory_;
  std::string vigied_;
  std::array<base::os::UniqueFd, kCount> held_;
};

// The executable of this process: where it was when it was started.
base::Result<std::string> own_path();

}  // namespace supervisor
