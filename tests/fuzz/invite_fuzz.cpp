// tests/fuzz/invite_fuzz.cpp - any text as an invite: what is read is written back to the same meaning, and
// no error repeats a secret.
#include <algorithm>
#include <string>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"
#include "tests/fuzz/check.hpp"

namespace {

void check_round_trip(const node::Invite& invite) {
    const auto again = node::parse_invite(node::format_invite(invite));
    FUZZ_CHECK(again && *again == invite);
}

/// The checks stop nearly every mutation of a text; here any bytes are a secret and a label.
void check_made_of(const std::uint8_t* data, std::size_t size) {
    node::Invite invite;
    invite.key = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{7})).public_key();
    invite.secret.assign(data, data + node::invite_secret_size);
    const auto label = crypto::canonical_label(
        {reinterpret_cast<const char*>(data) + node::invite_secret_size, size - node::invite_secret_size});
    if (!label) return;
    invite.label = *label;
    check_round_trip(invite);
    std::string text = node::format_invite(invite);
    text.pop_back();
    const auto cut = node::parse_invite(text);
    FUZZ_CHECK(!cut && cut.error().find(text.substr(text.size() - 31)) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto invite = node::parse_invite(text)) {
        FUZZ_CHECK(node::looks_like_invite(text));
        FUZZ_CHECK(invite->secret.empty() || invite->secret.size() == node::invite_secret_size);
        FUZZ_CHECK(crypto::canonical_label(invite->label) == invite->label);
        check_round_trip(*invite);
    } else {
        FUZZ_CHECK(!invite.error().empty() && invite.error().size() < 120);
    }
    if (size > node::invite_secret_size) check_made_of(data, size);
    return 0;
}
