#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

TEST(ByteReader, ReadsBigEndian) {
  const std::uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
  ByteReader in{bytes};
  EXPECT_EQ(in.u8(), 0x01);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 0x04050607U);
  EXPECT_EQ(in.left(), 1U);
  EXPECT_EQ(in.take(1)[0], 0x08);
  EXPECT_TRUE(in.ok());
}

TEST(ByteReader, ThatRanOutStaysFailedAndAnswersZero) {
  const std::uint8_t bytes[] = {0xff, 0xff, 0xff};
  ByteReader in{bytes};
  EXPECT_EQ(in.u32(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0);  // though a byte was there
  EXPECT_TRUE(in.take(1).empty());
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, TakingNothingFromNothingIsFine) {
  ByteReader in{{}};
  EXPECT_TRUE(in.take(0).empty());
  EXPECT_TRUE(in.ok());
}

TEST(ByteWriter, WritesBigEndian) {
  std::uint8_t room[7];
  ByteWriter out{room};
  out.u8(0x01);
  out.u16(0x0203);
  out.u32(0x04050607);
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(std::vector(out.written().begin(), out.written().end()),
            (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7}));
}

TEST(ByteWriter, NeverWritesPastItsRoomNorHalfANumber) {
  std::uint8_t room[4] = {0xee, 0xee, 0xee, 0xee};
  ByteWriter out{std::span(room).first(3)};
  out.u16(0x0102);
  out.u16(0x0304);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(out.size(), 2U);
  EXPECT_EQ(room[2], 0xee);
  EXPECT_EQ(room[3], 0xee);
}

}  // namespace
}  // namespace base
