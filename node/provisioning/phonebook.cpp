// node/provisioning/phonebook.cpp - vCard 4.0 (RFC 6350) with IMPP (RFC 4770), and makers' XML.
#include "node/provisioning/phonebook.hpp"

#include <fmt/format.h>
#include <sodium/utils.h>

#include <nlohmann/json.hpp>

#include "crypto/base32.hpp"
#include "crypto/hmac.hpp"
#include "node/provisioning/xml_text.hpp"

namespace node {
namespace {

/// RFC 6350 §3.4.
std::string vcard_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == ',' || c == ';') out += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
    return out;
}

std::string vcards(const std::vector<Contact>& contacts, const std::string& server) {
    std::string text;
    for (const auto& contact : contacts) {
        text += fmt::format("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{}\r\nIMPP:sip:{}@{}\r\n",
                            vcard_text(contact.name), contact.name, server);
        if (contact.number) text += fmt::format("TEL:{}\r\n", vcard_text(*contact.number));
        text += "END:VCARD\r\n";
    }
    return text;
}

/// What is typed on a keypad, where there is such a number.
std::string dialled(const Contact& contact) {
    return xml_text(contact.number.value_or(contact.name));
}

std::string entries(const std::vector<Contact>& contacts) {
    std::string xml;
    for (const auto& contact : contacts)
        xml += fmt::format(
            "  <DirectoryEntry>\n    <Name>{}</Name>\n    <Telephone>{}</Telephone>\n  </DirectoryEntry>\n",
            xml_text(contact.name), dialled(contact));
    return xml;
}

std::string address_book(const std::vector<Contact>& contacts) {
    std::string xml;
    for (const auto& contact : contacts)
        xml += fmt::format(
            "  <Contact>\n    <LastName>{}</LastName>\n    <FirstName></FirstName>\n    <Phone>\n"
            "      <phonenumber>{}</phonenumber>\n      <accountindex>1</accountindex>\n    </Phone>\n"
            "  </Contact>\n",
            xml_text(contact.name), dialled(contact));
    return xml;
}

/// node/page/phone/contacts.js.
std::string rows(const std::vector<Contact>& contacts, const std::string& server) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& contact : contacts)
        all.push_back({{"name", contact.name},
                       {"number", contact.number.value_or("")},
                       {"uri", fmt::format("sip:{}@{}", contact.name, server)}});
    return all.dump() + "\n";
}

constexpr auto xml_head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

}  // namespace

std::optional<PhonebookForm> phonebook_form_of(std::string_view text) {
    if (text == "vcard") return PhonebookForm::vcard;
    if (text == "yealink") return PhonebookForm::yealink;
    if (text == "grandstream") return PhonebookForm::grandstream;
    if (text == "snom") return PhonebookForm::snom;
    if (text == "browser") return PhonebookForm::browser;
    return std::nullopt;
}

SettingsFile phonebook(PhonebookForm form, const std::vector<Contact>& contacts, const std::string& server) {
    const std::string type = "application/xml; charset=utf-8";
    switch (form) {
        case PhonebookForm::vcard: return {"text/vcard; charset=utf-8", vcards(contacts, server)};
        case PhonebookForm::yealink:
            return {type, fmt::format("{}<YealinkIPPhoneDirectory>\n{}</YealinkIPPhoneDirectory>\n", xml_head,
                                      entries(contacts))};
        case PhonebookForm::grandstream:
            return {type,
                    fmt::format("{}<AddressBook>\n{}</AddressBook>\n", xml_head, address_book(contacts))};
        case PhonebookForm::snom:
            return {type, fmt::format("{}<SnomIPPhoneDirectory>\n  <Title>Hedgewitch</Title>\n"
                                      "  <Prompt>Dial</Prompt>\n{}</SnomIPPhoneDirectory>\n",
                                      xml_head, entries(contacts))};
        case PhonebookForm::browser: return {"application/json", rows(contacts, server)};
    }
    return {};
}

std::string phonebook_key(crypto::ByteView secret, std::string_view user, std::string_view ha1) {
    const std::string message = fmt::format("hedgewitch/v1/phonebook/{}/{}", user, ha1);
    const auto mac = crypto::hmac_sha256(secret, crypto::bytes_of(message));
    return crypto::base32_encode(crypto::ByteView(mac).first(20));
}

bool same_key(std::string_view one, std::string_view other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace node
