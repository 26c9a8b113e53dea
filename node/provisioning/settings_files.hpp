// node/provisioning/settings_files.hpp - a phone's settings as its maker has it read them.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "node/provisioning/phone_account.hpp"

namespace node {

struct SettingsFile {
    std::string type, body;  // media type
};

/// All but Linphone and browsers log in with the password itself: of a digest nobody can make it.
[[nodiscard]] bool needs_password(PhoneKind kind) noexcept;

/// REQUIRES: settings.wish.password where needs_password(). Error: what cannot be written for this phone.
[[nodiscard]] tl::expected<SettingsFile, std::string> settings_file(PhoneKind kind,
                                                                    const PhoneAccount& settings);

}  // namespace node
