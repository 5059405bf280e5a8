//! Code font.

/// Text in code font, inside a table too. Names come from files: they can hold anything, so the fence is longer than
/// every run of backticks in them.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    match text.split(|c| c != '`').map(str::len).max() {
        Some(0) | None => format!("`{text}`"),
        Some(longest) => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_code_font() {
        assert_eq!(code("x"), "`x`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("`` <script> `"), "``` `` <script> ` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
    }
}
