// tests/sip/edge/dialog_rights_test.cpp - who may say what in a dialog: the whole table.
#include "sip/edge/dialog_rights.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

// A letter a method: INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE
// UPDATE, and one that we do not know. p: passed on, j: judged as a call, -: 481.
std::string row(bool sender_ours, bool receiver_ours, DialogState state, bool events = false) {
    std::string all;
    for (int method = 0; method <= static_cast<int>(Method::unknown); ++method) {
        const Speech speech{static_cast<Method>(method), sender_ours, receiver_ours, state, events};
        switch (right_of(speech)) {
            case Right::pass: all += 'p'; break;
            case Right::judge: all += 'j'; break;
            case Right::refuse: all += '-'; break;
        }
    }
    return all;
}

using enum DialogState;

TEST(DialogRights, our_own_users_may_say_all_they_like_until_it_is_over) {
    for (const bool to_ours : {false, true}) {
        for (const auto state : {unknown, early, confirmed})
            EXPECT_EQ(row(true, to_ours, state), "ppppppppppppppp");
        EXPECT_EQ(row(true, to_ours, ended), "-p-------------");
    }
}

TEST(DialogRights, from_outside_what_belongs_to_an_answered_call_passes_and_what_is_new_is_judged) {
    //                                            IABCRO PSNPIRMU?
    EXPECT_EQ(row(false, true, confirmed), "ppppjppjjjpjjpj");
    EXPECT_EQ(row(false, true, confirmed, true), "ppppjppjpjpjjpj") << "NOTIFY, for who has asked for events";
    EXPECT_EQ(row(false, true, early), "jpppjppjjjpjjpj") << "INVITE too, while it rings";
    EXPECT_EQ(row(false, true, unknown), "jpppjppjjjpjjpj") << "and after a restart";
    EXPECT_EQ(row(false, true, ended), "-p-------------");
}

TEST(DialogRights, who_is_no_user_of_ours_says_nothing_to_who_is_none) {
    for (const auto state : {unknown, early, confirmed, ended})
        EXPECT_EQ(row(false, false, state, true), "---------------");
}

}  // namespace

}  // namespace sip::testing
