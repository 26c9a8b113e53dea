// node/main.cpp - the one binary.
#include "node/cli/cli.hpp"

int main(int argc, char** argv) {
    return node::run_cli(argc, argv);
}
