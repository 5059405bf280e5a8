//! Bad input, of every level and kind: each is one clear error that names the file and says what to do, and none a
//! panic, a Python traceback or machine code that is wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use e2e::{Package, file};

const ADD: &str = "examples/vector-add/kernels/add_kernel";
const LEVELS: &str = "examples/levels/kernels";

/// A package for sm_90 with the files that `fill` puts into `kernels`.
fn package(settings: &str, files: &[(&str, Vec<u8>)]) -> Package {
    let package = Package::new(&format!("triton = \"3.3.1\"\n{settings}")).unwrap();
    for (name, content) in files {
        package.write(&format!("kernels/{name}"), content).unwrap();
    }
    package
}

/// The messages of a build that must fail and leave nothing behind.
#[track_caller]
fn errors(settings: &str, files: &[(&str, Vec<u8>)]) -> Vec<String> {
    let package = package(settings, files);
    let error = package.build().expect_err("this must not build");
    assert!(!package.out_dir().join("triton-runner/manifest.json").exists());
    let messages: Vec<_> = error.messages().collect();
    for message in &messages {
        for word in ["Traceback", "panicked", "unwrap", "RUST_BACKTRACE"] {
            assert!(!message.contains(word), "{message}");
        }
    }
    messages
}

/// One error with all these parts.
#[track_caller]
fn error(settings: &str, files: &[(&str, Vec<u8>)], parts: &[&str]) {
    let messages = errors(settings, files);
    let [message] = &messages[..] else { panic!("{} errors:\n{}", messages.len(), messages.join("\n\n")) };
    if std::env::var_os("SHOW_MESSAGES").is_some() {
        eprintln!("{message}\n");
    }
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in:\n{message}");
    }
}

fn add(extension: &str) -> Vec<u8> {
    file(&format!("{ADD}.{extension}"))
}

/// An artifact of examples/levels and its JSON: `level("dot_ptx_sm80", 80, "ptx")`.
fn level(name: &str, arch: u32, extension: &str) -> Vec<u8> {
    let folder = name.split('_').nth(1).unwrap();
    file(&format!("{LEVELS}/{folder}/{name}.sm_{arch}.{extension}"))
}

/// Replaces text that must be there.
#[track_caller]
fn edit(content: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(content).unwrap();
    assert!(text.contains(from), "`{from}` is not there");
    text.replacen(from, to, 1).into_bytes()
}

const SM_90: &str = "archs = [\"sm_90\"]";
const SM_80: &str = "archs = [\"sm_80\"]";

#[test]
fn empty_files_are_told_so_at_every_level() {
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.sm_80.cubin"] {
        error(SM_80, &[(name, Vec::new())], &["kernel `k`", &format!("kernels/{name}"), "empty"]);
        if !name.ends_with("cubin") {
            error(SM_80, &[(name, b" \n\n".to_vec())], &["empty"]);
        }
    }
}

#[test]
fn text_that_is_not_utf8_is_told_so() {
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.json"] {
        let mut files = vec![(name, b"module {\n\xff\xfe".to_vec())];
        if name == "k.json" {
            files.push(("k.ttir", add("ttir")));
        }
        error(SM_80, &files, &[&format!("kernels/{name}"), "not UTF-8", "bad byte at 9"]);
    }
}

#[test]
fn random_bytes_and_text_are_refused_at_every_level() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |printable: bool| -> Vec<u8> {
        (0..2000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                if printable { b' ' + (state % 95) as u8 } else { state as u8 }
            })
            .collect()
    };
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.sm_80.cubin"] {
        for printable in [false, true] {
            error(SM_80, &[(name, random(printable))], &["kernel `k`", &format!("kernels/{name}")]);
        }
    }
}

