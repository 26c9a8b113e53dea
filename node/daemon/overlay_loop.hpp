// node/daemon/overlay_loop.hpp - what lives on the overlay's loop: its database connection, its memory, the
// overlay itself. Others have an overlay::Client.
#pragma once

#include <asio/io_context.hpp>
#include <set>

#include "node/config/config.hpp"
#include "node/state/database.hpp"
#include "node/state/overlay_memory.hpp"
#include "node/state/paths.hpp"
#include "overlay/overlay.hpp"

namespace node {

/// Overlay loop only, the constructor aside (start-up: throws with the file or address at fault).
class OverlayLoop {
public:
    OverlayLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
                const crypto::Identity& identity);
    OverlayLoop(const OverlayLoop&) = delete;  // the overlay borrows the memory
    OverlayLoop& operator=(const OverlayLoop&) = delete;
    [[nodiscard]] overlay::Overlay& overlay() noexcept { return overlay_; }
    /// The UDP ports of IPv4 that it is bound to.
    [[nodiscard]] std::set<std::uint16_t> ports() const;

private:
    Database database_;
    OverlayMemory memory_;
    overlay::Overlay overlay_;
};

}  // namespace node
