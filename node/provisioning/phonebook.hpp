// node/provisioning/phonebook.hpp - the person's contacts as phones and address books read them: vCards, and
// the directories of three makers. And the keys by which phones may fetch them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.hpp"
#include "node/names/contact.hpp"
#include "node/provisioning/settings_files.hpp"

namespace node {

enum class PhonebookForm : std::uint8_t { vcard, yealink, grandstream, snom, browser };
[[nodiscard]] std::optional<PhonebookForm> phonebook_form_of(std::string_view text);

/// Names and short numbers, as they are dialled at `server`; no key, address or secret of anybody's.
[[nodiscard]] SettingsFile phonebook(PhonebookForm form, const std::vector<Contact>& contacts,
                                     const std::string& server);

/// 32 characters: `user`'s phones fetch the phonebook with it until the password is changed. `secret` is the
/// node's alone.
[[nodiscard]] std::string phonebook_key(crypto::ByteView secret, std::string_view user, std::string_view ha1);
/// In a time that tells nothing of where they differ.
[[nodiscard]] bool same_key(std::string_view one, std::string_view other);

}  // namespace node
