//! Rooms.
use crate::imports::{Crate, circles};
use e2e::repository;
use std::path::Path;

#[test]
fn show() {
    for name in crate::CRATES {
        let imports = Crate::read(&repository().join(name).join("src")).imports();
        println!("== {name} {} imports", imports.len());
        for circle in circles(&imports) {
            println!("circle {circle:?}");
            for import in
                imports.iter().filter(|i| circle.contains(Path::new(&i.from)) && circle.contains(Path::new(&i.to)))
            {
                println!("    {}:{} -> {}", import.from.display(), import.line, import.to.display());
            }
        }
        let room = |p: &Path| {
            let s = p.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
            s
        };
        let mut edges: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = Default::default();
        for i in &imports {
            if room(&i.from) != room(&i.to) {
                edges.entry(room(&i.from)).or_default().insert(room(&i.to));
            }
        }
        for (a, b) in edges {
            println!("  {a}: {b:?}");
        }
    }
}
