//! docs/versions.md: the compilers that can be installed.

use std::collections::BTreeSet;

use crate::markdown::Document;

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
