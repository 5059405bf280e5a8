//! Every key of a JSON, dropped, nulled, given another type and other values, beside files of each level as several Tritons
//! made them. Each outcome is an error, or the same images and the same launch, or it is listed below with its reason.
//!
//! No compiler runs: what decides a result of lowering is its key, and the metadata of a launch from TTIR and TTGIR is
//! Triton's answer to that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use test_data::{data, text};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Arch, Argument, BuiltImage, Constant, Level};
use triton_runner_read::metadata::Metadata;

use crate::obtain::key;
use crate::plan::plan;
use crate::read::files::{Artifact, KernelFiles, MetadataFile};
use crate::read::read;
use crate::settings::{Compress, KernelSettings, Settings};
use crate::verify::{verify, verify_source};

/// What a key may change without an error, at which levels, and why that is no silent wrong.
const LISTED: &[(&str, &[Level], &str)] = {
    use Level::{Cubin, Llir, Ptx, Ttgir, Ttir};
    &[
        ("num_warps", &[Ttir], "an option: the image is made with it, and the launch follows the image"),
        ("num_ctas", &[Ttir], "an option, the same"),
        (
            "num_stages",
            &[Ttir, Ttgir, Llir, Ptx],
            "an option; past TTIR it names another place in the cache and no more",
        ),
        ("maxnreg", &[Ttir, Ttgir, Llir, Ptx], "an option; in PTX the same"),
        ("enable_reflect_ftz", &[Ttir, Ttgir, Llir, Ptx], "an option; in PTX the same"),
        ("enable_fp_fusion", &[Ttir, Ttgir, Llir, Ptx], "an option: the image is made with it"),
        ("ptx_version", &[Ttir, Ttgir, Llir, Ptx], "an option, the same"),
        ("ptx_options", &[Ttir, Ttgir, Llir, Ptx], "an option, the same"),
        ("launch_cooperative_grid", &[Ttir, Ttgir, Llir, Ptx, Cubin], "an option of the launch, which is as asked"),
        ("launch_pdl", &[Ttir, Ttgir, Llir, Ptx, Cubin], "an option of the launch, which is as asked"),
        (
            "cluster_dims",
            &[Ttir, Ttgir, Ptx, Cubin],
            "up to Triton 3.5 code reads the shape of its cluster when it runs",
        ),
        ("triton_version", &[Ptx], "ptxas gets the flags of the Triton that is named"),
        ("shared", &[Llir, Ptx, Cubin], "nothing else has the number; 0 and more than there is are refused"),
        ("global_scratch_size", &[Llir, Ptx, Cubin], "nothing else has the number; memory that isn't used is harmless"),
        ("global_scratch_align", &[Llir, Ptx, Cubin], "of memory that nothing else knows of"),
        ("profile_scratch_size", &[Llir, Ptx, Cubin], "as for global scratch"),
        ("profile_scratch_align", &[Llir, Ptx, Cubin], "as for global scratch"),
        (
            OTHERS,
            &[Ttir, Ttgir, Llir, Ptx],
            "of the job and its key; the Triton that lowers passes it on or refuses it, and ptxas alone has no use for it",
        ),
        ("constants", &[Ttir, Ttgir, Llir, Ptx, Cubin], "nothing else has them but settings, which must agree"),
        (
            "signature",
            &[Ttir, Ttgir, Llir, Ptx, Cubin],
            "names that IR lacks and promises: each launch checks the greater",
        ),
    ]
};

/// Every key that only Triton knows as an option.
const OTHERS: &str = "other options";

/// A kernel of the test data at one level, with what its launch is verified on.
struct Case {
    /// `3.6/add.sm_80`
    name: String,
    level: Level,
    files: KernelFiles,
    settings: Settings,
    json: Map<String, Value>,
    /// The machine code that Triton made of it, where the test data has it.
    cubin: Option<Vec<u8>>,
}

/// What came of a build, as far as it decides results and launches.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    keys: Vec<String>,
    arguments: Vec<Argument>,
    constants: BTreeMap<String, Constant>,
    images: Vec<BuiltImage>,
}

