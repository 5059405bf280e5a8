//! The page of `cargo triton run --html`, in a browser if the machine has one.

use crate::command::repository;
use crate::page::{browser, open};
use crate::run::run;

const SCRIPT: &str = include_str!("run_page.js");

fn page(folder: &std::path::Path) -> String {
    let kernel = repository().join("triton-runner-interpreter/tests/seeded/kernels/missing_mask.fixed.ttir");
    let arguments = ["x_ptr=range:f32[1000]", "y_ptr=uninit:f32[1000]", "n=1000"];
    run(folder, kernel.to_str().unwrap(), "4", &arguments, &["--html", "page.html"]).ok();
    std::fs::read_to_string(folder.join("page.html")).unwrap()
}

#[test]
fn the_page_steps_through_programs_and_shows_values() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());
    let tried = page.replacen("<style>", &format!("<script>{SCRIPT}</script>\n<style>"), 1);
    std::fs::write(folder.path().join("tried.html"), tried).unwrap();
    let (outcome, console) = open(&browser, &folder.path().join("tried.html"), &["--window-size=1400,900"]);
    assert_eq!(console, "");
    assert_eq!((&outcome["errors"], &outcome["loaded"]), (&serde_json::json!([]), &serde_json::json!([])));
    let [first, second] = [&outcome["programs"][0], &outcome["programs"][1]];
    assert_eq!(first["program"], "program (0, 0, 0), 1 of 4");
    assert_eq!(second["program"], "program (1, 0, 0), 2 of 4");
    assert_eq!(first["steps"][0], "step 1 of 2: load x_ptr, elements 0 to 255 (bounds.py:16)");
    assert_eq!(second["steps"][1], "step 2 of 2: store y_ptr, elements 256 to 511 (bounds.py:17)");
    assert_eq!(second["captions"][0], "x_ptr: f32[1000]; 256 read, 0 written");
    assert_eq!(second["captions"][1], "y_ptr: f32[1000]; 0 read, 256 written");
    // One square of the second program's store has the colour of writing, one of the first program's none.
    assert_eq!(second["painted"], serde_json::json!([false, true]));
    let values = |program: &serde_json::Value| {
        program["value"].as_str().unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((values(first).len(), &*values(first)[3]), (256, "3"));
    assert_eq!((values(second).len(), &*values(second)[3]), (256, "259"));
}

#[test]
fn the_page_is_one_file_and_quotes_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());
    assert_eq!(page.matches("</script>").count(), 2, "one for the data, one for the script");
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["programs"].as_array().unwrap().len(), 4);
    assert!(!data["programs"][0]["values"].as_array().unwrap().is_empty());
}
