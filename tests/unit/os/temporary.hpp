// A directory of the test's own, gone with the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace os_test {

class Temporary : public testing::Test {
 protected:
  Temporary() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vigie-os-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Temporary() override {
    std::error_code ignored;  // what a test left open shows itself elsewhere
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{path(name), std::ios::binary} << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream file{path(name), std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace os_test
