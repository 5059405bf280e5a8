//! Typed bodies as a whole: read, compared with MLIR, printed and read again.

use std::path::Path;

use crate::{Module, parse};

mod operations;
mod properties;
mod reading;
mod refused;

/// Versions of Triton that there is test data of.
const VERSIONS: [&str; 8] = ["3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"];

/// Arguments of many types, with the names that the test data has in MLIR's numbering.
const ARGUMENTS: &str = "%arg0: !tt.ptr<f32>, %arg1: i32, %arg2: i64, %arg3: i1, %arg4: f32, %arg5: tensor<128xf32>, %arg6: tensor<128xi32>, %p: !tt.ptr<f32>, %ip: !tt.ptr<i32>, %n: i32, %l: i64, %c: i1, %f: f32, %h: f16, %i: index, %tp: tensor<128x!tt.ptr<f32>>, %tf: tensor<128xf32>, %ti: tensor<128xi32>, %tc: tensor<128xi1>";

/// Every operation, as `tests/data/operations.py` makes it: `generic` or `custom`.
fn operations(version: &str, syntax: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{version}.{syntax}.ttir"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(text: &str) -> Module {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A kernel with some arguments of many types.
fn kernel(body: &str) -> String {
    format!(
        "module {{\n  tt.func public @k(%p: !tt.ptr<f32>, %n: i32, %l: i64, %c: i1, %f: f32, %t: tensor<4xf32>, %tp: tensor<4x!tt.ptr<f32>>, %i: index) {{\n{body}\n    tt.return\n  }}\n}}\n"
    )
}
