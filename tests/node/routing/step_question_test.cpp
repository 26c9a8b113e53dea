// tests/node/routing/step_question_test.cpp - from what was dialled to what is asked.
#include "node/routing/step_question.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

TEST(StepQuestion, labels_are_canonical_hosts_lowercase_and_what_is_no_label_is_none) {
    sip::RouteQuestion question;
    question.dialled.user = "Bob";
    question.dialled.host = "Example.ORG";
    question.caller = "sip:Alice@home.test";
    question.again = true;
    const auto asked = step_question(question);
    EXPECT_EQ(asked.label, "bob");
    EXPECT_EQ(asked.dialled.user, "Bob") << "as it was dialled, for who takes it literally";
    EXPECT_EQ(asked.dialled.host, "example.org");
    EXPECT_EQ(asked.caller, "alice");
    EXPECT_TRUE(asked.again);
    question.dialled.user = "two words";
    question.caller = "";
    EXPECT_EQ(step_question(question).label, "");
    EXPECT_EQ(step_question(question).caller, "");
}

TEST(StepQuestion, another_name_replaces_the_dialled_one_and_sips_stays_sips) {
    StepQuestion target;
    target.dialled.sips = true;
    target.flow.connection = 7;
    ASSERT_TRUE(redial(target, "sip:Carol@example.net:5070"));
    EXPECT_EQ(target.label, "carol");
    EXPECT_EQ(target.dialled.host, "example.net");
    EXPECT_EQ(target.dialled.port, 5070);
    EXPECT_TRUE(target.dialled.sips);
    EXPECT_EQ(target.flow.connection, 7U);
}

TEST(StepQuestion, what_names_nobody_is_refused_and_changes_nothing) {
    for (const char* text : {"", "tel:123", "sip:example.org", "sip:a@b@c", "sip:bob@"}) {
        StepQuestion target;
        target.label = "dave";
        EXPECT_FALSE(redial(target, text)) << text;
        EXPECT_EQ(target.label, "dave") << text;
    }
}

}  // namespace
}  // namespace node
