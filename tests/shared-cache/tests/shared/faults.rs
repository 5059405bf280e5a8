//! What goes wrong between a machine and a server.

use std::time::Duration;

use shared_cache::fault::{Fault, Proxy};
use shared_cache::s3::{Server, WRITER};
use tempfile::TempDir;

use crate::machine::{ALL, Machine, bucket, entries};

struct Line {
    folder: TempDir,
    proxy: Proxy,
    env: Vec<(&'static str, String)>,
}

impl Line {
    /// To a bucket that is empty, or that has what this machine built.
    fn to_bucket(of: Option<&Machine>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path()).unwrap();
        if let Some(machine) = of {
            machine.does(&["push"], &bucket(server.address, WRITER), "pushed 4");
        }
        let proxy = Proxy::before(server.address).unwrap();
        let env = bucket(proxy.address, WRITER);
        Self { folder, proxy, env }
    }
}

#[test]
fn a_slow_server_is_waited_for() {
    let (first, second) = (Machine::first(), Machine::second());
    let line = Line::to_bucket(Some(&first));
    line.proxy.set(Fault::Slow(Duration::from_millis(700)));
    second.does(&["pull"], &line.env, "pulled 4 of 4");
    second.builds_as(&first);
    assert_eq!(line.proxy.requests(), ALL);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let (first, second) = (Machine::first(), Machine::second());
    let mut line = Line::to_bucket(Some(&first));
    line.proxy.set(Fault::Slow(Duration::from_secs(3600)));
    line.env.extend([("AWS_TIMEOUT", "200ms".to_owned())]);
    second.fails(&["pull"], &line.env, &["reading `s3://kernels/of/a/team` failed"]);
    first.fails(&["push"], &line.env, &["`s3://kernels/of/a/team` failed"]);
    assert!(second.script.cached().is_empty());
}

#[test]
fn a_connection_that_is_cut_is_tried_again() {
    let (first, second) = (Machine::first(), Machine::second());
    let line = Line::to_bucket(Some(&first));
    line.proxy.set(Fault::Cut(ALL));
    second.does(&["pull"], &line.env, "pulled 4 of 4");
    second.builds_as(&first);
    assert!(line.proxy.requests() > ALL);
}

#[test]
fn a_server_that_has_trouble_is_asked_again_and_not_without_end() {
    let (first, second) = (Machine::first(), Machine::second());
    let line = Line::to_bucket(None);
    line.proxy.set(Fault::Status("503 Service Unavailable", 3));
    first.does(&["push"], &line.env, "pushed 4 of 4");
    line.proxy.set(Fault::Status("500 Internal Server Error", 3));
    second.does(&["pull"], &line.env, "pulled 4 of 4");
    second.builds_as(&first);
    for fault in [Fault::Status("503 Service Unavailable", usize::MAX), Fault::Cut(usize::MAX)] {
        line.proxy.set(fault);
        let third = Machine::second();
        third.fails(&["pull"], &line.env, &["reading `s3://kernels/of/a/team` failed"]);
        assert!(third.script.cached().is_empty());
        assert!((ALL..100).contains(&line.proxy.requests()), "{}", line.proxy.requests());
    }
}

#[test]
fn what_is_forbidden_is_not_tried_again() {
    let (first, line) = (Machine::first(), Line::to_bucket(None));
    for status in ["401 Unauthorized", "403 Forbidden"] {
        line.proxy.set(Fault::Status(status, usize::MAX));
        first.fails(&["push"], &line.env, &["forbids reading", status]);
        Machine::second().fails(&["pull"], &line.env, &["forbids reading", "no right to list the bucket"]);
        assert!(line.proxy.requests() <= 3 * ALL, "{}", line.proxy.requests());
    }
    assert_eq!(entries(line.folder.path()).len(), 0);
}

#[test]
fn other_bytes_are_noticed_and_the_build_lowers() {
    let first = Machine::first();
    let line = Line::to_bucket(Some(&first));
    line.proxy.set(Fault::OtherBytes);
    let second = Machine::second();
    let ran = second.does(&["pull"], &line.env, "pulled 0 of 4 results, 0 B, from s3://kernels/of/a/team");
    assert_eq!(ran.stderr.matches("is not used: its content is not what its hash says").count(), 4, "{}", ran.stderr);
    assert!(second.script.cached().is_empty());
    assert!(second.script.run().errors().contains("cargo triton setup"));
}

#[test]
fn where_nobody_listens_it_says_so() {
    let machine = Machine::second();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/x");
    machine.fails(&["pull", &url], &[], &["reading `http://", "failed"]);
}
