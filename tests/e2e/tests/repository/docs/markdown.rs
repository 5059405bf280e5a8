//! Markdown, read as GitHub and rustdoc read it.

use std::path::{Path, PathBuf};

use e2e::repository;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A Markdown file of this repository.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its path in the repository.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) links: Vec<Link>,
    /// `code`, with the line where it stands.
    pub(crate) spans: Vec<(usize, String)>,
    /// What GitHub lets links lead to.
    pub(crate) anchors: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) text: String,
}

/// A fenced block of code.
#[derive(Debug)]
pub(crate) struct Block {
    /// Line of its fence.
    pub(crate) line: usize,
    /// What stands behind the fence: `rust,no_run`.
    pub(crate) info: String,
    pub(crate) text: String,
}

impl Block {
    /// The first word behind the fence.
    pub(crate) fn language(&self) -> &str {
        self.info.split([',', ' ']).next().unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) line: usize,
    pub(crate) to: String,
}

/// A row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: usize,
    /// Code in its first cell.
    pub(crate) spans: Vec<String>,
    /// What stands above that cell.
    pub(crate) head: String,
    /// The heading above the table.
    pub(crate) section: String,
}

/// All Markdown files, but for test data.
pub(crate) fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    walk(Path::new(""), &mut found);
    found.sort();
    assert!(found.len() > 8, "{found:?}");
    found.iter().map(|path| Document::read(&path.to_string_lossy())).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let (name, path) = (entry.file_name().into_string().unwrap(), folder.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') && !["target", "data", "corpus", "artifacts"].contains(&name.as_str()) {
                walk(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

impl Document {
    pub(crate) fn read(name: &str) -> Self {
        let text = String::from_utf8(e2e::file(name)).unwrap();
        Self::parse(name, text)
    }

    fn parse(name: &str, text: String) -> Self {
        let mut document = Self {
            name: name.to_owned(),
            blocks: Vec::new(),
            links: Vec::new(),
            spans: Vec::new(),
            anchors: Vec::new(),
            rows: Vec::new(),
            text,
        };
        let text = document.text.clone();
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let (mut heading, mut section) = (None::<String>, String::new());
        let (mut cell, mut in_block) = (0, false);
        let (mut head, mut above) = (None::<String>, String::new());
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            let at = line(range.start);
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => "indented".to_owned(),
                    };
                    document.blocks.push(Block { line: at, info, text: String::new() });
                    in_block = true;
                }
                Event::End(TagEnd::CodeBlock) => in_block = false,
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(Link { line: at, to: dest_url.to_string() });
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    section = heading.take().unwrap_or_default();
                    document.anchor(&section);
                }
                Event::Start(Tag::TableHead) => (cell, head) = (0, Some(String::new())),
                Event::End(TagEnd::TableHead) => above = head.take().unwrap_or_default(),
                Event::Start(Tag::TableRow) => {
                    cell = 0;
                    let (head, section) = (above.clone(), section.clone());
                    document.rows.push(Row { line: at, spans: Vec::new(), head, section });
                }
                Event::End(TagEnd::TableCell) => cell += 1,
                Event::Text(words) => {
                    match (heading.as_mut().or(head.as_mut().filter(|_| cell == 0)), document.blocks.last_mut()) {
                        (Some(heading), _) => heading.push_str(&words),
                        (None, Some(block)) if in_block => block.text.push_str(&words),
                        _ => {}
                    }
                }
                Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                    if cell == 0
                        && head.is_none()
                        && let Some(row) = document.rows.last_mut()
                        && row.line == at
                    {
                        row.spans.push(words.to_string());
                    }
                    document.spans.push((at, words.to_string()));
                }
                _ => {}
            }
        }
        document
    }

    /// GitHub's name for a heading: lower case, hyphens for spaces, other signs left out, and a number where it is taken.
    fn anchor(&mut self, heading: &str) {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let taken = |slug: &String| self.anchors.contains(slug);
        let free = (1..).map(|n| format!("{slug}-{n}")).find(|slug| !taken(slug)).unwrap();
        self.anchors.push(if taken(&slug) { free } else { slug });
    }

    /// The blocks below a heading, up to the next one.
    pub(crate) fn blocks_of(&self, heading: &str) -> Vec<&Block> {
        let mut lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        let start = lines.find(|(_, line)| line.trim_start_matches('#').trim() == heading && line.starts_with('#'));
        let (start, _) = start.unwrap_or_else(|| panic!("{} has no heading `{heading}`", self.name));
        let fenced = |line: usize| self.blocks.iter().any(|b| line > b.line && line <= b.line + b.text.lines().count());
        let end = lines.find(|(i, line)| line.starts_with('#') && !fenced(*i)).map_or(usize::MAX, |(i, _)| i);
        self.blocks.iter().filter(|block| (start..end).contains(&block.line)).collect()
    }

    /// `name:line`, for messages.
    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.name)
    }
}

#[test]
fn headings_links_rows_and_blocks_are_found() {
    let text = "# It's `a b`, 1\n[x](y.md#z) `c`\n\n| h |\n|-|\n| `one` `two` |\n\n```rust,no_run\nlet a;\n# b\n```\n# A\n# A\n";
    let document = Document::parse("t.md", text.to_owned());
    assert_eq!(document.anchors, ["its-a-b-1", "a", "a-1"]);
    assert_eq!(document.links.iter().map(|link| (link.line, &*link.to)).collect::<Vec<_>>(), [(2, "y.md#z")]);
    let [row] = &document.rows[..] else { panic!("{document:?}") };
    assert_eq!((row.line, &*row.head, &*row.section), (6, "h", "It's a b, 1"));
    assert_eq!(row.spans, ["one", "two"]);
    let [block] = &document.blocks[..] else { panic!("{document:?}") };
    assert_eq!((block.line, block.language(), &*block.text), (8, "rust", "let a;\n# b\n"));
    assert_eq!(document.blocks_of("It's `a b`, 1").len(), 1);
}
