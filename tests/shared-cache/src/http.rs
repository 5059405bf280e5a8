//! A server of files, as a team may have one: GET, HEAD and PUT below a folder, behind a password if it has one.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::{Request, answer};

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everybody may read and write.
    All,
    /// Nobody may write.
    ReadOnly,
    /// Who has this word in the header `Authorization`.
    With(&'static str),
}

/// A running server; it ends with the process.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Serves a folder.
    ///
    /// # Errors
    ///
    /// If there is no port.
    pub fn start(folder: &Path, rights: Rights) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let folder: Arc<PathBuf> = Arc::new(folder.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                thread::spawn(move || serve(stream, &folder, rights));
            }
        });
        Ok(Self { address })
    }
}

fn serve(mut stream: TcpStream, folder: &Path, rights: Rights) {
    let Some(request) = Request::read(&mut stream) else { return };
    if let Rights::With(word) = rights
        && request.header("authorization").is_none_or(|value| value != word)
    {
        return answer(&mut stream, "401 Unauthorized", 0, b"");
    }
    let path = folder.join(request.path().trim_start_matches('/'));
    match request.method() {
        "PUT" if rights == Rights::ReadOnly => answer(&mut stream, "405 Method Not Allowed", 0, b""),
        "PUT" => {
            let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            match written.and_then(|()| std::fs::write(&path, &request.body)) {
                Ok(()) => answer(&mut stream, "201 Created", 0, b""),
                Err(_) => answer(&mut stream, "500 Internal Server Error", 0, b""),
            }
        }
        method => match std::fs::read(&path) {
            Ok(bytes) if method == "HEAD" => answer(&mut stream, "200 OK", bytes.len(), b""),
            Ok(bytes) => answer(&mut stream, "200 OK", bytes.len(), &bytes),
            Err(_) => answer(&mut stream, "404 Not Found", 0, b""),
        },
    }
}
