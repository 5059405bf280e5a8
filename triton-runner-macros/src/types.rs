//! Types of a declaration, and which types of the IR each one matches.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{GenericArgument, PathArguments, Type};
use triton_runner_manifest::{Access, ArgType, Argument, Scalar};

use crate::messages::NotAType;

/// Where a type comes from.
#[derive(Clone, Copy)]
enum Home {
    /// `core::primitive`.
    Core,
    /// The crate `half`.
    Half,
    /// The runtime.
    Runtime,
}

/// One row for each type: its name in Rust, what it is in the IR, where integers have no sign, where it comes from, and
/// how it is turned into what the kernel reads where it isn't that by itself.
macro_rules! elements {
    ($($variant:ident: $name:literal, $scalar:ident, $home:ident $(, $bits:tt)?;)*) => {
        /// A Rust type that the kernel's memory and scalars can have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Element {
            $($variant,)*
            /// A `usize` of the caller, which the kernel takes as so many bits: each launch checks that it fits.
            Size { wide: bool },
        }

        impl Element {
            /// Those that memory can have too.
            pub(crate) const ALL: [Self; [$(Element::$variant),*].len()] = [$(Self::$variant),*];

            /// Its name in Rust.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* Self::Size { .. } => "usize" }
            }

            /// What it is in the IR, where integers have no sign.
            pub(crate) const fn scalar(self) -> Scalar {
                match self {
                    $(Self::$variant => Scalar::$scalar,)*
                    Self::Size { wide: false } => Scalar::I32,
                    Self::Size { wide: true } => Scalar::I64,
                }
            }

            const fn home(self) -> Home {
                match self { $(Self::$variant => Home::$home,)* Self::Size { .. } => Home::Core }
            }

            /// A value of it as the bytes that the kernel reads, where it isn't them by itself.
            pub(crate) fn bits(self, value: &Ident) -> Option<TokenStream> {
                match self { $(Self::$variant => bits!(value $($bits)?),)* Self::Size { .. } => None }
            }
        }
    };
}

