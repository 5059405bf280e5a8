//! What needs a GPU: the tests in `tests/`, what a launch costs (`src/bin/launch_cost.rs`) and how soon a program has
//! its first result (`src/bin/first_result.rs`). Nothing here needs a GPU to be built.

pub mod fence;
pub mod kernels;
pub mod peer;
