//! Every version of Triton that is pinned, on two kernels and several architectures. It downloads about 2 GB and needs
//! about 10 GB of disk, so it runs only when asked for:
//! `cargo test -p triton-runner-build --lib every_version -- --ignored --nocapture`

use super::setup::{add_request, export_one, installed, job, matmul_request, reference};
use crate::lowering::{Job, Limits, Lowered, LoweringError, lower};
use crate::toolchain::known_versions;
use triton_runner_manifest::Level;
use triton_runner_read::metadata::Options;

const ARCHS: [u16; 6] = [75, 80, 86, 90, 100, 120];

#[test]
#[ignore = "downloads every version of Triton"]
fn every_version_exports_and_lowers_as_triton_compile_does() {
    println!("| Triton | kernel | {} |", ARCHS.map(|arch| format!("sm_{arch}")).join(" | "));
    println!("|---|---|{}", "---|".repeat(ARCHS.len()));
    for version in known_versions() {
        let toolchain = installed(&version);
        // What each version's own frontend writes, and what the examples check in, which 3.3.1 wrote.
        let sources = [
            ("add", export_one(&toolchain, &add_request()).unwrap().text, 4),
            ("matmul", export_one(&toolchain, &matmul_request()).unwrap().text, 4),
            ("examples/vector-add", example("vector-add/kernels/add_kernel.ttir"), 4),
            ("examples/matmul", example("matmul/kernels/matmul.ttir"), 8),
        ];
        for (name, ttir, warps) in sources {
            let options = Options { num_warps: Some(warps), num_stages: Some(3), ..Options::default() };
            let jobs = ARCHS.map(|arch| Job { options: options.clone(), ..job(ttir.as_str(), Level::Ttir, arch) });
            let results = lower(&toolchain, &jobs, &Limits::default(), &mut |_| {});
            let again = lower(&toolchain, &jobs, &Limits::default(), &mut |_| {});
            for (first, second) in results.iter().zip(&again) {
                let bytes = |result: &Result<Lowered, LoweringError>| result.as_ref().ok().map(|l| l.bytes.clone());
                assert!(bytes(first) == bytes(second), "Triton {version}, {}: not the same twice", name);
            }
            let mut cells = Vec::new();
            for (arch, result) in ARCHS.into_iter().zip(results) {
                cells.push(match result {
                    Ok(lowered) => {
                        let options = format!(r#"{{"num_warps": {warps}, "num_stages": 3}}"#);
                        // Some versions of ptxas give one of two results for sm_100, by chance.
                        let equal = (1..=12).find_map(|tries| {
                            let (bytes, metadata) = reference(&toolchain, &ttir, arch, &options, false);
                            (lowered.bytes == bytes).then_some((tries, metadata))
                        });
                        let (tries, metadata) =
                            equal.unwrap_or_else(|| panic!("Triton {version}, {}, sm_{arch}", name));
                        for key in ["name", "shared", "num_warps", "num_ctas", "cluster_dims", "global_scratch_size"] {
                            assert_eq!(lowered.metadata.get(key), metadata.get(key), "{key}");
                        }
                        let note = if tries > 1 { format!(" (at try {tries})") } else { String::new() };
                        format!("{} B, equal{note}", lowered.bytes.len())
                    }
                    Err(LoweringError::Aborted { signal, .. }) => format!("signal {signal}"),
                    Err(LoweringError::Compiler { .. }) => "compiler error".to_owned(),
                    Err(LoweringError::Ptxas { .. }) => "ptxas error".to_owned(),
                    Err(error) => panic!("Triton {version}, {}, sm_{arch}: {error}", name),
                });
            }
            println!("| {version} | {} | {} |", name, cells.join(" | "));
        }
    }
}

fn example(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../examples/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
