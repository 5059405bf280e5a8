use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

use super::*;
use crate::half::bf16;

/// Copies rows whose addresses are in a table.
const GATHER: &str = r#"module {
  tt.func public @gather(%table: !tt.ptr<i64>, %out: !tt.ptr<f32>, %columns: i32, %factor: f32) {
    %zero = arith.constant dense<0.000000e+00> : tensor<4xf32>
    %at = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>
    %program = tt.get_program_id x : i32
    %place = tt.addptr %table, %program : !tt.ptr<i64>, i32
    %address = tt.load %place : !tt.ptr<i64>
    %row = tt.int_to_ptr %address : i64 -> !tt.ptr<f32>
    %start = arith.muli %program, %columns : i32
    %to = tt.addptr %out, %start : !tt.ptr<f32>, i32
    %tos = tt.splat %to : !tt.ptr<f32> -> tensor<4x!tt.ptr<f32>>
    %stored = tt.addptr %tos, %at : tensor<4x!tt.ptr<f32>>, tensor<4xi32>
    %rows = tt.splat %row : !tt.ptr<f32> -> tensor<4x!tt.ptr<f32>>
    %loaded = tt.addptr %rows, %at : tensor<4x!tt.ptr<f32>>, tensor<4xi32>
    %most = tt.splat %columns : i32 -> tensor<4xi32>
    %inside = arith.cmpi slt, %at, %most : tensor<4xi32>
    %values = tt.load %loaded, %inside, %zero : tensor<4x!tt.ptr<f32>>
    %factors = tt.splat %factor : f32 -> tensor<4xf32>
    %scaled = arith.mulf %values, %factors : tensor<4xf32>
    tt.store %stored, %scaled, %inside : tensor<4x!tt.ptr<f32>>
    tt.return
  }
}"#;

/// A folder as a recording leaves it: two rows in one buffer behind a table, and what the kernel should make of them.
fn folder(expected: [f32; 6], launches: &serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let metadata = json!({
        "num_warps": 4,
        "signature": [
            {"name": "table", "type": "*i64"}, {"name": "out", "type": "*fp32"}, {"name": "columns", "type": "i32"},
            {"name": "factor", "type": "fp32"},
        ],
    });
    write("gather.ttir", GATHER.as_bytes());
    write("gather.json", metadata.to_string().as_bytes());
    let bytes = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    // The program had its rows at other addresses than any replay.
    let table: Vec<u8> = [0xdead_0000_u64, 0xdead_0010].iter().flat_map(|address| address.to_le_bytes()).collect();
    let rows = bytes(&[1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0]);
    let (empty, expected) = (bytes(&[0.0; 6]), bytes(&expected));
    let view = |dtype, count, bytes| TensorView::new(dtype, vec![count], bytes).unwrap();
    let views = [
        ("table", view(Dtype::I64, 2, &table)),
        ("rows", view(Dtype::F32, 8, &rows)),
        ("empty", view(Dtype::F32, 6, &empty)),
        ("expected", view(Dtype::F32, 6, &expected)),
    ];
    write("recorded/launches/buffers.safetensors", &safetensors::serialize(views, None).unwrap());
    write("recorded/launches/launches.json", launches.to_string().as_bytes());
    folder
}

fn launch() -> serde_json::Value {
    json!([{
        "kernel": "gather", "grid": [2, 1, 1],
        "args": [
            {"name": "table", "kind": "ptr", "buf": 0, "off": 0}, {"name": "out", "kind": "ptr", "buf": 1, "off": 0},
            {"name": "columns", "kind": "num", "value": 3}, {"name": "factor", "kind": "num", "value": 2},
        ],
        "bufs": [
            {"before": "table", "after": "table", "dtype": "int64", "bytes": 16, "pointers": [[0, 2, 0], [8, 2, 16]]},
            {"before": "empty", "after": "expected", "dtype": "float32", "bytes": 24},
            {"before": "rows", "after": "rows", "dtype": null, "bytes": 32},
        ],
    }])
}

fn open(folder: &Path) -> Result<Recorded> {
    Recorded::open(folder.join("recorded/launches"))
}

