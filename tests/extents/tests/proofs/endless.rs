//! Kernels that the analysis got to the end of after minutes, or never: its stack overflowed, and what built them aborted.

use std::path::Path;

use extents::find;
use triton_runner_extent::Extent;

#[test]
fn the_analysis_ends() {
    for file in find(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("endless")]) {
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert!(Extent::of(&text).is_ok(), "{}", file.display());
    }
}
