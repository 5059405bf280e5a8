//! Kernels that are proven, and each thing that stands in the way.

use std::path::{Path, PathBuf};

use triton_runner_manifest::{Safety, UnsafeBecause};

use super::safety;
use crate::plan::plan;
use crate::read::files::scan;
use crate::read::{self, ParsedKernel};
use crate::settings::{Overrides, Settings};

fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(repository(file)).unwrap()
}

/// A package of one kernel.
struct Package(tempfile::TempDir);

impl Package {
    fn new(settings: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let head = "[package]\nname = \"demo\"\nversion = \"0.1.0\"\n[workspace]\n[package.metadata.triton-runner]\n";
        std::fs::write(folder.path().join("Cargo.toml"), format!("{head}{settings}\n")).unwrap();
        std::fs::create_dir(folder.path().join("kernels")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join("kernels").join(name), text).unwrap();
        }
        Self(folder)
    }

    fn copy(&self, from: &str, name: &str) {
        std::fs::copy(repository(from), self.0.path().join("kernels").join(name)).unwrap();
    }

    fn kernel(&self) -> (ParsedKernel, Settings) {
        let (settings, _) = Settings::read(self.0.path(), None, &Overrides::default()).unwrap();
        let found = scan(self.0.path(), &settings.folders);
        let [files] = &found.kernels[..] else { panic!("{:?}", found.problems) };
        let constants = settings.kernels.get(&files.name).map(|own| own.constants.clone()).unwrap_or_default();
        (read::read(files, &constants).unwrap(), settings)
    }

    /// As a build of it finds.
    fn built(&self) -> Safety {
        let (kernel, settings) = self.kernel();
        let steps = plan(&kernel, &settings).unwrap();
        safety(&kernel, steps.iter())
    }
}

fn reasons(safety: &Safety) -> Vec<String> {
    assert!(safety.checks().is_empty(), "{safety:?}");
    safety.reasons().iter().map(UnsafeBecause::to_string).collect()
}

fn add(settings: &str) -> Package {
    let [ttir, json] = ["ttir", "json"].map(|level| text(&format!("examples/vector-add/kernels/add_kernel.{level}")));
    Package::new(settings, &[("add_kernel.ttir", &ttir), ("add_kernel.json", &json)])
}

const SETTINGS: &str = "triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]";

#[test]
fn ttir_alone_is_proven_with_and_without_a_build() {
    let package = add(SETTINGS);
    let built = package.built();
    assert_eq!(built.checks().len(), 1, "{built:?}");
    // For docs.rs, and for a file that is looked at alone.
    let (kernel, _) = package.kernel();
    assert_eq!(safety(&kernel, std::iter::empty()), built);
}

#[test]
fn machine_code_that_an_image_is_made_of_is_named_and_other_is_not() {
    let with = |own: &str| {
        let package = Package::new(&format!("triton = \"3.6.0\"\narchs = [\"sm_90\"]\n{own}"), &[]);
        for name in ["described.ttir", "described.json", "described.sm_90.cubin", "described.sm_90.json"] {
            package.copy(&format!("tests/gpu/kernels/{name}"), name);
        }
        package.built()
    };
    assert_eq!(reasons(&with("")), ["it is cubin: only TTIR can be proven (kernels/described.sm_90.cubin)"]);
    let from_ttir = with("[package.metadata.triton-runner.kernel.described]\nlevel = \"ttir\"");
    assert_eq!(from_ttir.checks().len(), 1, "{from_ttir:?}");
}

#[test]
fn what_begins_before_the_kernel_ahead_has_ended_is_named_with_who_says_so() {
    let asked = "triton = \"3.6.0\"\narchs = [\"sm_90\"]\n[package.metadata.triton-runner.kernel.add_kernel]\nlaunch-pdl = true";
    let reason = "with `launch_pdl` it may start before the kernel ahead of it has ended";
    assert_eq!(reasons(&add(asked).built()), [format!("{reason} (Cargo.toml)")]);
    let package = add("triton = \"3.6.0\"\narchs = [\"sm_90\"]");
    let json = text("examples/vector-add/kernels/add_kernel.json").replacen('{', "{\"launch_pdl\": true,", 1);
    std::fs::write(package.0.path().join("kernels/add_kernel.json"), json).unwrap();
    assert_eq!(reasons(&package.built()), [format!("{reason} (kernels/add_kernel.json)")]);
}

