// A vigied of version 9.9.9 in which something is wrong. What, it reads from the file "wrong" beside it:
//   dies      when it is tried
//   hangs     when it is tried
//   foreign   does not read what runs; started from the beginning, it says so in "anew" beside it
//   helpless  can take over when it is tried, and cannot when it should
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "supervisor/take_over.hpp"

int main(int argc, char** argv) {
  const std::string own = supervisor::own_path().value_or("");
  const std::string directory = own.substr(0, own.rfind('/'));
  std::string wrong;
  std::ifstream(directory + "/wrong") >> wrong;
  if (argc == 2 && std::string_view(argv[1]) == supervisor::kTrialArgument) {
    if (wrong == "hangs") ::pause();
    std::puts("9.9.9");
    if (wrong == "foreign") std::puts("the board is of another version");
    if (wrong == "dies") std::puts("a library is missing");
    if (wrong == "helpless") std::puts(std::string(supervisor::Trial::kItCan).c_str());
    std::fflush(stdout);
    return wrong == "helpless" ? 0 : wrong == "foreign" ? supervisor::Trial::kDoesNotRead : 1;
  }
  if (const auto invitation = supervisor::take_invitation()) {
    (void)supervisor::go_back(*invitation, base::Error::because("begin", "it is helpless"), argv);
    return 1;
  }
  std::ofstream(directory + "/anew") << argv[1];
  return 0;
}
