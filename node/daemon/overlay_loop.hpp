// node/daemon/overlay_loop.hpp - what lives on the overlay's loop: its
// database connection, its memory, the overlay itself.
#pragma once

#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "node/config/config.hpp"
#include "node/state/overlay_memory.hpp"
#include "node/state/paths.hpp"
#include "overlay/overlay.hpp"

namespace node {

/// Overlay loop only, the constructor aside (start-up: throws with the file or address at fault).
class OverlaySide {
public:
    OverlaySide(asio::io_context& loop, const Config& config, const StatePaths& paths,
                const crypto::Identity& identity);
    [[nodiscard]] overlay::Overlay& overlay() noexcept { return overlay_; }

private:
    Database database_;
    OverlayMemory memory_;
    overlay::Overlay overlay_;
};

nlohmann::ordered_json to_json(const overlay::OverlayStatus& status, std::chrono::sys_seconds now);

}  // namespace node
