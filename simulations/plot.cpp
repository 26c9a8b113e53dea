// simulations/plot.cpp - writes gnuplot scripts and pipes them.
#include "simulations/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace simulations {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Dark, distinct also without colour vision (Okabe and Ito).
constexpr const char* colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

struct Csv {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;

    [[nodiscard]] std::size_t column(const std::string& name) const {
        const auto found = std::ranges::find(columns, name);
        if (found == columns.end()) throw std::runtime_error("no column is called " + name);
        return static_cast<std::size_t>(found - columns.begin());
    }
};

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');)
        cells.push_back(cell);
    return cells;
}

Csv read_csv(const fs::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file.string() + ": cannot be read");
    Csv csv;
    std::string line;
    if (std::getline(in, line)) csv.columns = split(line);
    while (std::getline(in, line))
        if (auto cells = split(line); cells.size() == csv.columns.size())
            csv.rows.push_back(std::move(cells));
    return csv;
}

struct Curve {
    std::string name;
    std::vector<std::pair<std::string, double>> points;  // a bar's x is a word
};

void draw(const fs::path& stem, const std::string& head, const char* style,
          const std::vector<Curve>& curves) {
    std::string script;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        script += fmt::format("$d{} << EOD\n", i);
        for (const auto& [x, y] : curves[i].points)
            script += fmt::format("{} {:.6g}\n", x, y);
        script += "EOD\n";
    }
    std::string plots;
    for (std::size_t i = 0; i < curves.size(); ++i)
        plots += fmt::format("{}$d{} using {} with {} lc rgb '{}' lw 2 title '{}'", i ? ", " : "plot ", i,
                             std::string_view(style) == "boxes" ? "2:xtic(1)" : "1:2", style,
                             colours[i % std::size(colours)], curves[i].name);
    script += head + "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\n";
    for (const auto* terminal :
         {"svg size 640,400 dynamic font 'sans,12'", "pngcairo size 640,400 font 'sans,10'"})
        script += fmt::format("set terminal {}\nset output '{}.{}'\n{}\n", terminal, stem.string(),
                              std::string_view(terminal).starts_with("svg") ? "svg" : "png", plots);
    auto* gnuplot = popen("gnuplot", "w");  // NOLINT(cert-env33-c): a fixed word, on a developer's machine
    if (gnuplot == nullptr) throw std::runtime_error("gnuplot cannot be started");
    const bool written = std::fwrite(script.data(), 1, script.size(), gnuplot) == script.size();
    if (pclose(gnuplot) != 0 || !written)
        throw std::runtime_error("gnuplot (Debian: gnuplot-nox) is missing or refused " + stem.string());
}

std::string head_of(const Json& picture, const std::string& circumstances) {
    return fmt::format("set title '{}' noenhanced\nset xlabel '{}'\nset ylabel '{}'\n",
                       picture.at("title").get<std::string>() + circumstances,
                       picture.at("x_label").get<std::string>(), picture.at("y_label").get<std::string>());
}

std::vector<Curve> curves_of(const Json& picture, const Csv& csv) {
    const auto by = picture.at("by").get<std::string>(), y = picture.at("y").get<std::string>();
    const auto x = csv.column(picture.at("x"));
    std::vector<Curve> curves;
    for (const auto& row : csv.rows) {
        const auto name = by.empty() ? std::string() : row[csv.column(by)];
        auto curve = std::ranges::find(curves, name, &Curve::name);
        if (curve == curves.end()) curve = curves.insert(curves.end(), {name, {}});
        curve->points.emplace_back(row[x], y.empty() ? 0.0 : std::stod(row[csv.column(y)]));
    }
    return curves;
}

