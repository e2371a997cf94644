// The fuzz entry, fed with mutations of real files: a few seconds of what tests/fuzz does for hours.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "engine/config/compiled.hpp"
#include "engine/config/keywords.hpp"
#include "random_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace config {
namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> made;
  for (const char* name : {"gulp", "odlyd", "routeur-sam", "vigie", "oddities", "refused"}) {
    std::ifstream file(std::string(VIGIE_CONFIG_FIXTURES) + "/" + name + ".conf");
    std::stringstream text;
    text << file.rdbuf();
    made.push_back(text.str());
    EXPECT_FALSE(made.back().empty()) << name;
  }
  return made;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : generator_(seed) {}

  void mutate(std::string& text, const std::vector<std::string>& others) {
    for (std::size_t left = 1 + below(8); left > 0; --left) once(text, others);
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : generator_() % bound; }

  void once(std::string& text, const std::vector<std::string>& others) {
    static constexpr const char* kPieces[] = {"{",        "}",
                                              "\"",       "'",
                                              "#",        "!",
                                              "\n",       "\\",
                                              "${",       "include /etc/*\n",
                                              "\x01",     " 99999999999 ",
                                              "-1",       "0.0000001",
                                              "/129",     " dev",
                                              " weight ", "$A=1\n",
                                              "~",        "@x ",
                                              " \"\" ",   "::",
                                              "\xc3"};
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0: text.erase(at, below(30)); break;
      case 1: text.insert(at, kPieces[below(std::size(kPieces))]); break;
      case 2: {
        const auto table = keyword_table();
        text.insert(at, " " + std::string(table[below(table.size())].name) + " ");
        break;
      }
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(generator_());
        break;
      case 4: {
        const std::string& other = others[below(others.size())];
        text.insert(at, other.substr(below(other.size()), below(400)));
        break;
      }
      case 5: text.resize(at); break;
      default: text.insert(at, text.substr(below(text.size() + 1), below(60))); break;
    }
  }

  std::mt19937_64 generator_;
};

void feed(char kind, const std::string& content) {
  const std::string input = kind + content;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(FuzzSmoke, MutatedFilesBreakNoPromise) {
  const auto originals = corpus();
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    std::string text = originals[seed % originals.size()];
    Mutator(seed).mutate(text, originals);
    feed(0, text);
  }
}

TEST(FuzzSmoke, MutatedCompiledFormsBreakNoPromise) {
  std::vector<std::string> originals;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto bytes = compile(RandomModel(seed).make());
    originals.emplace_back(reinterpret_cast<const char*>(bytes.data()) + 24, bytes.size() - 24);
  }
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    std::string bytes = originals[seed % originals.size()];
    Mutator(seed).mutate(bytes, originals);
    feed(1, bytes);
  }
}

}  // namespace
}  // namespace config
