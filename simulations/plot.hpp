// simulations/plot.hpp - draws what runs left in a folder, as SVG and PNG, with gnuplot.
#pragma once

#include <filesystem>

namespace simulations {

/// Each picture that a summary (*.json) names, and cost against N where one scenario was run at several
/// sizes. Returns how many pictures were drawn. Throws std::runtime_error when gnuplot is missing or refuses.
int plot(const std::filesystem::path& folder);

}  // namespace simulations
