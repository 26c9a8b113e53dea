// node/page/phone/phone_files.hpp - the softphone's own files, as bundle.cmake has put them into the program.
// Immutable: any thread.
#pragma once

#include <span>
#include <string_view>

namespace node {

struct PhoneFile {
    std::string_view path;  // "/phone/phone-1f2e3d4c.js": of another content another path
    std::string_view type;  // media type
    std::string_view hash;  // of the content, 16 hexadecimal digits
    std::string_view body;
};

/// The first is the page itself, "/phone". Empty: Hedgewitch was built without npm.
[[nodiscard]] std::span<const PhoneFile> phone_files();

}  // namespace node
