// tests/node/dns/trust_anchor_test.cpp - the files in which DNSSEC trust anchors come.
#include "node/dns/trust_anchor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(TrustAnchor, DS_and_DNSKEY_records_are_found_with_the_zones_they_are_for) {
    const auto anchors = parse_trust_anchors(
        "; a comment\n"
        "\n"
        ".\t86400\tIN\tDNSKEY\t257 3 8 AwEAAaz ;{id = 20326 (ksk)}\n"
        ". IN DS 20326 8 2 E06D44B8\n"
        "Example.TEST. 3600 DS 1 13 2 aa\n"
        "other.test ds 1 13 2 aa\n"
        "www.example.test. 3600 IN A 192.0.2.1\n"
        " IN DS 1 13 2 aa\n");
    EXPECT_THAT(anchors.zones, ElementsAre(".", "example.test", "other.test"));
    EXPECT_THAT(anchors.records, SizeIs(4));
    EXPECT_THAT(anchors.records.front(), HasSubstr("257 3 8 AwEAAaz"));
}

TEST(TrustAnchor, keys_that_RFC_5011_does_not_trust_are_passed_over) {
    const auto anchors = parse_trust_anchors(
        "; autotrust trust anchor file\n;;id: . 1\n"
        ".\t86400\tIN\tDNSKEY\t257 3 8 valid ;{id = 1 (ksk)} ;;state=2 [  VALID  ] ;;count=0\n"
        ".\t86400\tIN\tDNSKEY\t257 3 8 missing ;{id = 2 (ksk)} ;;state=3 [ MISSING ] ;;count=0\n"
        ".\t86400\tIN\tDNSKEY\t257 3 8 pending ;{id = 3 (ksk)} ;;state=1 [ ADDPEND ] ;;count=0\n"
        ".\t86400\tIN\tDNSKEY\t385 3 8 revoked ;{id = 4 (ksk)} ;;state=4 [ REVOKED ] ;;count=0\n");
    ASSERT_THAT(anchors.records, SizeIs(2));
    EXPECT_THAT(anchors.records[0], HasSubstr("valid"));
    EXPECT_THAT(anchors.records[1], HasSubstr("missing"));
}

TEST(TrustAnchor, the_files_of_the_distribution_can_be_read) {
    const auto file = trust_anchor_file({});
    if (file.empty()) GTEST_SKIP() << "neither unbound nor dns-root-data is installed";
    EXPECT_THAT(read_trust_anchors(file).zones, ElementsAre("."));
}

TEST(TrustAnchor, a_file_that_is_no_such_thing_is_refused_by_name) {
    const Scratch scratch;
    write_text(scratch.dir / "file", "hello\n");
    for (const auto& file : {scratch.dir / "file", scratch.dir / "missing", scratch.dir}) {
        try {
            read_trust_anchors(file);
            FAIL() << file;
        } catch (const std::runtime_error& error) {
            EXPECT_THAT(error.what(), HasSubstr(file.string()));
        }
    }
    EXPECT_EQ(trust_anchor_file(scratch.dir / "missing"), scratch.dir / "missing")
        << "the user's word counts";
    EXPECT_THAT(parse_trust_anchors("").records, IsEmpty());
}

}  // namespace
}  // namespace node
