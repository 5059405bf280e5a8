//! The list of mutations names what is there: `scripts/mutate-extents` makes them.

use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_mutation_changes_one_place_and_names_a_test() {
    let tests = ["fooled", "strangers", "compiled", "endless", "generated"]
        .map(|file| read(&format!("tests/proofs/{file}.rs")))
        .concat();
    let list = read("mutations.txt");
    let mutations: Vec<&str> = list.split("\n= ").skip(1).collect();
    assert!(mutations.len() >= 25, "{}", mutations.len());
    for mutation in mutations {
        let lines: Vec<&str> = mutation.lines().filter(|line| !line.is_empty()).collect();
        let word =
            |word: &str| lines.iter().find_map(|line| line.strip_prefix(word)).unwrap_or_else(|| panic!("{mutation}"));
        let goes: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix('-')).collect();
        let source = read(&format!("../../triton-runner-extent/src/{}", word("file ")));
        assert_eq!(source.matches(&goes.join("\n")).count(), 1, "{mutation}");
        let test = word("test ");
        assert!(
            [format!("    {test}: "), format!("fn {test}(")].iter().any(|name| tests.contains(name)),
            "no test `{test}`"
        );
    }
}
