// tests/overlay/address_validation_test.cpp - what goes to an address that has proved nothing.
#include "overlay/address_validation.hpp"

#include <gtest/gtest.h>

#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using Endpoint = asio::ip::udp::endpoint;

const Endpoint victim(asio::ip::make_address("192.0.2.1"), 4222);
const Endpoint other(asio::ip::make_address("198.51.100.7"), 4222);

/// {"q" or "r": ..., "t": number, "z": zeros}, so that it has about `size` bytes.
Bytes datagram(char kind, std::uint32_t transaction, std::size_t size, std::string_view method = "get") {
    Bytes out{0x83, 0xa1, static_cast<std::uint8_t>(kind)};
    if (kind == 'q') {
        out.push_back(static_cast<std::uint8_t>(0xa0U | method.size()));
        out.insert(out.end(), method.begin(), method.end());
    } else {
        out.push_back(0x80);
    }
    out.insert(out.end(), {0xa1, 't'});
    const auto byte = [&](unsigned shift) { out.push_back(static_cast<std::uint8_t>(transaction >> shift)); };
    if (transaction > 0xffff) {
        out.push_back(0xce);
        byte(24), byte(16), byte(8);
    } else if (transaction > 0xff) {
        out.push_back(0xcd);
        byte(8);
    } else if (transaction > 0x7f) {
        out.push_back(0xcc);
    }
    byte(0);
    const auto left = size > out.size() + 5 ? size - out.size() - 5 : 0;
    if (left < 256) {
        out.insert(out.end(), {0xa1, 'z', 0xc4, static_cast<std::uint8_t>(left)});
        out.resize(out.size() + left);
        return out;
    }
    out.insert(out.end(), {0xa1, 'z', 0xc5, static_cast<std::uint8_t>(left >> 8U),
                           static_cast<std::uint8_t>(left & 0xffU)});
    out.resize(out.size() + left);
    return out;
}

class AddressValidationTest : public testing::Test {
protected:
    struct Sent {
        Endpoint to;
        Bytes bytes;
        [[nodiscard]] DhtDatagram read() const { return read_dht_datagram(bytes).value(); }
    };
    void send(const Endpoint& to, const Bytes& bytes) {
        validation.at(now);
        validation.send(to, bytes);
    }
    auto come(const Endpoint& from, const Bytes& bytes) { return validation.received(from, bytes, now); }
    std::size_t bytes_to(const Endpoint& to) const {
        std::size_t sum = 0;
        for (const auto& each : sent)
            if (each.to == to) sum += each.bytes.size();
        return sum;
    }
    /// What `of` answers to the last datagram that went there.
    auto answer_to_last(const Endpoint& of) {
        const auto transaction = sent.back().read().transaction;
        return come(of, datagram('r', transaction, 40));
    }

    TimePoint now{100h};
    std::vector<Sent> sent;
    std::uint8_t rolls = 0;
    AddressValidation validation{{7, {1, 2, 3}, true},
                                 [this](const Endpoint& to, crypto::ByteView bytes) {
                                     sent.push_back({to, {bytes.begin(), bytes.end()}});
                                     return 0;
                                 },
                                 [this](std::span<std::uint8_t> out) {
                                     for (auto& byte : out)
                                         byte = ++rolls;
                                 }};
};

TEST_F(AddressValidationTest, a_stranger_gets_three_times_what_he_sent_and_not_a_byte_more) {
    come(victim, datagram('q', 1, 300));
    send(victim, datagram('r', 1, 600));
    EXPECT_EQ(bytes_to(victim), 600U);
    for (int i = 0; i < 100; ++i) {
        send(victim, datagram('r', 1, 400));
        validation.send_answer(victim, Bytes(500, 'H'));
        now += 100ms;
    }
    EXPECT_LE(bytes_to(victim), 900U);
    EXPECT_GT(validation.figures().answers_held, 0U);
    EXPECT_GT(validation.figures().unsent, 0U);
}

TEST_F(AddressValidationTest, requests_of_ours_count_too_where_somebody_wrote_first) {
    come(victim, datagram('q', 1, 300));
    for (std::uint32_t i = 0; i < 100; ++i) {
        send(victim, datagram('q', i, 300, "find"));
        validation.send_question(victim, Bytes(100, 'H'));
    }
    EXPECT_LE(bytes_to(victim), 900U);
}

