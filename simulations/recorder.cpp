// simulations/recorder.cpp - CSV and JSON.
#include "simulations/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <system_error>

namespace simulations {
namespace {

std::ofstream create(const std::filesystem::path& file) {
    std::ofstream out(file);
    if (!out) throw std::system_error(errno, std::generic_category(), file.string());
    return out;
}

const char* name_of(Picture::Kind kind) {
    switch (kind) {
        case Picture::Kind::distribution: return "distribution";
        case Picture::Kind::over_time: return "over_time";
        case Picture::Kind::bars: return "bars";
    }
    return "";
}

}  // namespace

Table::Table(const std::filesystem::path& file, std::vector<std::string> columns)
    : out_(create(file)), columns_(columns.size()) {
    add({columns.begin(), columns.end()});
}

void Table::add(const std::vector<Cell>& row) {
    if (columns_ == 0) return;
    assert(row.size() == columns_);
    const char* separator = "";
    for (const auto& cell : row) {
        out_ << separator;
        if (const auto* number = std::get_if<double>(&cell))
            out_ << fmt::format("{:.6g}", *number);
        else
            out_ << std::get<std::string>(cell);
        separator = ",";
    }
    out_ << '\n';
}

Recorder::Recorder(std::filesystem::path folder, std::string stem)
    : folder_(std::move(folder)), stem_(std::move(stem)) {
    std::filesystem::create_directories(folder_);
}

Table& Recorder::table(const std::string& name, std::vector<std::string> columns) {
    if (folder_.empty()) return tables_.emplace_back();
    return tables_.emplace_back(folder_ / (stem_ + "." + name + ".csv"), std::move(columns));
}

double Recorder::operator[](const std::string& name) const {
    const auto found = std::ranges::find(figures_, name, &Figure::name);
    if (found == figures_.end()) throw std::out_of_range("no figure is called " + name);
    return found->value;
}

void Recorder::write_summary(const Circumstances& run) const {
    if (folder_.empty()) return;
    nlohmann::ordered_json all{{"scenario", run.scenario}, {"nodes", run.nodes}, {"seed", run.seed}};
    for (const auto& [name, value] : run.settings)
        all["settings"][name] = value;
    for (const auto& [name, value] : figures_)
        all["figures"][name] = value;
    all["promises"] = nlohmann::ordered_json::array();
    for (const auto& [text, kept] : promises_)
        all["promises"].push_back({{"text", text}, {"kept", kept}});
    all["hash"] = run.hash;
    all["packets"] = run.packets;
    all["virtual_seconds"] = run.virtual_seconds;
    all["real_seconds"] = run.real_seconds;
    all["cpu_seconds"] = run.cpu_seconds;
    all["peak_mib"] = run.peak_mib;
    all["pictures"] = nlohmann::ordered_json::array();
    for (const auto& picture : pictures_) {
        all["pictures"].push_back({{"kind", name_of(picture.kind)},
                                   {"table", picture.table},
                                   {"title", picture.title},
                                   {"x", picture.x},
                                   {"y", picture.y},
                                   {"x_label", picture.x_label},
                                   {"y_label", picture.y_label},
                                   {"by", picture.by}});
    }
    const auto file = folder_ / (stem_ + ".json");
    const auto beside = folder_ / (stem_ + ".json.new");
    {
        auto out = create(beside);
        out << all.dump(2) << '\n';
        if (!out.flush()) throw std::system_error(errno, std::generic_category(), beside.string());
    }
    std::filesystem::rename(beside, file);
}

double Samples::quantile(double q) const {
    if (values_.empty()) return 0;
    auto sorted = values_;
    const auto at =
        std::min(sorted.size() - 1, static_cast<std::size_t>(q * static_cast<double>(sorted.size())));
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(at));
    return sorted[at];
}

double Samples::mean() const {
    if (values_.empty()) return 0;
    return std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(values_.size());
}

}  // namespace simulations
