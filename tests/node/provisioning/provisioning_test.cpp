// tests/node/provisioning/provisioning_test.cpp - which phone is told what, and who is refused.
#include "node/provisioning/provisioning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sip/auth/digest.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Home : ProvisioningHost {
    std::map<std::string, std::string> passwords{{"alice", "twelve chars"}};
    int made = 0;
    std::vector<Contact> people;
    std::string fault;

    std::optional<Account> account(const std::string& user) override {
        const auto found = passwords.find(user);
        if (found == passwords.end()) return std::nullopt;
        return Account{"home", sip::credentials_of(user, "home", found->second).ha1_md5};
    }
    tl::expected<std::string, std::string> new_password(const std::string& user) override {
        if (!fault.empty()) return tl::unexpected(fault);
        ++made;
        return passwords[user] = "01234567890123456789";
    }
    std::vector<Contact> contacts() override { return people; }
    std::string page() const override { return "https://192.168.1.20:8443"; }
    std::string phone_for_browsers() const override { return built_with_it ? page() : ""; }
    bool built_with_it = true;
    std::string server() const override { return "192.168.1.20"; }
};

struct ProvisioningTest : testing::Test {
    Home home;
    Provisioning provisioning{home, crypto::Bytes<32>{7}};
    sip::Now now{std::chrono::steady_clock::time_point(1h), std::chrono::sys_seconds(1'700'000'000s)};
    std::uint8_t dice = 0;

    LinkWish wish() const {
        LinkWish made;
        made.user = "alice";
        made.server = made.domain = "192.168.1.20";
        made.stun_server = "203.0.113.9:3478";
        made.browser_stun = {"203.0.113.9:3478", "192.168.1.20:3478"};
        return made;
    }
    std::string link(const LinkWish& made) {
        crypto::Bytes<20> random{};
        random[0] = ++dice;
        return provisioning.links().make(made, random, now);
    }
    ProvisioningAnswer get(const std::string& path, const std::string& kind = "", bool browser = false) {
        return provisioning.settings({path, kind, "192.168.1.30", browser}, now);
    }
};

TEST_F(ProvisioningTest, linphone_is_told_all_without_the_password) {
    const auto answer = get(link(wish()));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.type, HasSubstr("application/xml"));
    const auto has = [&](const std::string& key, const std::string& value) {
        EXPECT_THAT(answer.body,
                    HasSubstr("<entry name=\"" + key + "\" overwrite=\"true\">" + value + "</entry>"));
    };
    has("transient_provisioning", "1");
    has("username", "alice");
    has("ha1", home.account("alice")->ha1_md5);
    has("realm", "home");
    has("reg_identity", "sip:alice@192.168.1.20");
    has("reg_proxy", "&lt;sip:192.168.1.20;transport=udp&gt;");
    has("reg_route", "&lt;sip:192.168.1.20;transport=udp&gt;");
    has("stun_server", "203.0.113.9:3478");
    has("protocols", "stun,ice");
    has("avpf", "0");
    has("media_encryption", "zrtp");
    EXPECT_THAT(answer.body, AllOf(Not(HasSubstr("verify_server")), Not(HasSubstr("twelve chars"))));
    EXPECT_EQ(home.made, 0);
}

TEST_F(ProvisioningTest, over_tls_linphone_checks_a_certificate_that_it_can_check) {
    auto tls = wish();
    tls.transport = PhoneTransport::tls;
    tls.server = "home.example.org:5061";
    tls.domain = "home.example.org";
    tls.certificate_proven = true;
    const auto proven = get(link(tls)).body;
    EXPECT_THAT(proven, AllOf(HasSubstr("sip:home.example.org:5061;transport=tls"),
                              HasSubstr(">sip:alice@home.example.org<"), Not(HasSubstr("verify_server"))));
    tls.certificate_proven = false;
    EXPECT_THAT(get(link(tls)).body,
                HasSubstr("<entry name=\"verify_server_certs\" overwrite=\"true\">0</entry>"));
}

TEST_F(ProvisioningTest, the_same_link_a_second_time_is_refused_with_a_sentence) {
    const auto token = link(wish());
    EXPECT_EQ(get(token).status, 200);
    const auto again = get(token);
    EXPECT_EQ(again.status, 410);
    EXPECT_THAT(again.body, HasSubstr("This link was used already"));
    EXPECT_THAT(again.body, Not(HasSubstr("ha1")));
    EXPECT_EQ(provisioning.used(), 1U);
    EXPECT_EQ(provisioning.refused(), 1U);
}

TEST_F(ProvisioningTest, who_guesses_gets_404) {
    link(wish());
    EXPECT_EQ(get("guess").status, 404);
    EXPECT_EQ(get("").status, 404);
    EXPECT_EQ(get("/").status, 404);
    EXPECT_EQ(get(std::string(100'000, '/')).status, 404);
}

TEST_F(ProvisioningTest, baresip_gets_a_new_password_where_nobody_knows_it) {
    const auto answer = get(link(wish()), "baresip");
    EXPECT_EQ(home.made, 1);
    EXPECT_EQ(answer.body,
              "<sip:alice@192.168.1.20;transport=udp>;auth_user=alice;auth_pass=01234567890123456789;"
              "outbound=\"sip:192.168.1.20;transport=udp\";regint=600;medianat=ice;"
              "stunserver=stun:203.0.113.9:3478;mediaenc=zrtp\n");
}

TEST_F(ProvisioningTest, a_password_that_has_just_been_made_is_kept) {
    auto known = wish();
    known.password = home.passwords["alice"] = "98765432109876543210";
    const auto token = link(known);
    EXPECT_THAT(get(token + "/baresip").body, HasSubstr("auth_pass=98765432109876543210;"));
    EXPECT_EQ(home.made, 0);
}

TEST_F(ProvisioningTest, a_password_changed_since_ends_the_link) {
    auto known = wish();
    known.password = "98765432109876543210";  // and the account has another
    EXPECT_EQ(get(link(known)).status, 410);
}

TEST_F(ProvisioningTest, what_a_file_cannot_hold_is_refused_and_the_link_stays) {
    auto odd = wish();
    odd.password = home.passwords["alice"] = "with;semicolon and blank";
    const auto token = link(odd);
    EXPECT_EQ(get(token, "baresip").status, 409);
    EXPECT_EQ(get(token).status, 200);  // Linphone's file has a digest
}

TEST_F(ProvisioningTest, a_state_that_cannot_be_written_keeps_the_link) {
    home.fault = "disk full";
    const auto token = link(wish());
    const auto answer = get(token, "yealink");
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("disk full"));
    home.fault.clear();
    EXPECT_EQ(get(token, "yealink").status, 200);
}

TEST_F(ProvisioningTest, a_browser_becomes_a_phone_without_the_password) {
    const auto answer = get(link(wish()), "browser");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.type, "application/json");
    const auto told = nlohmann::json::parse(answer.body);
    EXPECT_EQ(told.at("user"), "alice");
    EXPECT_EQ(told.at("domain"), "192.168.1.20");
    EXPECT_EQ(told.at("ha1"), home.account("alice")->ha1_md5);
    EXPECT_EQ(told.at("stun"), nlohmann::json::array({"stun:203.0.113.9:3478", "stun:192.168.1.20:3478"}));
    EXPECT_THAT(answer.body, Not(HasSubstr("twelve chars")));
    EXPECT_EQ(home.made, 0);
    // Whatever host the browser knows the node by, the phonebook is there.
    const std::string phonebook = told.at("phonebook");
    EXPECT_TRUE(phonebook.starts_with("/phonebook.xml?user=alice&key=")) << phonebook;
    EXPECT_TRUE(phonebook.ends_with("&for=browser")) << phonebook;
    Contact mum;
    mum.name = "mum";
    mum.number = "12";
    mum.uri = "sip:secret@example.org";
    home.people = {mum};
    const auto key = phonebook.substr(30, 32);
    EXPECT_EQ(nlohmann::json::parse(provisioning.contacts("alice", key, "browser").body),
              nlohmann::json::parse(R"([{"name":"mum","number":"12","uri":"sip:mum@192.168.1.20"}])"));
    EXPECT_EQ(provisioning.contacts("alice", std::string(32, 'a'), "browser").status, 403);
}

TEST_F(ProvisioningTest, desk_phones_are_known_by_the_files_that_they_ask_for) {
    const auto yealink = link(wish());
    EXPECT_EQ(get(yealink + "/y000000000028.cfg").status, 404);  // of all phones of a model: asked for first
    EXPECT_THAT(get(yealink + "/805ec0123456.cfg").body,
                AllOf(HasSubstr("#!version:1.0.0.1\n# Hedgewitch: written by the maker's manual"),
                      HasSubstr("account.1.password = 01234567890123456789\n"), HasSubstr("&for=yealink")));
    EXPECT_THAT(get(link(wish()) + "/cfg000b82123456.xml").body,
                HasSubstr("<P34>01234567890123456789</P34>"));
    EXPECT_THAT(get(link(wish()), "snom").body,
                HasSubstr("<user_pass idx=\"1\" perm=\"\">01234567890123456789<"));
    EXPECT_EQ(get(link(wish()), "toaster").status, 404);
}

TEST_F(ProvisioningTest, a_browser_is_told_what_to_do_and_takes_nothing) {
    const auto token = link(wish());
    const auto page = get(token, "", true);
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, AllOf(HasSubstr("This link sets up one phone for alice"), Not(HasSubstr("ha1"))));
    EXPECT_THAT(page.body, HasSubstr("href=\"https://192.168.1.20:8443/phone#" + token + "\""));
    home.built_with_it = false;
    EXPECT_THAT(get(token, "", true).body,
                AllOf(HasSubstr("A browser cannot be the phone"), Not(HasSubstr("/phone#"))));
    EXPECT_EQ(get(token).status, 200);
    EXPECT_EQ(get(token, "", true).status, 410);
}

TEST_F(ProvisioningTest, a_user_who_has_gone_gets_no_phone) {
    const auto token = link(wish());
    home.passwords.clear();
    EXPECT_EQ(get(token).status, 410);
}

TEST_F(ProvisioningTest, the_phonebook_opens_with_its_key_until_the_password_changes) {
    home.people = {{"bob", "12", "sip:bob@example.org", {}, {}},
                   {"mum", {}, "sip:m@example.org", {1, 2}, {}}};
    const std::string url = provisioning.phonebook_url("alice");
    const std::string key = url.substr(url.find("&key=") + 5);
    EXPECT_EQ(url, "https://192.168.1.20:8443/phonebook.xml?user=alice&key=" + key);
    const auto book = provisioning.contacts("alice", key, "yealink");
    EXPECT_EQ(book.status, 200);
    EXPECT_THAT(book.body, AllOf(HasSubstr("<Name>bob</Name>\n    <Telephone>12</Telephone>"),
                                 HasSubstr("<Telephone>mum</Telephone>"), Not(HasSubstr("example.org"))));
    EXPECT_THAT(provisioning.contacts("alice", key, "vcard").body,
                HasSubstr("FN:bob\r\nIMPP:sip:bob@192.168.1.20\r\nTEL:12\r\nEND:VCARD\r\n"));
    EXPECT_THAT(provisioning.contacts("alice", key, "grandstream").body,
                HasSubstr("<phonenumber>12</phonenumber>"));
    EXPECT_EQ(provisioning.contacts("alice", key, "snom").status, 200);
    EXPECT_EQ(provisioning.contacts("alice", key, "").status, 404);
    EXPECT_EQ(provisioning.contacts("alice", "wrong", "vcard").status, 403);
    EXPECT_EQ(provisioning.contacts("nobody", key, "vcard").status, 403);
    home.passwords["alice"] = "another twelve";
    EXPECT_EQ(provisioning.contacts("alice", key, "vcard").status, 403);
}

}  // namespace
}  // namespace node
