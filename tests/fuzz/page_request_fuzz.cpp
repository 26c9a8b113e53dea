// tests/fuzz/page_request_fuzz.cpp - any text as what a browser names: a target that is answered has one
// reading, a host is of our names or an address, a cookie is a piece of its field.
#include <algorithm>
#include <string>
#include <vector>

#include "node/page/page_hosts.hpp"
#include "node/page/page_target.hpp"
#include "node/page/texts.hpp"
#include "tests/fuzz/check.hpp"

namespace {

void check_target(std::string_view text) {
    const auto target = node::read_target(text);
    if (!target) return;
    FUZZ_CHECK(text.size() <= node::longest_target);
    const std::string& path = target->path;
    FUZZ_CHECK(!path.empty() && path.front() == '/');
    FUZZ_CHECK(path.find("//") == std::string::npos);
    FUZZ_CHECK((path + "/").find("/../") == std::string::npos &&
               (path + "/").find("/./") == std::string::npos);
    FUZZ_CHECK(std::ranges::none_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    std::size_t held = path.size();
    for (const auto& [name, value] : target->query)
        held += name.size() + value.size();
    FUZZ_CHECK(held <= text.size());
}

void check_host(std::string_view text) {
    static const node::PageHosts hosts({"box", "example.org"});
    const bool ours = hosts.is_ours(text);
    const bool plain = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
    FUZZ_CHECK(plain || !ours);
    FUZZ_CHECK(!hosts.is_ours(std::string(text) + ".attacker.example"));
    FUZZ_CHECK(!text.empty() || !ours);
    (void)node::PageHosts::is_same(text, "box:8443");
    FUZZ_CHECK(!node::PageHosts::is_same("http://" + std::string(text), text));
}

void check_fields(std::string_view text) {
    const auto cookie = node::cookie_in(text, "language");
    FUZZ_CHECK(cookie.empty() ||
               (cookie.data() >= text.data() && cookie.data() + cookie.size() <= text.data() + text.size()));
    const auto language = node::language_of(cookie, text);
    FUZZ_CHECK(node::Texts(language).language().code == language);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_target(text);
    check_target("/" + std::string(text));
    check_host(text);
    check_fields(text);
    return 0;
}
