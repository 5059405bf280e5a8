use proptest::prelude::*;
use triton_runner_manifest::{ArgType, Constant, HostAct, HostWork, Level};

use super::*;
use test_data::{damaged, paths, text};

mod python;

fn read(json: &str) -> Metadata {
    Metadata::from_json(json).unwrap_or_else(|error| panic!("{error}"))
}

fn error(json: &str) -> String {
    Metadata::from_json(json).unwrap_err().to_string()
}

fn with_signature(signature: &str) -> String {
    serde_json::json!({ "kernel_signature": signature }).to_string()
}

fn entry(name: &str, ty: &str, divisible_by: u32) -> SignatureEntry {
    SignatureEntry { name: name.into(), ty: ty.parse().unwrap(), divisible_by }
}

#[test]
fn the_json_of_every_version_is_read() {
    for path in paths("json") {
        let metadata = read(&text(&path));
        let version: f64 = path[..3].parse().unwrap();
        let warps = match path.as_str() {
            "3.4/warp_specialized.sm_90.json" => 12,
            "3.9/warp_specialized.sm_100.json" => 8,
            _ => 4,
        };
        assert_eq!((metadata.num_warps, metadata.options.num_warps), (Some(warps), Some(warps)), "{path}");
        assert_eq!(metadata.options.num_stages, Some(3), "{path}");
        assert_eq!(metadata.options.enable_fp_fusion, Some(true), "{path}");
        let arch: u16 = path.split("sm_").nth(1).unwrap().split('.').next().unwrap().parse().unwrap();
        assert_eq!(metadata.target, Some(arch), "{path}");
        assert_eq!(metadata.triton_version.is_some(), version > 3.25, "{path}");
        assert_eq!(metadata.global_scratch_align.is_some(), version > 3.25, "{path}");
        assert_eq!(metadata.profile_scratch_size.is_some(), version > 3.45, "{path}");
        assert_eq!(metadata.tensordesc_meta.is_some(), version > 3.35, "{path}");
        assert!(metadata.signature().is_none() && metadata.constants.is_empty(), "{path}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_refused_at_any_depth() {
    let whole = r#"{"num_warps": 4, "target": {"backend": "cuda", "arch": 90, "warp_size": 32}, "constants": {"B": 256},
        "signature": [{"name": "x", "type": "*fp32", "divisible_by": 16}]}"#;
    read(whole);
    for (from, twice) in [
        ("\"num_warps\": 4", "num_warps"),
        ("\"arch\": 90", "arch"),
        ("\"B\": 256", "B"),
        ("\"constants\": {\"B\": 256}", "constants"),
        ("\"name\": \"x\"", "name"),
        ("\"unknown\": 1", "unknown"),
    ] {
        let once = if whole.contains(from) { whole.to_owned() } else { whole.replacen('{', &format!("{{{from}, "), 1) };
        let text = error(&once.replacen(from, &format!("{from}, {from}"), 1));
        assert!(text.starts_with(&format!("the key `{twice}` is there twice at line ")), "{text}");
        assert!(text.ends_with("keep the one that is right, or check in the file as Triton wrote it"), "{text}");
    }
    // JSON has other ways to write a name.
    assert!(error(r#"{"num_warps": 4, "num\u005fwarps": 8}"#).contains("the key `num_warps` is there twice"));
    assert!(error("{\"a\": 1").starts_with("it is not JSON: "));
}

#[test]
fn numbers_of_a_launch_are_read() {
    let metadata = read(&text("3.3/tma_device.sm_90.json"));
    assert_eq!(metadata.name.as_deref(), Some("tma_device_old"));
    assert_eq!(metadata.shared, Some(8200));
    assert_eq!((metadata.global_scratch_size, metadata.global_scratch_align), (Some(256), Some(128)));
    let metadata = read(&text("3.9/tma_host.sm_90.json"));
    let map = DescriptorRecipe { swizzle: 3, elem_size: 2, elem_type: 6, block_size: vec![64, 64], fp4_padded: false };
    assert_eq!(metadata.tensordesc_meta, Some(vec![map.clone(), map]));
    assert_eq!((metadata.launch_pdl, metadata.launch_cooperative_grid), (Some(false), Some(false)));
    assert_eq!((metadata.tmem_size, metadata.instrumentation_mode.as_deref()), (Some(0), Some("")));
}

#[test]
fn clusters_are_options_up_to_3_5() {
    let options = |version: &str| read(&text(&format!("{version}/cluster.sm_90.json"))).options;
    assert_eq!((options("3.2").num_ctas, options("3.2").cluster_dims), (Some(2), Some([2, 1, 1])));
    assert_eq!(options("3.5").cluster_dims, Some([2, 1, 1]));
    assert_eq!((options("3.9").num_ctas, options("3.9").cluster_dims), (Some(2), None));
    // The default, which later versions don't know, is left out.
    assert_eq!(read(&text("3.3/add.sm_80.json")).options.cluster_dims, None);
}

#[test]
fn null_keys_are_as_good_as_missing_ones() {
    let metadata = read(r#"{"maxnreg": null, "name": null, "new": null, "tensordesc_meta": null}"#);
    assert_eq!(metadata, Metadata::default());
}

#[test]
fn every_key_that_may_be_an_option_is_kept_for_the_triton_that_lowers() {
    let options = read(r#"{"clc": true, "next_years": [1, "x"], "shared": 64, "hash": "ab", "num_warps": 2}"#).options;
    assert_eq!(options.num_warps, Some(2));
    assert_eq!(Vec::from_iter(options.more.keys()), ["clc", "next_years"]);
    let text = serde_json::to_string(&options).unwrap();
    assert_eq!(text, r#"{"num_warps":2,"clc":true,"next_years":[1,"x"]}"#);
    // Set by somebody, each is an option.
    let map = serde_json::json!({"shared": 1, "maxnreg": 64, "clc": null});
    let set = Options::from_map(map.as_object().unwrap().clone()).unwrap();
    assert_eq!((set.maxnreg, Vec::from_iter(set.more.keys())), (Some(64), vec![&"shared".to_owned()]));
    let wrong = serde_json::json!({"maxnreg": "many"});
    let error = Options::from_map(wrong.as_object().unwrap().clone()).unwrap_err().to_string();
    assert!(error.contains("`maxnreg` is the string"), "{error}");
}

#[test]
fn libdevice_is_no_library_of_ones_own() {
    let libraries = |list: &str| read(&format!(r#"{{"extern_libs": {list}}}"#)).options.more;
    let path = "/home/me/.venv/lib/python3.11/site-packages/triton/backends/nvidia/lib/libdevice.10.bc";
    assert!(libraries(&format!(r#"[["libdevice", "{path}"]]"#)).is_empty());
    assert!(libraries(r#"["libdevice"]"#).is_empty());
    for own in [
        r#"[["libdevice", "/opt/my.bc"]]"#,
        r#"[["mine", "/opt/mine.bc"]]"#,
        r#"["libdevice", "mine"]"#,
        r#"{"mine": "/x.bc"}"#,
        "7",
    ] {
        assert_eq!(libraries(own).len(), 1, "{own}");
    }
}

#[test]
fn options_that_are_set_win_over_those_of_the_metadata() {
    let metadata = read(r#"{"num_warps": 4, "num_stages": 3, "clc": false, "sched4reg": true}"#).options;
    let set = serde_json::json!({"num_warps": 8, "clc": true});
    let options = Options::from_map(set.as_object().unwrap().clone()).unwrap().over(metadata);
    let text = serde_json::to_string(&options).unwrap();
    assert_eq!(text, r#"{"num_warps":8,"num_stages":3,"clc":true,"sched4reg":true}"#);
}

#[test]
fn targets_are_numbers_or_names() {
    let target = |json: &str| read(json).target;
    assert_eq!(target(r#"{"target": {"backend": "cuda", "arch": 90, "warp_size": 32}}"#), Some(90));
    assert_eq!(target(r#"{"target": {"arch": "sm90a"}}"#), Some(90));
    assert_eq!(target(r#"{"target": {"arch": "sm_120"}}"#), Some(120));
    assert_eq!(target(r#"{"arch": "sm80"}"#), Some(80));
    assert!(error(r#"{"target": {"backend": "hip", "arch": "gfx942"}}"#).contains("for the backend `hip`"));
    assert!(
        error(r#"{"target": {"backend": "cuda", "arch": "gfx942"}}"#)
            .contains("`target.arch` is the string `\"gfx942\"`")
    );
    assert!(error(r#"{"target": {"warp_size": 64}}"#).contains("warps of 64 threads"));
    assert!(error(r#"{"target": "cuda"}"#).contains("`target` is the string `\"cuda\"`, expected an object"));
    assert!(error(r#"{"target": {"arch": 7}}"#).contains("the number `7`"));
}

#[test]
fn wrong_types_are_errors_that_name_the_key() {
    assert_eq!(
        error(r#"{"num_warps": "4"}"#),
        "`num_warps` is the string `\"4\"`, expected a whole number below 4294967296"
    );
    assert!(error(r#"{"shared": -1}"#).contains("`shared` is the number `-1`"));
    assert!(error(r#"{"shared": 1.5}"#).contains("`shared` is the number `1.5`"));
    assert!(error(r#"{"shared": 4294967296}"#).contains("`shared`"));
    assert!(error(r#"{"name": 1}"#).contains("`name` is the number `1`, expected a string"));
    assert!(error(r#"{"launch_pdl": 1}"#).contains("expected `true` or `false`"));
    assert!(error(r#"{"cluster_dims": [1, 1]}"#).contains("three whole numbers"));
    assert!(error(r#"{"cluster_dims": [1, 0, 1]}"#).contains("three whole numbers"));
    assert!(error(r#"{"global_scratch_align": 3}"#).contains("a power of two"));
    assert!(error(r#"{"tensordesc_meta": {}}"#).contains("a list of tensor descriptors"));
    assert!(error(r#"{"tensordesc_meta": [{"swizzle": 3}]}"#).contains("`tensordesc_meta[0]`"));
    let im2col =
        r#"{"tensordesc_meta": [{"swizzle":3,"elem_size":2,"elem_type":6,"block_size":[64],"is_im2col":true}]}"#;
    assert!(error(im2col).contains("im2col descriptors are not supported"));
    assert!(error("[]").contains("it is a list, expected an object"));
    assert!(error("{\n \"a\": }").contains("line 2"));
    let long = format!(r#"{{"shared": "{}"}}"#, "é".repeat(500));
    assert!(error(&long).contains('…') && error(&long).len() < 300);
}

#[test]
fn flags_for_ptxas_name_no_file() {
    for flags in ["--compiler-stats=time --compiler-stats-file /home/me/.profile", "-optf ../flags"] {
        let error = error(&format!(r#"{{"ptx_options": "{flags}"}}"#));
        assert!(error.contains("`ptx_options` is the string `") && error.contains("without paths"), "{error}");
    }
    let metadata = read(r#"{"ptx_options": "--opt-level 2"}"#);
    assert_eq!(metadata.options.ptx_options.as_deref(), Some("--opt-level 2"));
}

#[test]
fn our_signature_is_read() {
    let metadata = read(
        r#"{"signature": [{"name": "x_ptr", "type": "*fp32", "divisible_by": 16}, {"name": "n", "type": "u32"},
            {"name": "d", "type": "tensordesc<fp16[128, 64]>", "divisible_by": null}],
            "constants": {"BLOCK": 1024, "EPS": 1e-5, "ACT": "relu", "CAUSAL": true, "BIAS": null}}"#,
    );
    let expected = [entry("x_ptr", "*fp32", 16), entry("n", "i32", 1), entry("d", "tensordesc<fp16[128, 64]>", 1)];
    assert_eq!(metadata.signature(), Some(&expected[..]));
    let arguments = metadata.arguments().unwrap();
    assert_eq!(arguments[0].ty, ArgType::Pointer(triton_runner_manifest::Scalar::F32));
    assert!(arguments.iter().all(|argument| argument.named && argument.line == 0));
    assert_eq!(metadata.constants["BLOCK"], Constant::Int(1024));
    assert_eq!(metadata.constants["EPS"], Constant::Float(1e-5));
    assert_eq!(metadata.constants["ACT"], Constant::Str("relu".into()));
    assert_eq!(metadata.constants["CAUSAL"], Constant::Bool(true));
    assert_eq!(metadata.constants["BIAS"], Constant::None(()));
}

#[test]
fn floats_that_json_has_no_number_for_are_read() {
    let metadata = read(r#"{"constants": {"LOW": {"float": "-inf"}, "ODD": {"float": "nan"}, "TEXT": "inf"}}"#);
    assert_eq!(metadata.constants["LOW"], Constant::Float(f64::NEG_INFINITY));
    assert_eq!(metadata.constants["ODD"], Constant::Float(f64::NAN));
    assert_eq!(metadata.constants["TEXT"], Constant::Str("inf".into()));
    assert!(error(r#"{"constants": {"LOW": {"float": "low"}}}"#).contains("`constants.LOW` is the object"));
    let python = read(
        r#"{"kernel_signature": "(('LOW', 'constexpr', -inf), ('HIGH', 'constexpr', inf), ('ODD', 'constexpr', nan))"}"#,
    );
    assert_eq!(python.constants["LOW"], Constant::Float(f64::NEG_INFINITY));
    assert_eq!(python.constants["HIGH"], Constant::Float(f64::INFINITY));
    assert_eq!(python.constants["ODD"], Constant::Float(f64::NAN));
}

#[test]
fn what_an_export_notes_is_read() {
    let hash = "0123456789abcdef".repeat(4);
    let metadata = read(&format!(
        r#"{{"targets": ["sm_80", "sm_90"], "sha256": {{"ttir": "{hash}"}},
            "host": [{{"does": "reset_to_zero", "names": ["out"]}}],
            "exported_from": {{"file": "k.py", "sha256": "{hash}", "modules": [{{"file": "h.py", "sha256": "{hash}"}}]}},
            "after_pass": "canonicalize#2",
            "package": {{"name": "kernels", "version": "1.2"}}}}"#
    ));
    assert_eq!((metadata.after_pass.as_deref(), metadata.options.more.len()), (Some("canonicalize#2"), 0));
    let package = Package { name: "kernels".into(), version: Some("1.2".into()) };
    assert_eq!((metadata.package, metadata.options.more.get("package")), (Some(package), None));
    assert_eq!(metadata.targets.unwrap(), ["sm_80", "sm_90"].map(|name| name.parse().unwrap()));
    assert_eq!(metadata.sha256[&Level::Ttir], hash);
    assert_eq!(metadata.host, [HostWork { does: HostAct::ResetToZero, names: vec!["out".into()] }]);
    let source = metadata.exported_from.unwrap();
    assert_eq!((source.file.unwrap().file.as_str(), source.modules[0].file.as_str()), ("k.py", "h.py"));
    for (json, part) in [
        (r#"{"targets": []}"#, "`targets` is the list `[]`, expected a list of architectures"),
        (r#"{"targets": "sm_90"}"#, "`targets` is the string"),
        (r#"{"targets": ["sm_80", "sm_90a"]}"#, "`targets[1]` is the string `\"sm_90a\"`"),
        (r#"{"targets": [90]}"#, "`targets[0]` is the number `90`, expected an architecture"),
        (r#"{"sha256": "00"}"#, "`sha256` is the string"),
        (r#"{"sha256": {"source": "00"}}"#, "`sha256.source` is the string"),
        (r#"{"sha256": {"ttir": "00"}}"#, "64 lower-case hexadecimal digits"),
        (r#"{"host": [{"does": "something", "names": []}]}"#, "`host` is the list"),
        (r#"{"exported_from": {"file": "k.py"}}"#, "`exported_from` is the object"),
        (r#"{"after_pass": 3}"#, "`after_pass` is the number `3`, expected a string"),
        (r#"{"package": "kernels"}"#, "`package` is the string"),
    ] {
        assert!(error(json).contains(part), "{}", error(json));
    }
}

#[test]
fn mistakes_in_our_keys_are_errors() {
    assert!(error(r#"{"signature": {}}"#).contains("`signature` is the object"));
    assert!(error(r#"{"signature": ["x"]}"#).contains("`signature[0]` is the string"));
    assert!(error(r#"{"signature": [{"type": "i32"}]}"#).contains("`signature[0].name` is `null`"));
    assert!(error(r#"{"signature": [{"name": "x"}]}"#).contains("`signature[0].type`"));
    assert!(error(r#"{"signature": [{"name": "x", "type": "int"}]}"#).contains("argument `x` in `signature`: `int`"));
    assert!(error(r#"{"signature": [{"name": "x", "type": "i32", "divisible_by": 0}]}"#).contains("divisible_by"));
    let twice = r#"{"signature": [{"name": "x", "type": "i32"}, {"name": "x", "type": "i32"}]}"#;
    assert!(error(twice).contains("two arguments called `x`"));
    assert!(error(r#"{"constants": []}"#).contains("`constants` is the list"));
    assert!(error(r#"{"constants": {"A": [1]}}"#).contains("`constants.A` is the list"));
    assert!(error(r#"{"constants": {"A": 18446744073709551615}}"#).contains("`constants.A`"));
}

#[test]
fn one_fact_in_two_keys_must_be_the_same() {
    let target = r#""target": {"backend": "cuda", "arch": 80, "warp_size": 32}"#;
    assert_eq!(
        read(&format!(r#"{{{target}, "arch": "sm80", "warp_size": 32, "backend_name": "cuda"}}"#)).target,
        Some(80)
    );
    assert_eq!(
        error(&format!(r#"{{{target}, "arch": "sm90"}}"#)),
        "`arch` says sm_90, but `target.arch` says sm_80; check in the file as Triton wrote it"
    );
    assert!(error(&format!(r#"{{{target}, "warp_size": 64}}"#)).contains("warps of 64 threads"));
    assert!(error(&format!(r#"{{{target}, "backend_name": "hip"}}"#)).contains("the backend `hip`"));
}

#[test]
fn a_version_is_one_whatever_is_added_to_it() {
    let version = |version: &str| format!(r#"{{"triton_version": "{version}"}}"#);
    for good in ["3.3.1", "3.6.0+git1234abcd", "3.10.0.dev20270101", "3.5.0rc1", "4.0"] {
        assert_eq!(read(&version(good)).triton_version.as_deref(), Some(good));
    }
    for bad in ["", "3", "three.two", "v3.3.1", "3.x"] {
        assert!(error(&version(bad)).contains("expected a version such as `3.3.1`"), "{bad}");
    }
}

#[test]
fn what_a_triton_writes_and_a_launch_needs_must_be_there() {
    let mut judged = 0;
    for path in paths("json") {
        assert_eq!(read(&text(&path)).missing_for_launch(), None, "{path}");
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text(&path)).unwrap();
        let version: f64 = path[..3].parse().unwrap();
        let needed = [
            ("name", 3.2),
            ("shared", 3.2),
            ("num_warps", 3.2),
            ("num_ctas", 3.2),
            ("global_scratch_size", 3.3),
            ("global_scratch_align", 3.3),
            ("launch_cooperative_grid", 3.3),
            ("launch_pdl", 3.4),
            ("profile_scratch_size", 3.5),
            ("profile_scratch_align", 3.5),
        ];
        for (key, since) in needed {
            let mut without = json.clone();
            without.remove(key);
            let missing = read(&serde_json::to_string(&without).unwrap()).missing_for_launch();
            // The alignment of nothing is none's business.
            let unused =
                key.ends_with("align") && json.get(&key.replace("align", "size")).is_none_or(|size| *size == 0);
            assert_eq!(missing, (version > since - 0.05 && !unused).then_some(key), "{path}: {key}");
            judged += 1;
        }
        let mut without = json;
        let clusters = without["num_ctas"] != 1 && without.remove("cluster_dims").is_some();
        let missing = read(&serde_json::to_string(&without).unwrap()).missing_for_launch();
        assert_eq!(missing, clusters.then_some("cluster_dims"), "{path}");
    }
    assert!(judged > 200, "{judged}");
}

/// Python's `repr` of a signature.
fn python(entries: &[(String, String, bool)]) -> String {
    let items: Vec<_> = entries
        .iter()
        .map(|(name, ty, divisible)| {
            let name = name.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r");
            format!("('{name}', '{ty}', '{}')", if *divisible { "D" } else { "" })
        })
        .collect();
    format!("({})", items.iter().map(|item| format!("{item}, ")).collect::<String>())
}

proptest! {
    #[test]
    fn damaged_metadata_never_panics(text in damaged::texts("json")) {
        let _ = Metadata::from_json(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn random_signatures_never_panic(text in "[()\\[\\]'\"\\\\,a-zA-Z0-9 <>.-]{0,200}", other in "\\PC*") {
        let _ = Metadata::from_json(&with_signature(&text));
        let _ = Metadata::from_json(&with_signature(&other));
        let _ = Metadata::from_json(&other);
    }

    #[test]
    fn python_signatures_round_trip(
        entries in proptest::collection::vec(
            (".*", prop_oneof![Just("*fp32"), Just("i64"), Just("tensordesc<fp16[8, 8]>")], any::<bool>()), 0..8)
    ) {
        let mut entries: Vec<_> = entries.into_iter().map(|(name, ty, divisible)| (name, ty.to_owned(), divisible)).collect();
        entries.sort();
        entries.dedup_by(|a, b| a.0 == b.0);
        let metadata = read(&with_signature(&python(&entries)));
        let expected: Vec<_> =
            entries.iter().map(|(name, ty, divisible)| entry(name, ty, if *divisible { 16 } else { 1 })).collect();
        prop_assert_eq!(metadata.signature().unwrap(), &expected[..]);
    }
}
