// sip/error.cpp - the texts of sip::Errc.
#include "sip/error.hpp"

#include <string>

namespace sip {
namespace {

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "sip"; }
    std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::not_sip: return "not a SIP message";
            case Errc::incomplete: return "the message ends before its header does";
            case Errc::bad_uri: return "malformed URI";
            case Errc::bad_name_addr: return "malformed name-addr";
            case Errc::bad_via: return "malformed Via";
            case Errc::bad_cseq: return "malformed CSeq";
            case Errc::bad_number: return "malformed number";
            case Errc::bad_parameter: return "malformed parameter";
            case Errc::bad_credentials: return "malformed credentials";
            case Errc::bad_framing: return "the end of the message cannot be known";
            case Errc::too_large: return "message too large";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& category() noexcept {
    static const Category instance;
    return instance;
}

}  // namespace sip
