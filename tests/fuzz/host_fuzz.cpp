// tests/fuzz/host_fuzz.cpp - any text as a host in any script: what is accepted is a host name or an address,
// in one spelling.
#include <asio/ip/address.hpp>
#include <string>

#include "node/names/host_name.hpp"
#include "node/names/idn.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto host = node::to_ascii_host(text);
    if (!host) return 0;
    asio::error_code no_address;
    (void)asio::ip::make_address(*host, no_address);
    FUZZ_CHECK(!no_address || node::is_host_name(*host));
    FUZZ_CHECK(node::to_ascii_host(*host) == *host);
    return 0;
}
