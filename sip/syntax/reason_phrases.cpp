// sip/syntax/reason_phrases.cpp - the reason phrases of RFC 3261 §21 and of the RFCs that added statuses.
#include "sip/syntax/reason_phrases.hpp"

namespace sip {
namespace {

// Empty for a status that no RFC has.
std::string_view reason_of(int status) noexcept {
    switch (status) {
        case 100: return "Trying";
        case 180: return "Ringing";
        case 181: return "Call Is Being Forwarded";
        case 182: return "Queued";
        case 183: return "Session Progress";
        case 200: return "OK";
        case 202: return "Accepted";
        case 300: return "Multiple Choices";
        case 301: return "Moved Permanently";
        case 302: return "Moved Temporarily";
        case 305: return "Use Proxy";
        case 380: return "Alternative Service";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 402: return "Payment Required";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 407: return "Proxy Authentication Required";
        case 408: return "Request Timeout";
        case 410: return "Gone";
        case 413: return "Request Entity Too Large";
        case 414: return "Request-URI Too Long";
        case 415: return "Unsupported Media Type";
        case 416: return "Unsupported URI Scheme";
        case 420: return "Bad Extension";
        case 421: return "Extension Required";
        case 423: return "Interval Too Brief";
        case 430: return "Flow Failed";                       // RFC 5626 §11.5
        case 439: return "First Hop Lacks Outbound Support";  // RFC 5626 §11.6
        case 440: return "Max-Breadth Exceeded";              // RFC 5393 §5.4
        case 480: return "Temporarily Unavailable";
        case 481: return "Call/Transaction Does Not Exist";
        case 482: return "Loop Detected";
        case 483: return "Too Many Hops";
        case 484: return "Address Incomplete";
        case 485: return "Ambiguous";
        case 486: return "Busy Here";
        case 487: return "Request Terminated";
        case 488: return "Not Acceptable Here";
        case 489: return "Bad Event";  // RFC 6665
        case 491: return "Request Pending";
        case 493: return "Undecipherable";
        case 500: return "Server Internal Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Server Time-out";
        case 505: return "Version Not Supported";
        case 513: return "Message Too Large";
        case 600: return "Busy Everywhere";
        case 603: return "Decline";
        case 604: return "Does Not Exist Anywhere";
        case 606: return "Not Acceptable";
        default: return {};
    }
}

}  // namespace

std::string_view default_reason(int status) noexcept {
    if (const auto reason = reason_of(status); !reason.empty()) return reason;
    // §8.1.3.2: an unknown status means what x00 of its class means.
    static constexpr std::string_view classes[] = {
        "Trying", "OK", "Multiple Choices", "Bad Request", "Server Internal Error", "Busy Everywhere"};
    return status >= 100 && status <= 699 ? classes[status / 100 - 1] : "Unknown";
}

}  // namespace sip
