// node/cli/contact_json.cpp - contacts to JSON and back.
#include "node/cli/contact_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "node/names/invite.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* mark = "hedgewitch_contacts";
constexpr int version = 1;

std::string string_of(const Json& entry, const char* field) {
    if (!entry.contains(field)) return {};
    if (!entry[field].is_string())
        throw ContactError(std::string("\"") + field + "\" must be text in quotes");
    return entry[field].get<std::string>();
}

Contact row_of(const Json& entry, std::chrono::sys_seconds now) {
    if (!entry.is_object()) throw ContactError("it must be {\"name\": ..., \"uri\": ...}");
    for (const auto& [field, value] : entry.items()) {
        if (field != "name" && field != "number" && field != "uri" && field != "invite")
            throw ContactError("unknown field \"" + field.substr(0, 40) +
                               "\"; there are name, number, uri and invite");
    }
    const std::string uri = string_of(entry, "uri"), invite = string_of(entry, "invite");
    if (!entry.contains("name")) throw ContactError("\"name\" is missing");
    if (entry.contains("uri") == entry.contains("invite"))
        throw ContactError("it must have either \"uri\" or \"invite\"");
    if (entry.contains("invite") && !looks_like_invite(invite))
        throw ContactError("\"invite\" must begin with hedgewitch:");
    std::optional<std::string> number;
    if (entry.contains("number")) number = string_of(entry, "number");
    return make_contact(string_of(entry, "name"), number, entry.contains("uri") ? uri : invite, now);
}

/// nlohmann's own message cites the text, in which there may be an invite.
Json parse(const std::string& text) {
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& e) {
        const std::size_t before = std::min(e.byte, text.size() + 1) - std::min<std::size_t>(e.byte, 1);
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(before);  // e.byte counts from 1
        throw ContactError("line " + std::to_string(1 + std::count(text.begin(), end, '\n')) +
                           ": this is no JSON; `hedgewitch contact import --help` shows what it looks like");
    }
}

}  // namespace

std::string contacts_to_json(const std::vector<Contact>& rows) {
    Json list = Json::array();
    for (const auto& row : rows) {
        Json entry{{"name", row.name}};
        if (row.number) entry["number"] = *row.number;
        const auto key_name = key_name_of(row.uri);
        if (row.secret.empty() || !key_name) {
            entry["uri"] = row.uri;
        } else {
            entry["invite"] = format_invite({key_name->first, key_name->second, row.secret});
        }
        list.push_back(std::move(entry));
    }
    return Json{{mark, version}, {"contacts", std::move(list)}}.dump(2) + "\n";
}

std::vector<Contact> contacts_from_json(const std::string& text, std::chrono::sys_seconds now) {
    const Json root = parse(text);
    if (!root.is_object() || !root.contains(mark) || !root.contains("contacts") ||
        !root["contacts"].is_array())
        throw ContactError(std::string("these are no contacts: {\"") + mark +
                           "\": 1, \"contacts\": [...]} is expected");
    if (root[mark] != version) throw ContactError("these contacts are of another version");
    const Json& list = root["contacts"];
    if (list.size() > max_contact_rows)
        throw ContactError("there are " + std::to_string(list.size()) + " contacts; " +
                           std::to_string(max_contact_rows) + " are the most");
    std::vector<Contact> rows;
    for (const auto& entry : list) {
        try {
            rows.push_back(row_of(entry, now));
        } catch (const ContactError& e) {
            throw ContactError("entry " + std::to_string(rows.size() + 1) + ": " + e.what());
        }
    }
    return rows;
}

}  // namespace node
