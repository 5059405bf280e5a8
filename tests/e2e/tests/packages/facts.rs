//! What two places say of one kernel is held against each other, and what no place says is not guessed. Files of several
//! Tritons as those made them, at the levels that need no compiler.

use e2e::{Package, file};
use serde_json::{Value, json};

const DATA: &str = "triton-runner-build/tests/data";

fn data(name: &str) -> Vec<u8> {
    file(&format!("{DATA}/{name}"))
}

/// A kernel of the test data: `3.6/cluster.sm_90`.
struct Kernel {
    name: &'static str,
    json: Value,
    settings: &'static str,
    /// Further files.
    more: Vec<(&'static str, Vec<u8>)>,
}

impl Kernel {
    fn new(name: &'static str) -> Self {
        let mut json: Value = serde_json::from_slice(&data(&format!("{name}.json"))).unwrap();
        let descriptor = json!({"name": "x", "type": "tensordesc<fp16[64, 64]>"});
        let output = json!({"name": "out", "type": "tensordesc<fp16[64, 64]>"});
        json["signature"] = match name.contains("tma_host") {
            true => json!([descriptor, output]),
            false => {
                let pointer = |name| json!({"name": name, "type": "*fp32", "divisible_by": 16});
                json!([pointer("x"), pointer("y"), pointer("out"), {"name": "n", "type": "i32"}])
            }
        };
        Self { name, json, settings: "", more: Vec::new() }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json[key] = value.into();
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.json.as_object_mut().unwrap().remove(key).unwrap();
        self
    }

    /// Its cubin, or what becomes of its PTX alone.
    fn build(&self, level: &str) -> Result<e2e::Built, String> {
        let arch = self.name.split('.').next_back().unwrap();
        let kinds = match level {
            "ptx" => format!("archs = []\nptx = [\"{arch}\"]"),
            _ => format!("archs = [\"{arch}\"]"),
        };
        let package = Package::new(&format!("triton = \"3.3.1\"\n{kinds}\n{}", self.settings)).unwrap();
        package.write(&format!("kernels/k.{arch}.{level}"), data(&format!("{}.{level}", self.name))).unwrap();
        package.write("kernels/k.json", self.json.to_string()).unwrap();
        for (name, content) in &self.more {
            package.write(&format!("kernels/{name}"), content).unwrap();
        }
        package.build().map_err(|error| error.to_string())
    }

    /// It builds as Triton left it.
    #[track_caller]
    fn fine(&self) {
        for level in ["cubin", "ptx"] {
            self.build(level).unwrap_or_else(|error| panic!("{} {level}: {error}", self.name));
        }
    }

