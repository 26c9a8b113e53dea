// tests/overlay/inner_record_test.cpp - the plaintext of a block:
// round trips, caps, and every other encoding refused.
#include "overlay/inner_record.hpp"

#include <gtest/gtest.h>

#include "overlay/msgpack_reader.hpp"
#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

Wire padded(std::string_view hex, std::size_t size = 256) {
    auto bytes = crypto::from_hex(hex);
    bytes.resize(size);
    return bytes;
}

bool refused(std::string_view hex) {
    const auto decoded = decode_inner_record(padded(hex));
    return !decoded && decoded.error() == Errc::malformed_record;
}

// Literals are spelled field by field; the smallest record is {0: 0, 1: 1}.
constexpr auto smallest = "82 00 00 01 01";

InnerRecord full_record() {
    InnerRecord record;
    record.issued_at = UINT64_MAX;
    for (int e = 0; e < 3; ++e) {
        Edge edge{counting_from<32>(static_cast<std::uint8_t>(e)), {}};
        for (std::uint16_t a = 0; a < 3; ++a)
            edge.addresses.push_back(at(Transport::wss, a % 2 ? "203.0.113.9" : "2001:db8::9",
                                        static_cast<std::uint16_t>(65535 - a)));
        record.edges.push_back(edge);
    }
    for (std::uint8_t p = 0; p < 8; ++p)
        record.phones.push_back({static_cast<std::uint8_t>(p % 3), p, 1u << p, {}});
    record.ticket_key = counting_from<32>(1);
    record.target = counting_from<32>(2);
    record.next_key_commitment = counting_from<32>(3);
    record.direct = {{at(Transport::tls, "198.51.100.1", 5061), std::string(64, '~'), 0}};
    record.nodes = {{asio::ip::make_address("198.51.100.1"), 4222},
                    {asio::ip::make_address("2001:db8::9"), 65535}};
    record.through = {
        {asio::ip::make_address("2001:db8::7"), 5061, counting_from<16>(4), counting_from<32>(5)}};
    return record;
}

TEST(InnerRecord, two_contacts_give_these_bytes_for_ever) {
    const auto encoded = encode(two_contacts());
    ASSERT_TRUE(encoded);
    EXPECT_EQ(*encoded, padded("85000001ce66ff3001029192c4200000000000000000000000000000000000000000000000000"
                               "000000000000000929300c404c0000201cd13c49301c404c0000201cd13c403929400cd03e800"
                               "c40800010203040506079400cd01f403c40808090a0b0c0d0e0f07919500c41020010db800000"
                               "0000000000000000001cd13c6ad616c6963652d307835352e7e2bcd0384"));
}

TEST(InnerRecord, comes_back_whole) {
    InnerRecord empty;
    InnerRecord tombstone;
    tombstone.kind = Kind::tombstone;
    InnerRecord delegation;
    delegation.kind = Kind::delegation;
    delegation.target = counting_from<32>(9);
    for (const auto& record : {empty, tombstone, delegation, two_contacts(), full_record()}) {
        const auto encoded = encode(record);
        ASSERT_TRUE(encoded) << encoded.error().message();
        EXPECT_EQ(decode_inner_record(*encoded), record);
    }
}

InnerRecord met_through_a_relay() {
    InnerRecord record;
    record.issued_at = 1;
    record.through = {
        {asio::ip::make_address("198.51.100.7"), 5061, counting_from<16>(0), counting_from<32>(16)}};
    return record;
}

TEST(InnerRecord, an_edge_met_through_a_relay_gives_these_bytes_for_ever) {
    const auto encoded = encode(met_through_a_relay());
    ASSERT_TRUE(encoded);
    EXPECT_EQ(*encoded, padded("83 00 00 01 01 09 91 94 c4 04 c6336407 cd 13c5"
                               "c4 10 000102030405060708090a0b0c0d0e0f"
                               "c4 20 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"));
    EXPECT_EQ(decode_inner_record(*encoded), met_through_a_relay());
}

