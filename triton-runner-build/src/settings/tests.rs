use triton_runner_manifest::{Constant, Level};

use super::*;

fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn read(cargo_toml: &str, archs: Option<&str>) -> Result<Settings, SettingsError> {
    let folder = package(&[("Cargo.toml", cargo_toml)]);
    Settings::read(folder.path(), archs, &Overrides::default()).map(|(settings, _)| settings)
}

fn arch(name: &str) -> Arch {
    name.parse().unwrap()
}

#[test]
fn every_key_is_read() {
    let settings = read(
        r#"
        [package]
        name = "x"
        [package.metadata.triton-runner]
        triton = "3.3.1"
        archs = ["sm_90", "sm_80", "sm_90"]
        kernels = ["a", "b"]
        ptx = ["sm_80"]
        line-info = true
        time-limit = 5
        [package.metadata.triton-runner.kernel.matmul]
        num-warps = 8
        num-stages = 3
        level = "ptx"
        constants = { BLOCK_M = 128, EVEN = true, NAME = "gelu", SCALE = 0.5 }
        "#,
        None,
    )
    .unwrap();
    assert_eq!(settings.triton, Some(Version::new(3, 3, 1)));
    assert_eq!(settings.archs, [arch("sm_80"), arch("sm_90")]);
    assert_eq!(settings.folders, [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(settings.ptx, [arch("sm_80")]);
    assert!(settings.line_info);
    assert_eq!(settings.time_limit, Duration::from_secs(5));
    let matmul = &settings.kernels["matmul"];
    assert_eq!((matmul.num_warps, matmul.num_stages, matmul.level), (Some(8), Some(3), Some(Level::Ptx)));
    assert_eq!(matmul.constants["BLOCK_M"], Constant::Int(128));
    assert_eq!(matmul.constants["EVEN"], Constant::Bool(true));
    assert_eq!(matmul.constants["NAME"], Constant::Str("gelu".into()));
    assert_eq!(matmul.constants["SCALE"], Constant::Float(0.5));
}

#[test]
fn a_workspace_gives_defaults_and_a_package_wins() {
    let folder = package(&[
        (
            "Cargo.toml",
            r#"
            [workspace]
            members = ["inner"]
            [workspace.metadata.triton-runner]
            triton = "3.6.0"
            archs = ["sm_80"]
            kernel.k = { num-warps = 4, num-stages = 2 }
            "#,
        ),
        (
            "inner/Cargo.toml",
            r#"
            [package]
            name = "inner"
            [package.metadata.triton-runner]
            archs = ["sm_90"]
            kernel.k = { num-warps = 8 }
            "#,
        ),
    ]);
    let (settings, files) = Settings::read(&folder.path().join("inner"), None, &Overrides::default()).unwrap();
    assert_eq!(settings.triton, Some(Version::new(3, 6, 0)));
    assert_eq!(settings.archs, [arch("sm_90")]);
    assert_eq!(settings.kernels["k"].num_warps, Some(8));
    assert_eq!(settings.kernels["k"].num_stages, Some(2));
    assert_eq!(files.read.len(), 2);
}

#[test]
fn the_environment_replaces_the_architectures() {
    let text = r#"
        [package]
        name = "x"
        [package.metadata.triton-runner]
        archs = ["sm_80"]
        kernel.k = { archs = ["sm_75", "sm_90"] }
        "#;
    let settings = read(text, Some("sm_90, sm_86")).unwrap();
    assert_eq!(settings.archs, [arch("sm_86"), arch("sm_90")]);
    assert!(settings.archs_overridden);
    assert_eq!(settings.kernels["k"].archs, Some(vec![arch("sm_90")]));
    assert!(!read(text, Some(" ")).unwrap().archs_overridden);
}

#[test]
fn mistakes_name_the_file_the_place_and_the_way_out() {
    let message = |text, archs| read(text, archs).unwrap_err().to_string();
    let none = message("[package]\nname = 'x'\n", None);
    assert!(none.contains("no GPU architectures") && none.contains("archs = ["), "{none}");
    let typo = message("[package]\nname = 'x'\n[package.metadata.triton-runner]\narch = ['sm_90']\n", None);
    assert!(typo.contains("Cargo.toml") && typo.contains("line 4") && typo.contains("unknown field `arch`"), "{typo}");
    let suffix = message("[package]\nname = 'x'\n[package.metadata.triton-runner]\narchs = ['sm_90a']\n", None);
    assert!(suffix.contains("write `sm_90`"), "{suffix}");
    let text = "[package]\nname = 'x'\n[package.metadata.triton-runner]\narchs = ['sm_90']\n";
    let variable = message(text, Some("sm_90,hopper"));
    assert!(variable.contains("TRITON_RUNNER_ARCHS") && variable.contains("`hopper`"), "{variable}");
}

#[test]
fn an_architecture_that_no_gpu_has_names_its_neighbours() {
    let text = |arch: &str| format!("[package]\nname = 'x'\n[package.metadata.triton-runner]\narchs = ['{arch}']\n");
    for (wrong, right) in [("sm_91", "`sm_90` or `sm_100`"), ("sm_85", "`sm_80` or `sm_86`")] {
        let message = read(&text(wrong), None).unwrap_err().to_string();
        assert!(message.contains(&format!("`{wrong}` is the architecture of no GPU: write {right}")), "{message}");
    }
    let message = read(&text("sm_90"), Some("sm_91")).unwrap_err().to_string();
    assert!(message.contains("TRITON_RUNNER_ARCHS is `sm_91`") && message.contains("`sm_90` or `sm_100`"), "{message}");
    // One that comes after those that are known may well be one.
    for right in ["sm_75", "sm_88", "sm_121", "sm_130"] {
        assert_eq!(read(&text(right), None).unwrap().archs, [arch(right)]);
    }
}

#[test]
fn a_table_that_only_looks_like_ours_is_an_error() {
    for (section, name) in
        [("package", "triton_runner"), ("package", "TritonRunner"), ("workspace", "triton-runner-build")]
    {
        let text = format!("[package]\nname = 'x'\n[workspace]\n[{section}.metadata.{name}]\narchs = ['sm_90']\n");
        let message = read(&text, None).unwrap_err().to_string();
        let expected =
            format!("[{section}.metadata.{name}], which nothing reads: write [{section}.metadata.triton-runner]");
        assert!(message.contains(&expected), "{message}");
    }
    let others = "[package]\nname = 'x'\n[package.metadata.triton-runner]\narchs = ['sm_90']\n[package.metadata.triton]\nx = 1979-05-27\n";
    assert!(read(others, None).is_ok());
}

#[test]
fn options_are_told_by_tritons_names_and_each_once() {
    let kernel = |table: &str| {
        let text = format!(
            "[package]\nname = \"x\"\n[package.metadata.triton-runner]\narchs = [\"sm_90\"]\n[package.metadata.triton-runner.kernel.k]\n{table}"
        );
        read(&text, None).map(|settings| settings.kernels["k"].clone())
    };
    let all = "num-warps = 8\nenable-fp-fusion = false\nlaunch-pdl = true\nlaunch-cooperative-grid = true\ndebug = true\n\
               ptx-options = \"-O1\"\nnum-consumer-groups = 2\nnum-buffers-warp-spec = 3\nreg-dec-producer = 40\n\
               reg-inc-consumer = 232\nclc = true\noptions = { sched4reg = true, min_shared_mem = 4096, turbo = \"x\" }";
    let told = kernel(all).unwrap().told().unwrap();
    let expected = serde_json::json!({
        "num_warps": 8, "enable_fp_fusion": false, "launch_pdl": true, "launch_cooperative_grid": true, "debug": true,
        "ptx_options": "-O1", "num_consumer_groups": 2, "num_buffers_warp_spec": 3, "reg_dec_producer": 40,
        "reg_inc_consumer": 232, "clc": true, "sched4reg": true, "min_shared_mem": 4096, "turbo": "x",
    });
    assert_eq!(serde_json::Value::Object(told), expected);
    let twice = kernel("num-warps = 8\noptions = { num_warps = 4 }").unwrap().as_options().unwrap_err().to_string();
    assert_eq!(twice, "the option `num_warps` is set twice, to 8 and to 4; keep one");
    let wrong = kernel("options = { maxnreg = \"many\" }").unwrap().as_options().unwrap_err().to_string();
    assert!(wrong.contains("`maxnreg` is the string `\"many\"`"), "{wrong}");
    let path = kernel("ptx-options = \"-o /tmp/x\"").unwrap().as_options().unwrap_err().to_string();
    assert!(path.contains("flags of ptxas without paths"), "{path}");
    assert!(kernel("clcs = true").unwrap_err().to_string().contains("unknown field `clcs`"));
}

#[test]
fn the_table_of_a_kernel_is_one_that_cargo_reads() {
    for kernel in ["matmul", "matmul@wide", "größe"] {
        let read: toml::Table = toml::from_str(&format!("{}\nspill-warning = 8", table_of(kernel))).unwrap();
        let own = &read["package"]["metadata"]["triton-runner"]["kernel"][kernel];
        assert_eq!(own["spill-warning"].as_integer(), Some(8), "{kernel}");
    }
    assert_eq!(table_of("matmul"), "[package.metadata.triton-runner.kernel.matmul]");
}