#[test]
fn files_that_are_cut_short_are_refused_at_every_level() {
    for (name, content) in [
        ("k.ttir", add("ttir")),
        ("k.sm_80.ttgir", level("dot_ttgir_sm80", 80, "ttgir")),
        ("k.sm_80.llir", level("dot_llir_sm80", 80, "llir")),
        ("k.sm_80.ptx", level("dot_ptx_sm80", 80, "ptx")),
        ("k.sm_80.cubin", level("dot_cubin_sm80", 80, "cubin")),
    ] {
        let json = match name.split('.').next_back().unwrap() {
            "ttir" => add("json"),
            extension => level(&format!("dot_{extension}_sm80"), 80, "json"),
        };
        for tenths in [1, 5, 9] {
            let cut = content[..content.len() * tenths / 10].to_vec();
            let messages = errors(SM_80, &[(name, cut), ("k.json", json.clone())]);
            assert!(messages[0].contains(&format!("kernels/{name}")), "{}", messages[0]);
        }
    }
}

#[test]
fn two_public_functions_are_named() {
    let text = String::from_utf8(add("ttir")).unwrap();
    let body = &text[text.find("  tt.func").unwrap()..text.find("\n} loc(#loc)\n").unwrap()];
    let twice = text.replacen(body, &format!("{body}\n{}", body.replace("@add_kernel", "@other")), 1);
    error(SM_90, &[("k.ttir", twice.into_bytes()), ("k.json", add("json"))], &["`add_kernel`", "`other`", "several"]);
}

#[test]
fn ttgir_of_another_architecture_or_triton_is_refused() {
    let (ttgir, json) = (level("dot_ttgir_sm80", 80, "ttgir"), level("dot_ttgir_sm80", 80, "json"));
    error(SM_90, &[("k.sm_90.ttgir", ttgir.clone()), ("k.json", json.clone())], &["for sm_80", "name says sm_90"]);
    error(SM_90, &[("k.ttgir", ttgir.clone()), ("k.json", json.clone())], &["no file for sm_90", "k.ttgir"]);
    let newer = edit(&json, "\"3.3.1\"", "\"3.6.0\"");
    error(
        SM_80,
        &[("k.sm_80.ttgir", ttgir), ("k.json", newer)],
        &["made by Triton 3.6.0", "Triton 3.3.1 lowers", "triton = \"3.6.0\""],
    );
}

/// Not every version reads the TTIR of another: an operation's text has changed.
#[test]
fn where_one_triton_cannot_lower_what_another_wrote_both_are_named() {
    let newer = edit(&add("json"), "\"3.3.1\"", "\"3.6.0\"");
    let ttir = edit(&add("ttir"), "tt.load ", "tt.load cacheModifier = ca ");
    let hint = ["Triton 3.6.0 wrote this ttir, Triton 3.3.1 lowers it", "`triton = \"3.6.0\"`", "`--triton 3.3.1`"];
    let message = errors(SM_90, &[("k.ttir", ttir.clone()), ("k.json", newer)]).concat();
    assert!(hint.iter().all(|part| message.contains(part)) && message.contains("kernels/k.ttir:"), "{message}");
    let message = errors(SM_90, &[("k.ttir", ttir), ("k.json", add("json"))]).concat();
    assert!(!message.contains("wrote this"), "{message}");
}

#[test]
fn options_without_effect_or_out_of_range_are_refused_wherever_they_are_stated() {
    let kernel = |table: &str| format!("{SM_90}\n[package.metadata.triton-runner.kernel.k]\n{table}");
    let files = [("k.ttir", add("ttir")), ("k.json", add("json"))];
    for (table, parts) in [
        ("num-warps = 64", ["`num_warps` is 64", "2048 threads"]),
        ("maxnreg = 1", ["`maxnreg` is 1", "24 to 255 registers"]),
        ("options = { num_ctas = 32 }", ["`num_ctas` is 32", "1 to 16"]),
        ("debug = true", ["`debug` does nothing from here on", "cargo triton export"]),
        (
            "options = { num_consumer_group = 2 }",
            ["has no option `num_consumer_group`", "did you mean `num_consumer_groups`"],
        ),
    ] {
        error(&kernel(table), &files, &parts);
    }
    let wide = edit(&add("json"), "\"num_warps\": 4", "\"num_warps\": 64");
    error(SM_90, &[("k.ttir", add("ttir")), ("k.json", wide)], &["`num_warps` is 64", "2048 threads"]);
    let made = |extension| {
        [(extension, level("dot_cubin_sm80", 80, "cubin")), ("k.json", level("dot_cubin_sm80", 80, "json"))]
    };
    for table in ["launch-pdl = true", "options = { sched4reg = true }"] {
        let settings = kernel(table).replace("sm_90", "sm_80");
        let message = errors(&settings, &made("k.cubin")).concat();
        assert!(message.contains("does nothing to cubin, which is made already"), "{message}");
    }
}

