//! S3, and a server of files.

use shared_cache::http::{self, Rights};
use shared_cache::s3::{READER, Server, WRITER};

use crate::machine::{ALL, Machine, bucket, entries};

#[test]
fn a_bucket_is_written_by_who_may_write_and_read_by_who_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).unwrap();
    let (first, second) = (Machine::first(), Machine::second());
    let (writer, reader) = (bucket(server.address, WRITER), bucket(server.address, READER));
    let said = first.fails(&["push"], &reader, &["`s3://kernels/of/a/team` forbids writing", "AWS_"]);
    assert!(!said.contains(READER[1]), "{said}");
    assert_eq!(entries(folder.path()).len(), 0);
    first.does(&["push"], &writer, "pushed 4 of 4 results, ");
    first.does(&["push"], &writer, "pushed 0 of 4 results, ");
    assert_eq!(entries(&folder.path().join("kernels/of/a/team")).len(), ALL);
    second.does(&["pull"], &reader, "pulled 4 of 4 results, ");
    second.builds_as(&first);

    let wrong = bucket(server.address, [WRITER[0], "another secret"]);
    let said = Machine::second().fails(&["pull"], &wrong, &["forbids reading", "SignatureDoesNotMatch"]);
    assert!(!said.contains("another secret"), "{said}");
}

#[test]
fn a_server_of_files_is_one_too_with_a_password_or_to_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let start = |rights| http::Server::start(folder.path(), rights).unwrap().address;
    let (first, second) = (Machine::first(), Machine::second());
    // base64 of `me:pass word`
    let secret = start(Rights::With("Basic bWU6cGFzcyB3b3Jk"));
    let said = first.fails(&["push", &format!("http://me:other@{secret}/x")], &[], &["forbids", "401"]);
    assert!(!said.contains("other"), "{said}");
    let ran = first.does(&["push", &format!("http://me:pass%20word@{secret}/x")], &[], "pushed 4 of 4");
    assert!(!ran.stdout.contains("pass"), "{}", ran.stdout);
    assert_eq!(entries(&folder.path().join("x")).len(), ALL);
    let url = format!("http://{}/x/", start(Rights::ReadOnly));
    second.does(&["pull", &url], &[], "pulled 4 of 4");
    second.builds_as(&first);
    first.fails(&["push", &url, "--replace"], &[], &["writing `http://", "405"]);
}
