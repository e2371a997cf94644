// A packet that is not accepted changes nothing: of two routers that hear the same truth, the one that heard a million lies
// between answers alike to the last bit.
#include <random>

#include "auth_party.hpp"

namespace core::testing {
namespace {

bool is_same(const Verdict& a, const Verdict& b) {
  return a.drop == b.drop && a.is_signed == b.is_signed && a.is_clock_bad == b.is_clock_bad &&
         a.mark == b.mark && a.clock_ahead == b.clock_ahead;
}

// A few bytes changed, an end cut off or added, another source; and half of them with a right checksum, since nobody who
// lies about a priority leaves it wrong.
Said lie(const Said& truth, std::size_t offset, std::mt19937_64& random) {
  Said said = truth;
  if (random() % 8 == 0) said.bytes.resize(random() % (said.bytes.size() + 30));
  for (std::size_t changes = 1 + random() % 3; changes > 0 && !said.bytes.empty(); --changes)
    said.bytes[random() % said.bytes.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
  if (random() % 4 == 0) said.source = kThree;
  if (random() % 16 == 0) said.ttl = 254;
  if (random() % 2 == 0 && said.bytes.size() >= offset + 20) {
    const auto message = std::span(said.bytes).subspan(offset, 12);
    message[6] = message[7] = 0;
    const std::uint16_t sum = internet_checksum({}, message);
    message[6] = static_cast<std::uint8_t>(sum >> 8);
    message[7] = static_cast<std::uint8_t>(sum & 0xff);
  }
  return said;
}

void tell_lies_between(const Makings& makings, std::size_t offset) {
  std::mt19937_64 random{3};
  Party sender = party(makings, kOne);
  Party calm = party(makings, kTwo);
  Party pestered = party(makings, kTwo);
  std::size_t lies = 0;
  std::vector<Said> heard;
  for (int round = 0; round < 300; ++round) {
    for (Party* end : {&sender, &calm, &pestered}) end->pass(1s);
    if (round % 50 == 49) sender.wall += (round % 100 == 49 ? 1 : -1) * 3'600 * kSecondNs;
    const Said truth = sender.say();
    for (int i = 0; i < 100; ++i) {
      // A lie about this advert, or an old truth.
      const Said said = i % 10 == 0 && !heard.empty() ? heard[random() % heard.size()]
                                                      : lie(truth, offset, random);
      const Advert before = pestered.heard;
      const std::vector<Mark> marks = pestered.marks({kOne, kTwo, kThree});
      const std::size_t signers = pestered.auth().signers();
      if (pestered.drop(said) == Drop::kNone) {
        // Only where nothing is covered: what of an IP header may change on the way.
        ASSERT_TRUE(std::equal(
            said.bytes.begin() + static_cast<std::ptrdiff_t>(offset), said.bytes.end(),
            truth.bytes.begin() + static_cast<std::ptrdiff_t>(offset), truth.bytes.end()));
        ASSERT_EQ(calm.drop(said), Drop::kNone);
        continue;
      }
      ++lies;
      ASSERT_EQ(pestered.marks({kOne, kTwo, kThree}), marks);
      ASSERT_EQ(pestered.auth().signers(), signers);
      ASSERT_EQ(pestered.heard.priority, before.priority);
      ASSERT_EQ(pestered.heard.source, before.source);
    }
    const Verdict expected = calm.hear(truth);
    const Verdict verdict = pestered.hear(truth);
    ASSERT_TRUE(is_same(verdict, expected)) << round << " " << base::to_string(verdict.drop);
    heard.push_back(truth);
  }
  EXPECT_GT(lies, 20'000U);
  EXPECT_EQ(pestered.auth().own().has_value(), calm.auth().own().has_value());
}

// FAULT-51: of 30,000 lies and old truths about 300 signed adverts, none changed what is taken of the truth
TEST(Rejected, ChangesNothingUnderHmac) { tell_lies_between(hmac_v3(), 0); }

TEST(Rejected, ChangesNothingUnderAh) { tell_lies_between(ah(), kMaxSealing); }

}  // namespace
}  // namespace core::testing
