//! Links within the repository.

use e2e::repository;

use super::markdown::documents;
use super::none;

/// `/` and `..` taken care of, as a browser does.
fn joined(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let all = documents();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in &all {
        // `tune::Tuner` and the like are rustdoc's, which checks them itself.
        let own = document.links.iter().filter(|link| !link.to.contains(':'));
        for link in own {
            seen += 1;
            let (path, anchor) = link.to.split_once('#').unwrap_or((&link.to, ""));
            let target = if path.is_empty() { document.name.clone() } else { joined(&document.name, path) };
            if !repository().join(&target).exists() {
                wrong.push(format!("{}: no file {target}", document.at(link.line)));
                continue;
            }
            let known = |anchor: &str| all.iter().any(|d| d.name == target && d.anchors.iter().any(|a| a == anchor));
            if !anchor.is_empty() && !known(anchor) {
                wrong.push(format!("{}: no heading #{anchor} in {target}", document.at(link.line)));
            }
        }
    }
    assert!(seen > 30, "{seen}");
    none(wrong);
}

/// docs.rs and the registry show them without the rest of the repository.
#[test]
fn what_is_packaged_links_to_nothing_outside_of_its_package() {
    let mut wrong = Vec::new();
    for document in documents().iter().filter(|document| document.name.starts_with("triton-runner-")) {
        let outside = |link: &str| {
            !link.contains(':') && joined(&document.name, link).split('/').next() != document.name.split('/').next()
        };
        let links = document.links.iter().filter(|link| !link.to.starts_with('#') && outside(&link.to));
        wrong.extend(links.map(|link| format!("{}: {}", document.at(link.line), link.to)));
    }
    none(wrong);
}

/// `tests/e2e/tests/locked.rs` in running text is a promise too.
#[test]
fn files_of_the_repository_that_are_named_exist() {
    let tops: Vec<_> = std::fs::read_dir(repository()).unwrap().map(|entry| entry.unwrap()).collect();
    let tops: Vec<_> = tops.into_iter().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for (line, span) in &document.spans {
            let (top, rest) = span.split_once('/').unwrap_or((span, ""));
            let plain = !rest.is_empty() && !rest.contains([' ', '*', '<', '{', '…', ':']);
            // `examples/KERNEL.rs`, `tests/data/X.Y`: a name to fill in.
            let to_fill_in = |part: &str| {
                let stem = part.split('.').next().unwrap_or_default();
                let capital = stem.chars().all(|c| c.is_ascii_uppercase());
                !stem.is_empty() && capital && !["README", "LICENSE"].contains(&stem)
            };
            if !plain
                || rest.split('/').any(to_fill_in)
                || top.starts_with('.')
                || top == "target"
                || !tops.iter().any(|name| name == top)
            {
                continue;
            }
            seen += 1;
            if !repository().join(span).exists() {
                wrong.push(format!("{}: there is no {span}", document.at(*line)));
            }
        }
    }
    assert!(seen > 5, "{seen}");
    none(wrong);
}
