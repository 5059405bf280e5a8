//! A team's keys, Ed25519: who pushes signs with the secret one, who pulls needs the public one alone.
//!
//! With one key for both, a secret on every developer's machine could sign what all others run.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::cli::{Env, Result, terminal};
use crate::fs::hash::hex;

/// Names the secret key, or the file that it is in.
const SIGNING_KEY: &str = "TRITON_RUNNER_CACHE_SIGNING_KEY";

/// Names the public keys of those whose entries are used.
pub(super) const PUBLIC_KEY: &str = "TRITON_RUNNER_CACHE_PUBLIC_KEY";

/// A key of the environment can't be used. The text never has the key in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("{variable} can't be read: expected 64 hexadecimal digits, or a file with them ({error})")]
    Read { variable: &'static str, error: std::io::Error },
    #[error(
        "the file that {variable} names has no key: expected 64 hexadecimal digits, as `cargo triton cache new-key` writes them"
    )]
    NotAKey { variable: &'static str },
}

/// Signs entries.
pub(super) struct SigningKey(Ed25519KeyPair);

/// Whose entries are used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PublicKey([u8; 32]);

impl SigningKey {
    /// The environment's, if there is one.
    pub(super) fn from_env(env: &Env) -> Result<Option<Self>, KeyError> {
        let Some(named) = env.var(SIGNING_KEY) else { return Ok(None) };
        match key_of(SIGNING_KEY, &named)?[..] {
            [seed] => Self::of(&seed).map(Some).ok_or(KeyError::NotAKey { variable: SIGNING_KEY }),
            _ => Err(KeyError::NotAKey { variable: SIGNING_KEY }),
        }
    }

    /// The pair of a secret key.
    pub(super) fn of(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    pub(super) fn public(&self) -> Option<PublicKey> {
        self.0.public_key().as_ref().try_into().ok().map(PublicKey)
    }

    /// 64 bytes.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Those whose entries are used: none means that signatures aren't asked for. Who signs trusts itself.
    pub(super) fn from_env(env: &Env) -> Result<Vec<Self>, KeyError> {
        match env.var(PUBLIC_KEY) {
            Some(named) => Ok(key_of(PUBLIC_KEY, &named)?.into_iter().map(Self).collect()),
            None => Ok(SigningKey::from_env(env)?.and_then(|key| key.public()).into_iter().collect()),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Keys, parted by commas, spaces or lines; or those of a file.
fn key_of(variable: &'static str, named: &str) -> Result<Vec<[u8; 32]>, KeyError> {
    let keys = |text: &str| {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        words.map(from_hex::<32>).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
    };
    if let Some(keys) = keys(named) {
        return Ok(keys);
    }
    let text = std::fs::read_to_string(named).map_err(|error| KeyError::Read { variable, error })?;
    keys(&text).ok_or(KeyError::NotAKey { variable })
}

/// Bytes of hexadecimal digits, as [`hex`] writes them: one text for each key.
pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Make a key that signs entries of a shared cache: the secret one into a file, the public one is printed.
#[derive(Debug, Args)]
pub(super) struct NewKey {
    /// Where the secret key goes, for those who push
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl NewKey {
    pub(super) fn run(self) -> Result {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| "this machine gives no random numbers")?;
        let public = SigningKey::of(&seed).and_then(|key| key.public()).ok_or("this is no key")?;
        let failed = |error: std::io::Error| format!("can't write `{}`: {error}", self.file.display());
        let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Only its owner can read it.
        let mut file = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
        writeln!(file, "{}", hex(&seed)).map_err(failed)?;
        file.persist_noclobber(&self.file).map_err(|error| failed(error.error))?;
        terminal::print_line(&public.to_string())?;
        eprintln!(
            "who pushes sets {SIGNING_KEY}={}, who pulls sets {PUBLIC_KEY} to what was printed",
            self.file.display()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_digits_of_the_right_number_are_a_key() {
        let good = "0f".repeat(32);
        assert_eq!(from_hex::<32>(&good), Some([15; 32]));
        for bad in ["", "0f", &"+f".repeat(32), &"0F".repeat(32), &"0f".repeat(33), &"ä".repeat(32)] {
            assert_eq!(from_hex::<32>(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_said_of_a_bad_key_does_not_have_it() {
        let secret = "0123456789abcdef";
        let Err(error) = key_of(SIGNING_KEY, secret) else { panic!("it is no key") };
        assert!(!error.to_string().contains(secret), "{error}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret).unwrap();
        let Err(error) = key_of(SIGNING_KEY, &file.path().display().to_string()) else { panic!("it is no key") };
        assert!(!error.to_string().contains(secret) && error.to_string().contains("64 hexadecimal digits"), "{error}");
    }

    #[test]
    fn several_public_keys_are_trusted_together() {
        let both = format!("{},\n {}", "01".repeat(32), "02".repeat(32));
        assert_eq!(key_of(PUBLIC_KEY, &both).unwrap(), [[1; 32], [2; 32]]);
    }
}