    #[track_caller]
    fn refused(&self, parts: &[&str]) {
        for level in ["cubin", "ptx"] {
            let Err(error) = self.build(level) else { panic!("{} {level} is accepted, not: {parts:?}", self.name) };
            assert!(error.starts_with("kernel `k`, `"), "{error}");
            for part in parts {
                assert!(error.contains(part), "{} {level}: `{part}` is not in:\n{error}", self.name);
            }
        }
    }
}

#[test]
fn a_constant_is_the_same_in_the_settings_and_in_every_json() {
    let kernel =
        |settings| Kernel { settings, ..Kernel::new("3.6/add.sm_80").with("constants", json!({"BLOCK": 256})) };
    kernel("kernel.k.constants = { BLOCK = 256, OTHER = 1 }").fine();
    kernel("kernel.k.constants = { BLOCK = 1024 }").refused(&[
        "`Cargo.toml`: the constant",
        "`BLOCK` is 1024 here, but 256 in `kernels/k.json`",
        "remove it from Cargo.toml",
    ]);
    kernel("kernel.k.constants = { BLOCK = 256.0 }").refused(&["`BLOCK` is 256.0 here, but 256 in"]);
    let mut two = kernel("");
    two.more.push(("k.sm_90.json", json!({"constants": {"BLOCK": 128}}).to_string().into_bytes()));
    two.refused(&[
        "`kernels/k.sm_90.json`",
        "`BLOCK` is 128 here, but 256 in `kernels/k.json`",
        "export the kernel again, so that its files agree",
    ]);
}

#[test]
fn an_option_that_a_file_is_past_is_an_error_in_the_settings() {
    for (settings, part) in [
        ("kernel.k.num-warps = 8", "`num-warps = 8` in [package.metadata.triton-runner.kernel.k] has no effect"),
        ("kernel.k.num-warps = 4", "it was made with 4; remove the setting"),
        ("kernel.k.num-stages = 2", "it was made with 3"),
        ("kernel.k.num-ctas = 1", "it was made with 1; remove the setting"),
        ("kernel.k.maxnreg = 64", "is decided before; remove the setting, or start from the kernel's `.ttir`"),
    ] {
        Kernel { settings, ..Kernel::new("3.3/add.sm_80") }.refused(&[part]);
        Kernel { settings, ..Kernel::new("3.9/add.sm_80") }.refused(&[part]);
    }
}

#[test]
fn a_signature_that_lacks_its_last_argument_is_refused() {
    for name in ["3.2/add.sm_80", "3.3/add.sm_80", "3.4/add.sm_80", "3.6/add.sm_80", "3.9/add.sm_80"] {
        Kernel::new(name).fine();
        let mut shorter = Kernel::new(name);
        // Then a pointer is the last.
        for _ in 0..2 {
            shorter.json["signature"].as_array_mut().unwrap().pop();
            shorter.refused(&["the kernel's parameters are not the arguments"]);
        }
        if name != "3.2/add.sm_80" {
            // Which one made it decides how many hidden pointers there are.
            Kernel::new(name).without("triton_version").refused(&["3.2, which alone writes no `triton_version`"]);
        }
    }
}

#[test]
fn what_a_launch_goes_by_is_there_where_that_triton_writes_it() {
    let refused = |name, key: &str| {
        Kernel::new(name).without(key).refused(&["`kernels/k.json`", &format!("`{key}` is missing: Triton")]);
        Kernel::new(name).with(key, Value::Null).refused(&[&format!("`{key}` is missing")]);
    };
    for name in ["3.2/add.sm_80", "3.3/add.sm_80", "3.6/add.sm_80", "3.9/add.sm_80"] {
        refused(name, "num_ctas");
        if name != "3.2/add.sm_80" {
            refused(name, "global_scratch_size");
            refused(name, "launch_cooperative_grid");
        }
    }
    refused("3.4/add.sm_80", "launch_pdl");
    refused("3.6/add.sm_80", "profile_scratch_size");
    refused("3.2/cluster.sm_90", "cluster_dims");
    refused("3.5/cluster.sm_90", "cluster_dims");
}

#[test]
fn clusters_are_those_that_the_file_was_compiled_for() {
    for name in ["3.2/cluster.sm_90", "3.5/cluster.sm_90", "3.6/cluster.sm_90", "3.9/cluster.sm_90"] {
        Kernel::new(name).fine();
        Kernel::new(name).with("num_ctas", 1).refused(&[]);
        Kernel::new(name).with("num_ctas", 4).refused(&["4"]);
    }
    Kernel::new("3.5/cluster.sm_90")
        .with("cluster_dims", json!([2, 2, 1]))
        .refused(&["`cluster_dims` [2, 2, 1] are not the 2 CTAs to a cluster that `num_ctas` says"]);
    for name in ["3.3/add.sm_80", "3.6/add.sm_80"] {
        Kernel::new(name).with("num_ctas", 2).refused(&["`num_ctas` is 2, and sm_80 has no clusters"]);
    }
    // Where there are clusters, the files of 3.6 and later say so.
    let single = Kernel::new("3.6/tma_host.sm_90");
    single.fine();
    single.with("num_ctas", 2).refused(&[]);
}

#[test]
fn a_recipe_of_a_descriptor_is_the_one_that_its_type_takes() {
    for name in ["3.4/tma_host.sm_90", "3.6/tma_host.sm_90", "3.9/tma_host.sm_90"] {
        let mut kernel = Kernel::new(name);
        kernel.fine();
        let recipe = kernel.json["tensordesc_meta"][1].clone();
        let mut changes = 0;
        for (key, values) in [
            ("swizzle", json!([0, 1, 2, 4, null, "3"])),
            ("elem_size", json!([1, 4, 0, null, 2.5])),
            ("elem_type", json!([0, 7, 10, 14, null])),
            ("block_size", json!([[64], [64, 32], [32, 64], [64, 64, 1], [], null, 64])),
            ("fp4_padded", json!([true, 1])),
        ] {
            for value in values.as_array().unwrap() {
                kernel.json["tensordesc_meta"][1][key] = value.clone();
                kernel.refused(&["tensordesc_meta[1]"]);
                kernel.json["tensordesc_meta"][1] = recipe.clone();
                changes += 1;
            }
        }
        assert!(changes > 20);
        for list in [json!([]), json!([recipe]), json!([recipe, recipe, recipe]), Value::Null] {
            kernel = kernel.with("tensordesc_meta", list);
            kernel.refused(&["the kernel takes 2 tensor descriptors, but the metadata's `tensordesc_meta` describes"]);
        }
    }
    Kernel::new("3.6/add.sm_80")
        .with("tensordesc_meta", json!([{"swizzle": 0, "elem_size": 2, "elem_type": 6, "block_size": [64]}]))
        .refused(&["takes 0 tensor descriptors"]);
}

#[test]
fn a_layout_of_the_kernels_own_is_known_by_its_ttgir() {
    let mut kernel = Kernel::new("3.6/tma_host.sm_90");
    for recipe in kernel.json["tensordesc_meta"].as_array_mut().unwrap() {
        recipe["swizzle"] = json!(0);
    }
    kernel.refused(&["`tensordesc_meta[0].swizzle` is 0, but Triton takes 3", "check in its `.ttgir` too"]);
    let ttgir = String::from_utf8(data("3.6/tma_host.sm_90.ttgir")).unwrap();
    let own = ttgir.replace("swizzlingByteWidth = 128", "swizzlingByteWidth = 0");
    kernel.more.push(("k.sm_90.ttgir", own.into_bytes()));
    kernel.fine();
    // As Triton left it.
    kernel.more = vec![("k.sm_90.ttgir", ttgir.into_bytes())];
    kernel.refused(&["`tensordesc_meta[0].swizzle` is 0, but Triton takes 3"]);
}

#[test]
fn dynamic_shared_memory_that_the_metadata_denies_is_noticed_where_only_ptx_is_embedded() {
    Kernel::new("3.6/tma_host.sm_90").with("shared", 0).refused(&["uses dynamic shared memory", "`shared` is 0"]);
    Kernel::new("3.6/tma_host.sm_90").with("shared", 240_000).refused(&["240000 bytes of shared memory"]);
    // What the PTX declares itself counts too.
    let ptx = String::from_utf8(data("3.6/tma_host.sm_90.ptx")).unwrap();
    let package = Package::new("archs = []\nptx = [\"sm_90\"]").unwrap();
    let more = ptx.replace(".extern .shared", ".shared .align 4 .b8 own[230000];\n.extern .shared");
    package.write("kernels/k.sm_90.ptx", more).unwrap();
    package.write("kernels/k.json", Kernel::new("3.6/tma_host.sm_90").json.to_string()).unwrap();
    let error = package.build().unwrap_err().to_string();
    assert!(error.contains("it needs 238200 bytes of shared memory, and a block on sm_90 can have 232448"), "{error}");
}

#[test]
fn an_untyped_descriptor_is_refused_at_build_time() {
    for version in ["3.2", "3.3"] {
        let package =
            Package::new("archs = [\"sm_90\"]\ntriton = \"3.3.1\"\nkernel.k = { num-warps = 4, num-stages = 3 }");
        let package = package.unwrap();
        package.write("kernels/k.ttir", data(&format!("{version}/tma_untyped.ttir"))).unwrap();
        let error = package.build().unwrap_err().to_string();
        assert!(error.contains("is an `nvTmaDesc`") && error.contains("Triton 3.4 or later"), "{error}");
    }
}

/// A sample of what the unit test of mutations does with keys alone, by the compiler itself.
#[test]
fn what_the_json_of_ttir_says_is_in_the_image_or_changes_nothing() {
    let built = |change: &[(&str, Value)]| {
        let mut json: Value = serde_json::from_slice(&data("3.3/add.sm_80.json")).unwrap();
        for (key, value) in change {
            json[*key] = value.clone();
        }
        let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]").unwrap();
        package.write("kernels/k.ttir", data("3.3/add.ttir")).unwrap();
        package.write("kernels/k.json", json.to_string()).unwrap();
        let built = package.build().unwrap_or_else(|error| panic!("{change:?}: {error}"));
        let image = built.manifest().kernels[0].images[0].clone();
        let bytes = std::fs::read(package.out_dir().join("triton-runner").join(&image.file)).unwrap();
        (image, bytes)
    };
    let right = built(&[]);
    for key in ["shared", "global_scratch_size", "global_scratch_align", "tmem_size"] {
        assert!(built(&[(key, json!(4096))]) == right, "{key}");
    }
    let target = json!({"backend": "cuda", "arch": 90, "warp_size": 32});
    assert!(built(&[("target", target), ("arch", json!("sm90"))]) == right);
    for (key, value) in [("num_warps", 8), ("maxnreg", 32)] {
        let (image, bytes) = built(&[(key, json!(value))]);
        assert!(bytes != right.1, "{key}");
        assert_eq!(image.num_warps, if key == "num_warps" { 8 } else { 4 });
    }
    let (image, _) = built(&[("launch_cooperative_grid", json!(true))]);
    assert!(image.cooperative && !right.0.cooperative);
}