#[test]
fn a_known_miscompilation_is_named_where_it_is_one() {
    let with = |arch: &str| {
        let settings = format!("triton = \"3.6.0\"\narchs = [\"{arch}\"]");
        let ttir =
            text("examples/vector-add/kernels/add_kernel.ttir").replace("@add_kernel", "@chunk_bwd_kernel_dqkwg");
        let settings = format!("{settings}\n[package.metadata.triton-runner.kernel.k]\nnum-warps = 4\nnum-stages = 3");
        Package::new(&settings, &[("k.ttir", &ttir)]).built()
    };
    let wrong = reasons(&with("sm_90"));
    assert!(wrong[0].starts_with("Triton 3.6.0 compiles it wrongly for sm_90: wrong gradients"), "{wrong:?}");
    assert_eq!(with("sm_80").checks().len(), 1);
}

#[test]
fn a_kernel_that_stores_flags_is_named_by_the_argument() {
    let ttir = "module {\n  tt.func public @flags(%out: !tt.ptr<i1>) {\n    %c = arith.constant 1 : i8\n    \
                %0 = tt.bitcast %out : !tt.ptr<i1> -> !tt.ptr<i8>\n    tt.store %0, %c : !tt.ptr<i8>\n    tt.return\n  }\n}\n";
    let settings = format!("{SETTINGS}\n[package.metadata.triton-runner.kernel.flags]\nnum-warps = 4\nnum-stages = 3");
    let found = reasons(&Package::new(&settings, &[("flags.ttir", ttir)]).built());
    assert!(found[0].starts_with("`out`: it stores `bool`s"), "{found:?}");
}

#[test]
fn what_is_not_proven_is_named_with_argument_and_line() {
    let ttir = text("tests/extents/fool/index_from_memory.ttir");
    let (kernel, _) = Package::new(SETTINGS, &[("index_from_memory.ttir", &ttir)]).kernel();
    let found = safety(&kernel, std::iter::empty());
    assert_eq!(reasons(&found)[0].split(':').next().unwrap(), "`p`", "{found:?}");
}

#[test]
fn more_stages_than_a_check_allows_for_are_the_reason() {
    let with = |stages: u32| add(&format!("{SETTINGS}\nkernel.add_kernel = {{ num-stages = {stages} }}")).built();
    assert_eq!(with(64).checks().len(), 1);
    let found = reasons(&with(65));
    assert!(found.iter().any(|reason| reason.contains("`num_stages` is 65")), "{found:?}");
}

#[test]
fn a_check_names_arguments_as_callers_pass_them() {
    let ttir = r#"module {
  tt.func public @k(%d: !tt.tensordesc<tensor<64xf32>>, %d_0: i32, %d_1: i64, %x: !tt.ptr<f32>, %n: i32) {
    %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %all = tt.splat %n : i32 -> tensor<64xi32>
    %mask = arith.cmpi slt, %lanes, %all : tensor<64xi32>
    %start = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %place = tt.addptr %start, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %value = tt.load %place, %mask : tensor<64x!tt.ptr<f32>>
    tt.store %place, %value, %mask : tensor<64x!tt.ptr<f32>>
    tt.return
  }
}
"#;
    let json = r#"{"num_warps": 4, "num_stages": 3, "num_ctas": 1, "triton_version": "3.6.0"}"#;
    let safety = Package::new("archs = [\"sm_90\"]", &[("k.ttir", ttir), ("k.json", json)]).built();
    // The caller passes a descriptor, `x` and `n`; the IR takes the descriptor's shape and stride before them.
    let [check] = safety.checks() else { panic!("{safety:?}") };
    let check: triton_runner_extent::Check = check.parse().unwrap();
    let scalars: Vec<_> = check.scalars.iter().map(|scalar| (scalar.argument, scalar.bits)).collect();
    let touched: Vec<_> = check.touched.iter().map(|touched| touched.argument).collect();
    assert_eq!((scalars, touched), (vec![(2, 32)], vec![1]));
}
