//! Options on real Tritons: what is told reaches the code, of each version that has it.

use semver::Version;
use serde_json::json;
use triton_runner_manifest::{Constant, Level};
use triton_runner_read::metadata::Options;

use super::setup::{export_one, installed, job, request, toolchain};
use super::triton::{add, error, has_text, matmul, run_one};
use crate::lowering::export::{ExportRequest, Source};
use crate::lowering::{Job, Limits, Lowered, lower};

fn options(values: &serde_json::Value) -> Options {
    let map = values.as_object().unwrap().clone();
    Options::from_map(map).unwrap()
}

fn asked(values: &serde_json::Value) -> Job {
    let asked = values.as_object().unwrap().keys().cloned().collect();
    let options = options(values).over(Options { num_warps: Some(4), num_stages: Some(3), ..Options::default() });
    Job { options, asked, ..job(matmul().text.as_str(), Level::Ttir, 90) }
}

#[test]
fn options_that_this_triton_does_not_have_are_refused() {
    let values = json!({"ptx_options": "-O1"});
    let text = error(run_one(asked(&values)));
    assert!(text.starts_with("Triton 3.3.1 has no option `ptx_options`"), "{text}");
    let text = error(run_one(Job { asked: Vec::new(), made_by: Some("3.6.0".into()), ..asked(&values) }));
    has_text(&text, &["made by Triton 3.6.0", "`ptx_options` is \"-O1\"", "Triton 3.3.1 does not have"]);
    let options = Options { num_warps: Some(3), ..Options::default() };
    let text = error(run_one(Job { options, ..job(add().text.as_str(), Level::Ttir, 90) }));
    has_text(&text, &["num_warps must be a power of 2"]);
}

#[test]
fn warp_specialization_of_3_3_gets_its_consumers() {
    let plain = run_one(asked(&json!({}))).unwrap();
    let values = json!({"num_consumer_groups": 2, "num_buffers_warp_spec": 3, "reg_dec_producer": 40,
        "reg_inc_consumer": 232});
    let specialized = run_one(asked(&values)).unwrap();
    assert_eq!((plain.metadata["num_warps"].clone(), specialized.metadata["num_warps"].clone()), (4.into(), 12.into()));
    let error = error(run_one(asked(&json!({"debug": true}))));
    has_text(&error, &["`debug` does nothing from here on", "cargo triton export"]);
}

/// The default of an architecture is not taken for somebody's wish on another, and another version's whole JSON lowers.
#[test]
fn the_whole_json_of_a_lowering_lowers_again_for_another_architecture_and_by_another_triton() {
    let json = |lowered: &Lowered| serde_json::to_string(&lowered.metadata).unwrap();
    let first = run_one(asked(&json!({}))).unwrap();
    let metadata = triton_runner_read::metadata::Metadata::from_json(&json(&first)).unwrap();
    let again = |target| Job {
        options: metadata.options.clone(),
        made_by: metadata.triton_version.clone(),
        made_for: metadata.target,
        ..job(matmul().text.as_str(), Level::Ttir, target)
    };
    assert_eq!(run_one(again(90)).unwrap().bytes, first.bytes);
    let plain = run_one(Job { target: 80, ..asked(&json!({})) }).unwrap();
    let other = run_one(again(80)).unwrap();
    assert_eq!((&other.bytes, &other.metadata), (&plain.bytes, &plain.metadata));
    let newer = installed(&Version::new(3, 6, 0));
    let mut results = lower(&newer, &[again(90)], &Limits::default(), &mut |_| {});
    let newer = results.remove(0).unwrap();
    assert_eq!(newer.metadata["num_stages"], first.metadata["num_stages"]);
    assert_eq!(newer.metadata["launch_pdl"], false);
}

