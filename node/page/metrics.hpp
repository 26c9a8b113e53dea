// node/page/metrics.hpp - /metrics: the node's figures in Prometheus' text format (0.0.4), by its
// conventions: a prefix, base units, _total for what only grows (prometheus.io/docs/practices/naming). The
// figures are those of `hedgewitch status --json`. Not prometheus-cpp: it keeps counters of its own, which
// others add to, and ours are kept where things happen; what would be left of it is the writing of these
// lines. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "node/config/config.hpp"
#include "node/page/node_commands.hpp"
#include "node/page/page_front.hpp"

namespace node {

/// `status` as of the command; `front` as FrontCounters has it. What is not there, or no number, is left out.
[[nodiscard]] std::string metrics_text(const nlohmann::ordered_json& status,
                                       const nlohmann::ordered_json& front);

class MetricsPages final : public Pages {
public:
    /// Borrows all.
    MetricsPages(NodeCommands& node, const FrontCounters& front, PageMetrics whom)
        : node_(node), front_(front), whom_(whom) {}
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    NodeCommands& node_;
    const FrontCounters& front_;
    const PageMetrics whom_;
};

}  // namespace node
