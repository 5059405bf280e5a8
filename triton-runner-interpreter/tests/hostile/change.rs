//! Changes of a kernel's text that often leave a kernel. The fuzz target has them too.

/// What takes the place of a number.
const NUMBERS: [&str; 10] =
    ["0", "1", "-1", "2", "3", "16", "1000", "2147483647", "-2147483648", "9223372036854775807"];

/// One change of a text, by the places that numbers name. What is empty stays so.
pub(crate) fn change(text: &str, kind: u8, first: usize, second: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if text.trim().is_empty() {
        return String::new();
    }
    let (a, b) = (first % lines.len(), second % lines.len());
    match kind {
        0 => _ = lines.remove(a),
        1 => lines.swap(a, b),
        2 => lines.insert(b, lines[a].clone()),
        3 | 4 => {
            // A number inside a word: a size, an attribute.
            let line = &lines[a];
            let starts: Vec<usize> = line
                .char_indices()
                .filter(|(at, c)| c.is_ascii_digit() && !line[..*at].ends_with(|c: char| c.is_ascii_digit()))
                .map(|(at, _)| at)
                .collect();
            if let Some(&start) = starts.get(second % starts.len().max(1)) {
                let end = start + line[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len() - start);
                let number = NUMBERS[(second / starts.len()) % NUMBERS.len()];
                lines[a] = format!("{}{number}{}", &line[..start], &line[end..]);
            }
        }
        _ => {
            // A word of one line in the place of a word of the same sort.
            let words: Vec<&str> = text.split_whitespace().collect();
            let is_alike = |one: &str, other: &str| one.chars().next() == other.chars().next();
            let old = words[first % words.len()];
            let new = match old.trim_end_matches([',', ':']).parse::<i64>() {
                Ok(_) => NUMBERS[second % NUMBERS.len()],
                Err(_) => words.iter().cycle().skip(second % words.len()).find(|word| is_alike(word, old)).unwrap(),
            };
            let holding: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].contains(old)).collect();
            let line = holding[second % holding.len()];
            lines[line] = lines[line].replacen(old, new, 1);
        }
    }
    lines.join("\n")
}
