//! docs/versions.md: the compilers that can be installed.

use std::collections::BTreeSet;

use e2e::script;

use super::markdown::{Document, documents};

#[test]
fn every_compiler_is_listed_with_its_pythons_and_machines() {
    let pins: toml::Table =
        String::from_utf8(e2e::file("triton-runner-build/src/toolchain/pins.toml")).unwrap().parse().unwrap();
    assert!(pins.len() > 8);
    let text = Document::read("docs/versions.md").text;
    let (_, section) = text.split_once("## Triton × Python × CUDA\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| 3."))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<BTreeSet<_>>(), pins.keys().map(String::as_str).collect());
    for row in rows {
        let wheels = pins[row[0]].as_table().unwrap();
        let tags: BTreeSet<_> = wheels.keys().map(|key| key.split_once('-').unwrap()).collect();
        let pythons: BTreeSet<String> = tags.iter().map(|(python, _)| format!("3.{}", &python[3..])).collect();
        assert_eq!(row[1].split(", ").map(str::to_owned).collect::<BTreeSet<_>>(), pythons, "{}", row[0]);
        let machines: BTreeSet<&str> = tags.iter().map(|(_, machine)| *machine).collect();
        assert_eq!(row[2].split(", ").collect::<BTreeSet<_>>(), machines, "{}", row[0]);
        let largest = wheels.values().map(|wheel| wheel["size"].as_integer().unwrap()).max().unwrap();
        assert_eq!(row[3], format!("{} MB", (largest as f64 / 1e6).round()), "{}", row[0]);
    }
}

/// NVIDIA's "Minor Version Compatibility": what an assembler of CUDA 12 or 13 makes runs from these drivers on.
#[test]
fn the_oldest_driver_of_every_triton_follows_from_its_assembler() {
    let text = Document::read("docs/versions.md").text;
    let section = |heading: &str| {
        let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
        let rows = section.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| 3."));
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect::<Vec<Vec<&str>>>()
    };
    let (compilers, drivers) = (section("Triton × Python × CUDA"), section("Drivers"));
    for compiler in &compilers {
        let driver = drivers.iter().find(|row| row[0].split(", ").any(|version| version == compiler[0]));
        let driver = driver.unwrap_or_else(|| panic!("no driver for {}", compiler[0]));
        let (below, above) = (compiler[4], compiler[5]);
        let major = |assembler: &str, twelve: &'static str| match assembler.split('.').next() {
            Some("12") => twelve,
            Some("13") => "580",
            _ => "none",
        };
        // Triton 3.9 takes its second assembler from sm_90 on.
        let hopper = if compiler[0].starts_with("3.9.") { above } else { below };
        // GPUs from sm_100 on came with driver 570.
        let machine_code = [major(below, "525"), major(hopper, "525"), major(above, "570")];
        assert_eq!(driver[1..4], machine_code, "{}", compiler[0]);
        assert!(driver[4].contains(&format!("CUDA {below}")), "{}: {}", compiler[0], driver[4]);
    }
    assert_eq!(drivers.iter().flat_map(|row| row[0].split(", ")).count(), compilers.len());
}

#[test]
fn the_range_of_versions_is_the_one_that_is_pinned_and_stands_in_few_places() {
    let pins: toml::Table =
        String::from_utf8(e2e::file("triton-runner-build/src/toolchain/pins.toml")).unwrap().parse().unwrap();
    let mut known: Vec<semver::Version> = pins.keys().map(|version| version.parse().unwrap()).collect();
    known.sort();
    let (first, last) = (known.first().unwrap(), known.last().unwrap());
    let (whole, short) = (format!("{first} to "), format!("{}.{} to ", first.major, first.minor));
    let mut texts: Vec<(String, String)> =
        documents().into_iter().map(|document| (document.name, document.text)).collect();
    for folder in e2e::CRATES {
        let folder = format!("{folder}/src");
        let files = script::files(&e2e::repository().join(&folder)).into_iter();
        let paths = files.map(|path| format!("{folder}/{}", path.display()));
        texts.extend(paths.map(|path| (path.clone(), String::from_utf8_lossy(&e2e::file(&path)).into_owned())));
    }
    let mut places = BTreeSet::new();
    // The changelog tells what was.
    for (path, text) in texts.iter().filter(|(path, _)| path != "CHANGELOG.md") {
        for line in text.lines() {
            for (start, end) in [(&whole, last.to_string()), (&short, format!("{}.{}", last.major, last.minor))] {
                let Some((_, rest)) = line.split_once(start.as_str()) else { continue };
                let found = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap();
                let found = found.trim_end_matches('.');
                if found.starts_with("3.") {
                    assert_eq!(found, end, "{path}: `{line}`: the newest that is pinned is {last}");
                    places.insert(path.as_str());
                }
            }
        }
    }
    assert_eq!(places, BTreeSet::from(["README.md", "triton-runner-build/README.md"]));
}
