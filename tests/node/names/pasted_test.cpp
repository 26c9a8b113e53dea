// tests/node/names/pasted_test.cpp - what mail programs do to a text, undone.
#include "node/names/pasted.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

TEST(Pasted, quoting_marks_go_at_the_beginning_of_lines_alone) {
    EXPECT_EQ(cleaned("> a > b\n>> c\n > > d\n  e"), " a > b\n c\n d\n  e");
    EXPECT_EQ(cleaned(">"), "");
    EXPECT_EQ(cleaned(""), "");
}

TEST(Pasted, what_nobody_sees_goes_and_escapes_are_read) {
    EXPECT_EQ(cleaned("a\xc2\xad"
                      "b\xe2\x80\x8b"
                      "c\xef\xbb\xbf"
                      "d\xc2\xa0"
                      "e"),
              "abcd e");
    EXPECT_EQ(cleaned("a%2Fb%3f%3D%25"), "a/b?=%");
    EXPECT_EQ(cleaned("a%2E"), "a%2e") << "a dot that is no full stop";
    EXPECT_EQ(cleaned("100% %2 %zz"), "100% %2 %zz");
}

TEST(Pasted, brackets_and_quotes_come_off_in_pairs) {
    EXPECT_EQ(without_brackets(" <\"a\"> "), "a");
    EXPECT_EQ(without_brackets("<a"), "<a");
    EXPECT_EQ(without_brackets("<"), "<");
    EXPECT_EQ(without_brackets("<>"), "");
    EXPECT_EQ(without_gaps("ab cd-\r\n\tef"), "abcdef");
}

}  // namespace
}  // namespace node
