//! Places for a shared cache, and what may go wrong between them and the command.

pub mod fault;
pub mod http;
pub mod s3;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A request as it came over the wire.
#[derive(Debug)]
struct Request {
    /// The first line and the headers, with the empty line behind them.
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// Reads one; `None` where the other side is gone.
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 1 << 16];
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            }
        };
        let mut body = bytes.split_off(end);
        let request = Self { head: String::from_utf8(bytes).ok()?, body: Vec::new() };
        let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        while body.len() < length {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(count) => body.extend_from_slice(&buffer[..count]),
            }
        }
        Some(Self { body, ..request })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn method(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }

    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// An answer after which the connection ends.
fn answer(stream: &mut TcpStream, status: &str, length: usize, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
