//! Bounds that a build script asserts.

use triton_runner_build::Builder;
use triton_runner_manifest::Bounds;

use crate::package::Package;

#[test]
fn bounds_are_asserted_of_kernels_that_are_named_and_of_no_others() {
    let package = Package::add();
    let out = tempfile::tempdir().unwrap();
    let build =
        |names: &[&str]| Builder::new().__assert_bounds(names).package(package.folder()).out_dir(out.path()).compile();
    let bounds = |names: &[&str]| build(names).unwrap().manifest().kernels[0].bounds.clone();
    let name = build(&[]).unwrap().manifest().kernels[0].id();
    // One after another in the same folder: what was asserted before is not what is asserted now.
    assert_eq!(bounds(&[]), None);
    assert_eq!(bounds(&[&name]), Some(Bounds::Asserted));
    assert_eq!(bounds(&[]), None);
    let messages: Vec<_> = build(&["no_such_kernel"]).unwrap_err().messages().collect();
    assert!(messages[0].contains("settings for a kernel `no_such_kernel`"), "{messages:?}");
}
