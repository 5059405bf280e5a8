//! The worker without the process that started it.

use super::*;

#[test]
fn the_worker_and_its_jobs_end_with_their_parent() {
    use std::io::Write as _;
    let fake = fake();
    let pid = fake.note("child");
    let job_folder = fake.folder.path().join("job");
    fs::create_dir(&job_folder).unwrap();
    let source = format!("import os, time\nopen({pid:?}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n");
    fs::write(job_folder.join("kernel.ttir"), source).unwrap();
    let mut command = Command::new("python3");
    let private = fake.folder.path().join("private");
    fs::create_dir(&private).unwrap();
    for (name, text) in PROGRAM {
        fs::write(fake.folder.path().join(name), text).unwrap();
    }
    command.args(["-s", "-S", "-B"]).arg(fake.folder.path().join("worker.py")).arg(&private);
    command.env("PYTHONPATH", fake.folder.path().join("site"));
    let mut worker = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = worker.stdin.take().unwrap();
    let request = serde_json::json!({
        "id": 0, "folder": job_folder, "source": "kernel.ttir", "level": "ttir", "target": 90, "options": {},
        "asked": [], "made_by": null, "made_for": null,
        "line_info": false, "print_passes": false, "print_llvm_passes": false, "tensordesc_meta": null,
        "pipeline": {"after": null, "stop_after": null, "skip": [], "options": []},
        "emit": "cubin", "keep": ["cubin"], "time_limit": 60.0,
    });
    writeln!(input, "{request}").unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while fs::read_to_string(&pid).unwrap_or_default().is_empty() {
        assert!(Instant::now() < deadline, "the job did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    // What the end of this process would do.
    drop(input);
    assert!(worker.wait().unwrap().success());
    assert_ends(&pid);
    assert!(!private.exists());
}
