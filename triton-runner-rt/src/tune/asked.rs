//! What `cargo triton tune` asks of a program that it runs, through its environment.

use std::path::PathBuf;
use std::time::Duration;

/// The keys: `m=16,128;n=4096` is each with each, `16,4096;128,4096` is these two.
const KEYS: &str = "TRITON_RUNNER_TUNE";
/// The kernel; every one without it.
const KERNEL: &str = "TRITON_RUNNER_TUNE_KERNEL";
/// The file that lines are added to.
const FILE: &str = "TRITON_RUNNER_TUNE_TO";
/// Milliseconds for each variant and key.
const TIME: &str = "TRITON_RUNNER_TUNE_MS";

/// What is to be measured.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) keys: Vec<Vec<i64>>,
    /// Where the measurements go; standard output alone without it.
    pub(super) file: Option<PathBuf>,
    /// For each variant and key.
    pub(super) time: Duration,
}

impl Asked {
    /// What is asked for a kernel whose choice depends on these arguments; `None` where nothing is.
    pub(super) fn of(kernel: &str, names: &[&str]) -> Result<Option<Self>, String> {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let Some(text) = variable(KEYS) else { return Ok(None) };
        if variable(KERNEL).is_some_and(|wanted| wanted != kernel) {
            return Ok(None);
        }
        let keys = keys(&text, names).map_err(|problem| format!("{KEYS}={text}, for kernel `{kernel}`: {problem}"))?;
        let time = match variable(TIME) {
            None => 20,
            Some(text) => text.parse().map_err(|_| format!("{TIME}={text}: write a number of milliseconds"))?,
        };
        Ok(Some(Self { keys, file: variable(FILE).map(PathBuf::from), time: Duration::from_millis(time) }))
    }
}

fn keys(text: &str, names: &[&str]) -> Result<Vec<Vec<i64>>, String> {
    let parts = || text.split(';').filter(|part| !part.trim().is_empty());
    let one_by_one = |part: &str| {
        let values = numbers(part)?;
        match values.len() == names.len() {
            true => Ok(values),
            false => Err(format!("`{part}` has {} numbers, and the keys are {}", values.len(), names.join(", "))),
        }
    };
    if !text.contains('=') {
        return parts().map(one_by_one).collect();
    }
    let mut named: Vec<(&str, Vec<i64>)> = Vec::new();
    for part in parts() {
        let (name, values) = part.split_once('=').ok_or_else(|| format!("`{part}` has no `=`, and others have"))?;
        let name = name.trim();
        if !names.contains(&name) {
            return Err(format!("`{name}` is no key: they are {}", names.join(", ")));
        }
        if named.iter().any(|(other, _)| *other == name) {
            return Err(format!("`{name}` is there twice"));
        }
        named.push((name, numbers(values)?));
    }
    let mut keys = vec![Vec::new()];
    for name in names {
        let found = named.iter().find(|(other, _)| other == name);
        let (_, values) = found.ok_or_else(|| format!("there is no value for `{name}`"))?;
        keys = keys.iter().flat_map(|key| values.iter().map(|value| [key.as_slice(), &[*value]].concat())).collect();
    }
    Ok(keys)
}

fn numbers(text: &str) -> Result<Vec<i64>, String> {
    let number = |text: &str| text.trim().parse().map_err(|_| format!("`{text}` is no integer"));
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_each_with_each_or_as_they_are_listed() {
        assert_eq!(keys("m=1,16;k=8", &["m", "k"]), Ok(vec![vec![1, 8], vec![16, 8]]));
        assert_eq!(keys(" k = 8 , 9; m=1", &["m", "k"]), Ok(vec![vec![1, 8], vec![1, 9]]));
        assert_eq!(keys("1,2;3,-4;", &["m", "k"]), Ok(vec![vec![1, 2], vec![3, -4]]));
    }

    #[test]
    fn what_is_no_key_is_told() {
        for (text, part) in [
            ("m=1", "no value for `k`"),
            ("m=1;n=2", "`n` is no key: they are m, k"),
            ("m=1;m=2;k=1", "`m` is there twice"),
            ("m=1;2", "`2` has no `=`"),
            ("m=x;k=1", "`x` is no integer"),
            ("1,2,3", "has 3 numbers, and the keys are m, k"),
        ] {
            let problem = keys(text, &["m", "k"]).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}
