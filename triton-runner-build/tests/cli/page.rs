//! The page of `cargo triton inspect --html`, in a browser: headless Chromium, if the machine has one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::{Ran, command, toolchain};
use crate::package::Package;

/// A browser on `PATH`, or the one that `CHROMIUM` names.
pub(crate) fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let mut places = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        // Not through `eprintln!`, which a test that passes keeps to itself.
        let _ = writeln!(std::io::stderr(), "skipped: there is no Chromium on PATH (CHROMIUM may name one)");
    }
    found
}

/// Opens a page and returns what its script leaves in the element `outcome`, and what the console shows.
pub(crate) fn open(browser: &Path, page: &Path, flags: &[&str]) -> (Value, String) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--virtual-time-budget=20000"]);
    command.args(["--enable-logging=stderr", "--v=0", "--dump-dom"]).args(flags);
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg(format!("file://{}", page.display()));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let outcome = dom.split_once("<pre id=\"outcome\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let Some((outcome, _)) = outcome else { panic!("no outcome: {log}\n{}", dom.len()) };
    let outcome = outcome.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let console: Vec<_> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    (serde_json::from_str(&outcome).unwrap_or_else(|error| panic!("{error}: {outcome}")), console.join("\n"))
}

/// Types a text into the search box and collects what then shows.
const SCRIPT: &str = include_str!("page.js");

/// The page of the example, with the script that tries it.
fn page(package: &Package) -> PathBuf {
    package.triton(&["inspect", "--html", "page.html"]).ok();
    let page = String::from_utf8(package.read("page.html")).unwrap();
    // In the head, so that nothing goes wrong before it listens.
    package.write("tried.html", page.replacen("<style>", &format!("<script>{SCRIPT}</script>\n<style>"), 1));
    package.path("tried.html")
}

#[test]
fn the_page_draws_its_charts_searches_and_shows_the_code_side_by_side() {
    let Some(browser) = browser() else { return };
    let package = Package::add();
    let page = page(&package);
    let (outcome, console) = open(&browser, &page, &["--window-size=1400,900"]);
    assert_eq!(console, "");
    assert_eq!(outcome["errors"], Value::Array(Vec::new()));
    assert_eq!(outcome["loaded"], Value::Array(Vec::new()), "the page needs something else");
    assert_eq!((&outcome["rows"], &outcome["side"], &outcome["wide"]), (&2.into(), &true.into(), &true.into()));
    // Registers, shared memory, occupancy: a bar for each GPU, as long as its value.
    let bars: Vec<Vec<f64>> = serde_json::from_value(outcome["bars"].clone()).unwrap();
    assert_eq!(bars.len(), 3);
    assert!(bars[0].iter().all(|width| (5.0..20.0).contains(width)), "{bars:?}");
    assert!(bars[1].iter().all(|width| *width < 2.0), "{bars:?}");
    assert_eq!(bars[2], [100.0, 100.0]);
    let panes: Vec<usize> = serde_json::from_value(outcome["panes"].clone()).unwrap();
    assert!(panes.len() == 3 && panes.iter().all(|length| *length > 1000), "{panes:?}");

    assert_eq!((&outcome["nothing"]["rows"], &outcome["nothing"]["marks"]), (&0.into(), &0.into()));
    assert_eq!(outcome["nothing"]["found"], "0 places in the code");
    assert_eq!(outcome["gpu"]["rows"], 1);
    assert_eq!(outcome["code"]["rows"], 2);
    assert!(outcome["code"]["marks"].as_u64().unwrap() > 2, "{outcome}");
    assert_eq!((&outcome["code"]["now"], &outcome["next"]), (&1.into(), &1.into()));
    assert_eq!((&outcome["cleared"]["rows"], &outcome["cleared"]["marks"]), (&2.into(), &0.into()));
    assert_eq!(outcome["chosen"], "sm_90a");
    assert_eq!(outcome["ttir"].as_str().unwrap().as_bytes(), package.read("kernels/add_kernel.ttir"));
}

