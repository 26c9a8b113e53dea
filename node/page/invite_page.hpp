// node/page/invite_page.hpp - /i: what to do with an invite. The invite itself stands in the address behind
// the #, which a browser keeps to itself; a small script (page_scripts.hpp) shows it to the person.
#pragma once

#include "node/page/page_request.hpp"

namespace node {

class InvitePage final : public Pages {
public:
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;
};

}  // namespace node