void draw_picture(const fs::path& summary, const Json& run, const Json& picture) {
    const auto table = picture.at("table").get<std::string>();
    auto stem = summary;
    stem.replace_extension("");
    const auto csv = read_csv(stem.string() + "." + table + ".csv");
    auto curves = curves_of(picture, csv);
    auto head = head_of(picture, fmt::format(" ({} nodes)", run.at("nodes").get<std::size_t>()));
    const auto kind = picture.at("kind").get<std::string>();
    const auto file = stem.string() + "." + table + "-" + picture.at("x").get<std::string>();
    if (kind == "bars") {
        head += "set style fill solid 0.6\nset boxwidth 0.6\nset yrange [0:*]\n";
        draw(file, head, "boxes", curves);
        return;
    }
    if (kind == "distribution") {
        for (auto& [name, points] : curves) {
            std::ranges::sort(points, {}, [](const auto& point) { return std::stod(point.first); });
            for (std::size_t i = 0; i < points.size(); ++i)
                points[i].second = static_cast<double>(i + 1) / static_cast<double>(points.size());
        }
    }
    head += curves.size() > 1 ? "set key bottom right noenhanced\n" : "set key off\n";
    draw(file, head + "set yrange [0:1.05]\n", "lines", curves);
}

struct Fit {
    double at_one, per_doubling, worst;  // worst: by how much a point is off, as a share of it
};

/// Least squares of y = a + b log2(N).
Fit fit_of(const Curve& curve) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (const auto& [nodes, value] : curve.points) {
        const auto log = std::log2(std::stod(nodes));
        n += 1;
        x += log;
        y += value;
        xx += log * log;
        xy += log * value;
    }
    Fit fit{};
    fit.per_doubling = (n * xy - x * y) / (n * xx - x * x);
    fit.at_one = (y - fit.per_doubling * x) / n;
    for (const auto& [nodes, value] : curve.points) {
        const auto told = fit.at_one + fit.per_doubling * std::log2(std::stod(nodes));
        fit.worst = std::max(fit.worst, std::abs(told - value) / value);
    }
    return fit;
}

/// What a lookup cost at each size, and how that grows with the logarithm of the size.
int draw_cost(const fs::path& folder, const std::map<std::string, std::map<std::size_t, Json>>& runs) {
    int drawn = 0;
    for (const auto& [scenario, by_size] : runs) {
        if (by_size.size() < 2 || !by_size.begin()->second.contains("packets_per_lookup")) continue;
        for (const auto& [figure, label] :
             {std::pair("packets_per_lookup", "packets"), std::pair("first_record_p50_ms", "milliseconds")}) {
            Curve curve;
            for (const auto& [nodes, figures] : by_size)
                curve.points.emplace_back(std::to_string(nodes), figures.at(figure).get<double>());
            const auto fit = fit_of(curve);
            Curve fitted{fmt::format("{:.1f} + {:.1f} log2(N)", fit.at_one, fit.per_doubling), {}};
            for (const auto& point : curve.points)
                fitted.points.emplace_back(point.first,
                                           fit.at_one + fit.per_doubling * std::log2(std::stod(point.first)));
            curve.name = "measured";
            fmt::print("{}: {} = {}, off by {:.1f} % at most\n", scenario, figure, fitted.name,
                       fit.worst * 100);
            const auto head = fmt::format(
                "set title '{}: {} against the number of nodes' noenhanced\nset xlabel 'nodes'\nset ylabel "
                "'{}'\nset logscale x 2\nset key bottom right noenhanced\nset yrange [0:*]\n",
                scenario, figure, label);
            draw(folder / fmt::format("{}-{}", scenario, figure), head, "linespoints", {curve, fitted});
            ++drawn;
        }
    }
    return drawn;
}

}  // namespace

int plot(const fs::path& folder) {
    std::set<fs::path> summaries;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".json") summaries.insert(entry.path());
    if (summaries.empty()) throw std::runtime_error(folder.string() + ": no run has left a summary here");
    int drawn = 0;
    std::map<std::string, std::map<std::size_t, Json>> runs;
    for (const auto& summary : summaries) {
        std::ifstream in(summary);
        const auto run = Json::parse(in);
        for (const auto& picture : run.at("pictures")) {
            draw_picture(summary, run, picture);
            ++drawn;
        }
        runs[run.at("scenario")][run.at("nodes")] = run.at("figures");
    }
    return drawn + draw_cost(folder, runs);
}

}  // namespace simulations
