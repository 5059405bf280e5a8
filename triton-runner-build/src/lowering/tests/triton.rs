//! Lowering and exporting with Triton 3.3.1 itself. The first run installs it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::setup::{add_request, data, export_one, job, matmul_request, reference, request, toolchain};
use crate::lowering::export::{ExportRequest, Exported, Source, parse_argument};
use crate::lowering::ptxas::{Assembled, Flags, assemble, triton_arch};
use crate::lowering::{Job, Limits, Lowered, LoweringError, Print, lower};
use triton_runner_manifest::{ArgType, Constant, Level, Scalar};
use triton_runner_read::metadata::Options;

const ARCHS: [u16; 4] = [80, 86, 90, 120];

pub(super) fn add() -> &'static Exported {
    static ADD: OnceLock<Exported> = OnceLock::new();
    ADD.get_or_init(|| export_one(toolchain(), &add_request()).unwrap())
}

pub(super) fn matmul() -> &'static Exported {
    static MATMUL: OnceLock<Exported> = OnceLock::new();
    MATMUL.get_or_init(|| export_one(toolchain(), &matmul_request()).unwrap())
}

fn run(jobs: &[Job]) -> Vec<Result<Lowered, LoweringError>> {
    lower(toolchain(), jobs, &Limits::default(), &mut |_| {})
}

pub(super) fn run_one(job: Job) -> Result<Lowered, LoweringError> {
    run(&[job]).remove(0)
}

#[track_caller]
pub(super) fn error(result: Result<Lowered, LoweringError>) -> String {
    let text = result.unwrap_err().to_string();
    assert!(!text.contains("Traceback"), "{text}");
    text
}

