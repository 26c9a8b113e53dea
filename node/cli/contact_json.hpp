// node/cli/contact_json.hpp - contacts as a file that a person can keep, edit and give to another node:
//   {"hedgewitch_contacts": 1,
//    "contacts": [{"name": "mum", "number": "12", "uri": "sip:alice@example.org"},
//                 {"name": "bob", "invite": "hedgewitch:<56 characters>/bob?s=<32 characters>"}]}
// "number" may be missing; of "uri" and "invite" there is one. Invites hold secrets: so does the file.
#pragma once

#include <string>
#include <vector>

#include "node/state/contact_table.hpp"

namespace node {

inline constexpr std::size_t max_contacts_file = 16u << 20;  // 10,000 of the longest take 9 MB

std::string contacts_to_json(const std::vector<Contact>& rows);

/// Throws ContactError: names the line of what is no JSON, or the entry at fault; never an invite.
std::vector<Contact> contacts_from_json(const std::string& text, std::chrono::sys_seconds now);

}  // namespace node
