//! The same file gives the same bytes, time after time: also where Triton's passes order things by their addresses, as
//! those of warp specialization on sm_90 do since 3.6.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semver::Version;
use triton_runner_manifest::{Constant, Level};
use triton_runner_read::metadata::Options;

use super::setup::{add_request, export_one, installed, job, request};
use crate::lowering::{Job, Limits, lower};

/// Rounds of a test; without fixed addresses and one thread the first few differ already.
const ROUNDS: usize = 8;

fn every_round_gives_the_same(triton: Version) {
    let toolchain = installed(&triton);
    let arguments =
        ["a_ptr=*fp16:16", "b_ptr=*fp16:16", "c_ptr=*fp16:16", "rows=i32", "columns=i32:16", "inner=i32:16"];
    let tiles = [("M", Constant::Int(128)), ("N", Constant::Int(128)), ("K", Constant::Int(64))];
    let specialized = export_one(&toolchain, &request("specialized", &arguments, &tiles)).unwrap();
    assert!(specialized.text.contains("tt.warp_specialize"), "{}", specialized.text);
    let add = export_one(&toolchain, &add_request()).unwrap();
    let options = Options { num_warps: Some(4), num_stages: Some(3), ..Options::default() };
    let of = |ttir: &str| Job { options: options.clone(), ..job(ttir, Level::Ttir, 90) };
    let mut found = BTreeMap::<Vec<u8>, usize>::new();
    for round in 0..ROUNDS {
        // Paths of another length, other jobs before it, and others beside it.
        let parent = tempfile::tempdir().unwrap();
        let temporary: PathBuf = parent.path().join("x".repeat(1 + round * 17));
        std::fs::create_dir(&temporary).unwrap();
        let limits = Limits { temporary: Some(temporary), ..Limits::default() };
        let mut jobs = vec![of(&add.text); round % 3];
        jobs.push(of(&specialized.text));
        if round % 2 == 1 {
            jobs.push(of(&specialized.text));
        }
        let results = lower(&toolchain, &jobs, &limits, &mut |_| {});
        for result in results.into_iter().skip(round % 3) {
            let lowered = result.unwrap();
            assert!(lowered.metadata["num_warps"].as_u64() > Some(4), "it was not specialized: {}", lowered.metadata);
            assert_eq!(lowered.metadata.get("addresses"), None, "this machine forbids fixed addresses");
            *found.entry(lowered.bytes).or_default() += 1;
        }
    }
    assert_eq!(found.len(), 1, "{:?}", found.values());
}

#[test]
fn a_warp_specialized_kernel_is_lowered_to_the_same_bytes_each_time() {
    every_round_gives_the_same(Version::new(3, 6, 0));
}

#[test]
#[ignore = "installs Triton 3.9.0"]
fn a_warp_specialized_kernel_is_lowered_to_the_same_bytes_each_time_by_3_9() {
    every_round_gives_the_same(Version::new(3, 9, 0));
}