TEST(InnerRecord, at_most_four_edges_are_met_through_relays_and_each_is_whole) {
    InnerRecord record = met_through_a_relay();
    record.through.resize(4, record.through.front());
    EXPECT_TRUE(encode(record));
    record.through.resize(5, record.through.front());
    EXPECT_EQ(encode(record).error(), Errc::too_large);
    const std::string edge =
        "94 c4 04 c6336407 cd 13c5 c4 10 000102030405060708090a0b0c0d0e0f"
        "c4 20 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f";
    EXPECT_TRUE(refused("83 00 00 01 01 09 95" + edge + edge + edge + edge))
        << "four are there, five are said";
    EXPECT_TRUE(refused("83 00 00 01 01 09 90")) << "an empty list is left out";
    EXPECT_TRUE(
        refused("83 00 00 01 01 09 91 93 c4 04 c6336407 cd 13c5 c4 10 "
                "000102030405060708090a0b0c0d0e0f"))
        << "no key";
    EXPECT_TRUE(
        refused("83 00 00 01 01 09 91 94 c4 05 c633640700 cd 13c5 c4 10 "
                "000102030405060708090a0b0c0d0e0f c4 20 "
                "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"))
        << "an address of five bytes";
}

TEST(InnerRecord, is_padded_to_the_smallest_of_three_sizes) {
    InnerRecord record;
    EXPECT_EQ(encode(record)->size(), 256u);
    record.edges = {{{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}};
    EXPECT_EQ(encode(record)->size(), 512u);  // 7 hashes of 32 bytes
    EXPECT_EQ(encode(full_record())->size(), 1024u);
}

TEST(InnerRecord, over_a_cap_or_over_1024_bytes_is_not_encoded) {
    InnerRecord edges;
    edges.edges.resize(9);
    InnerRecord addresses;
    addresses.edges.resize(1);
    addresses.edges[0].addresses.resize(7);
    InnerRecord phones;
    phones.edges.resize(1);
    phones.phones.resize(9);
    InnerRecord direct;
    direct.direct.resize(9);
    InnerRecord nodes;
    nodes.nodes.resize(7);
    InnerRecord bytes;  // each list within its cap
    bytes.edges.resize(8);
    for (auto& edge : bytes.edges)
        edge.addresses.assign(6, at(Transport::udp, "2001:db8::1", 5060));
    for (const auto& record : {edges, addresses, phones, direct, nodes, bytes})
        EXPECT_EQ(encode(record).error(), Errc::too_large);
}

TEST(InnerRecord, what_would_not_decode_is_not_encoded) {
    auto q = two_contacts();
    q.phones[0].q = 1001;
    auto direct_q = two_contacts();
    direct_q.direct[0].q = 1001;
    auto index = two_contacts();
    index.phones[1].edge = 1;
    auto user = two_contacts();
    user.direct[0].user = "al@ice";
    auto long_user = two_contacts();
    long_user.direct[0].user = std::string(65, 'a');
    InnerRecord delegation;
    delegation.kind = Kind::delegation;
    for (const auto& record : {q, direct_q, index, user, long_user, delegation})
        EXPECT_EQ(encode(record).error(), Errc::malformed_record);
}

TEST(InnerRecord, of_another_size_is_refused) {
    for (const std::size_t size : {0u, 1u, 255u, 257u, 511u, 513u, 1023u, 1025u, 4096u})
        EXPECT_EQ(decode_inner_record(padded(smallest, size)).error(), Errc::malformed_record) << size;
    for (const std::size_t size : padded_sizes)
        EXPECT_TRUE(decode_inner_record(padded(smallest, size))) << size;
}

TEST(InnerRecord, with_anything_but_zeros_as_padding_is_refused) {
    const auto good = padded(smallest);
    for (std::size_t i = 5; i < good.size(); ++i) {
        auto changed = good;
        changed[i] = 1;
        EXPECT_FALSE(decode_inner_record(changed)) << i;
    }
}

TEST(InnerRecord, unknown_keys_of_any_type_are_ignored) {
    for (const auto* value : {"c0",         "c3",
                              "2a",         "ccff",
                              "cd0100",     "e0",
                              "d080",       "d18000",
                              "d280000000", "d38000000000000000",
                              "ca3f800000", "cb3ff0000000000000",
                              "a161",       "c40100",
                              "9201c0",     "81a161c2",
                              "d40500",     "d8050000000000000000000000000000000000",
                              "c7020500ff", "919191919191c0",
                              "90",         "80"})
        EXPECT_TRUE(decode_inner_record(padded(std::string("83000001") + "01" + "0a" + value))) << value;
    EXPECT_TRUE(decode_inner_record(padded("84 0000 0101 0a01 ccff a161")));
}

TEST(InnerRecord, unknown_keys_that_promise_more_than_there_is_are_refused) {
    for (const auto* value : {"c1", "ddffffffff", "dfffffffff", "dcffff", "deffff", "c6ffffffff",
                              "dbffffffff", "c9ffffffff00", "c5ffff", "daffff", "c8ffff00"})
        EXPECT_TRUE(refused(std::string("8300000101") + "09" + value)) << value;
    // 251 arrays, each in the other, and then no bytes left.
    std::string nested = "830000010109";
    while (nested.size() < 512)
        nested += "91";
    EXPECT_TRUE(refused(nested));
}

TEST(InnerRecord, keys_out_of_order_twice_or_missing_are_refused) {
    EXPECT_TRUE(refused("82 01 01 00 00"));
    EXPECT_TRUE(refused("83 00 00 01 01 01 01"));
    EXPECT_TRUE(refused("84 00 00 01 01 0a c0 09 c0"));
    EXPECT_TRUE(refused("81 00 00"));
    EXPECT_TRUE(refused("81 01 01"));
    EXPECT_TRUE(refused("80"));
    EXPECT_TRUE(refused("82 00 00 02 90"));
    EXPECT_TRUE(refused("82 00 00 a1 31 01"));
}

TEST(InnerRecord, longer_encodings_than_needed_are_refused) {
    EXPECT_TRUE(refused("de0002 00 00 01 01"));      // map16
    EXPECT_TRUE(refused("df00000002 00 00 01 01"));  // map32
    EXPECT_TRUE(refused("82 cc00 00 01 01"));        // key
    EXPECT_TRUE(refused("82 00 cc00 01 01"));        // kind
    EXPECT_TRUE(refused("82 00 00 01 cc7f"));        // uint8 below 128
    EXPECT_TRUE(refused("82 00 00 01 cd00ff"));      // uint16 below 256
    EXPECT_TRUE(refused("82 00 00 01 ce0000ffff"));  // uint32 below 65536
    EXPECT_TRUE(refused("82 00 00 01 cf00000000ffffffff"));
    EXPECT_TRUE(refused("82 00 00 01 d001"));  // signed
    EXPECT_FALSE(refused("82 00 00 01 cc80"));
    EXPECT_FALSE(refused("82 00 00 01 cd0100"));
    EXPECT_FALSE(refused("82 00 00 01 ce00010000"));
    EXPECT_FALSE(refused("82 00 00 01 cf0000000100000000"));
    const std::string hash(64, '0');
    EXPECT_FALSE(refused("83 0000 0101 02 91 92 c420" + hash + "90"));
    EXPECT_TRUE(refused("83 0000 0101 02 dc0001 92 c420" + hash + "90"));    // array16
    EXPECT_TRUE(refused("83 0000 0101 02 91 92 c50020" + hash + "90"));      // bin16
    EXPECT_TRUE(refused("83 0000 0101 02 91 92 c600000020" + hash + "90"));  // bin32
    EXPECT_TRUE(refused("83 0000 0101 02 91 92 d920" + hash + "90"));        // str for bin
    const std::string address = "00 c404c0000201 cd13c4";
    EXPECT_FALSE(refused("83 0000 0101 07 91 95" + address + "a161 01"));
    EXPECT_TRUE(refused("83 0000 0101 07 91 95" + address + "d90161 01"));    // str8
    EXPECT_TRUE(refused("83 0000 0101 07 91 95" + address + "da000161 01"));  // str16
    EXPECT_TRUE(refused("83 0000 0101 07 91 95" + address + "c40161 01"));    // bin for str
}

TEST(InnerRecord, fields_out_of_range_are_refused) {
    const std::string head = "83 0000 0101";
    const std::string hash = "c420" + std::string(64, '0');
    EXPECT_TRUE(refused("82 00 03 01 01")) << "kind 3";
    EXPECT_TRUE(refused("82 00 01 01 01")) << "a delegation to nobody";
    EXPECT_TRUE(refused(head + "02 90")) << "an empty list is left out";
    EXPECT_TRUE(refused(head + "03 91 94 00 01 00 c4080000000000000000")) << "edge 0 of none";
    EXPECT_TRUE(refused(head + "04 c41f" + std::string(62, '0'))) << "31 bytes";
    EXPECT_TRUE(refused(head + "04 c0"));
    EXPECT_TRUE(refused(head + "02 91 92" + hash + "91 93 05 c404c0000201 cd13c4")) << "transport 5";
    EXPECT_TRUE(refused(head + "02 91 92" + hash + "91 93 00 c405c000020100 cd13c4")) << "5 bytes";
    EXPECT_TRUE(refused(head + "02 91 92" + hash + "91 93 00 c404c0000201 ce00010000")) << "port 65536";
    EXPECT_TRUE(refused(head + "02 91 93" + hash + "90 c0")) << "an edge of three";
    const std::string address = "00 c404c0000201 cd13c4";
    EXPECT_FALSE(refused(head + "07 91 95" + address + "a0 cd03e8"));
    EXPECT_TRUE(refused(head + "07 91 95" + address + "a0 cd03e9")) << "q 1.001";
    EXPECT_TRUE(refused(head + "07 91 95" + address + "a13b 01")) << "';' in a user part";
    EXPECT_TRUE(refused(head + "07 91 95" + address + "a10d 01")) << "CR in a user part";
    EXPECT_TRUE(refused(head + "07 91 95" + address + "d941" + std::string(130, '6') + "01"))
        << "65 characters";
    EXPECT_FALSE(refused(head + "08 91 92 c404c0000201 cd107e"));
    EXPECT_TRUE(refused(head + "08 91 92 c403c00002 cd107e")) << "3 bytes";
    EXPECT_TRUE(refused(head + "08 91 91 c404c0000201")) << "a node without a port";
    EXPECT_TRUE(refused(head + "08 90")) << "an empty list is left out";
}

TEST(InnerRecord, lists_over_their_cap_are_refused) {
    const std::string hash = "c420" + std::string(64, '0');
    std::string edges, addresses, phones, direct, nodes;
    for (int i = 0; i < 9; ++i) {
        edges += "92" + hash + "90";
        phones += "94 00 00 00 c4080000000000000000";
        direct += "95 00 c404c0000201 cd13c4 a0 00";
    }
    for (int i = 0; i < 7; ++i)
        addresses += "93 00 c404c0000201 cd13c4";
    for (int i = 0; i < 7; ++i)
        nodes += "92 c404c0000201 cd107e";
    const auto is_refused = [](const std::string& hex) {
        return decode_inner_record(padded(hex, 1024)).error() == Errc::malformed_record;
    };
    EXPECT_TRUE(is_refused("83 0000 0101 02 99" + edges));
    EXPECT_TRUE(is_refused("83 0000 0101 02 91 92" + hash + "97" + addresses));
    EXPECT_TRUE(is_refused("84 0000 0101 02 91 92" + hash + "90 03 99" + phones));
    EXPECT_TRUE(is_refused("83 0000 0101 07 99" + direct));
    EXPECT_TRUE(is_refused("83 0000 0101 08 97" + nodes));
    EXPECT_TRUE(is_refused("83 0000 0101 02 ddffffffff" + edges)) << "no memory for what is only promised";
}

TEST(InnerRecord, each_truncation_of_the_map_is_refused) {
    const auto whole = *encode(full_record());
    std::size_t end = whole.size();
    while (whole[end - 1] == 0)
        --end;
    // Cut short and padded anew: the bytes that are missing read as zeros, which the last field may be.
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < end; ++length) {
        auto cut = whole;
        std::fill(cut.begin() + static_cast<std::ptrdiff_t>(length), cut.end(), std::uint8_t{0});
        const auto decoded = decode_inner_record(cut);
        if (!decoded) continue;
        ++accepted;
        EXPECT_EQ(*encode(*decoded), cut) << length;  // then it is the encoding of another whole record
    }
    EXPECT_LE(accepted, 64u);
}

}  // namespace
}  // namespace overlay