#[test]
fn the_page_is_dark_in_the_dark_and_fits_a_phone() {
    let Some(browser) = browser() else { return };
    let package = Package::add();
    let page = page(&package);
    let (dark, _) = open(&browser, &page, &["--force-dark-mode", "--window-size=1400,900"]);
    assert_eq!((&dark["dark"], &dark["ground"]), (&true.into(), &"rgb(20, 23, 26)".into()));
    let (light, _) = open(&browser, &page, &["--window-size=1400,900"]);
    assert_eq!((&light["dark"], &light["ground"]), (&false.into(), &"rgb(255, 255, 255)".into()));

    // A window can't be as narrow as a phone, a frame can.
    let tried = String::from_utf8(package.read("tried.html")).unwrap();
    let frame = tried.replace('&', "&amp;").replace('"', "&quot;");
    let outer = format!(
        "<!doctype html><iframe width=390 height=800 srcdoc=\"{frame}\"></iframe><script>
        const poll = setInterval(() => {{
          const inner = document.querySelector('iframe').contentDocument.getElementById('outcome');
          if (!inner) return;
          clearInterval(poll);
          document.body.append(inner);
        }}, 100);</script>"
    );
    package.write("phone.html", outer);
    let (phone, console) = open(&browser, &package.path("phone.html"), &["--window-size=1400,900"]);
    assert_eq!(console, "");
    assert_eq!((&phone["wide"], &phone["side"]), (&true.into(), &false.into()), "{phone}");
    assert_eq!(phone["bars"][2][0], 100.0);
    assert!(phone["code"]["marks"].as_u64().unwrap() > 2);
}

#[cfg(unix)]
#[test]
fn a_page_lowers_once_what_no_cache_has_and_the_next_one_nothing() {
    let (package, home) = (Package::add(), tempfile::tempdir().unwrap());
    let toolchains = toolchain().site.ancestors().nth(2).unwrap();
    std::os::unix::fs::symlink(toolchains, home.path().join("toolchains")).unwrap();
    let lowered = |args: &[&str]| {
        let ran = Ran::of(command(args).current_dir(package.folder()).env("TRITON_RUNNER_HOME", home.path()));
        ran.ok();
        ran.stderr.lines().filter(|line| line.starts_with("lowered ")).count()
    };
    assert_eq!(lowered(&["inspect", "--html", "first.html"]), 2, "for texts and machine code together");
    assert_eq!(lowered(&["inspect", "--html", "second.html"]), 0);
    assert_eq!(lowered(&["inspect"]), 0, "a build finds it too");
    assert!(package.read("first.html") == package.read("second.html"));
    let page = String::from_utf8(package.read("second.html")).unwrap();
    for text in
        ["tt.func public @add_kernel", "ttg.num-warps", "define ptx_kernel void", ".visible .entry add_kernel", "EXIT"]
    {
        assert!(page.contains(text), "{text}");
    }
    // Machine code is there, and its texts are to be made again: no further than PTX.
    let machine_code = lowered(&["cache", "--clear"]) + lowered(&["inspect"]);
    assert_eq!((machine_code, lowered(&["inspect", "--html", "third.html"])), (2, 2));
    assert!(package.read("first.html") == package.read("third.html"));
}

#[test]
fn the_page_is_whole_and_quotes_what_it_shows() {
    let package = Package::add();
    let json = String::from_utf8(package.read("kernels/add_kernel.json")).unwrap();
    // The JSON of another text than the one that is written below.
    let json = json.replace("\"sha256\": {\"ttir\": ", "\"by_hand\": {\"ttir\": ");
    package.write("kernels/add_kernel.json", json.replace("{\"BLOCK\": 1024}", "{\"S\": \"</script><b>&'\\\"\"}"));
    let ttir = String::from_utf8(package.read("kernels/add_kernel.ttir")).unwrap();
    package.write("kernels/add_kernel.ttir", format!("// </script><!-- \u{1F680}\n{ttir}"));
    assert_eq!(package.triton(&["inspect", "--html", "page.html"]).ok(), "page.html\n");
    let page = String::from_utf8(package.read("page.html")).unwrap();
    assert_eq!(page.matches("</script>").count(), 2, "one for the data, one for the script");
    assert!(page.contains("&lt;/script&gt;&lt;b&gt;&amp;"));
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    let images = data["kernels"][0]["images"].as_array().unwrap();
    assert_eq!(images.len(), 2);
    for image in images {
        let levels: Vec<_> = image["texts"].as_object().unwrap().keys().collect();
        assert_eq!(levels, ["llir", "ptx", "sass", "ttgir", "ttir"]);
    }
    // TTIR is there once.
    assert_eq!(images[0]["texts"]["ttir"], images[1]["texts"]["ttir"]);
    assert!(data["texts"][0].as_str().is_some());
}

#[test]
fn without_a_compiler_the_page_shows_what_is_locked() {
    let package = Package::add();
    package.triton(&["lock"]).ok();
    let mut command = crate::command::command(["inspect", "--html", "page.html"]);
    command.current_dir(package.folder()).env("TRITON_RUNNER_HOME", "/nonexistent").env("PATH", "/nonexistent");
    // cargo, which is asked for the packages, is named by its path.
    let ran = crate::command::Ran::of(command.env("CARGO", env!("CARGO")));
    ran.ok();
    let page = String::from_utf8(package.read("page.html")).unwrap();
    assert!(page.contains("there is no nvdisasm") && page.contains("cargo triton setup --triton 3.3.1"));
}