macro_rules! bits {
    ($value:ident) => {
        None
    };
    ($value:ident as_u8) => {
        Some(quote!(#$value as ::core::primitive::u8))
    };
    ($value:ident to_bits) => {
        Some(quote!(#$value.to_bits()))
    };
}

elements! {
    Bool: "bool", I1, Core, as_u8;
    I8: "i8", I8, Core;
    I16: "i16", I16, Core;
    I32: "i32", I32, Core;
    I64: "i64", I64, Core;
    U8: "u8", I8, Core;
    U16: "u16", I16, Core;
    U32: "u32", I32, Core;
    U64: "u64", I64, Core;
    F16: "f16", F16, Half, to_bits;
    Bf16: "bf16", Bf16, Half, to_bits;
    F32: "f32", F32, Core;
    F64: "f64", F64, Core;
    F8E4M3: "F8E4M3", F8E4M3, Runtime, to_bits;
    F8E5M2: "F8E5M2", F8E5M2, Runtime, to_bits;
}

impl Element {
    /// The signed one of the types that match.
    pub(crate) const fn of(scalar: Scalar) -> Self {
        match scalar {
            Scalar::I1 => Self::Bool,
            Scalar::I8 => Self::I8,
            Scalar::I16 => Self::I16,
            Scalar::I32 => Self::I32,
            Scalar::I64 => Self::I64,
            Scalar::F16 => Self::F16,
            Scalar::Bf16 => Self::Bf16,
            Scalar::F32 => Self::F32,
            Scalar::F64 => Self::F64,
            Scalar::F8E4M3 => Self::F8E4M3,
            Scalar::F8E5M2 => Self::F8E5M2,
        }
    }

    /// By Triton's name in signatures, where integers have a sign.
    pub(crate) fn of_triton(name: &str) -> Option<Self> {
        let scalar = Scalar::from_triton(name)?;
        if name.starts_with('u') { Self::unsigned_of(scalar) } else { Some(Self::of(scalar)) }
    }

    /// The unsigned one, for integers.
    pub(crate) fn unsigned_of(scalar: Scalar) -> Option<Self> {
        let integer = scalar.is_integer().then_some(scalar)?;
        Self::ALL.into_iter().rfind(|element| element.scalar() == integer)
    }

    pub(crate) const fn is_integer(self) -> bool {
        self.scalar().is_integer()
    }

    /// Where the generated code finds it, whatever the user's module imports or shadows.
    pub(crate) fn path(self, krate: &TokenStream) -> TokenStream {
        let name = quote::format_ident!("{}", self.name());
        match self.home() {
            Home::Core => quote!(::core::primitive::#name),
            Home::Half => quote!(#krate::half::#name),
            Home::Runtime => quote!(#krate::#name),
        }
    }
}

/// The type of a declared argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `i32`.
    Scalar(Element),
    /// `&[f32]`, `Option<&mut [f32]>`.
    Pointer { element: Element, mutable: bool, nullable: bool },
    /// `&TensorMap<f16, 2>`, `&mut TensorMap<f16, 2>`.
    TensorMap { element: Element, rank: usize, mutable: bool },
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_element(self.element().name()))
    }
}

impl Declared {
    pub(crate) const fn element(&self) -> Element {
        match self {
            Self::Scalar(element) | Self::Pointer { element, .. } | Self::TensorMap { element, .. } => *element,
        }
    }

    /// As it is written with this name for its element.
    pub(crate) fn with_element(&self, name: &str) -> String {
        match self {
            Self::Scalar(_) => name.to_owned(),
            Self::Pointer { mutable, nullable, .. } => {
                let reference = if *mutable { "&mut " } else { "&" };
                if *nullable { format!("Option<{reference}[{name}]>") } else { format!("{reference}[{name}]") }
            }
            Self::TensorMap { rank, mutable, .. } => {
                let reference = if *mutable { "&mut " } else { "&" };
                format!("{reference}TensorMap<{name}, {rank}>")
            }
        }
    }

    /// The type that the IR's argument asks for. Where it isn't known what the kernel does with the memory, it writes.
    pub(crate) fn of(argument: &Argument) -> Self {
        let mutable = argument.access != Access::Read;
        match &argument.ty {
            ArgType::Scalar(scalar) => Self::Scalar(Element::of(*scalar)),
            ArgType::Pointer(scalar) => Self::Pointer { element: Element::of(*scalar), mutable, nullable: false },
            ArgType::TensorDesc { element, block } => {
                Self::TensorMap { element: Element::of(*element), rank: block.len(), mutable }
            }
            // The IR has no type for these: 16-bit matrices are what they are mostly made for.
            ArgType::TmaDesc => Self::TensorMap { element: Element::F16, rank: 2, mutable },
        }
    }

    /// The same for a pointer that may be left out, if it may.
    pub(crate) fn optional(self, optional: bool) -> Self {
        match self {
            Self::Pointer { element, mutable, nullable } => {
                Self::Pointer { element, mutable, nullable: nullable || optional }
            }
            other => other,
        }
    }

    /// Whether it is memory that the kernel writes.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::Pointer { mutable: true, .. } | Self::TensorMap { mutable: true, .. })
    }

    /// The same for memory that the kernel writes; `None` for what is no memory.
    pub(crate) fn written(&self) -> Option<Self> {
        match *self {
            Self::Scalar(_) => None,
            Self::Pointer { element, nullable, .. } => Some(Self::Pointer { element, mutable: true, nullable }),
            Self::TensorMap { element, rank, .. } => Some(Self::TensorMap { element, rank, mutable: true }),
        }
    }

    /// The same for an argument of this type, which says how many bits a `usize` is passed as.
    pub(crate) fn sized(self, ty: &ArgType) -> Self {
        match (self, ty) {
            (Self::Scalar(Element::Size { .. }), ArgType::Scalar(scalar)) => {
                Self::Scalar(Element::Size { wide: *scalar == Scalar::I64 })
            }
            (other, _) => other,
        }
    }

    /// Whether an argument of this type can be declared so.
    pub(crate) fn matches(&self, ty: &ArgType) -> bool {
        match (self, ty) {
            (Self::Scalar(Element::Size { .. }), ArgType::Scalar(scalar)) => {
                matches!(scalar, Scalar::I32 | Scalar::I64)
            }
            (Self::Scalar(declared), ArgType::Scalar(scalar)) => declared.scalar() == *scalar,
            (Self::Pointer { element, .. }, ArgType::Pointer(scalar)) => element.scalar() == *scalar,
            (Self::TensorMap { element, rank, .. }, ArgType::TensorDesc { element: scalar, block }) => {
                element.scalar() == *scalar && *rank == block.len()
            }
            (Self::TensorMap { .. }, ArgType::TmaDesc) => true,
            _ => false,
        }
    }

    /// Parses a declared type; an error says what to write in its place.
    pub(crate) fn parse(ty: &Type) -> Result<Self, NotAType> {
        match ungrouped(ty) {
            Type::Reference(reference) => Self::parse_reference(ty, &reference.elem, reference.mutability.is_some()),
            Type::Path(path) => match path.path.segments.last() {
                Some(segment) if segment.ident == "Option" => {
                    let inner = match generic_types(&segment.arguments).as_slice() {
                        [inner] => Self::parse(inner)?,
                        _ => {
                            return Err(NotAType::new(ty, "write `Option<&[f32]>` for a pointer that may be null"));
                        }
                    };
                    match inner {
                        Self::Pointer { element, mutable, nullable: false } => {
                            Ok(Self::Pointer { element, mutable, nullable: true })
                        }
                        _ => Err(NotAType::new(ty, "only pointers can be null: `Option<&[f32]>`")),
                    }
                }
                Some(segment) if segment.ident == "usize" && segment.arguments.is_none() => {
                    Ok(Self::Scalar(Element::Size { wide: false }))
                }
                _ => Ok(Self::Scalar(element(ty)?)),
            },
            _ => Err(unknown(ty)),
        }
    }

    fn parse_reference(whole: &Type, referent: &Type, mutable: bool) -> Result<Self, NotAType> {
        match ungrouped(referent) {
            // Its element alone may well be a type that can be passed.
            Type::Slice(slice) if !matches!(ungrouped(&slice.elem), Type::Path(_)) => {
                Err(NotAType::new(whole, "a slice of device memory holds scalars, as in `&[f32]`"))
            }
            Type::Slice(slice) => Ok(Self::Pointer { element: element(&slice.elem)?, mutable, nullable: false }),
            Type::Path(path) => match path.path.segments.last() {
                Some(segment) if segment.ident == "TensorMap" => tensor_map(whole, &segment.arguments, mutable),
                Some(segment) if segment.ident == "TensorMapMut" => {
                    Err(NotAType::new(whole, "write `&mut TensorMap<f16, 2>`: `launch` then takes `&mut TensorMapMut`"))
                }
                _ => Err(unknown(whole)),
            },
            _ => Err(unknown(whole)),
        }
    }
}

fn tensor_map(whole: &Type, arguments: &PathArguments, mutable: bool) -> Result<Declared, NotAType> {
    let shape = || NotAType::new(whole, "write its element type and rank, as in `&TensorMap<f16, 2>`");
    let PathArguments::AngleBracketed(arguments) = arguments else { return Err(shape()) };
    let mut arguments = arguments.args.iter();
    let (Some(GenericArgument::Type(ty)), Some(GenericArgument::Const(rank)), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(shape());
    };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(rank), .. }) = rank else { return Err(shape()) };
    Ok(Declared::TensorMap { element: element(ty)?, rank: rank.base10_parse().map_err(|_| shape())?, mutable })
}

/// Macros wrap what they pass on in groups without delimiters.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

fn generic_types(arguments: &PathArguments) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return Vec::new() };
    let types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect::<Option<_>>().unwrap_or_default()
}

