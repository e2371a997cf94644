// Runs a fuzz target without a fuzzer: every seed as it is, then a bounded number of inputs made from seeds and chance,
// always the same ones. For the default test run; the long one is scripts/fuzz.
//
//   fuzz_smoke_NAME ITERATIONS CORPUS_DIR
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;
using Random = std::mt19937_64;

constexpr std::size_t kLongest = 512;

Bytes noise(Random& random) {
  Bytes bytes(random() % kLongest);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// A few small changes: a byte, a run of bytes, a piece of another input, an end.
Bytes mutate(Bytes bytes, const std::vector<Bytes>& seeds, Random& random) {
  for (std::size_t changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 5) {
      case 0:
        if (!bytes.empty()) *place = static_cast<std::uint8_t>(random());
        break;
      case 1:
        if (!bytes.empty()) *place = static_cast<std::uint8_t>(*place ^ 1U << random() % 8);
        break;
      case 2: bytes.insert(place, random() % 9, static_cast<std::uint8_t>(random())); break;
      case 3: bytes.resize(at); break;
      default: {
        const Bytes& other = seeds[random() % seeds.size()];
        if (other.empty()) break;
        const std::size_t from = random() % other.size();
        bytes.insert(place, other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      }
    }
  }
  if (bytes.size() > 8 * kLongest) bytes.resize(8 * kLongest);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    (void)std::fprintf(stderr, "usage: %s ITERATIONS CORPUS_DIR\n", argv[0]);
    return 2;
  }
  const unsigned long iterations = std::strtoul(argv[1], nullptr, 10);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2]))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Bytes> seeds;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty() || iterations == 0) {
    (void)std::fprintf(stderr, "%s: no seeds, or nothing to do\n", argv[2]);
    return 1;
  }
  for (const Bytes& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  Random random{1};
  for (unsigned long i = 0; i < iterations; ++i) {
    const Bytes bytes =
        i % 8 == 0 ? noise(random) : mutate(seeds[random() % seeds.size()], seeds, random);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu seeds, %lu iterations\n", seeds.size(), iterations);
  return 0;
}
