// node/names/contact.cpp - checks what a person typed, and gives it its one spelling.
#include "node/names/contact.hpp"

#include <algorithm>
#include <array>

#include "crypto/name.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/host_name.hpp"
#include "node/names/idn.hpp"
#include "node/names/invite.hpp"
#include "node/names/pasted.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr std::size_t max_uri_size = 512;  // a user part of 128, escaped, and a host of 253

/// Not what stands behind a ?: it may be the secret of a mangled invite.
std::string cited(std::string_view text) {
    return "\"" + std::string(text.substr(0, std::min<std::size_t>(text.find('?'), 80))) + "\"";
}

void check_number(const std::string& number) {
    if (!number.empty() && number.size() <= max_number_length &&
        number.find_first_not_of("0123456789*#") == std::string::npos)
        return;
    throw ContactError(cited(number) + " is no short number: 1 to " + std::to_string(max_number_length) +
                       " of the keys 0-9 * # are allowed");
}

std::string host_of_key(const crypto::PublicKey& key) {
    return crypto::encode_name(key) + ".hedge.alt";
}

[[noreturn]] void refuse_uri(std::string_view text, const std::string& why) {
    throw ContactError(cited(text) + " cannot be a contact: " + why);
}

/// The host in its one spelling; throws for what nobody could be asked about.
std::string contact_host(std::string_view text, const sip::UriView& uri) {
    const auto ascii = to_ascii_host(uri.host);
    if (!ascii) refuse_uri(text, "what stands behind the @ is no host name");
    const HostName host = classify(*ascii);
    if (const auto* bad = std::get_if<BadKeyName>(&host))
        refuse_uri(text, "it is no Hedgewitch address (" + bad->why + "). Was it copied whole?");
    if (std::holds_alternative<OtherAlt>(host))
        refuse_uri(text, "names below .alt are outside DNS, and this one is not Hedgewitch's");
    if (std::holds_alternative<Literal>(host))
        refuse_uri(text, "calls go to names, not to bare IP addresses");
    if (ends_in_a_number(*ascii))
        refuse_uri(text, "what stands behind the @ looks like an address, and is none");
    if (const auto* key_name = std::get_if<KeyName>(&host)) {
        if (uri.port || !uri.parameters.empty())
            refuse_uri(text, "its key says where to call; leave out port and parameters");
        return host_of_key(key_name->key);
    }
    return std::get<Domain>(host).name;
}

/// SIP knows no other hosts than ASCII ones: "sip:a@bücher.example" -> "sip:a@xn--bcher-kva.example".
std::string with_ascii_host(std::string_view uri) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const auto at = uri.rfind('@');
    if (at == std::string_view::npos || std::all_of(uri.begin(), uri.end(), is_ascii))
        return std::string(uri);
    const auto end = std::min(uri.find_first_of(":;?", at), uri.size());
    const auto host = to_ascii_host(uri.substr(at + 1, end - at - 1));
    if (!host) return std::string(uri);
    return std::string(uri.substr(0, at + 1)) + *host + std::string(uri.substr(end));
}

std::string contact_uri(std::string_view pasted) {
    const std::string_view text = without_brackets(pasted);
    const auto colon = text.substr(0, text.find(':'));
    const bool has_scheme = sip::equal_nocase(colon, "sip") || sip::equal_nocase(colon, "sips");
    const std::string whole = (has_scheme ? "" : "sip:") + with_ascii_host(text);
    const auto uri = sip::UriView::parse(whole);
    if (!uri || whole.size() > max_uri_size || uri->user.empty())
        refuse_uri(text, "write it like sip:alice@example.org, or paste an invite (hedgewitch:...)");
    if (!uri->password.empty() || !uri->headers.empty())
        throw ContactError("a contact has neither a password nor anything behind a ?; leave them out");
    const std::string host = contact_host(text, *uri);
    std::string user = sip::unescape(uri->user);
    if (host.ends_with(".hedge.alt")) {
        const auto label = crypto::canonical_label(user);
        if (!label) refuse_uri(text, "users there have 1 to 63 letters, digits and . _ + -");
        user = *label;
    }
    std::string canonical = (uri->is_sips() ? "sips:" : "sip:") + sip::escape_user(user) + "@" + host;
    if (uri->port) canonical += ":" + std::to_string(*uri->port);
    for (std::string_view rest = uri->parameters; !rest.empty();) {
        const auto parameter = sip::next_parameter(rest);
        const std::string transport = sip::lowercase(parameter.value);
        const bool known = transport == "udp" || transport == "tcp" || transport == "tls" ||
                           transport == "ws" || transport == "wss";
        if (!sip::equal_nocase(parameter.name, "transport") || !known ||
            canonical.find(";transport=") != std::string::npos)
            refuse_uri(text, "of the parameters only one ;transport= may stand in a contact");
        canonical += ";transport=" + transport;
    }
    return canonical;
}

}  // namespace

std::optional<std::pair<crypto::PublicKey, std::string>> key_name_of(const std::string& text) {
    const auto uri = sip::UriView::parse(text);
    if (!uri) return std::nullopt;
    const HostName host = classify(uri->host);
    const auto* key_name = std::get_if<KeyName>(&host);
    if (key_name == nullptr) return std::nullopt;
    return std::pair(key_name->key, sip::unescape(uri->user));
}

bool is_emergency_number(std::string_view text) {
    // ITU-T E.161.1 recommends 112 and 911; the others are those of whole countries for police, fire or an
    // ambulance (ITU's list of national numbers), and what is known as such abroad.
    constexpr std::array<std::string_view, 36> numbers{
        "112", "911", "999", "000", "110", "111", "113", "114", "115", "116", "117", "118",
        "119", "120", "122", "123", "133", "144", "100", "101", "102", "103", "104", "108",
        "190", "191", "192", "193", "197", "199", "995", "997", "998", "15",  "17",  "18"};
    return std::find(numbers.begin(), numbers.end(), text) != numbers.end();
}

std::string emergency_warning(const Contact& contact) {
    const bool number = contact.number && is_emergency_number(*contact.number);
    if (!number && !is_emergency_number(contact.name)) return {};
    return (number ? *contact.number : contact.name) +
           " is an emergency number in some countries: who dials it here calls " + contact.name + ", " +
           contact.uri + ", and no help.";
}

std::string contact_name_of(std::string_view text) {
    const auto name = crypto::canonical_label(text);
    if (!name)
        throw ContactError(
            cited(text) +
            " is no contact name: 1 to 63 letters, digits and . _ + - are allowed, so that any "
            "phone can dial it");
    // RFC 3323 §4.1.1.3: callers who hide are called so; calling one back must not reach somebody.
    if (*name == "anonymous")
        throw ContactError("\"anonymous\" is what callers are called who hide their name");
    return *name;
}

Contact make_contact(std::string_view name, const std::optional<std::string>& number,
                     std::string_view uri_or_invite, std::chrono::sys_seconds now) {
    Contact row;
    row.name = contact_name_of(name);
    row.number = number;
    row.created = now;
    if (number) check_number(*number);
    if (!looks_like_invite(uri_or_invite)) {
        row.uri = contact_uri(uri_or_invite);
        return row;
    }
    auto invite = parse_invite(uri_or_invite);
    if (!invite) throw ContactError(invite.error());  // not the text: there is a secret in it
    row.uri = "sip:" + sip::escape_user(invite->label) + "@" + host_of_key(invite->key);
    row.secret = std::move(invite->secret);
    return row;
}

}  // namespace node