#[test]
fn ttgir_for_clusters_needs_their_shape_before_3_6() {
    // Triton's own artifact, so that only the metadata is wrong.
    let data = |extension| file(&format!("triton-runner-build/tests/data/3.3/cluster.sm_90.{extension}"));
    let json = data("json");
    let files = |json: Vec<u8>| [("k.sm_90.ttgir", data("ttgir")), ("k.json", json)];
    package(SM_90, &files(json.clone())).build().unwrap();
    error(SM_90, &files(edit(&json, "\"num_ctas\": 2", "\"num_ctas\": 1")), &["`num_ctas` is 1", "made with 2"]);
    error(SM_90, &files(edit(&json, "\"cluster_dims\"", "\"_cluster_dims\"")), &["cluster_dims"]);
}

#[test]
fn below_ttgir_the_metadata_must_be_there() {
    for extension in ["llir", "ptx", "cubin"] {
        let name = format!("k.sm_80.{extension}");
        let content = level(&format!("dot_{extension}_sm80"), 80, extension);
        let files = [(name.as_str(), content)];
        let messages = errors(SM_80, &files).join("\n");
        assert!(messages.contains(&format!("kernels/{name}")) && messages.contains("JSON"), "{messages}");
    }
}

#[test]
fn metadata_of_another_kernel_or_build_is_refused() {
    for extension in ["llir", "ptx", "cubin"] {
        let stem = format!("dot_{extension}_sm80");
        let name = format!("k.sm_80.{extension}");
        let content = level(&stem, 80, extension);
        let json = level(&stem, 80, "json");
        let with = |json: Vec<u8>| [(name.as_str(), content.clone()), ("k.json", json)];
        let text = String::from_utf8(json.clone()).unwrap();
        let entry = text.split("\"name\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        error(
            SM_80,
            &with(edit(&json, &format!("\"name\": \"{entry}\""), "\"name\": \"other\"")),
            &["kernels/k.json", "kernel `other`", &entry],
        );
        error(SM_80, &with(edit(&json, "\"num_warps\": 4", "\"num_warps\": 8")), &["128 threads", "8 warps"]);
        error(SM_80, &with(edit(&json, "\"arch\": 80", "\"arch\": 90")), &["target is sm_90", "sm_80"]);
        error(
            SM_80,
            &with(edit(&json, "\"shared\": 49152", "\"shared\": 200000")),
            &["200000 bytes", "sm_80 can have"],
        );
        for key in ["shared", "num_warps", "name"] {
            let without = edit(&json, &format!("\"{key}\":"), &format!("\"_{key}\":"));
            error(SM_80, &with(without), &["kernels/k.json", &format!("`{key}` is missing")]);
        }
        error(SM_80, &with(b"{\"name\": ".to_vec()), &["kernels/k.json", "JSON"]);
        error(SM_80, &with(edit(&json, "\"shared\": 49152", "\"shared\": \"big\"")), &["kernels/k.json", "`shared`"]);
    }
}

#[test]
fn dynamic_shared_memory_that_the_metadata_denies_is_noticed() {
    for extension in ["ptx", "cubin"] {
        let stem = format!("dot_{extension}_sm80");
        let json = edit(&level(&stem, 80, "json"), "\"shared\": 49152", "\"shared\": 0");
        let name = format!("k.sm_80.{extension}");
        error(SM_80, &[(&name, level(&stem, 80, extension)), ("k.json", json)], &["dynamic shared memory", "`shared`"]);
    }
}

