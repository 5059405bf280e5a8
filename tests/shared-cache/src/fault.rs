//! A server between the command and another server that spoils what it passes on.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{Request, answer};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Each answer comes so much later.
    Slow(Duration),
    /// The first so many connections end in the middle of an answer's body.
    Cut(usize),
    /// A bit of each answer's body is another.
    OtherBytes,
    /// The first so many answers are this status.
    Status(&'static str, usize),
}

/// The server in between; it ends with the process.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    fault: Mutex<Fault>,
    requests: AtomicUsize,
}

impl Proxy {
    /// Passes everything on to a server.
    ///
    /// # Errors
    ///
    /// If there is no port.
    pub fn before(server: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { fault: Mutex::new(Fault::None), requests: AtomicUsize::new(0) });
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || pass(stream, server, &state));
            }
        });
        Ok(Self { address, state })
    }

    /// From now on this goes wrong, and requests are counted anew.
    pub fn set(&self, fault: Fault) {
        *self.state.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.state.requests.store(0, Ordering::SeqCst);
    }

    /// Requests since then.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

/// One request for each connection.
fn pass(mut stream: TcpStream, server: SocketAddr, state: &State) {
    let Some(request) = Request::read(&mut stream) else { return };
    let fault = *state.fault.lock().unwrap_or_else(PoisonError::into_inner);
    let number = state.requests.fetch_add(1, Ordering::SeqCst);
    if let Fault::Slow(time) = fault {
        thread::sleep(time);
    }
    if let Fault::Status(status, first) = fault
        && number < first
    {
        let body: &[u8] = if request.method() == "HEAD" { b"" } else { b"says the proxy" };
        return answer(&mut stream, status, body.len(), body);
    }
    let Some(mut response) = ask(&request, server) else { return };
    let body = response.windows(4).position(|window| window == b"\r\n\r\n").map_or(response.len(), |at| at + 4);
    let length = response.len() - body;
    match fault {
        Fault::Cut(first) if number < first => response.truncate(body + length / 2),
        Fault::OtherBytes if length > 0 => response[body + length / 2] ^= 1,
        _ => {}
    }
    let _ = stream.write_all(&response);
    let _ = stream.shutdown(Shutdown::Both);
}

/// The whole answer of the server, which ends the connection behind it.
fn ask(request: &Request, server: SocketAddr) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(server).ok()?;
    let (first, rest) = request.head.split_once("\r\n")?;
    let lines = rest.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:") && !line.is_empty());
    let lines: String = lines.map(|line| format!("{line}\r\n")).collect();
    let head = format!("{first}\r\n{lines}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&request.body)).ok()?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).ok()?;
    Some(response)
}
