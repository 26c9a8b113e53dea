// tests/sip/torture_table.hpp - reads a folder of torture
// messages and the table that says what each must get.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

struct TortureRow {
    std::string file, section, verdict, expected, wire;
};

/// Messages are FOLDER/file+ext. Empty when there is no table.
inline std::vector<TortureRow> read_torture(const std::filesystem::path& table,
                                            const std::filesystem::path& folder, const std::string& ext) {
    std::vector<TortureRow> rows;
    std::ifstream in(table);
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream columns(line);
        TortureRow row;
        std::string skipped;
        std::getline(columns, row.file, '\t');
        std::getline(columns, row.section, '\t');
        std::getline(columns, skipped, '\t');
        std::getline(columns, row.verdict, '\t');
        std::getline(columns, row.expected, '\t');
        std::ifstream message(folder / (row.file + ext), std::ios::binary);
        row.wire.assign(std::istreambuf_iterator<char>(message), {});
        rows.push_back(row);
    }
    return rows;
}
