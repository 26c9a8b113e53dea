// tests/fuzz/ticket_fuzz.cpp - any text as a caller's ticket. Nothing that is not sealed to us opens; what is
// made of any label and any bytes opens to the same, for this callee alone.
#include <algorithm>
#include <string>

#include "crypto/name.hpp"
#include "crypto/ticket.hpp"
#include "tests/fuzz/check.hpp"

namespace {

const crypto::Identity& caller() {
    static const auto identity = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    return identity;
}

void check_made_of(const std::uint8_t* data, std::size_t size) {
    crypto::Bytes<32> random{};
    std::copy_n(data, std::min(size, random.size()), random.begin());
    const auto label =
        crypto::canonical_label({reinterpret_cast<const char*>(data) + random.size(), size - random.size()});
    const crypto::Secret<32> secret = crypto::ticket_secret(crypto::Seed(random), data[0]);
    const crypto::TicketCallee callee{caller().public_key(), "bob"};
    const auto text = crypto::seal_ticket(caller(), label.value_or(""), data[1],
                                          crypto::ticket_key_of(secret), callee, crypto::Secret<32>(random));
    FUZZ_CHECK(text.has_value() == label.has_value());
    if (!text) return;
    const auto ticket = crypto::open_ticket(secret, callee, *text);
    FUZZ_CHECK(ticket && ticket->label == *label && ticket->zone == caller().public_key());
    FUZZ_CHECK(ticket->made_at == data[1]);
    FUZZ_CHECK(!crypto::open_ticket(secret, {caller().public_key(), "rob"}, *text));
    std::string changed = *text;
    changed[size % changed.size()] ^= 1;
    FUZZ_CHECK(!crypto::open_ticket(secret, callee, changed));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The callee of tests/crypto/golden.py, so that the corpus holds tickets that open, and that nearly do.
    crypto::Bytes<32> seed{};
    for (std::size_t i = 0; i < seed.size(); ++i)
        seed[i] = static_cast<std::uint8_t>(32 + i);
    const auto owner = crypto::Identity::from_seed(crypto::Seed(seed));
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto ticket =
        crypto::open_ticket(crypto::ticket_secret(owner.seed(), 20'000), {owner.public_key(), "bob"}, text);
    if (ticket) {
        FUZZ_CHECK(size == crypto::ticket_text_length || size == crypto::long_ticket_text_length);
        FUZZ_CHECK(crypto::canonical_label(ticket->label) == ticket->label);
    }
    if (size > 33) check_made_of(data, size);
    return 0;
}
