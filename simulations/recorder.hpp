// simulations/recorder.hpp - what a run leaves behind: tables (CSV), one summary (JSON), what to draw of
// them. Without a folder it only keeps the figures, for tests.
#pragma once

#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace simulations {

using Cell = std::variant<double, std::string>;

class Table {
public:
    /// Throws std::system_error when the file cannot be made.
    Table(const std::filesystem::path& file, std::vector<std::string> columns);
    Table() = default;  // swallows its rows
    void add(const std::vector<Cell>& row);

private:
    std::ofstream out_;
    std::size_t columns_ = 0;
};

/// How plot.cpp draws a table.
struct Picture {
    enum class Kind { distribution, over_time, bars };
    Kind kind = Kind::distribution;
    std::string table, title;
    std::string x, y;  // columns; a distribution has no y
    std::string x_label, y_label;
    std::string by;  // a column that splits the rows into curves; may be empty
};

struct Figure {
    std::string name;
    double value;
};
struct Promise {
    std::string text;
    bool kept;
};

class Recorder {
public:
    /// `stem` begins every file's name: "lookup-n500-s1".
    Recorder(std::filesystem::path folder, std::string stem);
    Recorder() = default;

    Table& table(const std::string& name, std::vector<std::string> columns);
    void draw(Picture picture) { pictures_.push_back(std::move(picture)); }
    void figure(const std::string& name, double value) { figures_.push_back({name, value}); }
    void promise(const std::string& text, bool kept) { promises_.push_back({text, kept}); }

    [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
    [[nodiscard]] const std::vector<Promise>& promises() const { return promises_; }
    /// Throws std::out_of_range.
    [[nodiscard]] double operator[](const std::string& name) const;

    struct Circumstances {
        std::string scenario, hash;
        std::size_t nodes;
        std::uint64_t seed;
        std::vector<std::pair<std::string, double>> settings;
        double virtual_seconds, real_seconds, cpu_seconds, peak_mib;
        std::uint64_t packets;
    };
    /// STEM.json, whole or not at all.
    void write_summary(const Circumstances& run) const;

private:
    std::filesystem::path folder_;
    std::string stem_;
    std::deque<Table> tables_;
    std::vector<Picture> pictures_;
    std::vector<Figure> figures_;
    std::vector<Promise> promises_;
};

/// Numbers to be asked for their quantiles.
class Samples {
public:
    void add(double value) { values_.push_back(value); }
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    /// 0 without any; q in [0, 1].
    [[nodiscard]] double quantile(double q) const;
    [[nodiscard]] double mean() const;

private:
    std::vector<double> values_;
};

}  // namespace simulations
