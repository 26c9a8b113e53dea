// node/probe/edge_proof.cpp - signs a challenge for a host, and checks who signed.
#include "node/probe/edge_proof.hpp"

#include <algorithm>
#include <vector>

#include "crypto/base32.hpp"
#include "crypto/name.hpp"
#include "crypto/signature.hpp"
#include "node/addresses.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr std::string_view domain = "hedgewitch/v1/edge";
constexpr std::string_view at_parameter = ";at=";
constexpr std::string_view signature_parameter = ";sig=";
constexpr std::uint8_t proof_version = 1;

using SignatureGroup = crypto::Bytes<65>;  // signature, version

std::vector<std::uint8_t> message_of(std::string_view host, const EdgeChallenge& challenge,
                                     std::string_view at) {
    const std::string lower = sip::lowercase(host);
    std::vector<std::uint8_t> message(lower.begin(), lower.end());
    message.push_back(0);  // which no host name holds
    message.insert(message.end(), challenge.begin(), challenge.end());
    message.insert(message.end(), at.begin(), at.end());
    return message;
}

}  // namespace

std::string challenge_text(const EdgeChallenge& challenge, const sip::Endpoint& at) {
    return crypto::base32_encode(challenge) + std::string(at_parameter) + sip::to_string(at);
}

crypto::Result<std::string> make_proof(const crypto::Identity& identity, std::string_view host,
                                       std::string_view challenge_text,
                                       const std::function<bool(const sip::Endpoint&)>& is_own) {
    const auto parameter = challenge_text.find(at_parameter);
    EdgeChallenge challenge{};
    if (const auto read = crypto::base32_decode(challenge_text.substr(0, parameter), challenge); !read)
        return tl::unexpected(read.error());
    if (parameter == std::string_view::npos) return crypto::fail(crypto::Errc::bad_length);
    const auto at = parse_endpoint(challenge_text.substr(parameter + at_parameter.size()));
    if (!at || !is_own(*at)) return crypto::fail(crypto::Errc::bad_parameters);
    const auto signature = crypto::sign(identity, domain, message_of(host, challenge, sip::to_string(*at)));
    SignatureGroup group{};
    std::copy(signature.begin(), signature.end(), group.begin());
    group.back() = proof_version;
    return crypto::encode_name(identity.public_key()) + std::string(signature_parameter) +
           crypto::base32_encode(group);
}

crypto::Result<crypto::PublicKey> check_proof(std::string_view header_value, std::string_view host,
                                              const EdgeChallenge& challenge, const sip::Endpoint& at) {
    const auto parameter = header_value.find(signature_parameter);
    if (parameter == std::string_view::npos) return crypto::fail(crypto::Errc::bad_length);
    const auto key = crypto::decode_name(header_value.substr(0, parameter));
    if (!key) return key;
    SignatureGroup group{};
    const auto read =
        crypto::base32_decode(header_value.substr(parameter + signature_parameter.size()), group);
    if (!read) return tl::unexpected(read.error());
    if (group.back() != proof_version) return crypto::fail(crypto::Errc::unknown_version);
    crypto::Signature signature{};
    std::copy_n(group.begin(), signature.size(), signature.begin());
    if (!crypto::verify(*key, domain, message_of(host, challenge, sip::to_string(at)), signature))
        return crypto::fail(crypto::Errc::bad_signature);
    return key;
}

}  // namespace node