impl Case {
    fn new(version: &str, kernel: &str, arch: &str, level: Level) -> Self {
        let name = format!("{version}/{kernel}.{arch}");
        let mut json: Map<String, Value> = serde_json::from_str(&text(&format!("{name}.json"))).unwrap();
        let arch: Arch = arch.parse().unwrap();
        let ir = match kernel {
            // The TTIR of a cluster is that of any.
            "cluster" => "add",
            other => other,
        };
        let arguments = Summary::read(&text(&format!("{version}/{ir}.ttir"))).unwrap().arguments().unwrap();
        let signature = arguments.iter().map(|argument| {
            let Argument { name, ty, divisible_by, .. } = argument;
            json!({"name": name, "type": ty.to_string(), "divisible_by": divisible_by})
        });
        json.insert("signature".to_owned(), signature.collect());
        json.insert("constants".to_owned(), json!({"BLOCK": 128, "BIAS": null}));
        let mut artifacts = vec![artifact(&format!("{version}/{ir}.ttir"), Level::Ttir, None)];
        if level > Level::Ttir {
            artifacts.push(artifact(&format!("{name}.{level}"), level, Some(arch)));
        }
        let files = KernelFiles { name: "k".to_owned(), artifacts, metadata: Vec::new(), tables: Vec::new() };
        let full = |minor: &str| format!("{minor}.{}", if minor == "3.3" { 1 } else { 0 });
        let settings = Settings {
            compress: Compress::Off,
            triton: Some(full(version).parse().unwrap()),
            archs: if level == Level::Ptx { Vec::new() } else { vec![arch] },
            listed: vec![arch],
            archs_overridden: false,
            folders: Vec::new(),
            ptx: if level == Level::Ptx { vec![arch] } else { Vec::new() },
            line_info: false,
            spill_warning: 0,
            time_limit: std::time::Duration::ZERO,
            stale_lock_lowers: false,
            kernels: BTreeMap::from([("k".to_owned(), KernelSettings::default())]),
        };
        let cubin =
            test_data::paths("cubin").contains(&format!("{name}.cubin")).then(|| data(&format!("{name}.cubin")));
        Self { name, level, files, settings, json, cubin }
    }

    /// What a build with this JSON comes to, or its first error.
    fn outcome(&self, json: &Map<String, Value>) -> Result<Outcome, String> {
        let bytes = serde_json::to_vec(json).unwrap();
        let metadata = MetadataFile { path: "k.json".into(), name: "k.json".to_owned(), arch: None, bytes };
        let files = KernelFiles { metadata: vec![metadata], ..self.files.clone() };
        let kernel = read(&files, &BTreeMap::new()).map_err(|problems| problems[0].to_string())?;
        let steps = plan(&kernel, &self.settings).map_err(|problems| problems[0].to_string())?;
        let (arguments, constants) = (kernel.arguments.clone(), kernel.constants.clone());
        let mut outcome = Outcome { keys: Vec::new(), arguments, constants, images: Vec::new() };
        for step in &steps {
            assert_eq!(step.source.artifact.level, self.level);
            verify_source(step).map_err(|error| error.to_string())?;
            if self.level < Level::Cubin {
                outcome.keys.push(key(step).as_str().to_owned());
            }
            // Triton's answer, or the JSON that stands in for it.
            let answer = if self.level <= Level::Ttgir { &self.json } else { json };
            let metadata = Metadata::from_json(&serde_json::to_string(answer).unwrap()).unwrap();
            let Some(cubin) = &self.cubin else { continue };
            let ptx = step.ptx.then_some(step.source.artifact.bytes.as_slice());
            let images = verify(step, &metadata, cubin, ptx).map_err(|error| error.to_string())?;
            // Only shown: what the file was lowered with.
            let shown = |image: BuiltImage| BuiltImage { num_stages: None, ..image };
            outcome.images.extend(images.into_iter().map(|image| shown(image.description)));
        }
        Ok(outcome)
    }
}

fn artifact(path: &str, level: Level, arch: Option<Arch>) -> Artifact {
    let name = match arch {
        Some(arch) => format!("k.{arch}.{level}"),
        None => format!("k.{level}"),
    };
    Artifact { path: PathBuf::from(&name), name, level, arch, after_pass: None, bytes: data(path) }
}

/// All kernels of the test data that have a JSON, at every level that there is of them.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in test_data::paths("json") {
        let stem = path.strip_suffix(".json").unwrap();
        let (version, file) = stem.split_once('/').unwrap();
        let (kernel, arch) = file.split_once('.').unwrap();
        // Its TTIR isn't there, or the Triton is one of those between the others.
        if matches!(kernel, "warp_specialized" | "tma_pointer") || !["3.3", "3.6", "3.9"].contains(&version) {
            continue;
        }
        for level in [Level::Ttir, Level::Ttgir, Level::Llir, Level::Ptx, Level::Cubin] {
            let file = format!("{stem}.{level}");
            if level == Level::Ttir || test_data::paths(level.extension()).contains(&file) {
                cases.push(Case::new(version, kernel, arch, level));
            }
        }
    }
    cases
}

