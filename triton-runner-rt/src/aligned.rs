//! Images inside the executable.

/// Bytes of an image at an address that is a multiple of 64, which is what a driver aligns its own copies to.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Aligned<const N: usize>([u8; N]);

impl<const N: usize> Aligned<N> {
    /// The bytes of a cubin.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The text of PTX followed by zeros: by one, with `N` its length plus 1. The driver reads PTX up to a NUL.
    pub const fn terminated(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        bytes.split_at_mut(text.len()).0.copy_from_slice(text);
        Self(bytes)
    }

    /// All of them, at an address that is a multiple of 64.
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = include_bytes!("aligned.rs");
    static IMAGE: Aligned<{ TEXT.len() }> = Aligned::new(*include_bytes!("aligned.rs"));
    static PTX: Aligned<{ TEXT.len() + 1 }> = Aligned::terminated(TEXT);

    #[test]
    fn images_are_aligned_and_whole() {
        assert_eq!(IMAGE.bytes(), TEXT);
        assert_eq!(IMAGE.bytes().as_ptr() as usize % 64, 0);
    }

    #[test]
    fn ptx_ends_with_a_nul() {
        assert_eq!(PTX.bytes().strip_suffix(b"\0"), Some(TEXT));
        assert_eq!(PTX.bytes().as_ptr() as usize % 64, 0);
    }
}
