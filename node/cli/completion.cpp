// node/cli/completion.cpp - three shells, one way: go through the words typed so far until no further command
// is among them; then offer what that command takes. A word after an option that takes one is no command.
#include "node/cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace node {
namespace {

/// In single quotes; `escaped` is how that shell writes one inside.
std::string quoted(std::string_view text, std::string_view escaped) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += escaped;
        } else {
            out += c;
        }
    }
    return out + "'";
}
std::string in_sh(std::string_view text) {
    return quoted(text, "'\\''");
}
std::string in_fish(std::string_view text) {
    return quoted(text, "\\'");
}

/// The first sentence, or what stands before what is allowed.
std::string short_text(const std::string& says) {
    std::size_t end = says.size();
    for (const char* stop : {"; ", ". ", ": ", " ("})
        end = std::min(end, says.find(stop));
    return says.substr(0, end);
}

/// Options anywhere that take a word of that kind (FILE, DIR); without one, of any other.
std::string names_of_kind(const std::vector<TypedVerb>& tree, std::string_view kind) {
    std::set<std::string> names;
    for (const auto& verb : tree) {
        for (const auto& option : verb.options) {
            const bool other = option.value != "FILE" && option.value != "DIR";
            if (option.value.empty() || (kind.empty() ? !other : option.value != kind)) continue;
            names.insert(option.names.begin(), option.names.end());
        }
    }
    return fmt::format("{}", fmt::join(names, "|"));
}

std::string all_paths(const std::vector<TypedVerb>& tree) {
    std::string all;
    for (const auto& verb : tree) {
        if (!verb.path.empty()) all += (all.empty() ? "" : "|") + in_sh(verb.path);
    }
    return all;
}

bool takes_files(const TypedVerb& verb) {
    return std::any_of(verb.positionals.begin(), verb.positionals.end(),
                       [](const TypedOption& option) { return option.value == "FILE"; });
}

const TypedVerb& verb_at(const std::vector<TypedVerb>& tree, const std::string& path) {
    return *std::find_if(tree.begin(), tree.end(), [&](const TypedVerb& verb) { return verb.path == path; });
}

std::string inside(const std::string& path, const std::string& verb) {
    return path.empty() ? verb : path + " " + verb;
}

std::string of_options(const TypedVerb& verb) {
    std::vector<std::string> words;
    for (const auto& option : verb.options)
        words.insert(words.end(), option.names.begin(), option.names.end());
    return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::string bash_completion(const std::vector<TypedVerb>& tree) {
    std::string out = fmt::format(
        R"(# Completion of hedgewitch for bash, printed by `hedgewitch completion bash`.
_hedgewitch() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at= i verbs= options= files=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            {}|{}|{}) ((i++)); continue ;;
        esac
        case ${{at:+$at }}${{COMP_WORDS[i]}} in
            {}) at=${{at:+$at }}${{COMP_WORDS[i]}} ;;
        esac
    done
    COMPREPLY=()
    case $prev in
        {}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
        {}) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); return ;;
        {}) return ;;
    esac
    case $at in
)",
        names_of_kind(tree, "FILE"), names_of_kind(tree, "DIR"), names_of_kind(tree, ""), all_paths(tree),
        names_of_kind(tree, "FILE"), names_of_kind(tree, "DIR"), names_of_kind(tree, ""));
    for (const auto& verb : tree)
        out += fmt::format("        {}) verbs={} options={}{} ;;\n", in_sh(verb.path),
                           in_sh(fmt::format("{}", fmt::join(verb.verbs, " "))), in_sh(of_options(verb)),
                           takes_files(verb) ? " files=1" : "");
    return out + R"(    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    elif [[ $files ]]; then
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$cur"))
    else
        COMPREPLY=($(compgen -W "$verbs" -- "$cur"))
    fi
}
complete -F _hedgewitch hedgewitch
)";
}

std::string zsh_completion(const std::vector<TypedVerb>& tree) {
    std::string out = fmt::format(R"(#compdef hedgewitch
# Completion of hedgewitch for zsh, printed by `hedgewitch completion zsh`.
_hedgewitch() {{
    local at= i
    local -a verbs options
    for ((i = 2; i < CURRENT; i++)); do
        case ${{words[i]}} in
            ({}|{}|{}) ((i++)); continue ;;
        esac
        case ${{at:+$at }}${{words[i]}} in
            ({}) at=${{at:+$at }}${{words[i]}} ;;
        esac
    done
    case ${{words[CURRENT-1]}} in
        ({}) _files; return ;;
        ({}) _files -/; return ;;
        ({}) return ;;
    esac
    case $at in
)",
                                  names_of_kind(tree, "FILE"), names_of_kind(tree, "DIR"),
                                  names_of_kind(tree, ""), all_paths(tree), names_of_kind(tree, "FILE"),
                                  names_of_kind(tree, "DIR"), names_of_kind(tree, ""));
    for (const auto& verb : tree) {
        std::string verbs, options;
        for (const auto& each : verb.verbs)
            verbs += " " + in_sh(each + ":" + short_text(verb_at(tree, inside(verb.path, each)).says));
        for (const auto& option : verb.options) {
            for (const auto& name : option.names)
                options += " " + in_sh(name + ":" + short_text(option.says));
        }
        out +=
            fmt::format("        ({})\n            verbs=({})\n            options=({})\n{}            ;;\n",
                        in_sh(verb.path), verbs, options,
                        takes_files(verb) ? "            [[ ${words[CURRENT]} == -* ]] || _files\n" : "");
    }
    return out + R"(    esac
    if [[ ${words[CURRENT]} == -* ]]; then
        _describe -o option options
    else
        (($#verbs)) && _describe command verbs
    fi
}
if [[ ${funcstack[1]} == _hedgewitch ]]; then
    _hedgewitch "$@"
else
    compdef _hedgewitch hedgewitch
fi
)";
}

std::string fish_completion(const std::vector<TypedVerb>& tree) {
    std::string paths, taking;
    for (const auto& verb : tree) {
        if (!verb.path.empty()) paths += " " + in_fish(verb.path);
    }
    for (const char* kind : {"FILE", "DIR", ""}) {
        std::string names = names_of_kind(tree, kind);
        std::replace(names.begin(), names.end(), '|', ' ');
        taking += " " + names;
    }
    std::string out =
        fmt::format(R"(# Completion of hedgewitch for fish, printed by `hedgewitch completion fish`.
function __hedgewitch_at
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word{}
            set skip 1
        else if contains -- (string trim "$at $word"){}
            set at (string trim "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c hedgewitch -f
)",
                    taking, paths);
    for (const auto& verb : tree) {
        const std::string here =
            fmt::format("complete -c hedgewitch -n {}", in_fish("__hedgewitch_at \"" + verb.path + "\""));
        for (const auto& each : verb.verbs)
            out += fmt::format("{} -a {} -d {}\n", here, each,
                               in_fish(short_text(verb_at(tree, inside(verb.path, each)).says)));
        if (takes_files(verb)) out += here + " -F\n";
        for (const auto& option : verb.options) {
            std::string names;
            for (const auto& name : option.names)
                names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            const char* value = option.value.empty()     ? ""
                                : option.value == "FILE" ? " -r -F"
                                : option.value == "DIR"  ? " -x -a '(__fish_complete_directories)'"
                                                         : " -x";
            out += fmt::format("{}{}{} -d {}\n", here, names, value, in_fish(short_text(option.says)));
        }
    }
    return out;
}

}  // namespace node
