//! Types of values.

use std::fmt;

use triton_runner_manifest::Scalar;

pub(crate) mod table;
pub(crate) mod text;

/// The type of a value or of a typed attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `i1`, `i32`, `si8`, `ui64`.
    Integer(IntegerType),
    /// `index`.
    Index,
    /// `f32`, `bf16`, `f8E5M2`.
    Float(FloatType),
    /// `!tt.ptr<f32>`.
    Pointer(PointerType),
    /// `tensor<128x64xf16>`.
    Tensor(TensorType),
    /// `!tt.tensordesc<tensor<64x64xf16>>`, from 3.8 on `!tt.tensordesc<64x64xf16>`.
    Descriptor(DescriptorType),
    /// `!ttg.memdesc<4x64xf32, #shared, #smem, mutable>`.
    MemDesc(MemDescType),
    /// `!ttg.async.token`, `!gpu.async.token`: with its `!`.
    Token(Box<str>),
    /// `(i32, f32) -> f32`.
    Function(FunctionType),
    /// `none`.
    None,
    /// A type that isn't known, as its text.
    Opaque(Box<str>),
}

/// An integer of any width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntegerType {
    /// Bits; at least 1.
    pub width: u32,
    /// Whether the type says how it is to be read. Operations say it, so as a rule it doesn't.
    pub signedness: Signedness,
}

/// What an integer type says of its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signedness {
    /// `i8`: nothing.
    Signless,
    /// `si8`.
    Signed,
    /// `ui8`.
    Unsigned,
}

/// A floating-point format, named as MLIR does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "MLIR's names")]
#[non_exhaustive]
pub enum FloatType {
    F16,
    Bf16,
    F32,
    F64,
    Tf32,
    F8E4M3FN,
    F8E5M2,
    F8E4M3,
    F8E3M4,
    F8E4M3FNUZ,
    F8E5M2FNUZ,
    F8E4M3B11FNUZ,
    F8E8M0FNU,
    F6E2M3FN,
    F6E3M2FN,
    F4E2M1FN,
}

/// A pointer, to a scalar, another pointer or a block of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PointerType {
    /// What it points to.
    pub pointee: Box<Type>,
    /// Which memory it points into.
    pub address_space: AddressSpace,
}

/// A kind of memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AddressSpace {
    /// Global memory, which the text leaves out, or calls `1` or `"global"`.
    Global,
    /// `!tt.ptr<i8, 0>`.
    Number(u32),
    /// `!tt.ptr<f32, "constant">`, from 3.9 on.
    Name(Box<str>),
}

/// A ranked tensor of known shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// From the outermost dimension to the innermost; empty for rank 0.
    pub shape: Box<[u64]>,
    /// Numbers or pointers.
    pub element: Box<Type>,
    /// Its layout in TTGIR, as text: `#blocked`, which stands for an alias of the module.
    pub encoding: Option<Box<str>>,
}

/// A tensor in global memory, of which blocks are loaded and stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescriptorType {
    /// Shape of a block.
    pub block: Box<[u64]>,
    /// A number, with its sign.
    pub element: Box<Type>,
    /// Layout of the block in shared memory, as text.
    pub layout: Option<Box<str>>,
    /// How the text says it; both mean the same.
    pub spelling: DescriptorSpelling,
}

/// The two forms of a descriptor's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DescriptorSpelling {
    /// `!tt.tensordesc<tensor<64x64xf16>>`, up to 3.7.
    Tensor,
    /// `!tt.tensordesc<64x64xf16>`, from 3.8 on.
    Shape,
}

/// A tensor in shared or tensor memory. Only TTGIR has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemDescType {
    /// From the outermost dimension to the innermost.
    pub shape: Box<[u64]>,
    /// Numbers.
    pub element: Box<Type>,
    /// Layout, memory space and whether it is mutable, as text.
    pub rest: Box<str>,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// Arguments.
    pub inputs: Vec<Type>,
    /// Results.
    pub results: Vec<Type>,
}

impl Type {
    /// `iN`.
    pub fn int(width: u32) -> Self {
        Self::Integer(IntegerType { width, signedness: Signedness::Signless })
    }

    /// For tensors, descriptors and memory the element's type, for everything else the type itself.
    pub fn element(&self) -> &Self {
        match self {
            Self::Tensor(tensor) => &tensor.element,
            Self::Descriptor(descriptor) => &descriptor.element,
            Self::MemDesc(memory) => &memory.element,
            other => other,
        }
    }

    /// The shape of a tensor; empty for what is no tensor.
    pub fn shape(&self) -> &[u64] {
        match self {
            Self::Tensor(tensor) => &tensor.shape,
            _ => &[],
        }
    }

    /// The same shape and layout with other elements: of a tensor a tensor, else the element itself.
    #[must_use]
    pub fn with_element(&self, element: Self) -> Self {
        match self {
            Self::Tensor(tensor) => Self::Tensor(TensorType { element: Box::new(element), ..tensor.clone() }),
            _ => element,
        }
    }

    /// What a pointer, or each pointer of a tensor, points to.
    pub fn pointee(&self) -> Option<&Self> {
        match self.element() {
            Self::Pointer(pointer) => Some(&pointer.pointee),
            _ => None,
        }
    }

    /// Bits of a number; 64 for an index and a pointer, `None` for all that is neither.
    pub fn bits(&self) -> Option<u32> {
        match self {
            Self::Integer(integer) => Some(integer.width),
            Self::Float(float) => Some(float.bits()),
            Self::Index | Self::Pointer(_) => Some(64),
            _ => None,
        }
    }