#[test]
fn a_commented_parameter_counts_for_nothing() {
    let text = String::from_utf8(level("scalar_ptx_sm75", 75, "ptx")).unwrap();
    // What a user did by hand to run PTX of Triton 3.3 with the launcher of 3.2: the last parameter is gone.
    let (entry, body) = text.split_once("\n)\n").unwrap();
    let (params, last) = entry.rsplit_once(",\n").unwrap();
    let commented = format!("{params}\n// {}\n)\n{body}", last.trim());
    let json = level("scalar_ptx_sm75", 75, "json");
    let built = package("archs = [\"sm_75\"]", &[("k.sm_75.ptx", commented.into_bytes()), ("k.json", json.clone())]);
    let manifest = built.build().unwrap();
    assert_eq!(manifest.manifest().kernels[0].images[0].hidden, 0);
    let (params, last) = params.rsplit_once(",\n").unwrap();
    let fewer = format!("{params}\n// {}\n)\n{body}", last.trim());
    error(
        "archs = [\"sm_75\"]",
        &[("k.sm_75.ptx", fewer.into_bytes()), ("k.json", json)],
        &["kernels/k.sm_75.ptx", "it has fewer", "expected", "found in the file"],
    );
}

#[test]
fn a_cubin_must_be_the_one_that_is_meant() {
    let (cubin, json) = (level("dot_cubin_sm80", 80, "cubin"), level("dot_cubin_sm80", 80, "json"));
    error(SM_90, &[("k.sm_90.cubin", cubin.clone()), ("k.json", json.clone())], &["for sm_80", "name says sm_90"]);
    let other = level("scalar_cubin_sm75", 75, "cubin");
    error(
        "archs = [\"sm_75\"]",
        &[("k.sm_75.cubin", other), ("k.json", edit(&json, "\"arch\": 80", "\"arch\": 75"))],
        &["kernels/k"],
    );
    let text = String::from_utf8(json.clone()).unwrap();
    let first = text.find("{\"name\"").or_else(|| text.find("{\n      \"name\"")).expect("a signature");
    let end = first + text[first..].find("},").unwrap() + 2;
    let more = format!("{}{{\"name\": \"extra\", \"type\": \"*fp16\"}},{}", &text[..end], &text[end..]);
    let less = format!("{}{}", &text[..first], &text[end..]);
    for json in [more, less] {
        error(
            SM_80,
            &[("k.sm_80.cubin", cubin.clone()), ("k.json", json.into_bytes())],
            &["parameters are not the arguments", "expected", "!"],
        );
    }
}

#[test]
fn without_a_signature_the_file_asks_for_one() {
    let json =
        String::from_utf8(level("dot_cubin_sm80", 80, "json")).unwrap().replace("\"signature\":", "\"_signature\":");
    error(
        SM_80,
        &[("k.sm_80.cubin", level("dot_cubin_sm80", 80, "cubin")), ("k.json", json.into_bytes())],
        &["no file says what its arguments are", "\"signature\": [{\"name\": \"arg0\""],
    );
}

#[test]
fn ttir_needs_its_options() {
    error(SM_90, &[("k.ttir", add("ttir"))], &["kernels/k.ttir", "how many warps", "`k.json`", "`num-warps`"]);
    let json = edit(&add("json"), "\"num_stages\": 3,", "");
    error(SM_90, &[("k.ttir", add("ttir")), ("k.json", json)], &["pipeline stages", "`num-stages`"]);
}

#[test]
fn what_the_compiler_refuses_is_reported_and_the_rest_goes_on() {
    let broken = edit(&add("ttir"), "arith.addf", "arith.addq");
    let messages = errors(
        "archs = [\"sm_90\", \"sm_121\"]",
        &[
            ("good.ttir", add("ttir")),
            ("good.json", add("json")),
            ("bad.ttir", broken),
            ("bad.json", add("json")),
            ("cut.ttir", b"module {".to_vec()),
        ],
    );
    let text = messages.join("\n\n");
    assert!(
        text.contains("kernel `bad`, `kernels/bad.ttir` for sm_90, sm_121:") && text.contains("arith.addq"),
        "{text}"
    );
    assert!(text.contains("kernel `good`, `kernels/good.ttir` for sm_121:") && text.contains("sm_121a"), "{text}");
    assert!(text.contains("kernel `cut`, `kernels/cut.ttir`"), "{text}");
    assert!(!text.contains("kernel `good`, `kernels/good.ttir` for sm_90"), "{text}");
}

