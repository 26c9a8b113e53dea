// node/provisioning/xml_text.hpp - text inside of XML (XML 1.0 §2.2, §2.4), elements and attributes alike.
#pragma once

#include <string>
#include <string_view>

namespace node {

/// What XML cannot hold at all (control characters) is left out.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace node
