// node/cli/cli.hpp - the command line: reads it, runs one command, says in one line what went wrong.
#pragma once

namespace node {

/// Returns the exit code: 0 done, 1 failed, 2 wrong command line or configuration, 3 needs a running node.
int run_cli(int argc, const char* const* argv);

}  // namespace node