#[test]
fn descriptors_need_hardware_for_them() {
    let ttir = edit(
        &add("ttir"),
        "%arg0: !tt.ptr<f32> {tt.divisibility = 16 : i32}",
        "%arg0: !tt.tensordesc<tensor<128x64xf16>>",
    );
    let ttir = edit(
        &ttir,
        "%arg1: !tt.ptr<f32> {tt.divisibility = 16 : i32}",
        "%arg1: i32, %argb: i32, %argc: i64, %argd: i64",
    );
    let json = edit(&add("json"), "\"signature\"", "\"_signature\"");
    error(SM_80, &[("k.ttir", ttir), ("k.json", json)], &["tensor descriptors", "sm_80", "sm_90 or later"]);
}

#[test]
fn shared_memory_beyond_the_hardware_is_refused() {
    let ttir = file("examples/matmul/kernels/matmul.ttir");
    let json = edit(&file("examples/matmul/kernels/matmul.json"), "\"num_stages\": 3", "\"num_stages\": 6");
    error(
        "archs = [\"sm_86\"]",
        &[("matmul.ttir", ttir), ("matmul.json", json)],
        &["bytes of shared memory", "sm_86 can have 101376"],
    );
}

#[test]
fn names_must_be_identifiers_and_unique() {
    error(SM_90, &[("my-kernel.ttir", add("ttir"))], &["`my-kernel` can't name a kernel"]);
    error(SM_90, &[("a.sm_90x.ptx", b"x".to_vec())], &["`sm_90x` is no architecture"]);
    let (ptx, json) = (level("dot_ptx_sm80", 80, "ptx"), level("dot_ptx_sm80", 80, "json"));
    error(
        SM_80,
        &[("k.ptx", ptx.clone()), ("k.sm_80.ptx", ptx), ("k.json", json.clone()), ("k.sm_80.json", json)],
        &["`kernels/k.ptx` claims the same kernel"],
    );
    let json = edit(&add("json"), "\"name\": \"add_kernel\"", "\"name\": \"../add_kernel\"");
    error(SM_90, &[("k.ttir", add("ttir")), ("k.json", json)], &["kernels/k.json", "`../add_kernel`"]);
}

#[test]
fn a_file_for_an_architecture_that_nobody_asked_for_is_a_warning() {
    let files = [("k.sm_80.ptx", level("dot_ptx_sm80", 80, "ptx")), ("k.json", level("dot_ptx_sm80", 80, "json"))];
    let warnings = |settings: &str| package(settings, &files).build().unwrap().warnings;
    let unlisted = warnings("archs = [\"sm_90\"]\nkernel.k = { archs = [] }");
    assert!(unlisted.len() == 1 && unlisted[0].contains("`kernels/k.sm_80.ptx`: it is for sm_80"), "{unlisted:?}");
    assert!(warnings(SM_80).is_empty());
    assert!(warnings("archs = [\"sm_90\"]\nptx = [\"sm_80\"]\nkernel.k = { archs = [] }").is_empty());
    assert!(warnings("archs = [\"sm_90\"]\nkernel.k = { archs = [], ptx = [\"sm_80\"] }").is_empty());
}

#[test]
fn settings_for_no_kernel_are_a_typing_error() {
    error(
        "archs = [\"sm_90\"]\nkernel.ad_kernel = { num-warps = 8 }",
        &[("add_kernel.ttir", add("ttir")), ("add_kernel.json", add("json"))],
        &["Cargo.toml", "`ad_kernel`", "`add_kernel`"],
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let package = package("archs = [\"sm_90\"]\nkernels = [\"shaders\"]", &[]);
    let error = package.build().unwrap_err().to_string();
    assert!(error.contains("`shaders`: there is no such folder"), "{error}");
}
