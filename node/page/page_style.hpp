// node/page/page_style.hpp - how the page looks: one style sheet, and the sign in the browser's tab. Values
// only; any thread.
#pragma once

#include "node/page/page_request.hpp"

namespace node {

/// /static/page.css, /static/icon.svg.
class StylePages final : public Pages {
public:
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;
};

}  // namespace node