TEST_F(AddressValidationTest, a_long_answer_follows_as_soon_as_a_ping_was_answered) {
    come(other, datagram('q', 1, 60));
    const auto head = datagram('r', 1, 700), part = datagram('p', 1, 1300);
    send(other, head);
    send(other, part);
    ASSERT_EQ(sent.size(), 1U) << "one ping, whatever waits";
    EXPECT_EQ(sent[0].read().method, "ping");
    now += 100ms;
    const auto received = answer_to_last(other);
    EXPECT_TRUE(received.answers_us);
    EXPECT_FALSE(received.datagram) << "OpenDHT knows nothing of that ping";
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_EQ(sent[1].bytes, head);
    EXPECT_EQ(sent[2].bytes, part);
    send(other, datagram('r', 2, 60'000));
    EXPECT_EQ(sent.size(), 4U) << "from now on at once";
    EXPECT_EQ(validation.figures().valid_addresses, 1U);
}

TEST_F(AddressValidationTest, an_answer_to_any_request_of_ours_proves_its_address) {
    const auto request = datagram('q', 77, 300, "find");
    send(other, request);
    ASSERT_EQ(sent.size(), 1U);
    const auto received = answer_to_last(other);
    ASSERT_TRUE(received.answers_us && received.datagram);
    EXPECT_EQ(read_dht_datagram(*received.datagram)->transaction, 77U) << "as OpenDHT knows it";
    send(other, datagram('r', 1, 5000));
    EXPECT_EQ(sent.size(), 2U);
}

TEST_F(AddressValidationTest, an_id_that_was_sent_elsewhere_proves_nothing) {
    // OpenDHT's ids count up for each node, and a node may say that it moved.
    send(other, datagram('q', 77, 300));
    const auto told = sent.back().read().transaction;
    come(victim, datagram('q', 5, 300));
    send(victim, datagram('q', 79, 300));
    const auto right = sent.back().read().transaction;
    for (const auto guess : {told, told + 1, told + 2, 77U, 78U, 79U}) {
        if (guess == right) continue;
        EXPECT_FALSE(come(victim, datagram('r', guess, 40)).answers_us);
    }
    EXPECT_NE(right - told, 2U);
    EXPECT_EQ(validation.figures().valid_addresses, 0U);
    EXPECT_FALSE(come(Endpoint(other.address(), 4223), datagram('r', told, 40)).answers_us) << "another port";
}

TEST_F(AddressValidationTest, who_guesses_ids_proves_no_address_any_more) {
    come(victim, datagram('q', 5, 300));
    send(victim, datagram('q', 79, 300));
    const auto right = sent.back().read().transaction;
    for (std::uint32_t i = 0; i < 64; ++i)
        come(victim, datagram('r', right + 1 + i, 40));
    come(victim, datagram('r', right, 40));
    EXPECT_EQ(validation.figures().valid_addresses, 0U);
}

TEST_F(AddressValidationTest, an_answer_that_nobody_asked_for_or_that_comes_too_late_goes_no_further) {
    EXPECT_FALSE(come(other, datagram('r', 9, 40)).datagram);
    send(other, datagram('q', 77, 40));
    now += 11s;
    EXPECT_FALSE(answer_to_last(other).datagram);
    EXPECT_EQ(validation.figures().unasked, 2U);
}

TEST_F(AddressValidationTest, parts_of_a_value_of_ours_have_its_id_and_theirs_keep_theirs) {
    send(other, datagram('q', 77, 300, "put"));
    const auto wire = sent.back().read().transaction;
    answer_to_last(other);
    send(other, datagram('p', 77, 400));
    EXPECT_EQ(sent.back().read().transaction, wire);
    send(other, datagram('p', 1234, 400));
    EXPECT_EQ(sent.back().read().transaction, 1234U);
    EXPECT_EQ(read_dht_datagram(*come(other, datagram('p', 4321, 400)).datagram)->transaction, 4321U);
    EXPECT_EQ(read_dht_datagram(*come(other, datagram('p', wire, 400)).datagram)->transaction, 77U);
}

TEST_F(AddressValidationTest, requests_are_long_enough_to_be_answered_until_the_other_side_knows_us) {
    const auto asked = [&] {
        send(other, datagram('q', 1, 40));
        return sent.back().bytes.size();
    };
    EXPECT_EQ(asked(), 256U);
    answer_to_last(other);
    EXPECT_EQ(asked(), 256U) << "that they answered says nothing of what they think of us";
    come(other, datagram('q', 5, 60, "ping"));
    send(other, datagram('r', 5, 60));
    EXPECT_LT(asked(), 60U);
}

TEST_F(AddressValidationTest, who_is_named_to_us_gets_so_much_a_minute_from_whatever_port) {
    std::uint32_t transaction = 0;
    const auto ask_for = [&](std::chrono::seconds time) {
        for (const auto end = now + time; now < end; now += 100ms)
            for (std::uint16_t port = 1; port <= 20; ++port)
                send(Endpoint(victim.address(), port), datagram('q', ++transaction, 300, "put"));
    };
    ask_for(10s);
    std::size_t sum = 0;
    for (const auto& each : sent)
        sum += each.bytes.size();
    EXPECT_LE(sum, 65536U + 10 * 1024U);
    EXPECT_GE(sum, 65000U);
    const auto before = sent.size();
    send(other, datagram('q', 1, 300));
    EXPECT_EQ(sent.size(), before + 1) << "others are not the poorer for it";
}

TEST_F(AddressValidationTest, a_proof_ends_an_hour_after_the_last_answer) {
    send(other, datagram('q', 1, 40));
    answer_to_last(other);
    now += 59min;
    send(other, datagram('q', 2, 40));
    answer_to_last(other);
    now += 59min;
    send(other, datagram('r', 1, 5000));
    EXPECT_EQ(sent.size(), 3U);
    now += 2min;
    send(other, datagram('r', 1, 5000));
    EXPECT_EQ(sent.size(), 3U);
}

TEST_F(AddressValidationTest, a_listen_which_is_remembered_for_ten_minutes_comes_from_a_valid_address_alone) {
    EXPECT_FALSE(come(other, datagram('q', 5, 60, "listen")).datagram);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].read().method, "ping");
    answer_to_last(other);
    EXPECT_TRUE(come(other, datagram('q', 5, 60, "listen")).datagram);
}

TEST_F(AddressValidationTest, what_waits_is_bounded_and_let_go_after_three_seconds) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Endpoint from(asio::ip::address_v4(0xc0000200U + i), 4222);
        come(from, datagram('q', 1, 40));
        for (int k = 0; k < 20; ++k)
            send(from, datagram('r', 1, 1300));
    }
    const auto figures = validation.figures();
    EXPECT_LE((figures.answers_held - (figures.unsent - 1000 * 14)) * 1300, 128U * 8192U);
    const auto last = sent.back();
    now += 4s;
    come(last.to, datagram('r', last.read().transaction, 40));
    EXPECT_EQ(sent.back().bytes, last.bytes) << "too late: it has asked again by now";
}

}  // namespace
}  // namespace overlay
