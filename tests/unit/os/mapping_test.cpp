#include "base/os/mapping.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/os/fd.hpp"
#include "tests/unit/os/temporary.hpp"

namespace {

using base::os::Mapping;
using base::os::UniqueFd;

struct MappingTest : os_test::Temporary {
  UniqueFd open(int flags) { return UniqueFd{::open(path("file").c_str(), flags | O_CLOEXEC)}; }
};

TEST_F(MappingTest, ShowsWhatAnotherMappingOfTheFileWrites) {
  write("file", "abcd");
  const UniqueFd file = open(O_RDWR);
  auto writer = Mapping::read_write(file.get());
  auto reader = Mapping::read_only(open(O_RDONLY).get());
  ASSERT_TRUE(writer && reader);
  ASSERT_EQ(reader->bytes().size(), 4U);
  writer->writable()[2] = std::byte{'X'};
  EXPECT_EQ(reader->bytes()[2], std::byte{'X'});
  EXPECT_EQ(read("file"), "abXd");
}

TEST_F(MappingTest, LivesOnWithoutItsDescriptor) {
  write("file", "abcd");
  auto file = open(O_RDONLY);
  const auto mapping = Mapping::read_only(file.get());
  file.reset();
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->bytes()[3], std::byte{'d'});
}

TEST_F(MappingTest, OfAReadOnlyDescriptorCannotBeForWriting) {
  write("file", "abcd");
  const auto mapping = Mapping::read_write(open(O_RDONLY).get());
  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().code, EACCES);
}

TEST_F(MappingTest, OfAnEmptyFileIsAnError) {
  write("file", "");
  const auto mapping = Mapping::read_only(open(O_RDONLY).get());
  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().detail, "it is empty");
}

TEST_F(MappingTest, OfNoDescriptorIsAnError) {
  const auto mapping = Mapping::read_only(-1);
  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().code, EBADF);
}

TEST_F(MappingTest, MovesWithItsBytes) {
  write("file", "abcd");
  auto mapping = Mapping::read_only(open(O_RDONLY).get());
  ASSERT_TRUE(mapping);
  Mapping second{std::move(*mapping)};
  Mapping third;
  third = std::move(second);
  ASSERT_EQ(third.bytes().size(), 4U);
  EXPECT_EQ(third.bytes()[0], std::byte{'a'});
}

}  // namespace