/// An element type, by the last segment of its path: the macro can't see what is imported.
fn element(ty: &Type) -> Result<Element, NotAType> {
    let Type::Path(path) = ungrouped(ty) else { return Err(unknown(ty)) };
    let Some(segment) = path.path.segments.last().filter(|segment| segment.arguments.is_none()) else {
        return Err(unknown(ty));
    };
    let found = Element::ALL.into_iter().find(|element| segment.ident == element.name());
    found.ok_or_else(|| unknown(ty))
}

/// A refusal with the hint that fits the type people write there.
fn unknown(ty: &Type) -> NotAType {
    let inner = |path: &syn::TypePath| path.path.segments.last().map(|segment| segment.ident.to_string());
    let hint = match ungrouped(ty) {
        Type::Ptr(_) => {
            "write a slice for device memory: `&[f32]` where the kernel reads, `&mut [f32]` where it writes"
        }
        Type::Reference(reference) => match ungrouped(&reference.elem) {
            Type::Path(path) => match inner(path).as_deref() {
                Some("CudaSlice" | "CudaView" | "CudaViewMut" | "DevicePointer" | "Vec") => DEVICE_MEMORY,
                Some("str") => TYPES,
                _ => "write a slice for device memory, as in `&[f32]`, and the bare type for a scalar, as in `f32`",
            },
            Type::Array(_) => "the IR has no length: write a slice, as in `&[f32]`",
            _ => TYPES,
        },
        Type::Slice(_) => "write a reference: `&[f32]` where the kernel reads, `&mut [f32]` where it writes",
        Type::Path(path) => match inner(path).as_deref() {
            Some("CudaSlice" | "CudaView" | "CudaViewMut" | "DevicePointer" | "Vec") => DEVICE_MEMORY,
            Some("TensorMap") => "write a reference, as in `&TensorMap<f16, 2>`",
            Some("usize") => "in memory integers have a fixed width, such as `u64` or `u32`",
            Some("isize") => "a kernel's integers have a fixed width, such as `i64` or `i32`",
            _ => TYPES,
        },
        _ => TYPES,
    };
    NotAType::new(ty, hint)
}

const DEVICE_MEMORY: &str = "write a slice for device memory, as in `&[f32]` or `&mut [f32]`: `launch` then takes \
                             CudaSlice and CudaView";

const TYPES: &str = "scalars are bool, i8 to i64, u8 to u64, usize for an `i32` or `i64`, f16, bf16, f32, f64, F8E4M3, F8E5M2 under their own \
                     names, device memory is a slice of them, as in `&[f32]`, and a tensor descriptor is \
                     `&TensorMap<f16, 2>`";

#[cfg(test)]
mod tests;
