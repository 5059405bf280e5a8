//! An S3 server on a folder, for `scripts/time-shared-cache`: each answer waits as many milliseconds as are said. Prints
//! its address and runs until its standard input ends.

use std::time::Duration;

use shared_cache::fault::{Fault, Proxy};
use shared_cache::s3::Server;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (folder, milliseconds) = (arguments.next(), arguments.next().and_then(|number| number.parse().ok()));
    let (Some(folder), Some(milliseconds)) = (folder, milliseconds) else {
        return Err(std::io::Error::other("usage: shared-cache-server FOLDER MILLISECONDS"));
    };
    let server = Server::start(folder.as_ref())?;
    let proxy = Proxy::before(server.address)?;
    proxy.set(Fault::Slow(Duration::from_millis(milliseconds)));
    println!("http://{}", proxy.address);
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).map(|_| ())
}
