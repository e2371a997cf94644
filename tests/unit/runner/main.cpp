// Scripts are started through the program itself (runner/become.hpp), so the test program must know that step as well.
#include <gtest/gtest.h>

#include "runner/become.hpp"

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--as") {
    const auto becoming = runner::from_arguments(std::vector<std::string>(argv + 1, argv + argc));
    return becoming ? runner::become(*becoming) : 126;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
