//! What the double recorded.

use std::ffi::CStr;

const MAX_PARAMETERS: usize = 64;
const MAX_ATTRIBUTES: usize = 8;

/// A launch, as declared in `c/double.h`.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct Launch {
    function: [u8; 128],
    /// CTAs in each dimension.
    pub grid: [u32; 3],
    /// Threads of a CTA.
    pub block: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub shared: u32,
    attribute_count: u32,
    attributes: [[u32; 4]; MAX_ATTRIBUTES],
    parameter_count: u32,
    captured: u32,
    extended: u32,
    /// The device's number.
    pub device: u32,
    parameter_offset: [u32; MAX_PARAMETERS],
    parameter_size: [u32; MAX_PARAMETERS],
    parameter_bytes: [u8; 1024],
    /// The stream's handle.
    pub stream: u64,
}

impl Launch {
    pub(crate) fn zeroed() -> Self {
        Self {
            function: [0; 128],
            grid: [0; 3],
            block: [0; 3],
            shared: 0,
            attribute_count: 0,
            attributes: [[0; 4]; MAX_ATTRIBUTES],
            parameter_count: 0,
            captured: 0,
            extended: 0,
            device: 0,
            parameter_offset: [0; MAX_PARAMETERS],
            parameter_size: [0; MAX_PARAMETERS],
            parameter_bytes: [0; 1024],
            stream: 0,
        }
    }

    /// The kernel function's name.
    pub fn function(&self) -> &str {
        CStr::from_bytes_until_nul(&self.function).ok().and_then(|name| name.to_str().ok()).unwrap_or_default()
    }

    /// The launch attributes: id and the first words of the value.
    pub fn attributes(&self) -> &[[u32; 4]] {
        &self.attributes[..self.attribute_count as usize]
    }

    /// Whether it came through `cuLaunchKernelEx`.
    pub fn extended(&self) -> bool {
        self.extended != 0
    }

    /// Whether it was captured in a graph.
    pub fn captured(&self) -> bool {
        self.captured != 0
    }

    /// The bytes of each parameter, cut as the image declares them.
    pub fn parameters(&self) -> Vec<&[u8]> {
        (0..self.parameter_count as usize)
            .map(|i| {
                let start = self.parameter_offset[i] as usize;
                &self.parameter_bytes[start..start + self.parameter_size[i] as usize]
            })
            .collect()
    }

    /// A parameter of up to 8 bytes as a number.
    ///
    /// # Panics
    ///
    /// If there is no such parameter or it is larger.
    pub fn number(&self, index: usize) -> u64 {
        let bytes = self.parameters()[index];
        let mut number = [0; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(number)
    }
}

/// A tensor map as the double encodes it, as declared in `c/tensor_map.c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedTensorMap {
    /// The device address.
    pub address: u64,
    /// `CUtensorMapDataType`.
    pub data_type: u8,
    /// How many dimensions there are.
    pub rank: u8,
    /// `CUtensorMapSwizzle`.
    pub swizzle: u8,
    /// The bit that the runtime has to clear for small tensors.
    pub small_bug: bool,
    /// `CUtensorMapFloatOOBfill`.
    pub fill: u8,
    /// Elements in each dimension, innermost first.
    pub extents: Vec<u64>,
    /// Bytes between elements of each dimension but the innermost.
    pub strides: Vec<u64>,
    /// Elements of a block in each dimension, innermost first.
    pub block: Vec<u32>,
}

impl EncodedTensorMap {
    /// Reads the 128 bytes of a parameter.
    ///
    /// # Panics
    ///
    /// If they are fewer.
    pub fn read(bytes: &[u8]) -> Self {
        let word = |index: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[index * 8..index * 8 + 8]);
            u64::from_le_bytes(word)
        };
        let flags = word(1);
        let rank = (flags >> 8 & 0xff) as usize;
        Self {
            address: word(0),
            data_type: flags as u8,
            rank: rank as u8,
            swizzle: (flags >> 16 & 0x1f) as u8,
            small_bug: flags >> 21 & 1 == 1,
            fill: (flags >> 24) as u8,
            extents: (0..rank).map(|i| word(2 + i)).collect(),
            strides: (0..rank - 1).map(|i| word(7 + i)).collect(),
            block: (0..rank).map(|i| (word(11 + i / 2) >> (32 * (i % 2))) as u32).collect(),
        }
    }
}
