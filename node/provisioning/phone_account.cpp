// node/provisioning/phone_account.cpp - the words for it.
#include "node/provisioning/phone_account.hpp"

#include <array>
#include <utility>

namespace node {
namespace {

template <typename T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

constexpr Words<PhoneTransport, 3> transports = {
    {{"udp", PhoneTransport::udp}, {"tcp", PhoneTransport::tcp}, {"tls", PhoneTransport::tls}}};
constexpr Words<MediaEncryption, 4> encryptions = {{{"none", MediaEncryption::none},
                                                    {"srtp", MediaEncryption::srtp},
                                                    {"zrtp", MediaEncryption::zrtp},
                                                    {"dtls_srtp", MediaEncryption::dtls_srtp}}};
constexpr Words<PhoneKind, 6> kinds = {{{"linphone", PhoneKind::linphone},
                                        {"baresip", PhoneKind::baresip},
                                        {"yealink", PhoneKind::yealink},
                                        {"grandstream", PhoneKind::grandstream},
                                        {"snom", PhoneKind::snom},
                                        {"browser", PhoneKind::browser}}};

template <typename T, std::size_t N>
std::optional<T> value_of(const Words<T, N>& words, std::string_view text) {
    for (const auto& [word, value] : words) {
        if (word == text) return value;
    }
    return std::nullopt;
}

template <typename T, std::size_t N>
std::string_view word_of(const Words<T, N>& words, T value) {
    for (const auto& [word, each] : words) {
        if (each == value) return word;
    }
    return {};
}

}  // namespace

std::optional<PhoneTransport> phone_transport_of(std::string_view text) {
    return value_of(transports, text);
}
std::optional<MediaEncryption> media_encryption_of(std::string_view text) {
    return value_of(encryptions, text);
}
std::optional<PhoneKind> phone_kind_of(std::string_view text) {
    return value_of(kinds, text);
}
std::string_view name(PhoneTransport transport) {
    return word_of(transports, transport);
}
std::string_view name(MediaEncryption encryption) {
    return word_of(encryptions, encryption);
}
std::string_view name(PhoneKind kind) {
    return word_of(kinds, kind);
}

}  // namespace node
