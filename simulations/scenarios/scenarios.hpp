// simulations/scenarios/scenarios.hpp - every scenario; each has its own file, which tells its story.
#pragma once

#include "simulations/run.hpp"

namespace simulations::scenarios {

Scenario lookup();
Scenario churn();
Scenario blackout();
Scenario partition();
Scenario eclipse();
Scenario flood();
Scenario midnight_rotation();
Scenario mesh();
Scenario village();

}  // namespace simulations::scenarios
