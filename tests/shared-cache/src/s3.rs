//! An S3 server on a folder, with two users: one may write, one may only read.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// The only bucket.
pub const BUCKET: &str = "kernels";

/// Who may do everything.
pub const WRITER: [&str; 2] = ["writer", "secret of the writer"];

/// Who may only read.
pub const READER: [&str; 2] = ["reader", "secret of the reader"];

/// A running server; it ends with the process.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
}

struct Rights;

#[async_trait::async_trait]
impl S3Access for Rights {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let reads = ["GetObject", "HeadObject"].contains(&context.s3_op().name());
        match context.credentials().map(|user| user.access_key.as_str()) {
            Some(user) if user == WRITER[0] || user == READER[0] && reads => Ok(()),
            _ => Err(s3_error!(AccessDenied, "this user may not do that")),
        }
    }
}

impl Server {
    /// Serves a folder.
    ///
    /// # Errors
    ///
    /// If there is no port.
    pub fn start(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder.join(BUCKET))?;
        let files = FileSystem::new(folder).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        let mut service = S3ServiceBuilder::new(files);
        let mut users = SimpleAuth::new();
        for [user, secret] in [WRITER, READER] {
            users.register(user.to_owned(), secret.into());
        }
        service.set_auth(users);
        service.set_access(Rights);
        let service = service.build().into_shared();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            runtime.block_on(async {
                while let Ok((socket, _)) = listener.accept().await {
                    let server = Builder::new(TokioExecutor::new());
                    let service = service.clone();
                    tokio::spawn(async move {
                        let _ = server.serve_connection(TokioIo::new(socket), service).await;
                    });
                }
            });
        });
        Ok(Self { address })
    }
}
