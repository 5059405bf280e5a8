//! Kernels whose build left machine code out.

use std::sync::Arc;

use triton_runner_manifest::LeftOut;

use super::kernels;
use crate::source::ManifestSource;

const LOADS: &str = "LoadedKernel :: load";

/// The expansion where these kernels, by name and variant, have no images.
fn expanded(declaration: &str, left_out: &[&str]) -> String {
    let mut manifest = kernels::manifest();
    for kernel in manifest.kernels.iter_mut().filter(|kernel| left_out.contains(&kernel.id().as_str())) {
        kernel.images.clear();
        kernel.left_out = Some(LeftOut::NoDriver("macos".to_owned()));
    }
    let input = format!("crate = (rt); {declaration}");
    crate::expand(input.parse().unwrap(), &ManifestSource::Given(Arc::new(manifest))).to_string()
}

#[test]
fn such_a_kernel_says_why_when_it_is_loaded_and_in_its_documentation() {
    let text = expanded("pub empty;", &["empty"]);
    assert!(text.contains(&format!("{LOADS}_what_is_there")) && !text.contains(&format!("{LOADS} (")), "{text}");
    assert_eq!(text.matches("it is for macos, which has no NVIDIA driver").count(), 2, "{text}");
    let text = expanded("pub empty;", &["another"]);
    assert!(text.contains(&format!("{LOADS} (")) && !text.contains("_what_is_there"), "{text}");
}

#[test]
fn of_variants_each_says_it_for_itself() {
    let declaration = "#[grid(rows)] #[requires(n_cols <= BLOCK_SIZE)] pub softmax;";
    let ids: Vec<_> = kernels::manifest().variants("softmax").map(|kernel| kernel.id()).collect();
    let [_, second, ..] = &ids[..] else { panic!("{ids:?}") };
    let text = expanded(declaration, &[second]);
    assert_eq!(text.matches(&format!("{LOADS}_what_is_there")).count(), 2, "`load` and `load_variant`: {text}");
    let none = ":: core :: option :: Option :: None ,";
    let some = ":: core :: option :: Option :: Some (\"it is for macos";
    assert!(text.contains(&format!("[{none} {some}")) || text.contains(&format!("[{some}")), "{text}");
    assert!(!expanded(declaration, &[]).contains("_what_is_there"));
}
