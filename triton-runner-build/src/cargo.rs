//! What cargo and this helper tell each other: environment variables in, `cargo::` lines out.
//!
//! The one place that reads the environment, so that each variable that was read gets its `rerun-if-env-changed`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The environment, remembering what was asked for.
#[derive(Debug, Default)]
pub(crate) struct Env {
    read: RefCell<BTreeSet<String>>,
}

impl Env {
    /// The variable's value, if it is set and not empty.
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn var_os(&self, name: &str) -> Option<OsString> {
        self.read.borrow_mut().insert(name.to_owned());
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The same as a path.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.var_os(name).map(PathBuf::from)
    }

    /// The same as text.
    pub(crate) fn var(&self, name: &str) -> Option<String> {
        self.var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Whether the variable says yes: set, not empty, not `0`, `off`, `no` or `false`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.var(name).is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "off" | "no" | "false"))
    }

    /// A variable that says where programs and folders are: it differs from one shell to the next and decides nothing
    /// about the result, so cargo need not build anew for it.
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn untracked(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The same, but for this project's own variables, which are always told to cargo.
    pub(crate) fn place(&self, name: &str) -> Option<OsString> {
        if name.starts_with("TRITON_RUNNER_") { self.var_os(name) } else { self.untracked(name) }
    }

    /// Every variable that was asked for, with its value now.
    pub(crate) fn variables(&self) -> Vec<(String, Option<OsString>)> {
        self.names().into_iter().map(|name| (name.clone(), self.var_os(&name))).collect()
    }

    /// Every variable whose name begins so, for settings of storage that have names of their own. Commands ask.
    #[cfg(feature = "cli")]
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn beginning_with(&self, prefix: &str) -> Vec<(String, String)> {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let all = std::env::vars_os().filter_map(text);
        all.filter(|(name, value)| name.starts_with(prefix) && !value.is_empty()).collect()
    }

    /// A variable that cargo sets anew for each build script: no rerun line is due.
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn from_cargo(name: &str) -> Option<PathBuf> {
        std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    fn names(&self) -> Vec<String> {
        self.read.borrow().iter().cloned().collect()
    }
}

/// Writes `cargo::` lines for a build script.
#[derive(Debug)]
pub(crate) struct Directives<W> {
    to: W,
}

impl<W: std::io::Write> Directives<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to }
    }

    /// Every file and folder that decides the result, and every variable.
    pub(crate) fn reruns(&mut self, paths: &BTreeSet<PathBuf>, env: &Env) {
        for path in paths {
            self.line(&format!("cargo::rerun-if-changed={}", path.display()));
        }
        for name in env.names() {
            self.line(&format!("cargo::rerun-if-env-changed={name}"));
        }
    }

    /// A variable of the compiler that builds the package.
    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.line(&format!("cargo::rustc-env={name}={value}"));
    }

    /// For what the user must act on; an error makes cargo fail the build. One directive for each line of the text.
    pub(crate) fn error(&mut self, message: &str) {
        self.directive("error", message);
    }

    /// For what the user should act on.
    pub(crate) fn warning(&mut self, message: &str) {
        self.directive("warning", message);
    }

    /// Progress: cargo shows it with `-vv`.
    pub(crate) fn progress(&mut self, message: &str) {
        self.line(message);
    }

    fn directive(&mut self, kind: &str, message: &str) {
        for line in message.lines() {
            self.line(&format!("cargo::{kind}={line}"));
        }
    }

    fn line(&mut self, text: &str) {
        let text = one_line(text);
        // A closed pipe means that cargo is gone: nobody is left to tell.
        let _ = writeln!(self.to, "{text}");
        let _ = self.to.flush();
    }
}