#[track_caller]
pub(super) fn has_text(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn cubins_are_byte_for_byte_those_of_triton_compile() {
    let options = Options { num_warps: Some(8), num_stages: Some(2), ..Options::default() };
    let mut jobs = Vec::new();
    let mut expected = Vec::new();
    for exported in [add(), matmul()] {
        for arch in ARCHS {
            for line_info in [false, true] {
                let job = job(exported.text.as_str(), Level::Ttir, arch);
                jobs.push(Job { options: options.clone(), line_info, ..job });
                expected.push((&exported.text, arch, line_info));
            }
        }
    }
    let results = run(&jobs);
    for (result, (ttir, arch, line_info)) in results.into_iter().zip(expected) {
        let result = result.unwrap();
        let (bytes, metadata) = reference(toolchain(), ttir, arch, r#"{"num_warps": 8, "num_stages": 2}"#, line_info);
        assert!(
            result.bytes == bytes,
            "sm_{arch}, line info {line_info}: {} bytes differ from {}",
            result.bytes.len(),
            bytes.len()
        );
        for key in ["name", "shared", "num_warps", "num_stages", "cluster_dims", "global_scratch_size", "arch"] {
            assert_eq!(result.metadata[key], metadata[key], "{key}");
        }
    }
}

#[test]
fn each_level_leads_to_the_same_cubin() {
    for arch in [80, 90, 120] {
        let from_ttir = job(matmul().text.as_str(), Level::Ttir, arch);
        let levels = [Level::Ttgir, Level::Llir, Level::Ptx];
        let mut jobs = vec![from_ttir.clone()];
        jobs.extend(levels.map(|emit| Job { emit, ..from_ttir.clone() }));
        let made: Vec<_> = run(&jobs).into_iter().map(Result::unwrap).collect();
        let later: Vec<_> =
            levels.iter().zip(&made[1..3]).map(|(&level, made)| job(made.bytes.clone(), level, arch)).collect();
        for (level, result) in levels.iter().zip(run(&later)) {
            assert!(result.unwrap().bytes == made[0].bytes, "from {level} for sm_{arch}");
        }
        // The same with no Python at all.
        let bytes = assembled(&made[3].bytes, arch).unwrap().bytes;
        assert!(bytes == made[0].bytes, "from PTX by ptxas alone for sm_{arch}");
    }
}

pub(super) fn assembled(ptx: &[u8], arch: u16) -> Result<Assembled, LoweringError> {
    let options = Options::default();
    let flags = Flags {
        arch: triton_arch(arch),
        line_info: false,
        options: &options,
        triton: None,
        time_limit: std::time::Duration::from_secs(60),
    };
    assemble(&toolchain().ptxas(arch), ptx, "kernels/kernel.ptx", &flags, &std::env::temp_dir())
}

#[test]
fn what_ptxas_refuses_is_told_at_its_line() {
    let text = assembled(b".version 8.4\n.target sm_80\nbad\n", 80).unwrap_err().to_string();
    has_text(&text, &["ptxas reports an error", "kernels/kernel.ptx:3: fatal"]);
}

#[test]
fn levels_on_the_way_are_kept_and_passes_printed_on_request() {
    let job = job(add().text.as_str(), Level::Ttir, 90);
    let all = Job { keep: vec![Level::Ttgir, Level::Llir, Level::Ptx], print: Print::MlirPasses, ..job.clone() };
    let [plain, all] = run(&[job, all]).try_into().unwrap();
    let (plain, all) = (plain.unwrap(), all.unwrap());
    assert!(plain.bytes == all.bytes && plain.kept.is_empty() && !plain.log.contains("IR Dump"));
    assert_eq!(all.kept.keys().copied().collect::<Vec<_>>(), [Level::Ttgir, Level::Llir, Level::Ptx]);
    assert!(all.kept[&Level::Ptx].starts_with(b"//"));
    assert!(all.log.contains("IR Dump Before TritonGPUCoalesce"));
}

#[test]
fn the_result_depends_on_neither_order_nor_place_and_names_no_folder() {
    // This file has no locations: those that the parser gives are of the file that it reads.
    let text = include_str!("../../../tests/lowering/bare.ttir");
    let with_lines = |job: Job| Job { line_info: true, ..job };
    let jobs: Vec<_> = [90, 80].map(|arch| with_lines(job(text, Level::Ttir, arch))).into();
    let first = run(&jobs);
    // Another second: ptxas writes the time of a source file that it finds into the cubin.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let reversed: Vec<_> = jobs.iter().rev().cloned().collect();
    let place = tempfile::tempdir().unwrap();
    let limits = Limits { temporary: Some(place.path().to_owned()), ..Limits::default() };
    let second = lower(toolchain(), &reversed, &limits, &mut |_| {});
    for (a, b) in first.into_iter().zip(second.into_iter().rev()) {
        let (a, b) = (a.unwrap().bytes, b.unwrap().bytes);
        assert!(a == b);
        let text = String::from_utf8_lossy(&a).into_owned();
        for folder in ["triton-runner-", &*std::env::temp_dir().to_string_lossy(), env!("CARGO_MANIFEST_DIR")] {
            assert!(!text.contains(folder), "{folder} is inside");
        }
    }
}

#[test]
fn an_architecture_that_triton_cannot_lower_for_is_one_error_and_the_rest_go_on() {
    let results = run(&[121, 80, 90].map(|arch| job(matmul().text.as_str(), Level::Ttir, arch)));
    let mut results = results.into_iter();
    let text = error(results.next().unwrap());
    has_text(
        &text,
        &["the compiler aborted", "'sm_121a' is not a recognized processor", "LLVM ERROR", "lower with a newer one"],
    );
    assert!(text.lines().count() < 8, "{text}");
    assert!(results.all(|result| result.is_ok()));
}

#[test]
fn bad_ir_is_reported_with_its_place() {
    let bogus = add().text.replace("arith.addf", "arith.bogus");
    let line = bogus.lines().position(|line| line.contains("arith.bogus")).unwrap() + 1;
    let text = error(run_one(job(bogus, Level::Ttir, 90)));
    has_text(&text, &[&format!("kernels/kernel.ttir:{line}:"), "error: custom op 'arith.bogus' is unknown"]);
    has_text(&error(run_one(job(&add().text[..700], Level::Ttir, 90))), &["kernels/kernel.ttir:", "error: "]);
    error(run_one(job("", Level::Ttir, 90)));
    error(run_one(job([0xff, 0xfe, 0x00], Level::Ttir, 90)));
    has_text(
        &error(run_one(job("\ndefine void @k(", Level::Llir, 90))),
        &["kernels/kernel.llir:2: error: expected type"],
    );
    has_text(&error(run_one(job(".version 8.4\n", Level::Ptx, 80))), &["a ptx file cannot be lowered to cubin"]);
    has_text(&error(run_one(job(add().text.as_str(), Level::Ttgir, 90))), &["error"]);
}

#[test]
fn options_reach_the_code() {
    let options =
        Options { maxnreg: Some(40), enable_fp_fusion: Some(false), num_warps: Some(2), ..Options::default() };
    let job = Job { options, emit: Level::Ptx, ..job(matmul().text.as_str(), Level::Ttir, 80) };
    let lowered = run_one(job).unwrap();
    let ptx = String::from_utf8(lowered.bytes).unwrap();
    has_text(&ptx, &[".maxnreg 40", ".reqntid 64"]);
    assert_eq!(lowered.metadata["enable_fp_fusion"], false);
    assert!(lowered.metadata.get("hash").is_none() && lowered.metadata.get("extern_libs").is_none());
}

#[test]
fn ttgir_with_clusters_needs_their_shape() {
    let two = Options { num_ctas: Some(2), ..Options::default() };
    let ttgir = Job { options: two, emit: Level::Ttgir, ..job(matmul().text.as_str(), Level::Ttir, 90) };
    let made = run_one(ttgir).unwrap();
    let dims: [u32; 3] = serde_json::from_value(made.metadata["cluster_dims"].clone()).unwrap();
    assert_eq!(dims.iter().product::<u32>(), 2);
    let from = |options: Options| run_one(Job { options, ..job(made.bytes.clone(), Level::Ttgir, 90) });
    has_text(&error(from(Options::default())), &["clusters of 2 CTAs", "`cluster_dims`"]);
    let wrong = Options { cluster_dims: Some([4, 1, 1]), ..Options::default() };
    has_text(&error(from(wrong)), &["makes 4 CTAs"]);
    let other = Options { num_ctas: Some(4), ..Options::default() };
    has_text(&error(from(other)), &["num_ctas is 4 in the settings and 2 in the TTGIR"]);
    let right = from(Options { cluster_dims: Some(dims), ..Options::default() }).unwrap();
    assert_eq!((&right.metadata["num_ctas"], &right.metadata["cluster_dims"]), (&2.into(), &serde_json::json!(dims)));
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_export_gives_names_types_and_promises_and_no_folder() {
    let exported = add();
    let json: serde_json::Value = serde_json::from_str(&exported.json(&exported.targets).unwrap()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "name": "add", "num_warps": 4, "num_stages": 3, "num_ctas": 1, "enable_fp_fusion": true,
            "targets": ["sm_90"], "triton_version": "3.3.1",
            "signature": [
                {"name": "x_ptr", "type": "*fp32", "divisible_by": 16},
                {"name": "y_ptr", "type": "*fp32", "divisible_by": 16},
                {"name": "out_ptr", "type": "*fp32", "divisible_by": 16},
                {"name": "n", "type": "i32", "divisible_by": 1},
            ],
            "constants": {"BLOCK": 1024},
            "sha256": {"ttir": sha256(&exported.text)},
        })
    );
    has_text(&exported.text, &["tt.func public @add(", "loc(\"kernels.py\":8:"]);
    assert!(!exported.text.contains('/'), "{}", exported.text);
    assert_eq!(*exported, export_one(toolchain(), &add_request()).unwrap());
}

#[test]
fn an_export_takes_what_decorators_and_defaults_give() {
    let tuned = request("tuned", &["x_ptr=*bf16:16", "n=i32:16"], &[("EVEN", Constant::Bool(false))]);
    let exported = export_one(toolchain(), &tuned).unwrap();
    let json: serde_json::Value = serde_json::from_str(&exported.json(&exported.targets).unwrap()).unwrap();
    assert_eq!(json["host"], serde_json::json!([{"does": "heuristics", "names": ["EVEN"]}]));
    assert_eq!(json["num_warps"], 8);
    assert_eq!(json["constants"], serde_json::json!({"BLOCK": 256, "EVEN": false, "bias_ptr": null, "scale": 2.0}));
    assert_eq!(json["signature"].as_array().unwrap().len(), 2);
    let with_bias = request(
        "tuned",
        &["x_ptr=*fp32", "n=i32", "bias_ptr=*fp32"],
        &[("EVEN", Constant::Bool(true)), ("BLOCK", Constant::Int(64))],
    );
    let exported = export_one(toolchain(), &with_bias).unwrap();
    has_text(&exported.text, &["%arg2: !tt.ptr<f32>", "end = 64"]);
    // A runtime parameter that is fixed disappears from the arguments.
    let fixed = request(
        "add",
        &["x_ptr=*fp32", "y_ptr=*fp32", "out_ptr=*fp32"],
        &[("BLOCK", Constant::Int(32)), ("n", Constant::Int(32))],
    );
    let exported = export_one(toolchain(), &fixed).unwrap();
    assert!(!exported.text.contains("%arg3"), "{}", exported.text);
}

#[test]
fn every_element_type_is_exported_under_each_of_its_names_and_read_as_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("types.py");
    let names = Scalar::ALL.iter().flat_map(|scalar| scalar.signature_names().iter().map(move |name| (*scalar, *name)));
    let names: Vec<_> = names.enumerate().map(|(i, (scalar, name))| (i, scalar, format!("p{i}=*{name}"))).collect();
    let parameters: Vec<String> = names.iter().map(|(i, ..)| format!("p{i}")).collect();
    let text = format!("import triton\n\n\n@triton.jit\ndef types({}):\n    pass\n", parameters.join(", "));
    std::fs::write(&file, text).unwrap();
    let arguments: Vec<&str> = names.iter().map(|(.., argument)| argument.as_str()).collect();
    let exported =
        export_one(toolchain(), &ExportRequest { source: Source::File(file), ..request("types", &arguments, &[]) })
            .unwrap();
    let signature = exported.metadata["signature"].as_array().unwrap();
    for (i, scalar, argument) in &names {
        let in_ir = format!("%arg{i}: !tt.ptr<{}>", scalar.mlir());
        assert!(exported.text.contains(&in_ir), "{argument} is not {in_ir} in {}", exported.text);
        let ty: ArgType = signature[*i]["type"].as_str().unwrap().parse().unwrap();
        assert_eq!(ty, ArgType::Pointer(*scalar), "{argument}");
    }
}

