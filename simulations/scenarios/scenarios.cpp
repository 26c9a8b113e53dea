// simulations/scenarios/scenarios.cpp - the list of all scenarios.
#include "simulations/scenarios/scenarios.hpp"

namespace simulations {

std::span<const Scenario> all_scenarios() {
    static const std::vector<Scenario> all = {
        scenarios::lookup(),  scenarios::churn(), scenarios::blackout(),          scenarios::partition(),
        scenarios::eclipse(), scenarios::flood(), scenarios::midnight_rotation(), scenarios::mesh(),
        scenarios::village()};
    return all;
}

}  // namespace simulations
