//! The same inputs give the same bytes: in another folder, in another order, with another number of jobs at once, in
//! another language and on another day. And the bytes name nothing of the machine that made them.

use std::collections::BTreeMap;

use e2e::file;
use e2e::script::Script;

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const ADD: &str = "examples/vector-add/kernels/add_kernel";
const MATMUL: &str = "examples/matmul/kernels/matmul";
const SCALAR: &str = "examples/levels/kernels/ttir/scalar_ttir";

/// Builds the kernels under these names, without the cache, and returns each one's images by its source.
fn build(names: [(&str, &'static str); 3], env: &[(&'static str, &str)]) -> BTreeMap<(&'static str, String), Vec<u8>> {
    let mut script = Script::new(PROGRAM, "archs = [\"sm_80\", \"sm_90\", \"sm_120\"]\nptx = [\"sm_80\"]");
    for (name, source) in names {
        for extension in ["ttir", "json"] {
            script
                .package
                .write(&format!("kernels/{name}.{extension}"), file(&format!("{source}.{extension}")))
                .unwrap();
        }
    }
    script.env.insert("TRITON_RUNNER_CACHE", "off".into());
    for (name, value) in env {
        script.env.insert(name, value.into());
    }
    assert_eq!(script.run().done().lowered(), 9);
    let source = |output: &str| {
        let name = output.split('.').next().unwrap();
        names.iter().find(|(own, _)| *own == name).map(|(_, source)| *source)
    };
    let images = script.outputs().into_iter().filter_map(|output| Some((source(&output)?, output)));
    let images = images.map(|(source, output)| {
        let bytes = script.image(&output);
        for folder in [script.package.path(), &script.out_dir(), &script.home(), &script.temporary()] {
            let name = folder.display().to_string();
            assert!(!bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{name} is in {output}");
        }
        for start in ["/home/", "/root/", "/tmp/", "/usr/"] {
            assert!(!bytes.windows(start.len()).any(|part| part == start.as_bytes()), "{start} is in {output}");
        }
        let (_, rest) = output.split_once('.').unwrap();
        ((source, rest.to_owned()), bytes)
    });
    images.collect()
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let first = build([("a", ADD), ("b", MATMUL), ("c", SCALAR)], &[]);
    // Machine code for three architectures, PTX and TTIR of each.
    assert_eq!(first.len(), 15);
    let env = [
        ("SOURCE_DATE_EPOCH", "86400"),
        ("LANG", "de_DE.UTF-8"),
        ("TZ", "Asia/Tokyo"),
        ("NUM_JOBS", "1"),
        ("TRITON_DEFAULT_FP_FUSION", "0"),
        ("TRITON_CACHE_DIR", "/nonexistent"),
        ("DISABLE_LLVM_OPT", "1"),
        ("PTXAS_OPTIONS", "-O0"),
        ("PYTHONHASHSEED", "7"),
    ];
    let second = build([("z", ADD), ("y", MATMUL), ("x", SCALAR)], &env);
    assert!(first.keys().eq(second.keys()));
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name:?} differs");
    }
}
