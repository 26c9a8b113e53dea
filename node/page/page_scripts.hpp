// node/page/page_scripts.hpp - the server's own scripts, and who shows them: /static/live.js,
// /static/invite.js. Values only; any thread.
#pragma once

#include "node/page/page_request.hpp"

namespace node {

class ScriptPages final : public Pages {
public:
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;
};

/// For each page that is to stay as things are: what bears data-live (and an id) is replaced when something
/// has changed, unless the person is in it, or the field that it is has been written to.
inline constexpr const char* live_script_tag = R"(<script src="/static/live.js" defer></script>)";

}  // namespace node
