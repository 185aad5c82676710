#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/ascii.h"

namespace sluice {
namespace {

TEST(Digest, Sha2KnowsItsFourLengths) {
  for (int bits : {224, 256, 384, 512}) {
    ASSERT_TRUE(Sha2Hex(bits, "abc").has_value());
    EXPECT_EQ(Sha2Hex(bits, "abc")->size(), static_cast<std::size_t>(bits) / 4);
  }
  EXPECT_EQ(*Sha2Hex(256, "abc"), Sha256Hex("abc"));
  EXPECT_FALSE(Sha2Hex(1, "abc"));
}

TEST(Digest, Sha256HasTheVectorsOfFips180) {
  EXPECT_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Sha256Hex(""));
  EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256Hex("abc"));
  EXPECT_EQ("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  EXPECT_EQ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            Sha256Hex(std::string(1'000'000, 'a')));
}

TEST(Digest, RawAndHexadecimalFormsAgree) {
  EXPECT_EQ(32u, Sha256("abc").size());
  EXPECT_EQ(Sha256Hex("abc"), HexEncode(Sha256("abc")));
}

TEST(Digest, HmacHasTheVectorsOfRfc4231) {
  EXPECT_EQ("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")));
  EXPECT_EQ("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")));
  EXPECT_EQ("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")));
}

TEST(Digest, HmacTakesAnEmptyKeyAndNoBytes) {
  EXPECT_EQ("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
            HexEncode(HmacSha256("", "")));
}

TEST(Digest, ConstantTimeComparisonIsAComparison) {
  EXPECT_TRUE(EqualsConstantTime("", ""));
  EXPECT_TRUE(EqualsConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualsConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualsConstantTime("abc", "ab"));
  EXPECT_FALSE(EqualsConstantTime("", "a"));
  EXPECT_TRUE(EqualsConstantTime(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(EqualsConstantTime(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace sluice
