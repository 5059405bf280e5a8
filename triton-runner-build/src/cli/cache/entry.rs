//! Entries of a shared cache: a file of the local cache, which is sealed by its content and its key, and who signed it.

use super::keys::{PUBLIC_KEY, PublicKey, SigningKey, from_hex};
use crate::error::Cause;
use crate::fs::hash::hex;
use crate::obtain::cache::{Key, Stored, decode};

/// First line of each entry. Changes with the format, and so does the folder of the entries.
const MAGIC: &[u8] = b"triton-runner shared cache 1\n";

/// The folder of entries of this format.
pub(super) const FOLDER: &str = "v1";

/// The second line where nobody signed. Where somebody did, it is `ed25519`, the public key and the signature.
const UNSIGNED: &str = "unsigned";
const SIGNED: &str = "ed25519";

/// Why an entry isn't used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("it is no entry of a shared cache, or is cut short")]
    NotAnEntry,
    #[error("it has {0} bytes, more than any result has")]
    TooLarge(u64),
    #[error("its content is not what its hash says, or it is another key's")]
    BadSeal,
    #[error("it is not signed, and {PUBLIC_KEY} asks for signatures")]
    Unsigned,
    #[error("it is signed by {0}, whom {PUBLIC_KEY} doesn't name")]
    OtherSigner(PublicKey),
    #[error("it is not what {0} signed")]
    BadSignature(PublicKey),
    #[error("it is not what a build takes: {0}")]
    Unsound(Cause),
}

/// A file of the local cache as an entry.
pub(super) fn pack(key: &Key, file: &[u8], signer: Option<&SigningKey>) -> Vec<u8> {
    let signed = signer.and_then(|signer| {
        let signature = hex(&signer.sign(&message(key, file)));
        Some(format!("{SIGNED} {} {signature}\n", signer.public()?))
    });
    let line = signed.unwrap_or_else(|| format!("{UNSIGNED}\n"));
    [MAGIC, line.as_bytes(), file].concat()
}

/// The result of an entry that is whole, this key's, and signed by one of those who are trusted, if there are any.
pub(super) fn unpack(key: &Key, entry: &[u8], trusted: &[PublicKey]) -> Result<Stored, Refused> {
    let rest = entry.strip_prefix(MAGIC).ok_or(Refused::NotAnEntry)?;
    let end = rest.iter().position(|&byte| byte == b'\n').ok_or(Refused::NotAnEntry)?;
    let (line, file) = rest.split_at(end);
    let file = file.strip_prefix(b"\n").ok_or(Refused::NotAnEntry)?;
    let line = std::str::from_utf8(line).map_err(|_| Refused::NotAnEntry)?;
    match (signature(line)?, trusted) {
        (_, []) => {}
        (None, _) => return Err(Refused::Unsigned),
        (Some((signer, _)), _) if !trusted.contains(&signer) => return Err(Refused::OtherSigner(signer)),
        (Some((signer, signature)), _) if !signer.verifies(&message(key, file), &signature) => {
            return Err(Refused::BadSignature(signer));
        }
        (Some(_), _) => {}
    }
    decode(key, file).ok_or(Refused::BadSeal)
}

fn signature(line: &str) -> Result<Option<(PublicKey, [u8; 64])>, Refused> {
    if line == UNSIGNED {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let signed = match (words.next(), words.next(), words.next(), words.next()) {
        (Some(SIGNED), Some(signer), Some(signature), None) => PublicKey::parse(signer).zip(from_hex(signature)),
        _ => None,
    };
    signed.map(Some).ok_or(Refused::NotAnEntry)
}

/// What is signed: the key too, so that no entry stands in for another.
fn message(key: &Key, file: &[u8]) -> Vec<u8> {
    [MAGIC, key.as_str().as_bytes(), b"\n", file].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obtain::cache::encode;

    fn key(name: &str) -> Key {
        Key::new(&[("name", name.as_bytes())])
    }

    fn stored() -> Stored {
        Stored { bytes: vec![7; 300], ptx: None, metadata: serde_json::json!({"shared": 0}) }
    }

    fn signer(seed: u8) -> (SigningKey, PublicKey) {
        let key = SigningKey::of(&[seed; 32]).unwrap();
        let public = key.public().unwrap();
        (key, public)
    }

    #[test]
    fn an_entry_comes_back_signed_or_not() {
        let file = encode(&key("a"), &stored()).unwrap();
        let ((ours, our), (_, other)) = (signer(1), signer(2));
        for (entry, trusted) in [
            (pack(&key("a"), &file, None), &[][..]),
            (pack(&key("a"), &file, Some(&ours)), &[]),
            (pack(&key("a"), &file, Some(&ours)), &[other, our]),
        ] {
            assert_eq!(unpack(&key("a"), &entry, trusted).unwrap(), stored());
        }
    }

    #[test]
    fn with_a_key_only_what_one_of_the_team_signed_is_used() {
        let file = encode(&key("a"), &stored()).unwrap();
        let ((_, our), (theirs, their)) = (signer(1), signer(2));
        let refused = |entry: &[u8]| unpack(&key("a"), entry, &[our]).unwrap_err().to_string();
        assert!(
            refused(&pack(&key("a"), &file, None)).contains("it is not signed, and TRITON_RUNNER_CACHE_PUBLIC_KEY")
        );
        let other = refused(&pack(&key("a"), &file, Some(&theirs)));
        assert!(other.contains(&format!("it is signed by {their}, whom")), "{other}");
        // Somebody else's signature under our name.
        let forged = String::from_utf8_lossy(&pack(&key("a"), b"", Some(&theirs)))
            .replace(&their.to_string(), &our.to_string())
            .into_bytes();
        assert!(refused(&[&forged[..], &file].concat()).contains("it is not what"));
    }

    #[test]
    fn a_signed_entry_of_one_key_is_none_of_another() {
        let file = encode(&key("b"), &stored()).unwrap();
        let (ours, our) = signer(1);
        let entry = pack(&key("b"), &file, Some(&ours));
        assert!(matches!(unpack(&key("a"), &entry, &[our]), Err(Refused::BadSignature(_))));
        assert!(matches!(unpack(&key("a"), &entry, &[]), Err(Refused::BadSeal)));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let file = encode(&key("a"), &stored()).unwrap();
        let (ours, our) = signer(1);
        let signed = pack(&key("a"), &file, Some(&ours));
        let unsigned = pack(&key("a"), &file, None);
        for (entry, trusted) in [(signed, &[our][..]), (unsigned, &[])] {
            for position in 0..entry.len() {
                let mut damaged = entry.clone();
                damaged[position] ^= 1 << (position % 8);
                assert!(unpack(&key("a"), &damaged, trusted).is_err(), "byte {position}");
                assert!(unpack(&key("a"), &entry[..position], trusted).is_err(), "cut at {position}");
            }
        }
    }
}
