//! Jobs that go wrong, with a stand-in for Triton that does what a job's source says.

mod addresses;
mod options;
mod parent;
mod repeatable;
pub(crate) mod setup;
mod spills;
mod toolchains;
mod triton;
mod triton_options;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use semver::Version;
use tempfile::TempDir;
use triton_runner_manifest::Level;

use super::*;
use crate::toolchain::Toolchain;

/// A package `triton` whose stages run the job's source as Python.
const FILES: [(&str, &str); 6] = [
    ("__init__.py", "__version__ = '3.3.1'\n"),
    ("backends/__init__.py", ""),
    (
        "backends/compiler.py",
        "class GPUTarget:\n    def __init__(self, backend, arch, warp_size):\n        self.backend, self.arch, self.warp_size = backend, arch, warp_size\n",
    ),
    ("compiler/__init__.py", ""),
    (
        "compiler/compiler.py",
        "
class PTXASError(Exception): pass

class Options:
    def __init__(self, values):
        self.num_warps = 4
        self.__dict__.update(values)

class Backend:
    def __init__(self, target): self.target = target
    def load_dialects(self, context): pass
    def make_cubin(self): pass
    def parse_options(self, values): return Options(values)
    def add_stages(self, stages, options):
        def run(source, metadata):
            exec(source, globals())
            metadata['name'] = 'kernel'
            return source
        stages['ttir'] = stages['ttgir'] = run
        for name in ('llir', 'ptx'): stages[name] = lambda source, metadata: source + '# later\\n'
        stages['cubin'] = lambda source, metadata: b'\\x7fELF' + source.encode()

class IRSource:
    def __init__(self, path, context, backend):
        self.src = open(path).read()
    def make_ir(self, options, codegen_fns, module_map, context): return self.src
    def parse_options(self): return {}

def make_backend(target): return Backend(target)
",
    ),
    (
        "_C/libtriton.py",
        "
class ir:
    context = staticmethod(lambda: None)
    load_dialects = staticmethod(lambda context: None)
class llvm:
    init_targets = staticmethod(lambda: None)
class nvidia: pass
",
    ),
];

struct Fake {
    folder: TempDir,
    toolchain: Toolchain,
}

fn fake() -> Fake {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("site/triton");
    for (name, text) in FILES {
        let path = package.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(package.join("_C/__init__.py"), "").unwrap();
    fs::create_dir(folder.path().join("tmp")).unwrap();
    // The interpreter itself: a version manager's shim would add to the environment.
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable, end='')"]).output().unwrap();
    let python = PathBuf::from(String::from_utf8(asked.stdout).unwrap());
    let toolchain = Toolchain::at(python, folder.path().join("site"), Version::new(3, 3, 1));
    Fake { folder, toolchain }
}

impl Fake {
    fn limits(&self) -> Limits {
        Limits { temporary: Some(self.folder.path().join("tmp")), time_limit: Duration::from_secs(20), jobserver: None }
    }

    fn lower(&self, sources: &[&str]) -> Vec<Result<Lowered, LoweringError>> {
        self.lower_within(sources, &self.limits())
    }

