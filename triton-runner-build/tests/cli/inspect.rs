//! `cargo triton inspect`.

use serde_json::Value;

use crate::command::{names, repository, toolchain, triton};
use crate::package::Package;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_table_has_a_row_for_each_architecture_and_the_signature_below() {
    let package = Package::add();
    let ran = package.triton(&["inspect"]);
    let text = ran.ok();
    assert!(text.starts_with("demo\n\n| kernel "), "{text}");
    for part in [
        "| add_kernel | yes  | sm_80  | ttir |     128 |",
        "| add_kernel | yes  | sm_90a | ttir |     128 |",
        "| 100 % (registers, warps) |",
        "add_kernel(x: *fp32:16, y: *fp32:16, out: mut *fp32:16, n: i32) with BLOCK = 1024",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colour in a pipe");
    let cells = |line: &str| line.split('|').map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let head = text.lines().find(|line| line.starts_with("| kernel")).map(cells);
    assert!(shown().lines().any(|line| Some(cells(line)) == head), "docs/cli.md shows another table than {head:?}");
}

/// What the page about the command says.
fn shown() -> String {
    std::fs::read_to_string(repository().join("docs/cli.md")).unwrap()
}

#[test]
fn json_says_all_that_a_build_embeds() {
    let package = Package::add();
    let built = package.build();
    let report = json(package.triton(&["inspect", "--json"]).ok());
    assert_eq!(report["errors"], Value::Array(Vec::new()));
    let kernel = &report["kernels"][0];
    assert_eq!((&kernel["package"], &kernel["name"]), (&"demo".into(), &"add_kernel".into()));
    assert_eq!(kernel["arguments"][2]["written"], true);
    assert_eq!(kernel["arguments"][3], json(r#"{"name": "n", "type": "i32", "divisible_by": 1, "written": null}"#));
    let images = kernel["images"].as_array().unwrap();
    assert_eq!(images.len(), built.len());
    for (image, (name, bytes)) in images.iter().zip(&built) {
        assert!(name.contains(image["arch"].as_str().unwrap()));
        assert_eq!(image["bytes"], bytes.len());
        for (key, value) in [("threads", 128), ("spilled_bytes", 0), ("shared_bytes", 0), ("hidden_pointers", 1)] {
            assert_eq!(image[key], value, "{key}");
        }
        assert!(image["registers"].as_u64().unwrap() > 8);
        assert_eq!((&image["occupancy"]["percent"], &image["occupancy"]["max_warps"]), (&100.0.into(), &64.into()));
    }
    for key in [&report, kernel, &images[0]].into_iter().flat_map(|object| object.as_object().unwrap().keys()) {
        let quoted = [format!("`{key}`"), format!("\"{key}\": […]")];
        assert!(quoted.iter().any(|quoted| shown().contains(quoted)), "docs/cli.md doesn't name {key}");
    }
}

#[test]
fn a_kernel_is_chosen_by_name_and_a_gpu_by_architecture() {
    let package = Package::add();
    package.copy("examples/vector-add/kernels/add_kernel.ttir", "other.ttir");
    package.copy("examples/vector-add/kernels/add_kernel.json", "other.json");
    // A GPU that the settings don't list.
    let report = json(package.triton(&["inspect", "other", "--arch", "sm_120", "--json"]).ok());
    let kernels = report["kernels"].as_array().unwrap();
    assert_eq!((kernels.len(), &kernels[0]["name"]), (1, &"other".into()));
    assert_eq!(kernels[0]["images"].as_array().unwrap().len(), 1);
    assert_eq!(kernels[0]["images"][0]["arch"], "sm_120a");
    let ran = package.triton(&["inspect", "third"]);
    ran.error(&["there is no kernel `third` here", "there are add_kernel, other"]);
}

#[test]
fn variants_are_found_under_the_kernels_name() {
    let package = Package::add();
    for variant in ["small", "large"] {
        package.copy("examples/vector-add/kernels/add_kernel.ttir", &format!("add_kernel@{variant}.ttir"));
        package.copy("examples/vector-add/kernels/add_kernel.json", &format!("add_kernel@{variant}.json"));
    }
    let names = |what: &str| {
        let report = json(package.triton(&["inspect", what, "--json"]).ok());
        let kernels = report["kernels"].as_array().unwrap().iter();
        kernels.map(|kernel| kernel["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("add_kernel"), ["add_kernel", "add_kernel@large", "add_kernel@small"]);
    assert_eq!(names("add_kernel@small"), ["add_kernel@small"]);
}

#[test]
fn what_works_is_shown_beside_what_does_not() {
    let package = Package::add();
    package.write("kernels/broken.ttir", "module {}");
    let ran = package.triton(&["inspect", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("error: kernel `broken`, `kernels/broken.ttir`"), "{}", ran.stderr);
    let report = json(ran.text());
    assert_eq!(report["kernels"].as_array().unwrap().len(), 1);
    assert!(report["errors"][0].as_str().unwrap().contains("broken"));
    // Of a kernel that was asked for, only its own problems.
    package.triton(&["inspect", "add_kernel"]).ok();
    package.triton(&["inspect", "broken"]).error(&["kernels/broken.ttir"]);
}

#[test]
fn a_file_is_looked_at_by_itself() {
    toolchain();
    let levels = repository().join("examples/levels/kernels");
    for (file, arch) in [
        ("cubin/tma_cubin_sm90.sm_90.cubin", "sm_90a"),
        ("ptx/scalar_ptx_sm75.sm_75.ptx", "sm_75"),
        ("ttgir/dot_ttgir_sm80.sm_80.ttgir", "sm_80"),
    ] {
        let file = levels.join(file).display().to_string();
        let report = json(triton(&["inspect", &file, "--json"]).ok());
        let image = &report["kernels"][0]["images"][0];
        assert_eq!((&image["arch"], &image["threads"]), (&arch.into(), &128.into()), "{file}");
        assert!(image["occupancy"]["blocks"].as_u64().unwrap() > 0);
    }
    let ttir = levels.join("ttir/scalar_ttir.ttir").display().to_string();
    // Machine code needs to know for which GPU; what the kernel is, and whether it is safe, doesn't.
    triton(&["dump", &ttir, "--level", "ptx"]).error(&["`--arch sm_90`"]);
    let report = json(triton(&["inspect", &ttir, "--json"]).ok());
    assert_eq!(report["kernels"][0]["safe"], true);
    assert!(report["kernels"][0]["images"].as_array().unwrap().is_empty());
    let report = json(triton(&["inspect", &ttir, "--json", "--arch", "sm_80", "--arch", "sm_90"]).ok());
    assert_eq!(report["kernels"][0]["images"].as_array().unwrap().len(), 2);
}

#[test]
fn machine_code_with_no_metadata_says_what_it_can() {
    let file = repository().join("triton-runner-build/tests/data/3.9/spill.sm_80.cubin");
    let report = json(triton(&["inspect", file.to_str().unwrap(), "--json"]).ok());
    let image = &report["kernels"][0]["images"][0];
    assert_eq!((&image["spilled_bytes"], &image["registers"]), (&392.into(), &24.into()));
    assert_eq!((&image["hidden_pointers"], &image["triton"]), (&Value::Null, &Value::Null));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.cubin");
    std::fs::write(&path, "no ELF").unwrap();
    triton(&["inspect", path.to_str().unwrap()]).error(&["k.cubin`: ", "ELF"]);
}

#[test]
fn a_page_that_cannot_be_written_leaves_nothing() {
    let package = Package::add();
    let ran = package.triton(&["inspect", "--html", "kernels"]);
    ran.error(&["can't write `kernels`: it is a folder"]);
    assert_eq!(names(package.folder()), ["Cargo.toml", "kernels", "src"]);
    package.triton(&["inspect", "--html", "x", "--json"]).usage(&["--html", "--json"]);
}

#[test]
fn a_kernel_that_writes_where_no_argument_points_says_so() {
    let package =
        Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]\nkernel.scatter = { num-warps = 4, num-stages = 3 }");
    package.write(
        "kernels/scatter.ttir",
        "module {\n  tt.func public @scatter(%table: !tt.ptr<i64>, %v: f32) {\n    %0 = tt.load %table : !tt.ptr<i64>\n    \
         %1 = tt.int_to_ptr %0 : i64 -> !tt.ptr<f32>\n    tt.store %1, %v : !tt.ptr<f32>\n    tt.return\n  }\n}\n",
    );
    let said =
        "scatter(table: *i64, v: fp32), which writes through addresses that no argument has (kernels/scatter.ttir:5)";
    let ran = package.triton(&["inspect"]);
    assert!(ran.ok().contains(said), "{}", ran.text());
    let report = json(package.triton(&["inspect", "--json"]).ok());
    assert_eq!(report["kernels"][0]["writes_elsewhere"], "kernels/scatter.ttir:5");
    let out = tempfile::tempdir().unwrap();
    let built = triton_runner_build::Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    assert_eq!(built.manifest().kernels[0].writes_elsewhere.as_deref(), Some("kernels/scatter.ttir:5"));
    let add = Package::add().triton(&["inspect", "--json"]);
    assert_eq!(json(add.ok())["kernels"][0]["writes_elsewhere"], Value::Null);
}

#[test]
fn ttir_is_shown_with_where_it_is_embedded() {
    let package = Package::add();
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    let size = std::fs::metadata(repository().join("examples/vector-add/kernels/add_kernel.ttir")).unwrap().len();
    let feature = "{ version = \"0.1\", features = [\"interpreter\"] }";
    for (added, key, words) in [
        (String::new(), "off", "not embedded: no dependency"),
        (format!("[dev-dependencies]\ntriton-runner-rt = {feature}\n"), "tests", "embedded in tests, examples and benches"),
        (format!("[dependencies]\ntriton-runner-rt = {feature}\n"), "on", "embedded\n"),
        (
            "[dependencies]\nrt = { package = \"triton-runner-rt\", version = \"0.1\" }\n[features]\ncheck = [\"rt/interpreter\"]\n".to_owned(),
            "optional",
            "embedded where a feature of the package turns it on",
        ),
    ] {
        package.write("Cargo.toml", format!("{manifest}\n{added}"));
        let ran = package.triton(&["inspect"]);
        let line = format!("  interpreter: kernels/add_kernel.ttir, {size} bytes, {words}");
        assert!(ran.ok().contains(&line), "`{line}` is not in:\n{}", ran.ok());
        let report = json(package.triton(&["inspect", "--json"]).ok());
        let kernel = &report["kernels"][0];
        assert_eq!((&kernel["interpreter"], &kernel["ttir"][0]["num_warps"]), (&key.into(), &4.into()));
    }
}

#[test]
fn each_kernel_says_whether_it_is_safe_and_why_not() {
    let fooling = repository().join("tests/extents/fool/index_from_memory.ttir");
    let report = json(triton(&["inspect", fooling.to_str().unwrap(), "--json"]).ok());
    let kernel = &report["kernels"][0];
    assert_eq!(kernel["safe"], false);
    assert_eq!(kernel["unsafe_because"][0]["argument"], "p");
    assert_eq!(kernel["unsafe_because"][0]["line"], 15);
    assert!(kernel["unsafe_because"][0]["reason"].as_str().unwrap().contains("loaded from memory"));
    let table = triton(&["inspect", fooling.to_str().unwrap()]);
    assert!(table.ok().contains("unsafe: `p`: an index is loaded from memory"), "{}", table.text());
    let ptx = repository().join("examples/levels/kernels/ptx/scalar_ptx_sm75.sm_75.ptx");
    let report = json(triton(&["inspect", ptx.to_str().unwrap(), "--json"]).ok());
    assert_eq!(report["kernels"][0]["safe"], false);
    assert!(report["kernels"][0]["unsafe_because"][0]["reason"].as_str().unwrap().contains("only TTIR"));
}

#[test]
fn line_info_is_chosen_for_a_kernel_and_compared() {
    let package = Package::add();
    let size = |package: &Package| package.build().iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    let without = size(&package);
    let ran = package.triton(&["inspect", "--line-info"]);
    let lines: Vec<_> = ran.ok().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, arch) in lines.iter().zip(["sm_80", "sm_90a"]) {
        let told = format!("add_kernel for {arch}: the same instructions with line info and without, ");
        assert!(line.starts_with(&told), "{line}");
    }
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write(
        "Cargo.toml",
        format!("{cargo}\n[package.metadata.triton-runner.kernel.add_kernel]\nline-info = true\n"),
    );
    assert!(size(&package) > 2 * without);
    // A kernel's own wins over the package's.
    package.write(
        "Cargo.toml",
        format!("{cargo}line-info = true\n\n[package.metadata.triton-runner.kernel.add_kernel]\nline-info = false\n"),
    );
    assert_eq!(size(&package), without);
}
