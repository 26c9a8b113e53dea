// node/page/reach_question.cpp - the question to the node, and its answer as a notice.
#include "node/page/reach_question.hpp"

#include <stdexcept>

#include "node/status/explain.hpp"

namespace node {

Notice ask_reach(NodeCommands& node, ReachQuestion question, const std::string& whom) {
    if (whom.empty())
        throw std::runtime_error("Nobody is named: write whom to reach, as a phone would dial it.");
    const char* const command = question == ReachQuestion::ping ? "ping" : "explain";
    const auto answer = node.ask({{"command", command}, {"uri", whom}, {"from", ""}});
    if (!answer) throw std::runtime_error(answer.error());
    Notice notice;
    try {
        if (question == ReachQuestion::ping) {
            // What people read of a PingReport (node/daemon/ping_report.hpp).
            notice.says = answer->at("says").get<std::string>() + "\n" + answer->value("media_says", "");
        } else {
            const auto trace = answer->get<TraceReport>();
            notice.says = explained(trace);
            notice.asked = steps_text(trace);
        }
    } catch (const nlohmann::json::exception&) {  // of another version
        throw std::runtime_error("The node answers as another version does. Start it again.");
    }
    return notice;
}

}  // namespace node