#[test]
fn a_kernel_in_a_package_is_exported_with_what_it_imports() {
    let folder = tempfile::tempdir().unwrap();
    let sub = folder.path().join("kernels/forward");
    std::fs::create_dir_all(&sub).unwrap();
    let write = |path: &str, text: &str| std::fs::write(folder.path().join("kernels").join(path), text).unwrap();
    write("__init__.py", "");
    write("forward/__init__.py", "");
    write("common.py", "import triton\n@triton.jit\ndef twice(x):\n    return x * 2\n");
    // Asking for the current device is common at the top of a module.
    write(
        "forward/json.py",
        "import triton\nimport triton.language as tl\nfrom ..common import twice\n\
         CUDA = triton.runtime.driver.active.get_current_target().backend == 'cuda'\n\
         @triton.jit\ndef scale(x_ptr, DTYPE: tl.constexpr = tl.float16):\n    tl.store(x_ptr, twice(tl.load(x_ptr)).to(DTYPE))\n",
    );
    let file = sub.join("json.py");
    let exported = export_one(
        toolchain(),
        &ExportRequest { source: Source::File(file), ..request("scale", &["x_ptr=*fp16"], &[]) },
    )
    .unwrap();
    has_text(&exported.json(&exported.targets).unwrap(), &["\"constants\": {\"DTYPE\": \"tl.float16\"}"]);
    assert!(!sub.join("__pycache__").exists());
}

