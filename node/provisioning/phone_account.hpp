// node/provisioning/phone_account.hpp - what a phone has to know, and what a person wished of the link that
// tells it. Values only: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace node {

enum class PhoneTransport : std::uint8_t { udp, tcp, tls };
/// Of the voice, as the phone offers it to every callee. A phone that cannot do it does without.
enum class MediaEncryption : std::uint8_t { none, srtp, zrtp, dtls_srtp };
/// How the settings are written.
enum class PhoneKind : std::uint8_t { linphone, baresip, yealink, grandstream, snom, browser };

[[nodiscard]] std::optional<PhoneTransport> phone_transport_of(std::string_view text);
[[nodiscard]] std::optional<MediaEncryption> media_encryption_of(std::string_view text);
[[nodiscard]] std::optional<PhoneKind> phone_kind_of(std::string_view text);
[[nodiscard]] std::string_view name(PhoneTransport transport);
[[nodiscard]] std::string_view name(MediaEncryption encryption);
[[nodiscard]] std::string_view name(PhoneKind kind);

struct LinkWish {
    std::string user;      // canonical
    std::string password;  // when it has just been made; else only its digests are known
    PhoneTransport transport = PhoneTransport::udp;
    MediaEncryption encryption = MediaEncryption::zrtp;
    std::string server;               // as phones_server(), with a port but for 5060; of TLS with TLS's own
    std::string domain;               // behind the @ of the user's address there; as the node knows it
    bool certificate_proven = false;  // phones can check it: others have issued it, for the server's name
    std::string stun_server;          // "host:port"
    std::vector<std::string> browser_stun;  // the same for browsers, which ask nothing at SIP's own ports
};

struct PhoneAccount {
    LinkWish wish;
    std::string realm, ha1_md5;
    std::string phonebook;  // URL of the person's contacts, without what tells the form; empty: none
};

}  // namespace node