#[test]
#[ignore = "installs Triton 3.9.0"]
fn options_of_3_9_reach_the_code() {
    let toolchain = installed(&Version::new(3, 9, 0));
    let run = |values: &serde_json::Value, target| {
        let job = Job { target, ..asked(values) };
        lower(&toolchain, &[job], &Limits::default(), &mut |_| {}).remove(0)
    };
    let plain = run(&json!({}), 100).unwrap();
    assert_ne!(run(&json!({"clc": true}), 100).unwrap().bytes, plain.bytes);
    has_text(&error(run(&json!({"clc": true}), 90)), &["clc=True requires NVIDIA SM100+"]);
    let shared = run(&json!({"min_shared_mem": 99328}), 90).unwrap();
    assert_eq!(shared.metadata["shared"], 99328);
    has_text(&error(run(&json!({"sched4regs": true}), 90)), &["did you mean `sched4reg`"]);
}

const TUNED: &str = "
import triton
import triton.language as tl

def tuned(*configs): return triton.autotune(configs=list(configs), key=['n'])

@tuned(triton.Config({'BLOCK': 128, 'enable_fp_fusion': False}, num_warps=2, maxnreg=64))
@triton.jit
def unfused(x_ptr, n, BLOCK: tl.constexpr):
    place = x_ptr + tl.arange(0, BLOCK)
    value = tl.load(place)
    tl.store(place, value * value + n)

@tuned(triton.Config({'BLOCK': 128, 'launch_cooperative_grid': True}), triton.Config({'BLOCK': 128}))
@triton.jit
def torn(x_ptr, n, BLOCK: tl.constexpr): tl.store(x_ptr, n)

@tuned(triton.Config({'BLOCK': 128, 'turbo': 9}))
@triton.jit
def unknown(x_ptr, n, BLOCK: tl.constexpr): tl.store(x_ptr, n)

@tuned(triton.Config({'BLOCK': 128, 'extern_libs': {'mine': '/opt/mine.bc'}}))
@triton.jit
def linked(x_ptr, n, BLOCK: tl.constexpr): tl.store(x_ptr, n)
";

/// Every entry of a configuration is a parameter, an option or an error.
#[test]
fn an_export_leaves_out_nothing_that_a_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tuned.py");
    std::fs::write(&file, TUNED).unwrap();
    let request = |kernel: &str| ExportRequest {
        source: Source::File(file.clone()),
        ..request(kernel, &["x_ptr=*fp32:16", "n=fp32"], &[("BLOCK", Constant::Int(128))])
    };
    let exported = export_one(toolchain(), &request("unfused")).unwrap();
    assert_eq!(exported.metadata["enable_fp_fusion"], false);
    assert_eq!((&exported.metadata["num_warps"], &exported.metadata["maxnreg"]), (&2.into(), &64.into()));
    let metadata =
        triton_runner_read::metadata::Metadata::from_json(&exported.json(&exported.targets).unwrap()).unwrap();
    let job = Job { options: metadata.options, emit: Level::Ptx, ..job(exported.text.as_str(), Level::Ttir, 90) };
    let ptx = String::from_utf8(run_one(job).unwrap().bytes).unwrap();
    assert!(!ptx.contains("fma.rn.f32") && ptx.contains("mul.") && ptx.contains(".maxnreg 64"), "{ptx}");
    let refused = |kernel: &str| export_one(toolchain(), &request(kernel)).unwrap_err().to_string();
    has_text(
        &refused("torn"),
        &["the autotuner tries launch_cooperative_grid None and True", "--launch-cooperative-grid"],
    );
    has_text(&refused("unknown"), &["its autotuner sets `turbo` to 9", "no option of this Triton"]);
    has_text(&refused("linked"), &["`extern_libs`", "start from the `.ptx` or `.cubin`"]);
    // Chosen, it is recorded.
    let chosen = ExportRequest { options: options(&json!({"launch_cooperative_grid": true})), ..request("torn") };
    assert_eq!(export_one(toolchain(), &chosen).unwrap().metadata["launch_cooperative_grid"], true);
    let close = ExportRequest { options: options(&json!({"maxnregs": 3})), ..request("unfused") };
    has_text(&export_one(toolchain(), &close).unwrap_err().to_string(), &["has no option `maxnregs`", "`maxnreg`"]);
}