/// Text without what ends a line or drives a terminal. Names of files and a compiler's words can hold both, and a line of
/// their own would be a directive.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c.is_control() && c != '\t';
    if !text.contains(is_bad) {
        return text.into();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_bad(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line.into()
}

/// Cargo's jobserver, if this process was started with one.
pub(crate) fn jobserver() -> Option<jobserver::Client> {
    // Once: a second client of the same descriptors would close them under the first.
    static CLIENT: OnceLock<Option<jobserver::Client>> = OnceLock::new();
    // SAFETY: the file descriptors that the environment names are cargo's, inherited for this purpose; nothing in this
    // process opens or closes descriptors by number.
    CLIENT.get_or_init(|| unsafe { jobserver::Client::from_env() }).clone()
}

/// Whether cargo was told to stay off the network. Cargo tells build scripts of `CARGO_NET_OFFLINE` only, as it is in
/// the environment; `--offline` and `--frozen` are on its command line.
pub(crate) fn is_offline(env: &Env) -> bool {
    let says_yes = |value: OsString| !matches!(value.to_string_lossy().to_ascii_lowercase().as_str(), "0" | "false");
    env.untracked("CARGO_NET_OFFLINE").is_some_and(says_yes) || parent_arguments().is_some_and(|all| is_told(&all))
}

/// The command line of the process that started this one, where the system shows it.
fn parent_arguments() -> Option<Vec<String>> {
    #[cfg(target_os = "linux")]
    {
        let path = format!("/proc/{}/cmdline", std::os::unix::process::parent_id());
        let text = std::fs::read(path).ok()?;
        Some(text.split(|&byte| byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect())
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whether a command line is cargo's and says so.
fn is_told(arguments: &[String]) -> bool {
    options(arguments).is_some_and(|mut all| all.any(|arg| arg == "--offline" || arg == "--frozen"))
}

/// What cargo is told by a command line; `None` if it is another program's. What comes after `--` is for other programs.
fn options(arguments: &[String]) -> Option<impl Iterator<Item = &str>> {
    let (program, rest) = arguments.split_first()?;
    let is_cargo = Path::new(program).file_stem().is_some_and(|stem| stem == "cargo");
    is_cargo.then(|| rest.iter().map(String::as_str).take_while(|arg| *arg != "--"))
}

/// Whether cargo draws a bar on its terminal, if it has one, while it hides what build scripts print: as its environment and
/// its command line say.
pub(crate) fn draws_progress(env: &Env) -> bool {
    let says = |name: &str, word: &str| env.untracked(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let is_quiet = says("CARGO_TERM_QUIET", "true") || says("CARGO_TERM_QUIET", "1");
    // As cargo has it.
    let has_none = ["CI", "TF_BUILD"].iter().any(|name| env.untracked(name).is_some())
        || says("TERM", "dumb")
        || says("CARGO_TERM_PROGRESS_WHEN", "never");
    !is_quiet && !has_none && parent_arguments().is_some_and(|all| is_of_few_words(&all))
}

/// Whether a command line is cargo's and asks neither for silence nor for what build scripts print.
fn is_of_few_words(arguments: &[String]) -> bool {
    let Some(options) = options(arguments) else { return false };
    let (mut quiet, mut verbose) = (0, 0);
    for arg in options {
        let letters = match arg.strip_prefix('-') {
            Some("-quiet") => "q",
            Some("-verbose") => "v",
            Some(letters) => letters,
            None => "",
        };
        // `-vv`, `-qj4`: letters up to the first that takes a value.
        for letter in letters.chars().take_while(|letter| "qvrhV".contains(*letter)) {
            quiet += u32::from(letter == 'q');
            verbose += u32::from(letter == 'v');
        }
    }
    quiet == 0 && verbose < 2
}

/// Path as messages and the manifest show it: relative to the package, with `/`.
pub(crate) fn display_name(package: &Path, path: &Path) -> String {
    let Ok(relative) = path.strip_prefix(package) else {
        return path.display().to_string();
    };
    relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_that_was_read_gets_its_rerun_line() {
        let env = Env::default();
        assert_eq!(env.var("TRITON_RUNNER_TEST_UNSET"), None);
        assert!(!env.flag("TRITON_RUNNER_TEST_UNSET"));
        let mut text = Vec::new();
        let paths = BTreeSet::from([PathBuf::from("kernels/a.ttir"), PathBuf::from("kernels")]);
        Directives::new(&mut text).reruns(&paths, &env);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "cargo::rerun-if-changed=kernels\ncargo::rerun-if-changed=kernels/a.ttir\n\
             cargo::rerun-if-env-changed=TRITON_RUNNER_TEST_UNSET\n"
        );
    }

    #[test]
    fn an_error_of_several_lines_stays_whole() {
        let mut text = Vec::new();
        Directives::new(&mut text).error("first\n  second");
        assert_eq!(String::from_utf8(text).unwrap(), "cargo::error=first\ncargo::error=  second\n");
    }

    #[test]
    fn no_name_of_a_file_can_give_cargo_a_directive_or_drive_the_terminal() {
        let mut text = Vec::new();
        let mut output = Directives::new(&mut text);
        output.reruns(&BTreeSet::from([PathBuf::from("k\ncargo::rustc-env=A=1")]), &Env::default());
        output.error("`k\ncargo::rustc-env=A=1`\tis \u{1b}[2Jbad\r");
        output.progress("lowered k\ncargo::rustc-env=A=1");
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "cargo::rerun-if-changed=k\\ncargo::rustc-env=A=1\n\
             cargo::error=`k\ncargo::error=cargo::rustc-env=A=1`\tis \\u{1b}[2Jbad\\r\n\
             lowered k\\ncargo::rustc-env=A=1\n"
        );
    }

    #[test]
    fn cargos_command_line_says_whether_it_is_offline() {
        let told = |line: &str| is_told(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(
            told("/bin/cargo build --offline -p x") && told("cargo --frozen build") && told("cargo.exe t --offline")
        );
        assert!(!told("cargo build") && !told("cargo run -- --offline") && !told("bash --offline") && !told(""));
    }

    #[test]
    fn cargos_command_line_says_whether_a_build_script_may_speak() {
        let may = |line: &str| is_of_few_words(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in ["/bin/cargo build", "cargo -v t -p quiet", "cargo run -- -q", "cargo b --color never -Fv,vv -v"] {
            assert!(may(line), "{line}");
        }
        for line in
            ["cargo -q b", "cargo b --quiet", "cargo b -rqj4", "cargo -vv b", "cargo -v b --verbose", "make b", ""]
        {
            assert!(!may(line), "{line}");
        }
    }

    #[test]
    fn names_are_relative_to_the_package() {
        assert_eq!(display_name(Path::new("/p"), Path::new("/p/kernels/a.ttir")), "kernels/a.ttir");
        assert_eq!(display_name(Path::new("/p"), Path::new("/q/a.ttir")), "/q/a.ttir");
    }
}
