//! What a JSON or a setting says of a file.

use e2e::file;

use super::{SM_80, SM_90, add, edit, error, errors, level, package};

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
        error(
            SM_80,
            &with(edit(&edit(&json, "\"arch\": 80", "\"arch\": 90"), "\"arch\": \"sm80\"", "\"arch\": \"sm90\"")),
            &["target is sm_90", "sm_80"],
        );
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
fn without_a_signature_the_file_asks_for_one() {
    let json =
        String::from_utf8(level("dot_cubin_sm80", 80, "json")).unwrap().replace("\"signature\":", "\"_signature\":");
    error(
        SM_80,
        &[("k.sm_80.cubin", level("dot_cubin_sm80", 80, "cubin")), ("k.json", json.into_bytes())],
        &[
            "no file says what its arguments are",
            "\"signature\": [{\"name\": \"arg0\"",
            "\"name\": \"arg8\", \"type\": \"i32\", \"divisible_by\": 1}]",
        ],
    );
}

#[test]
fn ttir_needs_its_options() {
    error(SM_90, &[("k.ttir", add("ttir"))], &["kernels/k.ttir", "how many warps", "`k.json`", "`num-warps`"]);
    let json = edit(&add("json"), "\"num_stages\": 3,", "");
    error(SM_90, &[("k.ttir", add("ttir")), ("k.json", json)], &["pipeline stages", "`num-stages`"]);
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
