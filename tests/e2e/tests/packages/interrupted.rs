//! Builds side by side, builds that are killed, disks that fill up, and files that go bad: in the end there is a right
//! result or a clear error, and nothing is left over.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e::script::{Ran, Script, files, processes};
use rand::RngExt as _;

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]";

fn start(script: &Script) -> Child {
    script.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Ran {
    child.wait_with_output().unwrap().into()
}

/// `kill -9`.
fn kill(process: i32) {
    let done = Command::new("kill").arg("-9").arg(process.to_string()).status().unwrap();
    assert!(done.success());
}

/// Waits for a process of the build whose command line has this in it.
#[track_caller]
fn find_process(script: &Script, part: &str) -> i32 {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let place = script.out_dir().parent().unwrap().to_owned();
        let found = processes(&place).into_iter().find(|(_, line)| line.contains(part));
        if let Some((id, _)) = found {
            return id;
        }
        assert!(Instant::now() < deadline, "no process with `{part}`");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What the kernels of [`Script::with_kernels`] come to, from a build that nothing disturbed.
fn undisturbed(count: usize) -> Vec<(String, Vec<u8>)> {
    let script = Script::with_kernels(PROGRAM, SETTINGS, count);
    script.run().done();
    images(&script)
}

fn images(script: &Script) -> Vec<(String, Vec<u8>)> {
    let names = script.outputs().into_iter().filter(|name| name.ends_with("cubin"));
    names.map(|name| (name.clone(), script.image(&name))).collect()
}

/// Nothing but results: in OUT_DIR, in the cache and in the temporary folder.
#[track_caller]
fn nothing_is_left_over(script: &Script, count: usize) {
    script.wait_for_processes();
    // Machine code for two architectures and TTIR of each kernel, manifest and stamp.
    assert_eq!(script.outputs().len(), 3 * count + 2, "{:?}", script.outputs());
    assert!(files(&script.temporary()).is_empty(), "{:?}", files(&script.temporary()));
    assert_eq!(script.cached().len(), 2 * count, "{:?}", script.cached());
}

#[test]
fn several_builds_at_once_on_one_cold_cache_all_work() {
    let first = Script::with_kernels(PROGRAM, SETTINGS, 4);
    let mut others: Vec<_> = (0..2).map(|_| Script::with_kernels(PROGRAM, SETTINGS, 4)).collect();
    for other in &mut others {
        other.env.insert("TRITON_RUNNER_HOME", first.home().into());
    }
    let all: Vec<_> = std::iter::once(&first).chain(&others).collect();
    let running: Vec<_> = all.iter().map(|script| start(script)).collect();
    for child in running {
        end(child).done();
    }
    let expected = undisturbed(4);
    for script in &all {
        assert!(images(script) == expected);
    }
    nothing_is_left_over(&first, 4);
}

#[test]
fn a_build_that_is_killed_anywhere_leaves_nothing_that_the_next_does_not_mend() {
    let expected = undisturbed(3);
    let mut random = rand::rng();
    for _ in 0..6 {
        let script = Script::with_kernels(PROGRAM, SETTINGS, 3);
        let begun = Instant::now();
        let mut child = start(&script);
        // From before Triton is imported to when the last kernels are written.
        let wait = Duration::from_millis(random.random_range(0..1500));
        while begun.elapsed() < wait && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        // The compiler's processes end with it.
        script.wait_for_processes();
        let ran = script.run();
        assert!(ran.ok, "killed after {wait:?}: {}{}", ran.stdout, ran.stderr);
        assert!(images(&script) == expected, "killed after {wait:?}");
        nothing_is_left_over(&script, 3);
    }
}

#[test]
fn a_cache_entry_with_a_flipped_bit_is_made_again() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.run().done();
    let expected = images(&script);
    let mut random = rand::rng();
    let victim = &script.cached()[random.random_range(0..4)];
    let good = std::fs::read(victim).unwrap();
    for position in [0, good.len() / 2, good.len() - 1, random.random_range(0..good.len())] {
        let mut bad = good.clone();
        bad[position] ^= 1 << random.random_range(0..8);
        std::fs::write(victim, bad).unwrap();
        std::fs::remove_dir_all(script.out_dir()).unwrap();
        std::fs::create_dir(script.out_dir()).unwrap();
        assert_eq!(script.run().done().lowered(), 1, "position {position}");
        assert!(images(&script) == expected);
        assert!(std::fs::read(victim).unwrap() == good);
    }
}

#[test]
fn a_worker_that_is_killed_is_an_error_and_the_next_build_works() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 6);
    let child = start(&script);
    kill(find_process(&script, "worker.py"));
    let errors = end(child).errors();
    assert!(errors.contains("kernel `k0`") && errors.contains("signal: 9"), "{errors}");
    script.wait_for_processes();
    assert!(!script.outputs().contains(&"manifest.json".to_owned()));
    script.run().done();
    nothing_is_left_over(&script, 6);
}

/// Runs a build with one folder on a disk of `size`, in a name space of its own, then again with the disk made larger.
/// `None` where this machine lets nobody mount anything.
fn on_a_small_disk(script: &Script, folder: &Path, size: &str) -> Option<(Ran, Ran)> {
    let probe = "mount -t tmpfs -o size=64k tmpfs \"$0\" && touch \"$0/x\"";
    let allowed = Command::new("unshare").args(["-rm", "sh", "-c", probe]).arg(folder).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("skipped: a disk for the test can't be mounted here");
        return None;
    }
    let commands = format!(
        "mount -t tmpfs -o size={size} tmpfs \"$0\" || exit 99\n\
         \"$1\" > \"$2/first\"; echo $? > \"$2/code\"\n\
         find \"$0\" -type f > \"$2/files\"\n\
         mount -o remount,size=64m \"$0\" || exit 99\n\
         exec \"$1\""
    );
    let said = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &commands]).arg(folder).arg(PROGRAM).arg(said.path());
    command.current_dir(script.package.path()).env_clear().envs(&script.env);
    let second = Ran::from(command.output().unwrap());
    let read = |name| std::fs::read_to_string(said.path().join(name)).unwrap();
    let first = Ran { ok: read("code").trim() == "0", stdout: read("first"), stderr: read("files") };
    Some((first, second))
}

#[test]
fn a_full_disk_under_out_dir_is_an_error_that_names_it_and_leaves_nothing_half_done() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 4);
    // Full from the start, while the compiler runs, and when the results are written.
    for (size, cached) in [("4k", false), ("32k", false), ("64k", false), ("16k", true)] {
        if !cached {
            let _ = std::fs::remove_dir_all(script.home().join("cache"));
        }
        let Some((first, second)) = on_a_small_disk(&script, &script.out_dir(), size) else { return };
        let errors = first.errors();
        assert!(errors.contains("No space left on device") || errors.contains("no space left"), "{size}: {errors}");
        let files = first.stderr;
        assert!(!files.contains("manifest.json") && !files.contains("stamp"), "{size}: {files}");
        assert!(second.ok, "{size}: {}{}", second.stdout, second.stderr);
    }
}

#[test]
fn a_full_disk_under_the_cache_costs_time_and_nothing_else() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 4);
    let cache = script.home().join("cache");
    std::fs::create_dir(&cache).unwrap();
    let Some((first, second)) = on_a_small_disk(&script, &cache, "16k") else { return };
    assert!(first.ok && second.ok, "{}{}", first.stdout, second.stdout);
    assert!(!first.stderr.contains(".new-"), "{}", first.stderr);
    assert!(images(&script) == undisturbed(4));
}
