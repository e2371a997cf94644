#include "base/os/place_file.hpp"

#include <unistd.h>

#include "tests/unit/os/temporary.hpp"

namespace {

using base::os::PlaceFile;

constexpr std::uint64_t kLedger = 0x8f3a51c20e774d10;
constexpr std::uint64_t kOtherLedger = 0x8f3a51c20e774d11;

struct Place : os_test::Temporary {
  PlaceFile place{path("place"), kLedger};
};

TEST_F(Place, IsTheBeginningWhenNothingIsRemembered) { EXPECT_EQ(place.read(), 0U); }

TEST_F(Place, IsFoundAgainByASuccessor) {
  ASSERT_TRUE(place.write(120));
  EXPECT_EQ(place.read(), 120U);
  EXPECT_EQ(PlaceFile(path("place"), kLedger).read(), 120U);
}

TEST_F(Place, IsReplacedWholeByTheNext) {
  ASSERT_TRUE(place.write(120));
  ASSERT_TRUE(place.write(121));
  EXPECT_EQ(place.read(), 121U);
  EXPECT_FALSE(std::filesystem::exists(path("place.new")));
}

TEST_F(Place, OfAnotherLedgerIsTheBeginning) {
  ASSERT_TRUE(place.write(120));
  EXPECT_EQ(PlaceFile(path("place"), kOtherLedger).read(), 0U);
}

TEST_F(Place, ThatIsCutOffIsTheBeginning) {
  ASSERT_TRUE(place.write(120));
  const std::string whole = read("place");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write("place", whole.substr(0, length));
    EXPECT_EQ(place.read(), 0U) << length << " bytes";
  }
}

TEST_F(Place, SurvivesAWriterThatDiedBeforeItsEnd) {
  ASSERT_TRUE(place.write(120));
  write("place.new", "half of");  // what a killed writer leaves
  EXPECT_EQ(place.read(), 120U);
  ASSERT_TRUE(place.write(121));
  EXPECT_EQ(place.read(), 121U);
}

TEST_F(Place, IsNotWrittenThroughALinkSomebodyPlanted) {
  write("victim", "precious");
  ASSERT_EQ(::symlink(path("victim").c_str(), path("place.new").c_str()), 0);
  EXPECT_FALSE(place.write(1));
  EXPECT_EQ(read("victim"), "precious");
}

TEST_F(Place, ThatCannotBeWrittenIsAnError) {
  const PlaceFile nowhere{path("missing/place"), kLedger};
  const auto written = nowhere.write(1);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ENOENT);
}

}  // namespace
