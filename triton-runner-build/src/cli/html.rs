//! A page of HTML with everything in it: no network is asked, and only its own script runs.

/// Text as HTML has it, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(character),
        }
    }
    html
}

/// What a page is made of.
pub(super) struct Page<'a> {
    /// The command that writes it.
    pub(super) command: &'a str,
    /// Plain text: the title and the first heading.
    pub(super) title: &'a str,
    pub(super) style: &'a str,
    /// HTML behind the first heading.
    pub(super) main: &'a str,
    /// JSON that the script reads.
    pub(super) data: &'a str,
    pub(super) script: &'a str,
}

impl Page<'_> {
    /// The page's text.
    pub(super) fn html(&self) -> String {
        let Self { command, style, main, script, .. } = self;
        format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="cargo triton {command} {version}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{main}</main>
<script type="application/json" id="data">{data}</script>
<script>
{script}</script>
</body>
</html>
"#,
            version = env!("CARGO_PKG_VERSION"),
            title = escape(self.title),
            // Nothing in it ends the element.
            data = self.data.replace('<', "\\u003c"),
        )
    }
}
