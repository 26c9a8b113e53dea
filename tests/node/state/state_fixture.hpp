// tests/node/state/state_fixture.hpp - a state directory of a test's own.
#pragma once

#include <gtest/gtest.h>

#include "node/state/database.hpp"
#include "node/state/paths.hpp"
#include "tests/node/scratch.hpp"

namespace node {

class StateTest : public testing::Test {
protected:
    StateTest() : paths(scratch.dir / "state") { paths.make_dir(); }
    Database open() { return Database(paths.database, Durability::process_crash); }
    Scratch scratch;
    StatePaths paths;
};

}  // namespace node
