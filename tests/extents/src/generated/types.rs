//! Types of values in generated kernels.

use std::fmt;

/// What one lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Truth,
    Narrow,
    Wide,
    Float,
    ToFloat,
    ToNarrow,
}

/// How many lanes there are. A kernel has blocks of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    Line,
    Square,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub shape: Shape,
    pub element: Element,
}

impl Type {
    pub(super) fn one(element: Element) -> Self {
        Self { shape: Shape::One, element }
    }

    /// As many lanes of something else.
    pub(super) fn of(self, element: Element) -> Self {
        Self { element, ..self }
    }

    pub(super) fn is_one(self) -> bool {
        self.shape == Shape::One
    }

    pub(super) fn is_pointer(self) -> bool {
        matches!(self.element, Element::ToFloat | Element::ToNarrow)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self.element, Element::Narrow | Element::Wide)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = match self.element {
            Element::Truth => "i1",
            Element::Narrow => "i32",
            Element::Wide => "i64",
            Element::Float => "f32",
            Element::ToFloat => "!tt.ptr<f32>",
            Element::ToNarrow => "!tt.ptr<i32>",
        };
        match self.shape {
            Shape::One => f.write_str(element),
            Shape::Line => write!(f, "tensor<16x{element}>"),
            Shape::Square => write!(f, "tensor<8x8x{element}>"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Value {
    /// With its `%`.
    pub name: String,
    pub ty: Type,
    /// Small and not negative, if the kernel's arguments are. What isn't makes a poor index: most of what it leads to can't be
    /// proven.
    pub counts: bool,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
