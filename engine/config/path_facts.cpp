#include "engine/config/path_facts.hpp"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>

namespace config {

PathFacts look_at_path(const std::string& path) {
  PathFacts facts;
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) facts.kind = PathFacts::Kind::kAbsent;
    return facts;
  }
  facts.kind = S_ISREG(about.st_mode)   ? PathFacts::Kind::kFile
               : S_ISDIR(about.st_mode) ? PathFacts::Kind::kFolder
               : S_ISLNK(about.st_mode) ? PathFacts::Kind::kLink
                                        : PathFacts::Kind::kOther;
  facts.owner = about.st_uid;
  facts.group = about.st_gid;
  facts.permissions = about.st_mode & 07777U;
  char real[PATH_MAX];
  if (::realpath(path.c_str(), real) != nullptr) facts.real = real;
  return facts;
}

}  // namespace config
