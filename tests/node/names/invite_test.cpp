// tests/node/names/invite_test.cpp - the text of an invite: written, read back, and refused with a reason.
#include "node/names/invite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/name.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

crypto::PublicKey some_key(std::uint8_t seed = 7) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed})).public_key();
}

Invite unlisted() {
    return {some_key(), "alice", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

std::string complaint(const std::string& text) {
    const auto invite = parse_invite(text);
    return invite ? "(none)" : invite.error();
}

TEST(Invite, reads_as_it_was_written_with_and_without_a_secret) {
    const Invite listed{some_key(), "alice", {}};
    EXPECT_EQ(format_invite(listed), "hedgewitch:" + crypto::encode_name(some_key()) + "/alice");
    EXPECT_EQ(parse_invite(format_invite(listed)), listed);
    EXPECT_THAT(format_invite(unlisted()), MatchesRegex("hedgewitch:[a-z2-7]{56}/alice\\?s=[a-z2-7]{32}"));
    EXPECT_EQ(parse_invite(format_invite(unlisted())), unlisted());
}

// The format is for paper and other programs: it must not change by itself. Recomputed with Python's hashlib.
TEST(Invite, has_this_very_text_for_these_bytes) {
    EXPECT_EQ(format_invite(unlisted()),
              "hedgewitch:ul5c6srvlorosb5fgae6ty34vxpxvr7gnielub3dd5kta4vt6jggaryb/"
              "alice?s=aebagbafaydqqcikbmga2dqpccghh64u");
}

sip::Endpoint endpoint(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

Invite with_ways_in(bool secret) {
    Invite invite = secret ? unlisted() : Invite{some_key(), "alice", {}};
    invite.begin = {endpoint("203.0.113.7", 4222), endpoint("2001:db8::7", 65535),
                    endpoint("198.51.100.1", 1)};
    return invite;
}

TEST(Invite, says_where_to_begin_behind_the_secret_or_without_one) {
    for (const bool secret : {true, false}) {
        const auto text = format_invite(with_ways_in(secret));
        EXPECT_THAT(text, HasSubstr(secret ? "&w=" : "/alice?w="));
        EXPECT_EQ(parse_invite(text), with_ways_in(secret));
        EXPECT_EQ(parse_invite(upper(text)), with_ways_in(secret));
        EXPECT_EQ(parse_invite("see <" + text + "> and call"), with_ways_in(secret));
        EXPECT_EQ(parse_invite(text + " and call me, soon"), with_ways_in(secret)) << "words behind it";
        EXPECT_EQ(parse_invite(text + ". Call me"), with_ways_in(secret));
        for (std::size_t at = text.find("w=") + 2; at < text.size(); at += 5) {
            EXPECT_EQ(parse_invite(text.substr(0, at) + "\r\n" + text.substr(at)), with_ways_in(secret))
                << "a mail program broke the line at " << at;
        }
    }
    auto three_long = unlisted();
    three_long.begin.assign(3, endpoint("2001:db8::7", 4222));
    EXPECT_LE(format_invite(three_long).size(), 300U) << "a QR code takes it";
    EXPECT_EQ(parse_invite(format_invite(three_long)), three_long);
}

// Recomputed with Python's hashlib.
TEST(Invite, has_this_very_text_for_one_address_to_begin_from) {
    Invite invite{some_key(), "alice", {}};
    invite.begin = {endpoint("203.0.113.7", 4222)};
    EXPECT_EQ(format_invite(invite),
              "hedgewitch:ul5c6srvlorosb5fgae6ty34vxpxvr7gnielub3dd5kta4vt6jggaryb/"
              "alice?w=atfqa4ihcb7aaaaaac5kpz2e");
}

TEST(Invite, an_address_to_begin_from_that_is_mistyped_is_told) {
    auto text = format_invite(with_ways_in(true));
    for (std::size_t at = text.find("&w=") + 3; at < text.size(); at += 7) {
        auto wrong = text;
        wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
        EXPECT_THAT(complaint(wrong), HasSubstr("behind w=")) << at;
    }
    const auto moved = format_invite(with_ways_in(false));
    EXPECT_THAT(complaint(format_invite(Invite{some_key(), "alicia", {}}) + moved.substr(moved.find('?'))),
                HasSubstr("behind w="))
        << "of another name";
}

TEST(Invite, is_read_in_any_case_with_spaces_around_it_and_slashes_behind_the_scheme) {
    const std::string text = format_invite(unlisted());
    EXPECT_EQ(parse_invite(upper(text)), unlisted());
    EXPECT_EQ(parse_invite("  \t" + text + "\r\n"), unlisted());
    EXPECT_EQ(parse_invite("HedgeWitch://" + text.substr(text.find(':') + 1)), unlisted());
    EXPECT_EQ(parse_invite("hedgewitch:" + crypto::encode_name(some_key()) + "/Alice")->label, "alice");
}

TEST(Invite, parameters_of_later_versions_are_passed_over_on_both_sides_of_the_secret) {
    const std::string text = format_invite(unlisted());
    EXPECT_EQ(parse_invite(text + "&b=192.0.2.1:4222&"), unlisted());
    const auto question = text.find('?') + 1;
    EXPECT_EQ(parse_invite(text.substr(0, question) + "size=2&&b=&" + text.substr(question)), unlisted());
    EXPECT_EQ(parse_invite(text.substr(0, question) + "later=1")->secret.size(), 0U);
}

TEST(Invite, a_change_of_any_one_character_is_noticed) {
    const std::string text = format_invite(unlisted());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == 'q' ? 'x' : 'q';
        EXPECT_FALSE(parse_invite(changed)) << changed;
    }
}

TEST(Invite, a_secret_of_another_name_or_key_is_refused) {
    const std::string text = format_invite(unlisted());
    const std::string secret = text.substr(text.find('?'));
    const std::string start = "hedgewitch:" + crypto::encode_name(some_key());
    EXPECT_THAT(complaint(start + "/alicia" + secret), HasSubstr("belongs to another name or key"));
    EXPECT_THAT(complaint("hedgewitch:" + crypto::encode_name(some_key(8)) + "/alice" + secret),
                HasSubstr("belongs to another name or key"));
}

TEST(Invite, each_error_has_a_sentence_of_its_own) {
    const std::string name = crypto::encode_name(some_key());
    std::string typo = name;
    typo[9] = typo[9] == 'a' ? 'b' : 'a';
    EXPECT_EQ(complaint("  "), "there is no invite here");
    EXPECT_EQ(complaint("hedgewitch:" + std::string(2000, 'a')), "this is longer than any invite");
    EXPECT_EQ(complaint("sip:alice@example.org"), "an invite begins with hedgewitch:");
    EXPECT_THAT(complaint("hedgewitch:" + name), StartsWith("the invite names nobody"));
    EXPECT_THAT(complaint("hedgewitch:" + name.substr(1) + "/alice"), HasSubstr("has 55, not 56 characters"));
    EXPECT_THAT(complaint("hedgewitch:" + name.substr(1) + "1/alice"),
                AllOf(StartsWith("character 56 of the key"), HasSubstr("digits 2 to 7")));
    EXPECT_THAT(complaint("hedgewitch:" + typo + "/alice"), HasSubstr("key in the invite is mistyped"));
    EXPECT_THAT(complaint("hedgewitch:" + name + "/"), HasSubstr("name in the invite is none"));
    EXPECT_THAT(complaint("hedgewitch:" + name + "/al=ice"), HasSubstr("name in the invite is none"));
    EXPECT_THAT(complaint("hedgewitch:" + name + "/alice?s="), HasSubstr("not 32 characters"));
    EXPECT_THAT(complaint("hedgewitch:" + name + "/alice?s=" + std::string(31, 'a') + "1"),
                AllOf(StartsWith("character 32 of the secret"), HasSubstr("none has")));
    EXPECT_THAT(complaint(format_invite(unlisted()) + "&s=x"), HasSubstr("two secrets"));
    EXPECT_THAT(complaint("hedgewitch:" + name + "/alice?s"), HasSubstr("damaged behind the ?"));
}

/// As one mail program or another hands an invite on.
std::vector<std::string> mangled(const std::string& text) {
    const auto at = [&](std::size_t place, const std::string& between) {
        return text.substr(0, place) + between + text.substr(place);
    };
    std::string percent = text, groups, bare = text.substr(text.find(':') + 1), masked = text;
    for (const auto& [from, to] : {std::pair("/", "%2F"), std::pair("?", "%3f"), std::pair("=", "%3D")}) {
        if (const auto found = percent.find(from); found != std::string::npos) percent.replace(found, 1, to);
    }
    const std::size_t key = text.find(':') + 1, slash = text.find('/'), secret = text.find('=') + 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool in_key = i > key && i < slash && (i - key) % 4 == 0;
        const bool in_secret = secret > 0 && i > secret && (i - secret) % 4 == 0;
        groups += (in_key || in_secret ? " " : "") + text.substr(i, 1);
    }
    return {text + ".",
            "<" + text + ">",
            "\"" + text + "\"",
            "\xe2\x80\x9c" + text + "\xe2\x80\x9d",
            "(" + text + "),",
            "Hello, this is my invite: " + text + " - see you!",
            "Call me!\n\n" + text + "\n\nAlice",
            "> > Call me!\n> > " + text + "\n",
            at(40, "\n"),
            at(40, "\r\n> "),
            at(40, "\n>> \t"),
            at(text.find('/') + 1, "\n"),
            at(30, "\xc2\xad"),
            at(30, "\xe2\x80\x8b"),
            percent,
            groups,
            bare,
            "<" + bare + ">."};
}

TEST(Invite, is_understood_as_a_mail_program_hands_it_on) {
    const Invite listed{some_key(), "bob", {}};
    for (const auto& text : mangled(format_invite(listed))) {
        const auto invite = parse_invite(text);
        ASSERT_TRUE(invite.has_value()) << text << "\n" << invite.error();
        EXPECT_EQ(*invite, listed) << text;
        EXPECT_TRUE(looks_like_invite(text)) << text;
    }
    for (const auto& text : mangled(format_invite(unlisted()))) {
        const auto invite = parse_invite(text);
        ASSERT_TRUE(invite.has_value()) << text << "\n" << invite.error();
        EXPECT_EQ(*invite, unlisted()) << text;
    }
}

TEST(Invite, may_be_broken_across_lines_at_any_place_and_never_loses_its_secret) {
    const std::string text = format_invite(unlisted());
    for (std::size_t i = text.find(':') + 1; i < text.size(); ++i) {
        for (const char* end : {"\n", "\r\n> "}) {
            const std::string broken = text.substr(0, i) + end + text.substr(i);
            const auto invite = parse_invite(broken);
            if (invite) {
                EXPECT_EQ(*invite, unlisted()) << broken;
            } else {
                EXPECT_EQ(text[i], '=') << broken << ": " << invite.error();
            }
        }
    }
    EXPECT_EQ(parse_invite(text.substr(0, text.find('?')) + " " + text.substr(text.find('?'))), unlisted());
}

TEST(Invite, a_name_that_may_go_on_in_the_next_line_is_asked_about) {
    const std::string text = format_invite({some_key(), "bartholomew", {}});
    EXPECT_THAT(complaint(text.substr(0, text.size() - 3) + "\n" + text.substr(text.size() - 3)),
                HasSubstr("may go on in the next line"));
    EXPECT_EQ(parse_invite(text + "\nsee you soon")->label, "bartholomew");
}

TEST(Invite, a_full_stop_behind_a_name_is_not_its_own_but_one_that_was_written_so_is) {
    for (const char* label : {"bob.", "b.o.b.."}) {
        const Invite dotted{some_key(), label, {}};
        EXPECT_EQ(parse_invite(format_invite(dotted)), dotted);
        EXPECT_EQ(parse_invite(format_invite(dotted) + "."), dotted);
    }
    EXPECT_EQ(parse_invite(format_invite({some_key(), "bob", {}}) + "...")->label, "bob");
    Invite secret = unlisted();
    secret.label = "bob.";
    EXPECT_EQ(parse_invite(format_invite(secret)), secret);
}

TEST(Invite, no_error_repeats_the_secret) {
    const std::string text = format_invite(unlisted());
    const std::string secret = text.substr(text.find('=') + 1);
    const std::string start = text.substr(0, text.find('=') + 1);
    for (const auto& wrong : {start + secret.substr(1), start + secret + "a", start + secret.substr(1) + "1",
                              start + secret.substr(1) + secret[0], text + "&s=" + secret}) {
        const std::string said = complaint(wrong);
        EXPECT_NE(said, "(none)") << wrong;
        for (std::size_t i = 0; i + 6 <= secret.size(); ++i)
            EXPECT_THAT(said, Not(HasSubstr(secret.substr(i, 6)))) << wrong;
    }
}

TEST(Invite, is_told_from_an_address_by_its_scheme) {
    EXPECT_TRUE(looks_like_invite(" HEDGEWITCH:nonsense"));
    EXPECT_FALSE(looks_like_invite("sip:hedgewitch@example.org"));
    EXPECT_FALSE(looks_like_invite("hedgewitch"));
    EXPECT_FALSE(looks_like_invite("myhedgewitch:x"));
    const std::string name = crypto::encode_name(some_key());
    EXPECT_FALSE(looks_like_invite("sip:bob@" + name + ".hedge.alt"));
    EXPECT_FALSE(looks_like_invite("x" + name + "/bob"));
}

}  // namespace
}  // namespace node
