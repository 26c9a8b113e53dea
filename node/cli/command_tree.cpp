// node/cli/command_tree.cpp - reads CLI11's own description of itself.
#include "node/cli/command_tree.hpp"

#include <CLI/CLI.hpp>

namespace node {
namespace {

TypedOption typed(const CLI::Option& option) {
    TypedOption result;
    result.says = option.get_description();
    result.required = option.get_required();
    for (const auto& name : option.get_snames())
        result.names.push_back("-" + name);
    for (const auto& name : option.get_lnames())
        result.names.push_back("--" + name);
    if (result.names.empty()) {
        result.value = option.get_name(true);
    } else if (option.get_items_expected_max() > 0) {
        const std::string type = option.get_type_name();  // "UINT:INT in [1 - 30]" with what checks it
        result.value = type.substr(0, type.find(':'));
    }
    return result;
}

void add(const CLI::App& verb, const std::string& path, std::vector<TypedVerb>& all) {
    TypedVerb typed_verb;
    typed_verb.path = path;
    typed_verb.says = verb.get_description();
    for (const CLI::Option* option : verb.get_options()) {
        auto& list = option->get_positional() ? typed_verb.positionals : typed_verb.options;
        list.push_back(typed(*option));
    }
    const auto inner = verb.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* each : inner)
        typed_verb.verbs.push_back(each->get_name());
    all.push_back(std::move(typed_verb));
    for (const CLI::App* each : inner)
        add(*each, path.empty() ? each->get_name() : path + " " + each->get_name(), all);
}

}  // namespace

std::vector<TypedVerb> command_tree(const CLI::App& program) {
    std::vector<TypedVerb> all;
    add(program, "", all);
    return all;
}

}  // namespace node
