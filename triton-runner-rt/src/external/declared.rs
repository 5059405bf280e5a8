//! What `triton_kernel!` knows of a kernel that comes from outside the binary, held against what comes.

use triton_runner_manifest::{ArgType, Constant, rust_name};

use super::ExternalImage;
use crate::Result;
use crate::error::ExternalFault;

/// A kernel as it is declared.
#[derive(Debug)]
pub struct DeclaredKernel {
    /// Its name in messages.
    pub name: &'static str,
    /// Its arguments, in order.
    pub arguments: &'static [DeclaredArgument],
    /// The constants that its grid and conditions are written with.
    pub constants: &'static [DeclaredConstant],
}

/// An argument as it is declared.
#[derive(Debug)]
pub struct DeclaredArgument {
    /// Its name in Rust.
    pub name: &'static str,
    /// The kernel's own name for it, as a name in Rust.
    pub matched: &'static str,
    /// Its type as Triton spells it; of a tensor descriptor, a block of ones.
    pub ty: &'static str,
    /// Its type as it is declared.
    pub declared: &'static str,
}

/// A constant as it is declared.
#[derive(Clone, Copy, Debug)]
pub enum DeclaredConstant {
    /// An integer.
    Int(&'static str, i64),
    /// `true` or `false`.
    Bool(&'static str, bool),
}

impl DeclaredKernel {
    /// Holds an image's arguments and constants against the declaration.
    ///
    /// # Errors
    ///
    /// [`Error::External`](crate::Error::External) with the first that differs.
    pub(crate) fn check(&self, image: &ExternalImage) -> Result<()> {
        let fault = self.arguments_differ(image).or_else(|| self.constants_differ(image));
        match fault {
            None => Ok(()),
            Some(fault) => Err(super::failed(image.file(), fault)),
        }
    }

    fn arguments_differ(&self, image: &ExternalImage) -> Option<ExternalFault> {
        let kernel = self.name;
        let found = &image.facts().arguments;
        if found.len() != self.arguments.len() {
            let shown = |(name, ty, _): &(String, String, u32)| format!("{name}: {ty}");
            return Some(ExternalFault::ArgumentCount {
                kernel,
                found: found.iter().map(shown).collect(),
                declared: self.arguments.iter().map(DeclaredArgument::shown).collect(),
            });
        }
        let mut pairs = self.arguments.iter().zip(found).enumerate();
        pairs.find_map(|(index, (declared, (name, ty, _)))| {
            if rust_name(name) != declared.matched {
                let (found, declared) = (name.clone(), declared.matched);
                return Some(ExternalFault::ArgumentName { kernel, index, found, declared });
            }
            (!declared.is_type(ty)).then(|| ExternalFault::ArgumentType {
                kernel,
                argument: declared.name,
                index,
                found: ty.clone(),
                declared: declared.declared,
                expected: declared.ty,
            })
        })
    }

    fn constants_differ(&self, image: &ExternalImage) -> Option<ExternalFault> {
        self.constants.iter().find_map(|declared| {
            let (name, wanted) = match *declared {
                DeclaredConstant::Int(name, value) => (name, Constant::Int(value)),
                DeclaredConstant::Bool(name, value) => (name, Constant::Bool(value)),
            };
            let found = image.constants().get(name);
            (found != Some(&wanted)).then(|| ExternalFault::Constant {
                kernel: self.name,
                constant: name,
                found: found.map(ToString::to_string),
                declared: wanted.to_string(),
            })
        })
    }
}

impl DeclaredArgument {
    fn shown(&self) -> String {
        format!("{}: {}", self.matched, self.declared)
    }

    /// Whether an argument of this type may be declared so.
    fn is_type(&self, found: &str) -> bool {
        let (Ok(own), Ok(found)) = (self.ty.parse::<ArgType>(), found.parse::<ArgType>()) else { return false };
        match (own, found) {
            (ArgType::TensorDesc { element, block }, ArgType::TensorDesc { element: found, block: found_block }) => {
                element == found && block.len() == found_block.len()
            }
            (own, found) => own == found,
        }
    }
}
