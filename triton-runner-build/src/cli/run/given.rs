//! What `--arg NAME=VALUE` says.

use std::path::{Path, PathBuf};

/// One argument of the command line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) value: Value,
}

/// What an argument is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Integer(i128),
    Float(f64),
    /// The null pointer.
    Null,
    /// Memory of its own.
    Memory {
        content: Content,
        /// As it is written: `f32`.
        element: String,
        shape: Vec<usize>,
    },
    /// Memory from a file, and for safetensors which tensor of it.
    File {
        path: PathBuf,
        tensor: Option<String>,
    },
}

/// What memory holds before the kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Random,
    Zeros,
    Ones,
    Range,
    /// Nothing: reading it is a finding.
    Uninit,
}

/// `NAME=VALUE`, as clap asks for it.
pub(super) fn parse(text: &str) -> Result<Given, String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    if name.is_empty() {
        return Err("there is no name before `=`".to_owned());
    }
    Ok(Given { name: name.to_owned(), value: parse_value(value)? })
}

fn parse_value(text: &str) -> Result<Value, String> {
    match text {
        "null" => return Ok(Value::Null),
        "true" => return Ok(Value::Integer(1)),
        "false" => return Ok(Value::Integer(0)),
        _ => {}
    }
    if let Ok(number) = text.parse() {
        return Ok(Value::Integer(number));
    }
    if let Ok(number) = text.parse() {
        return Ok(Value::Float(number));
    }
    if let Some((content, rest)) = text.split_once(':')
        && let Some(content) = content_of(content)
    {
        return memory(content, rest);
    }
    let (path, tensor) = match text.split_once(".safetensors:") {
        Some((path, tensor)) => (format!("{path}.safetensors"), Some(tensor.to_owned())),
        None => (text.to_owned(), None),
    };
    match Path::new(&path).extension().and_then(|extension| extension.to_str()) {
        Some("npy" | "safetensors") => Ok(Value::File { path: path.into(), tensor }),
        _ => Err(format!(
            "`{text}` is no number, no memory such as random:f32[4096] (random, zeros, ones, range, uninit) and no .npy or .safetensors file"
        )),
    }
}

fn content_of(word: &str) -> Option<Content> {
    Some(match word {
        "random" => Content::Random,
        "zeros" => Content::Zeros,
        "ones" => Content::Ones,
        "range" => Content::Range,
        "uninit" => Content::Uninit,
        _ => return None,
    })
}

/// `f32[4096]` or `f32[64,64]`.
fn memory(content: Content, text: &str) -> Result<Value, String> {
    let wrong = || format!("`{text}` is no type with a size, such as f32[4096] or f16[64,64]");
    let (element, sizes) = text.strip_suffix(']').and_then(|text| text.split_once('[')).ok_or_else(wrong)?;
    let shape: Result<Vec<usize>, _> = sizes.split(',').map(|size| size.trim().parse()).collect();
    let shape = shape.map_err(|_| wrong())?;
    let bytes = shape.iter().try_fold(8usize, |bytes, size| bytes.checked_mul(*size));
    if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(format!("`{text}` is more memory than there can be"));
    }
    Ok(Value::Memory { content, element: element.to_owned(), shape })
}

/// `X[,Y[,Z]]`.
pub(super) fn grid(text: &str) -> Result<[u32; 3], String> {
    let sizes: Result<Vec<u32>, _> = text.split(',').map(|size| size.trim().parse()).collect();
    match sizes.as_deref() {
        Ok([x]) => Ok([*x, 1, 1]),
        Ok([x, y]) => Ok([*x, *y, 1]),
        Ok([x, y, z]) => Ok([*x, *y, *z]),
        _ => Err("expected up to three numbers of programs, X,Y,Z".to_owned()),
    }
}

/// `NAME@X,Y,Z`: a value, and the program whose value it is.
pub(super) fn print(text: &str) -> Result<(String, [u32; 3]), String> {
    let (name, program) = text.split_once('@').unwrap_or((text, "0"));
    let mut sizes = program.split(',').map(|size| size.trim().parse());
    let mut next = || sizes.next().unwrap_or(Ok(0)).map_err(|_| format!("`{program}` is no program X,Y,Z"));
    let id = [next()?, next()?, next()?];
    if name.is_empty() { Err("there is no name before `@`".to_owned()) } else { Ok((name.to_owned(), id)) }
}

/// `NAME=FILE.npy`.
pub(super) fn save(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && file.ends_with(".npy") => Ok((name.to_owned(), file.into())),
        _ => Err("expected NAME=FILE.npy".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_memory_or_files() {
        let value = |text: &str| parse(text).unwrap().value;
        assert_eq!(value("n=1000"), Value::Integer(1000));
        assert_eq!(value("eps=1e-6"), Value::Float(1e-6));
        assert_eq!(value("p=null"), Value::Null);
        let shape = vec![64, 32];
        assert_eq!(
            value("x=uninit:f16[64,32]"),
            Value::Memory { content: Content::Uninit, element: "f16".to_owned(), shape }
        );
        let tensor = Some("layers.0.weight".to_owned());
        assert_eq!(
            value("w=a/model.safetensors:layers.0.weight"),
            Value::File { path: "a/model.safetensors".into(), tensor }
        );
        for wrong in
            ["x", "=1", "x=rand:f32[4]", "x=zeros:f32", "x=zeros:f32[a]", "x=zeros:f32[99999999999,99999999999]"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn grids_and_places_have_up_to_three_numbers() {
        assert_eq!((grid("4"), grid("4,2,3")), (Ok([4, 1, 1]), Ok([4, 2, 3])));
        assert!(grid("4,2,3,1").is_err() && grid("-1").is_err() && grid("").is_err());
        assert_eq!(print("acc@1,2"), Ok(("acc".to_owned(), [1, 2, 0])));
        assert!(print("acc@x").is_err() && print("@1").is_err());
        assert!(save("out=out.npy").is_ok() && save("out=out.txt").is_err());
    }
}
