//! Files that are text.

use crate::read::error::ReadError;

/// The text of a file.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    let encoding = match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("UTF-8 with a byte order mark"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16, as `>` of Windows PowerShell writes it"),
        _ => None,
    };
    if let Some(encoding) = encoding {
        return Err(ReadError::ByteOrderMark { encoding });
    }
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotText { position: error.valid_up_to() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_byte_order_mark_is_refused_by_the_name_of_its_encoding() {
        for (bytes, encoding) in [
            (&b"\xef\xbb\xbfmodule {}"[..], "UTF-8 with a byte order mark"),
            (b"\xff\xfem\0o\0d\0", "UTF-16, as `>` of Windows PowerShell writes it"),
            (b"\xfe\xff\0m\0o\0d", "UTF-16"),
        ] {
            let message = utf8(bytes).unwrap_err().to_string();
            assert!(message.contains(encoding) && message.contains("save it without the mark"), "{message}");
        }
        assert!(matches!(utf8(b"mo\xff"), Err(ReadError::NotText { position: 2 })));
    }
}