    fn lower_within(&self, sources: &[&str], limits: &Limits) -> Vec<Result<Lowered, LoweringError>> {
        let jobs: Vec<_> = sources.iter().map(|source| job(source)).collect();
        let results = lower(&self.toolchain, &jobs, limits, &mut |_| {});
        let left: Vec<_> = fs::read_dir(self.folder.path().join("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?} was left behind");
        results
    }

    /// A file that a job can write to and a test can read.
    fn note(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn job(source: &str) -> Job {
    Job { file: "kernels/add.ttir".to_owned(), ..setup::job(source, Level::Ttir, 90) }
}

fn error(result: &Result<Lowered, LoweringError>) -> String {
    result.as_ref().unwrap_err().to_string()
}

fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended; whoever should collect it is not looked at here.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[track_caller]
fn assert_ends(pid_file: &Path) {
    let pid = fs::read_to_string(pid_file).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_running(pid.trim()) {
        assert!(Instant::now() < deadline, "process {pid} still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn results_come_in_the_order_of_the_jobs() {
    let fake = fake();
    let results = fake.lower(&["import time; time.sleep(0.3)\n", "x = 1\n", "y = 2\n"]);
    let bytes: Vec<_> =
        results.iter().map(|r| String::from_utf8_lossy(&r.as_ref().unwrap().bytes).into_owned()).collect();
    assert!(bytes[0].starts_with("\u{7f}ELFimport time") && bytes[1].starts_with("\u{7f}ELFx = 1"), "{bytes:?}");
    assert!(bytes[2].starts_with("\u{7f}ELFy = 2"), "{bytes:?}");
    assert_eq!(results[0].as_ref().unwrap().metadata["name"], "kernel");
}

#[test]
fn a_job_stops_at_the_level_asked_for_and_gives_the_ptx_on_the_way() {
    let fake = fake();
    let mut ptx = job("pass\n");
    ptx.emit = Level::Ptx;
    let mut both = job("pass\n");
    both.keep = vec![Level::Ptx];
    let mut none = job("pass\n");
    none.emit = Level::Ttir;
    let results = lower(&fake.toolchain, &[ptx, both, none], &fake.limits(), &mut |_| {});
    assert_eq!(results[0].as_ref().unwrap().bytes, b"pass\n# later\n# later\n");
    assert_eq!(
        results[1].as_ref().unwrap().kept.get(&Level::Ptx).map(Vec::as_slice),
        Some(b"pass\n# later\n# later\n".as_slice())
    );
    assert_eq!(error(&results[2]), "a ttir file cannot be lowered to ttir");
}

#[test]
fn each_way_to_fail_is_reported_alone() {
    let fake = fake();
    let results = fake.lower(&[
        "x = 1\n",
        "import os, sys; print('LLVM ERROR: bad', file=sys.stderr, flush=True); os.abort()\n",
        "import os; print('bye', flush=True); os._exit(3)\n",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n",
        "raise MemoryError()\n",
        "raise RuntimeError('PassManager::run failed')\n",
        "import sys; print('loc(\"kernel.ttir\":3:4): error: no', file=sys.stderr, flush=True); raise RuntimeError('PassManager::run failed')\n",
        "assert 1 == 2\n",
        "raise PTXASError('x\\n`ptxas` stderr:\\nptxas /tmp/a.ptx, line 3; error   : Bad\\nRepro command: y')\n",
        "x = 2\n",
    ]);
    assert!(results[0].is_ok() && results[9].is_ok());
    assert_eq!(error(&results[1]), "the compiler aborted. The last it said:\n  LLVM ERROR: bad");
    assert_eq!(
        error(&results[2]),
        "the compiler process ended with exit status 3 and no result. The last it said:\n  bye"
    );
    assert!(error(&results[3]).contains("was killed (signal 9)"), "{}", error(&results[3]));
    assert!(error(&results[4]).contains("ran out of memory"), "{}", error(&results[4]));
    assert_eq!(error(&results[5]), "the Triton compiler reports an error:\n  PassManager::run failed");
    assert_eq!(error(&results[6]), "the Triton compiler reports an error:\n  kernels/add.ttir:3:4: error: no");
    assert!(error(&results[7]).contains("AssertionError"), "{}", error(&results[7]));
    assert_eq!(error(&results[8]), "ptxas reports an error:\n  kernels/add.ttir:3: error: Bad");
    for result in results.iter().filter(|result| result.is_err()) {
        assert!(!error(result).contains("Traceback"), "{}", error(result));
    }
    assert!(results[5].as_ref().unwrap_err().traceback().unwrap().contains("Traceback"));
}

#[test]
fn a_hanging_job_is_stopped_with_what_it_started_and_the_others_go_on() {
    let fake = fake();
    let pid = fake.note("grandchild");
    let hang = format!(
        "import subprocess, time\np = subprocess.Popen(['sleep', '60'])\nopen({pid:?}, 'w').write(str(p.pid))\nprint('working', flush=True)\ntime.sleep(60)\n"
    );
    let limits = Limits { time_limit: Duration::from_secs(1), ..fake.limits() };
    let results = fake.lower_within(&[&hang, "x = 1\n"], &limits);
    assert_eq!(error(&results[0]), "the compiler was stopped after 1 s without a result. The last it said:\n  working");
    assert!(results[1].is_ok());
    assert_ends(&pid);
}

#[test]
fn the_end_of_the_worker_ends_its_jobs_and_says_so() {
    let fake = fake();
    let pid = fake.note("child");
    let slow = format!("import os, time\nopen({pid:?}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n");
    let kill = format!(
        "import os, signal, time\nwhile not os.path.exists({pid:?}) or not open({pid:?}).read(): time.sleep(0.01)\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)\n"
    );
    // Two at once, whatever this machine has.
    let limits = Limits { jobserver: Some(jobserver::Client::new(1).unwrap()), ..fake.limits() };
    let results = fake.lower_within(&[&slow, &kill, "x = 1\n"], &limits);
    for result in &results {
        assert!(error(result).contains("its Python process ended in the middle (signal: 9"), "{}", error(result));
    }
    assert_ends(&pid);
}

#[test]
fn a_worker_that_is_asked_to_end_takes_its_jobs_with_it() {
    let fake = fake();
    let pid = fake.note("grandchild");
    let source = format!(
        "import os, signal, subprocess, time\np = subprocess.Popen(['sleep', '60'])\nopen({pid:?}, 'w').write(str(p.pid))\nos.kill(os.getppid(), signal.SIGINT)\nos.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(60)\n"
    );
    let text = error(&fake.lower(&[&source])[0]);
    assert!(text.contains("ended in the middle (exit status: 143)"), "{text}");
    assert_ends(&pid);
}

#[test]
fn a_triton_that_cannot_be_imported_fails_all_jobs_with_the_reason() {
    let fake = fake();
    fs::write(fake.folder.path().join("site/triton/__init__.py"), "import no_such_package\n").unwrap();
    for result in fake.lower(&["x = 1\n", "x = 2\n"]) {
        assert!(error(&result).contains("cannot import Triton 3.3.1: ModuleNotFoundError"), "{}", error(&result));
    }
    fs::write(fake.folder.path().join("site/triton/__init__.py"), "__version__ = '3.4.0'\n").unwrap();
    assert!(error(&fake.lower(&["x = 1\n"])[0]).contains("imports Triton 3.4.0, not 3.3.1"));
    fs::write(fake.folder.path().join("site/triton/__init__.py"), "import os; os._exit(7)\n").unwrap();
    assert!(error(&fake.lower(&["x = 1\n"])[0]).contains("ended in the middle (exit status: 7)"));
}

#[test]
fn a_python_that_is_not_there_fails_all_jobs() {
    let mut fake = fake();
    fake.toolchain.python = PathBuf::from("/no/such/python3");
    assert!(error(&fake.lower(&["x = 1\n"])[0]).contains("cannot start `/no/such/python3`"));
}

#[test]
fn the_users_environment_does_not_reach_the_compiler() {
    let fake = fake();
    let note = fake.note("environment");
    let source = format!("import os, json\njson.dump(dict(os.environ), open({note:?}, 'w'))\n");
    fake.lower(&[&source])[0].as_ref().unwrap();
    let seen: serde_json::Value = serde_json::from_slice(&fs::read(note).unwrap()).unwrap();
    let mut names: Vec<_> = seen.as_object().unwrap().keys().map(String::as_str).collect();
    names.retain(|name| !["PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "TZ"].contains(name));
    assert_eq!(
        names,
        [
            "HOME",
            "LC_ALL",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONHASHSEED",
            "PYTHONPATH",
            "PYTHONUTF8",
            "TMPDIR",
            "TRITON_BACKENDS_IN_TREE",
            "TRITON_CACHE_DIR",
            "TRITON_DEFAULT_FP_FUSION",
            "TRITON_DISABLE_LINE_INFO",
            "TRITON_HOME",
        ]
    );
}

#[test]
fn jobs_wait_for_the_jobservers_tokens() {
    let fake = fake();
    let log = fake.note("log");
    let source = format!(
        "import os, time\nf = os.open({log:?}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\nos.write(f, b'+')\ntime.sleep(0.2)\nos.write(f, b'-')\n"
    );
    // One that is implied and none from the jobserver: one at a time.
    let limits = Limits { jobserver: Some(jobserver::Client::new(0).unwrap()), ..fake.limits() };
    assert!(fake.lower_within(&[&source, &source, &source], &limits).iter().all(Result::is_ok));
    assert_eq!(fs::read_to_string(&log).unwrap(), "+-+-+-");
    fs::remove_file(&log).unwrap();
    let client = jobserver::Client::new(2).unwrap();
    let limits = Limits { jobserver: Some(client.clone()), ..fake.limits() };
    assert!(fake.lower_within(&[&source, &source, &source], &limits).iter().all(Result::is_ok));
    assert!(fs::read_to_string(&log).unwrap().starts_with("++"));
    // All of them are given back.
    assert_eq!(client.available().unwrap(), 2);
}

#[test]
fn events_tell_what_runs() {
    let fake = fake();
    let mut events = Vec::new();
    lower(&fake.toolchain, &[job("x = 1\n"), job("raise ValueError()\n")], &fake.limits(), &mut |event| {
        events.push(event)
    });
    assert_eq!(events[0], Event::CompilerStarts);
    let ended: Vec<_> = events.iter().filter(|event| matches!(event, Event::Finished { .. })).collect();
    assert_eq!(ended.len(), 2);
    assert!(events.iter().any(|event| matches!(event, Event::Finished { job: 1, ok: false, .. })));
}

#[test]
fn many_jobs_at_once_are_all_answered() {
    let fake = fake();
    let sources: Vec<_> = (0..60).map(|n| format!("x = {n}\n")).collect();
    let sources: Vec<_> = sources.iter().map(String::as_str).collect();
    let limits = Limits { jobserver: Some(jobserver::Client::new(64).unwrap()), ..fake.limits() };
    assert!(fake.lower_within(&sources, &limits).iter().all(Result::is_ok));
}

#[test]
fn a_temporary_folder_that_cannot_be_written_is_one_error_for_each_job() {
    let fake = fake();
    let limits = Limits { temporary: Some(PathBuf::from("/no/such/folder")), ..fake.limits() };
    let results = lower(&fake.toolchain, &[job("x = 1\n"), job("x = 2\n")], &limits, &mut |_| {});
    assert_eq!(results.len(), 2);
    assert!(error(&results[0]).contains("`/no/such/folder`"), "{}", error(&results[0]));
}
