//! Writes checks as the macro writes them: those of this repository's kernels, and some of every operation at random.

#[allow(unreachable_pub, reason = "a library has it too")]
#[path = "../extents/src/files.rs"]
mod files;
#[path = "../../triton-runner-macros/src/straight.rs"]
mod straight;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use quote::{format_ident, quote};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use triton_runner_extent::{Check, Condition, Extent, Kind, Operand, Place, Scalar, Step, Touched};

const FOLDERS: [&str; 4] = ["examples", "tests/gpu/kernels", "tests/driver-double/fixtures", "tests/extents/fool"];
const RANDOM: u64 = 150;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../extents/src/files.rs");
    println!("cargo::rerun-if-changed=../../triton-runner-macros/src/straight.rs");
    let mut checks = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    for file in files::find(&folders) {
        println!("cargo::rerun-if-changed={}", file.display());
        if let Ok(Extent::Proven(check)) = Extent::of(&fs::read_to_string(&file)?) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            checks.push((name, true, check));
        }
    }
    checks.extend((0..RANDOM).map(|seed| (format!("random {seed}"), false, random(&mut StdRng::seed_from_u64(seed)))));
    let functions = checks.iter().enumerate().map(|(index, (name, of_kernel, check))| {
        let function = format_ident!("inside_{index}");
        let defined = straight::function(&function, check);
        let (text, scalars, bytes) = (check.to_string(), 0..check.scalars.len(), 0..check.touched.len());
        let listed = quote! {
            Straight {
                name: #name,
                of_kernel: #of_kernel,
                check: #text,
                inside: |grid, scalars, bytes| #function(grid, [#(scalars[#scalars]),*], [#(bytes[#bytes]),*]),
            }
        };
        (defined, listed)
    });
    let (defined, listed): (Vec<_>, Vec<_>) = functions.unzip();
    let text = quote! {
        #(#defined)*
        /// All of them.
        pub static ALL: &[Straight] = &[#(#listed),*];
    };
    fs::write(PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?).join("checks.rs"), text.to_string())?;
    Ok(())
}

/// A check of three scalars, with every operation and numbers around the ends of 32, 64 and 128 bits.
fn random(rng: &mut StdRng) -> Check {
    let scalars = [(1, 1), (2, 32), (4, 64)].map(|(argument, bits)| Scalar { argument, bits }).into();
    let mut check = Check { scalars, ..Check::default() };
    for _ in 0..rng.random_range(1..24) {
        let steps = check.program.steps.len() as u32;
        let mut any = || operand(rng, steps);
        let (a, b, c) = (any(), any(), any());
        check.program.steps.push(match rng.random_range(0..9) {
            0 => Step::Add(a, b),
            1 => Step::Sub(a, b),
            2 => Step::Mul(a, b),
            3 => Step::Div(a, b),
            4 => Step::Floor(a, b),
            5 => Step::Rem(a, b),
            6 => Step::Min(a, b),
            7 => Step::Max(a, b),
            _ => Step::Select(a, b, c),
        });
    }
    let steps = check.program.steps.len() as u32;
    for line in 0..rng.random_range(0..3) {
        let place = Place { file: None, line };
        check.conditions.push(Condition { value: operand(rng, steps), kind: Kind::Wrap, place });
    }
    for argument in [0, 3].into_iter().take(rng.random_range(0..3)) {
        let low = if rng.random() { Operand::Number(0) } else { operand(rng, steps) };
        check.touched.push(Touched { argument, low, high: operand(rng, steps) });
    }
    check
}

fn operand(rng: &mut StdRng, steps: u32) -> Operand {
    match rng.random_range(0..10) {
        0..5 if steps > 0 => Operand::Step(rng.random_range(0..steps)),
        0..7 => Operand::Scalar(if rng.random() { 2 } else { [1, 4][rng.random_range(0..2)] }),
        7 => Operand::Grid(rng.random_range(0..3)),
        8 if rng.random_range(0..8) == 0 => Operand::Unknown,
        _ => {
            let end = 1_i128 << [0, 1, 4, 10, 31, 32, 61, 62, 63, 64, 100, 126][rng.random_range(0..12)];
            Operand::Number((end + rng.random_range(-2..3)) * if rng.random() { 1 } else { -1 })
        }
    }
}
