//! The types of a module, each once.

use std::collections::HashMap;

use super::{Type, text};
use crate::module::TypeId;

/// Types by what they are and by how they are written, so that each spelling is read once.
pub(crate) struct Table<'a> {
    types: Vec<Type>,
    by_type: HashMap<Type, TypeId>,
    by_text: HashMap<&'a str, TypeId>,
    pub(crate) aliases: HashMap<&'a str, &'a str>,
}

impl<'a> Table<'a> {
    /// The type that isn't known: of what has no type in the text.
    pub(crate) const UNKNOWN: TypeId = TypeId(0);

    pub(crate) fn new(aliases: HashMap<&'a str, &'a str>) -> Self {
        let mut table = Self { types: Vec::new(), by_type: HashMap::new(), by_text: HashMap::new(), aliases };
        table.add(Type::Opaque("".into()));
        table
    }

    /// The type that is written so.
    pub(crate) fn read(&mut self, text: &'a str) -> TypeId {
        if let Some(&id) = self.by_text.get(text) {
            return id;
        }
        let id = self.add(text::read(text, &self.aliases));
        self.by_text.insert(text, id);
        id
    }

    pub(crate) fn add(&mut self, ty: Type) -> TypeId {
        if let Some(&id) = self.by_type.get(&ty) {
            return id;
        }
        let id = TypeId(self.types.len() as u32);
        self.types.push(ty.clone());
        self.by_type.insert(ty, id);
        id
    }

    pub(crate) fn get(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    pub(crate) fn into_types(self) -> Vec<Type> {
        self.types
    }
}