/// Other values for one, of its own type and of others.
fn values(value: &Value) -> Vec<Value> {
    let mut other = vec![json!("text"), json!([]), json!({}), json!(1.5), json!(-1), json!(true), json!(false)];
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or_default();
            other.extend([number + 1, number * 2, number.saturating_sub(1), number + 4096, 0, 1, 2].map(Value::from));
            other.push(json!(u64::MAX));
        }
        Value::Array(list) => {
            let mut longer = list.clone();
            longer.push(list.first().cloned().unwrap_or(json!(1)));
            let mut turned = list.clone();
            turned.reverse();
            other.extend([json!(longer), json!(turned), json!(&list[..list.len().saturating_sub(1)])]);
            for (i, item) in list.iter().enumerate() {
                other.extend(values_inside(item).into_iter().map(|item| {
                    let mut list = list.clone();
                    list[i] = item;
                    json!(list)
                }));
            }
        }
        Value::Object(_) => other.extend(values_inside(value)),
        Value::String(text) => other.extend([json!(format!("{text}x")), json!(""), json!("3.9.0"), json!("sm90")]),
        Value::Null => other.extend([json!(1), json!(64), json!("-O1")]),
        Value::Bool(_) => {}
    }
    other.retain(|other| other != value);
    other
}

/// The same one level down: of each entry of an object, or of a number in a list.
fn values_inside(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(object) => {
            let mut all = Vec::new();
            for (key, value) in object {
                let mut with = |value: Option<Value>| {
                    let mut object = object.clone();
                    match value {
                        Some(value) => drop(object.insert(key.clone(), value)),
                        None => drop(object.remove(key)),
                    }
                    all.push(Value::Object(object));
                };
                with(None);
                with(Some(Value::Null));
                values(value).into_iter().for_each(|value| with(Some(value)));
            }
            all
        }
        Value::Number(number) => {
            vec![json!(number.as_u64().unwrap_or_default() + 1), json!(0), json!(null), json!("x")]
        }
        _ => Vec::new(),
    }
}

fn listed(key: &str, level: Level) -> bool {
    LISTED.iter().any(|(listed, levels, _)| *listed == key && levels.contains(&level))
}

/// Whether a key is handed to the Triton that lowers, in one of two JSONs.
fn is_passed_on(key: &str, jsons: [&Map<String, Value>; 2]) -> bool {
    jsons.into_iter().any(|json| {
        let text = serde_json::to_string(json).unwrap();
        Metadata::from_json(&text).is_ok_and(|metadata| metadata.options.more.contains_key(key))
    })
}

#[test]
fn every_change_of_a_json_is_refused_or_changes_nothing_or_is_listed() {
    assert!(LISTED.len() <= 20);
    let (mut tried, mut refused, mut used) = (0, 0, BTreeSet::new());
    let mut wrong = BTreeSet::new();
    for case in cases() {
        let right = case.outcome(&case.json).unwrap_or_else(|error| panic!("{} {}: {error}", case.name, case.level));
        for (name, value) in &case.json {
            let mut changes = vec![None, Some(Value::Null)];
            changes.extend(values(value).into_iter().map(Some));
            for change in changes.into_iter().filter(|change| change.as_ref() != Some(value)) {
                let mut json = case.json.clone();
                let said = match &change {
                    None => "dropped".to_owned(),
                    Some(value) => value.to_string(),
                };
                match change {
                    Some(value) => drop(json.insert(name.clone(), value)),
                    None => drop(json.remove(name)),
                }
                tried += 1;
                match case.outcome(&json) {
                    Err(_) => refused += 1,
                    Ok(outcome) if outcome == right => {}
                    Ok(_) if listed(name, case.level) => drop(used.insert((name.clone(), case.level))),
                    Ok(outcome)
                        if listed(OTHERS, case.level)
                            && is_passed_on(name, [&json, &case.json])
                            && (Outcome { keys: right.keys.clone(), ..outcome.clone() }) == right =>
                    {
                        assert_ne!(outcome.keys, right.keys, "{}: `{name}` is in the job", case.name);
                        used.insert((OTHERS.to_owned(), case.level));
                    }
                    Ok(_) => drop(wrong.insert(format!("{} {}: `{name}` {value} → {said}", case.name, case.level))),
                }
            }
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} changes go unnoticed:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 10_000 && refused > tried / 10, "{tried} changes, {refused} refused");
    let needed = |(key, levels, _): &(&str, &[Level], &str)| {
        let all = levels.iter().map(|level| ((*key).to_owned(), *level));
        all.filter(|entry| !used.contains(entry)).collect::<Vec<_>>()
    };
    let unused: Vec<_> = LISTED.iter().flat_map(needed).collect();
    assert!(unused.is_empty(), "listed, and needs not be: {unused:?}");
}
