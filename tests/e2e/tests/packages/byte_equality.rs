//! What the build embeds is byte for byte what Triton 3.3.1 makes of the same files in a fresh process: for each
//! example, each architecture and each level to start from.

use std::path::Path;

use e2e::triton::{Reference, VERSION, side_by_side};
use e2e::{cubin_text, repository};
use triton_runner_build::Builder;
use triton_runner_manifest::{BuiltImage, ImageKind, Level, Manifest};

/// Builds an example's kernels into a folder.
fn build(example: &str, out_dir: &Path) -> Manifest {
    let package = repository().join("examples").join(example);
    let built = Builder::new().package(package).out_dir(out_dir).compile().unwrap_or_else(|error| panic!("{error}"));
    built.manifest().clone()
}

/// Everything that is embedded and that the same Triton can make, with the example's name.
fn images(example: &str, out_dir: &Path) -> Vec<(BuiltImage, Vec<u8>)> {
    let images = build(example, out_dir).kernels.into_iter().flat_map(|kernel| kernel.images);
    let read = |image: &BuiltImage| std::fs::read(out_dir.join("triton-runner").join(&image.file)).unwrap();
    let images = images.filter(|image| image.triton.as_deref().is_none_or(|version| version == VERSION));
    images.map(|image| (read(&image), image)).map(|(bytes, image)| (image, bytes)).collect()
}

/// Holds each image against Triton's own result. Returns how many machine codes and PTX were compared.
#[track_caller]
fn equals_triton(example: &str) -> (usize, usize) {
    let out_dir = tempfile::tempdir().unwrap();
    let images = images(example, out_dir.path());
    let compared = side_by_side(&images, |(image, bytes)| {
        let file = repository().join("examples").join(example).join(&image.source);
        let expected = match (image.kind, image.level) {
            (ImageKind::Cubin, Level::Cubin) | (ImageKind::Ptx, Level::Ptx) => std::fs::read(&file).unwrap(),
            (kind, _) => {
                let stages = image.num_stages.expect("the examples' metadata has it");
                let options = format!(r#"{{"num_warps": {}, "num_stages": {stages}}}"#, image.num_warps);
                let compiled = Reference { file, arch: image.arch.number(), options, line_info: false }.compile();
                match kind {
                    ImageKind::Cubin => compiled.cubin,
                    ImageKind::Ptx => compiled.ptx,
                }
            }
        };
        assert!(*bytes == expected, "{}: {} bytes differ from Triton's {}", image.file, bytes.len(), expected.len());
    });
    let cubins = images.iter().filter(|(image, _)| image.kind == ImageKind::Cubin).count();
    (cubins, compared.len() - cubins)
}

#[test]
fn vector_add_is_what_triton_makes_of_it() {
    assert_eq!(equals_triton("vector-add"), (4, 0));
}

#[test]
fn matmul_is_what_triton_makes_of_it() {
    // Three variants.
    assert_eq!(equals_triton("matmul"), (12, 0));
}

#[test]
fn every_level_on_every_architecture_is_what_triton_makes_of_it() {
    // The program from TTIR for five architectures, the rest one machine code each; PTX beside those of Triton's levels
    // that older architectures share with newer GPUs.
    assert_eq!(equals_triton("levels"), (25, 9));
}

#[test]
fn all_levels_of_a_program_come_to_the_same_machine_code() {
    let out_dir = tempfile::tempdir().unwrap();
    let images = images("levels", out_dir.path());
    let cubins = images.iter().filter(|(image, _)| image.kind == ImageKind::Cubin && image.level != Level::Ttir);
    let mut programs = std::collections::BTreeMap::<_, Vec<_>>::new();
    for (image, bytes) in cubins {
        programs.entry((image.entry.clone(), image.arch)).or_default().push((image.level, bytes));
    }
    assert_eq!(programs.len(), 5);
    for (program, levels) in programs {
        assert_eq!(levels.len(), 4, "{program:?}");
        for (level, bytes) in &levels {
            assert!(*bytes == levels[0].1, "{program:?} from {level} is not the same as from {}", levels[0].0);
        }
    }
}

#[test]
fn without_line_info_the_same_instructions_take_less_than_half_the_bytes() {
    let out_dir = tempfile::tempdir().unwrap();
    let images = images("matmul", out_dir.path());
    let (image, bytes) =
        images.iter().find(|(image, _)| image.arch.number() == 90 && image.source == "kernels/matmul.ttir").unwrap();
    let file = repository().join("examples/matmul").join(&image.source);
    let options = format!(r#"{{"num_warps": {}, "num_stages": {}}}"#, image.num_warps, image.num_stages.unwrap());
    let default = Reference { file, arch: 90, options, line_info: true }.compile().cubin;
    let (text, default_text) = (cubin_text(bytes), cubin_text(&default));
    assert!(!text.is_empty() && text == default_text, "the instructions differ");
    let ratio = bytes.len() as f64 / default.len() as f64;
    println!("matmul, sm_90: {} bytes of {} with line info, {ratio:.3}", bytes.len(), default.len());
    assert!(ratio <= 0.45, "{} of {} bytes", bytes.len(), default.len());
}
