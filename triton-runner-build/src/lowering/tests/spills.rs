//! Spilled registers, as ptxas counts them.

use triton_runner_manifest::Level;
use triton_runner_read::metadata::Options;

use super::setup::{export_one, job, request, toolchain};
use super::triton::{assembled, matmul, run_one};
use crate::lowering::Job;
use crate::lowering::export::{ExportRequest, Source};

const PRINTS: &str = "
import triton
import triton.language as tl

@triton.jit
def prints(x_ptr, n):
    tl.device_print('n is', n)
    tl.store(x_ptr, n)
";

/// Its stack frame holds what is printed.
#[test]
fn a_stack_frame_is_no_spill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prints.py");
    std::fs::write(&file, PRINTS).unwrap();
    let request = ExportRequest { source: Source::File(file), ..request("prints", &["x_ptr=*i32:16", "n=i32"], &[]) };
    let exported = export_one(toolchain(), &request).unwrap();
    let lowered = run_one(job(exported.text.as_str(), Level::Ttir, 90)).unwrap();
    let image = triton_runner_read::cubin::read(&lowered.bytes).unwrap();
    assert!(image.entries[0].local_bytes > Some(0), "{:?}", image.entries[0]);
    assert_eq!(lowered.metadata.get("spills"), None);
}

#[test]
fn spills_are_counted_from_ir_and_from_ptx() {
    let options = Options { maxnreg: Some(72), num_warps: Some(4), ..Options::default() };
    let from_ir = job(matmul().text.as_str(), Level::Ttir, 80);
    let lowered = run_one(Job { options, keep: vec![Level::Ptx], ..from_ir }).unwrap();
    let spills = lowered.metadata["spills"].clone();
    assert!(spills["stores"].as_u64() > Some(0) && spills["loads"].as_u64() > Some(0), "{spills}");
    let from_ptx = assembled(&lowered.kept[&Level::Ptx], 80).unwrap();
    assert_eq!(serde_json::to_value(from_ptx.spills).unwrap(), spills);
}