/// Without a GPU, as `replay` does it.
fn interpreted(recorded: &Recorded) -> Report {
    let mut report = Report::default();
    let buffers = SafeTensors::deserialize(&recorded.buffers).unwrap();
    for launch in &recorded.launches {
        let ran = launch.contents(&buffers).and_then(|contents| interpreted::run(launch, contents));
        report.add(&launch.kernel, ran.unwrap_or_else(Outcome::Failed));
    }
    report
}

#[test]
fn a_recorded_launch_is_replayed_with_tables_of_its_own_addresses() {
    let folder = folder([2.0, 4.0, 6.0, 8.0, 10.0, 12.0], &launch());
    let recorded = open(folder.path()).unwrap();
    assert_eq!((recorded.len(), recorded.is_empty()), (1, false));
    let report = interpreted(&recorded);
    assert!(report.is_right() && report.launches()[0].is_equal(), "{report}");
    assert_eq!(report.to_string(), "1 recorded launches: 1 equal, 0 within tolerance, 0 wrong, 0 failed");
}

#[test]
fn a_table_says_what_differs() {
    let folder = folder([2.0, 4.0, 6.0, 8.0, 10.5, 12.0], &launch());
    let report = interpreted(&open(folder.path()).unwrap());
    assert!(!report.is_right());
    let text = report.to_string();
    assert!(text.starts_with("1 recorded launches: 0 equal, 0 within tolerance, 1 wrong, 0 failed\n"), "{text}");
    assert!(text.contains("| 0 | gather | wrong | `out` 4.17e-2 (element 4: 10 for 10.5) |"), "{text}");
    // What a program does wrong is a failure of that launch alone.
    let mut outside = launch();
    outside[0]["grid"] = json!([3, 1, 1]);
    let folder = self::folder([0.0; 6], &outside);
    let report = interpreted(&open(folder.path()).unwrap());
    assert!(report.launches()[0].failure().is_some_and(|why| why.contains("`table`")), "{report}");
    assert!(report.to_string().contains("| 0 | gather | failed | "), "{report}");
}

#[test]
fn what_is_no_recording_is_told_with_its_file() {
    let empty = tempfile::tempdir().unwrap();
    let recorded = open(empty.path()).unwrap();
    assert!(recorded.is_empty() && recorded.replay("nothing", |_| Ok(())).unwrap().is_right());
    for (change, part) in [
        ("/0/kernel", "gone.json"),
        ("/0/grid/0", "no `grid`"),
        ("/0/bufs/0/before", "a buffer without `before`"),
        ("/0/bufs/0/pointers/0/1", "an address points to no buffer"),
        ("/0/args/0/buf", "argument `table`: no buffer 7"),
        ("/0/args/0/name", "has no argument `other`"),
        ("/0/args/2/kind", "argument `columns`: its kind is"),
        ("/0/args/2/value", "argument `columns`: {} is no number"),
    ] {
        let mut launches = launch();
        *launches.pointer_mut(change).unwrap() = match change {
            "/0/kernel" => json!("gone"),
            "/0/bufs/0/pointers/0/1" | "/0/args/0/buf" => json!(7),
            "/0/args/0/name" => json!("other"),
            _ => json!({}),
        };
        let folder = folder([0.0; 6], &launches);
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("the recording can't be replayed: `") && error.contains(part), "{change}: {error}");
    }
    let mut missing = launch();
    missing[0]["bufs"][1]["after"] = json!("lost");
    let folder = folder([0.0; 6], &missing);
    let report = interpreted(&open(folder.path()).unwrap());
    assert!(report.launches()[0].failure().is_some_and(|why| why.contains("the buffer of `out` is not recorded")));
}

#[test]
fn scalars_have_the_type_that_the_kernel_takes() {
    use given::{Given, Sealed as _};

    let read = |value: serde_json::Value, is_float| {
        Given::read(json!({"kind": "num", "value": value}).as_object().unwrap(), is_float).unwrap()
    };
    assert_eq!(i32::from_given(&read(json!(-7), false)), Some(-7));
    assert_eq!(u64::from_given(&read(json!(u64::MAX), false)), Some(u64::MAX));
    assert_eq!(bool::from_given(&read(json!(true), false)), Some(true));
    assert_eq!(bf16::from_given(&read(json!(1), true)), Some(bf16::ONE));
    assert_eq!(f32::from_given(&read(json!("-inf"), true)), Some(f32::NEG_INFINITY));
    assert_eq!(i32::from_given(&read(json!(0.5), true)), None);
}