#[test]
fn an_export_says_what_is_wrong_with_the_request() {
    let refused = |request: ExportRequest| {
        let error = export_one(toolchain(), &request).unwrap_err();
        let text = error.to_string();
        assert!(!text.contains("Traceback"), "{text}");
        text
    };
    let base = add_request();
    let with = |change: &dyn Fn(&mut ExportRequest)| {
        let mut request = base.clone();
        change(&mut request);
        refused(request)
    };
    has_text(
        &with(&|r| r.kernel = "nothing".into()),
        &["`nothing` is not in the file", "add, broken, matmul, specialized, tuned"],
    );
    has_text(&with(&|r| r.kernel = "relu".into()), &["`relu` is no function with @triton.jit"]);
    has_text(&with(&|r| r.source = Source::File(data("nothing.py"))), &["no such file"]);
    has_text(&with(&|r| r.arguments[3].name = "m".into()), &["no parameter `m`", "x_ptr, y_ptr, out_ptr, n, BLOCK"]);
    has_text(
        &with(&|r| r.arguments[0].ty = "*float".into()),
        &["argument `x_ptr`: `*float` is no argument type: expected one like", "*fp32"],
    );
    has_text(&with(&|r| r.arguments[0].divisible_by = 8), &["multiple of 8", "only 16"]);
    has_text(&with(&|r| r.arguments[0].ty = "tensordesc<fp32[64]>".into()), &["`x_ptr` is a tensor descriptor", "3.4"]);
    has_text(&with(&|r| drop(r.arguments.pop())), &["`n` has no type", "--arg n=TYPE"]);
    has_text(&with(&|r| r.constants = BTreeMap::new()), &["`BLOCK` is a tl.constexpr", "--const BLOCK=VALUE"]);
    has_text(
        &with(&|r| r.arguments.push(parse_argument("BLOCK=i32").unwrap())),
        &["`BLOCK` is given as an argument and"],
    );
    has_text(&refused(request("broken", &["x_ptr=*fp32"], &[])), &["undefined_name is not defined"]);
    let folder = tempfile::tempdir().unwrap();
    let module = |text: &str| {
        let file = folder.path().join("module.py");
        std::fs::write(&file, text).unwrap();
        refused(ExportRequest { source: Source::File(file), ..base.clone() })
    };
    has_text(
        &module("import no_such_package\n"),
        &["needs the Python package `no_such_package`", "TRITON_RUNNER_PYTHON"],
    );
    has_text(&module("x = (\n"), &["module.py:1:5: "]);
    has_text(&module("x = 1\nraise ValueError('no')\n"), &["ValueError: no (", "module.py:2)"]);
    has_text(&module("x = 1\n"), &["which has: no function with @triton.jit"]);
}