    /// The scalar that a caller passes or a buffer holds; `None` for types that have none. Signs are left out.
    pub fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Integer(integer) => Scalar::from_mlir(&format!("i{}", integer.width)),
            Self::Float(float) => Scalar::from_mlir(float.name()),
            _ => None,
        }
    }

    /// Whether it is a type that this crate doesn't know, or has one in it.
    pub fn is_opaque(&self) -> bool {
        match self {
            Self::Opaque(_) => true,
            Self::Pointer(pointer) => pointer.pointee.is_opaque(),
            Self::Function(function) => function.inputs.iter().chain(&function.results).any(Self::is_opaque),
            Self::Tensor(_) | Self::Descriptor(_) | Self::MemDesc(_) => self.element().is_opaque(),
            _ => false,
        }
    }
}

impl FloatType {
    /// Every format.
    pub const ALL: [Self; 16] = [
        Self::F16,
        Self::Bf16,
        Self::F32,
        Self::F64,
        Self::Tf32,
        Self::F8E4M3FN,
        Self::F8E5M2,
        Self::F8E4M3,
        Self::F8E3M4,
        Self::F8E4M3FNUZ,
        Self::F8E5M2FNUZ,
        Self::F8E4M3B11FNUZ,
        Self::F8E8M0FNU,
        Self::F6E2M3FN,
        Self::F6E3M2FN,
        Self::F4E2M1FN,
    ];

    /// MLIR's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Tf32 => "tf32",
            Self::F8E4M3FN => "f8E4M3FN",
            Self::F8E5M2 => "f8E5M2",
            Self::F8E4M3 => "f8E4M3",
            Self::F8E3M4 => "f8E3M4",
            Self::F8E4M3FNUZ => "f8E4M3FNUZ",
            Self::F8E5M2FNUZ => "f8E5M2FNUZ",
            Self::F8E4M3B11FNUZ => "f8E4M3B11FNUZ",
            Self::F8E8M0FNU => "f8E8M0FNU",
            Self::F6E2M3FN => "f6E2M3FN",
            Self::F6E3M2FN => "f6E3M2FN",
            Self::F4E2M1FN => "f4E2M1FN",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|float| float.name() == name)
    }

    /// Bits of a number. `tf32` has 19.
    pub fn bits(self) -> u32 {
        match self {
            Self::F64 => 64,
            Self::F32 => 32,
            Self::Tf32 => 19,
            Self::F16 | Self::Bf16 => 16,
            Self::F6E2M3FN | Self::F6E3M2FN => 6,
            Self::F4E2M1FN => 4,
            Self::F8E4M3FN
            | Self::F8E5M2
            | Self::F8E4M3
            | Self::F8E3M4
            | Self::F8E4M3FNUZ
            | Self::F8E5M2FNUZ
            | Self::F8E4M3B11FNUZ
            | Self::F8E8M0FNU => 8,
        }
    }
}

/// As MLIR prints it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Index => f.write_str("index"),
            Self::Float(float) => f.write_str(float.name()),
            Self::Pointer(PointerType { pointee, address_space }) => match address_space {
                AddressSpace::Global => write!(f, "!tt.ptr<{pointee}>"),
                AddressSpace::Number(number) => write!(f, "!tt.ptr<{pointee}, {number}>"),
                AddressSpace::Name(name) => write!(f, "!tt.ptr<{pointee}, \"{name}\">"),
            },
            Self::Tensor(tensor) => write!(f, "{tensor}"),
            Self::Descriptor(descriptor) => write!(f, "{descriptor}"),
            Self::MemDesc(memory) => {
                write!(f, "!ttg.memdesc<")?;
                dimensions(f, &memory.shape)?;
                write!(f, "{}, {}>", memory.element, memory.rest)
            }
            Self::Function(function) => write!(f, "{function}"),
            Self::None => f.write_str("none"),
            Self::Token(text) | Self::Opaque(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for IntegerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.signedness {
            Signedness::Signless => "",
            Signedness::Signed => "s",
            Signedness::Unsigned => "u",
        };
        write!(f, "{sign}i{}", self.width)
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensor<")?;
        dimensions(f, &self.shape)?;
        write!(f, "{}", self.element)?;
        if let Some(encoding) = &self.encoding {
            write!(f, ", {encoding}")?;
        }
        f.write_str(">")
    }
}

impl fmt::Display for DescriptorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.spelling {
            DescriptorSpelling::Tensor => ("!tt.tensordesc<tensor<", ">>"),
            DescriptorSpelling::Shape => ("!tt.tensordesc<", ">"),
        };
        f.write_str(open)?;
        dimensions(f, &self.block)?;
        write!(f, "{}", self.element)?;
        if let Some(layout) = &self.layout {
            write!(f, ", {layout}")?;
        }
        f.write_str(close)
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.inputs)?;
        f.write_str(" -> ")?;
        match &self.results[..] {
            // A function as a result needs its parentheses.
            [result] if !matches!(result, Type::Function(_)) => write!(f, "{result}"),
            results => list(f, results),
        }
    }
}

fn dimensions(f: &mut fmt::Formatter<'_>, shape: &[u64]) -> fmt::Result {
    shape.iter().try_for_each(|size| write!(f, "{size}x"))
}

fn list(f: &mut fmt::Formatter<'_>, types: &[Type]) -> fmt::Result {
    f.write_str("(")?;
    for (i, ty) in types.iter().enumerate() {
        write!(f, "{}{ty}", if i == 0 { "" } else { ", " })?;
    }
    f.write_str(")")
}
