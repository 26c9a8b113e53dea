// tests/fuzz/upnp_fuzz.cpp - any bytes as what a router answers over HTTP, through miniupnpc's own parsers: a
// description, an answer to an action, a URL. No control point of another host is believed.
#include <fcntl.h>
#include <miniupnpc/igd_desc_parse.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpreplyparse.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "node/reach/upnp_offer.hpp"
#include "tests/fuzz/check.hpp"

// miniupnpc exports it, and declares it in no header that is installed.
extern "C" void* getHTTPResponse(int socket, int* size, int* status);

namespace {

const asio::ip::address router = asio::ip::make_address("192.168.1.1");
const asio::ip::address router6 = asio::ip::make_address("2001:db8::1");

/// The body, as miniupnpc reads it off a connection; it closes no socket.
std::string body_of(const std::uint8_t* data, std::size_t size) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return {};
    fcntl(ends[1], F_SETFL, O_NONBLOCK);  // what does not fit is cut off
    (void)!write(ends[1], data, size);
    shutdown(ends[1], SHUT_WR);
    int length = 0, status = 0;
    void* body = getHTTPResponse(ends[0], &length, &status);
    std::string text;
    if (body != nullptr && length > 0)
        text.assign(static_cast<const char*>(body), static_cast<std::size_t>(length));
    std::free(body);
    close(ends[0]);
    close(ends[1]);
    return text;
}

void check_words(const std::string& why) {
    FUZZ_CHECK(why.size() < 300);
    FUZZ_CHECK(std::all_of(why.begin(), why.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

void check_description(const std::string& body) {
    IGDdatas data{};
    parserootdesc(body.c_str(), static_cast<int>(body.size()), &data);
    UPNPUrls urls{};
    GetUPNPUrls(&urls, &data, "http://192.168.1.1:5000/rootDesc.xml", 0);
    const std::string control = urls.controlURL == nullptr ? "" : urls.controlURL;
    const std::string why = node::why_not_believed(control, router);
    FUZZ_CHECK(why.empty() == node::is_of(control, router));
    if (why.empty()) FUZZ_CHECK(control.find("://192.168.1.1") == 4);
    check_words(why);
    const std::string firewall = urls.controlURL_6FC == nullptr ? "" : urls.controlURL_6FC;
    FUZZ_CHECK(node::why_not_believed(firewall, router6).empty() == node::is_of(firewall, router6));
    FreeUPNPUrls(&urls);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_words(node::why_not_believed(text, router));
    check_words(node::why_not_believed(text, router6));
    check_words(node::why_not_believed("http://[" + text, router6));
    for (const std::string& body : {text, body_of(data, size)}) {
        check_description(body);
        NameValueParserData values{};
        ParseNameValue(body.c_str(), static_cast<int>(body.size()), &values);
        ClearNameValueList(&values);
    }
    return 0;
}
