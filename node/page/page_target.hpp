// node/page/page_target.hpp - the target of a request (RFC 9112 §3.2.1) as a path and a query; and which of
// our languages a browser wants. What has two readings is refused: no "..", no "//", no escaped "/", no
// control character, nothing that is not UTF-8. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace node {

struct PageTarget {
    std::string path;                          // decoded
    std::map<std::string, std::string> query;  // decoded; of a name that comes twice the first
};
inline constexpr std::size_t longest_target = 2048;

/// Nothing: it is none that we would answer.
[[nodiscard]] std::optional<PageTarget> read_target(std::string_view target);

/// One of languages(). `cookie`: what it said before, or empty; `accept`: of Accept-Language (RFC 9110
/// §12.5.4), where the first that we speak counts, whatever its weight: browsers send the best first.
[[nodiscard]] std::string language_of(std::string_view cookie, std::string_view accept);

/// The value of one cookie (RFC 6265 §4.2.1); empty: there is none.
[[nodiscard]] std::string_view cookie_in(std::string_view cookies, std::string_view name);

}  // namespace node
