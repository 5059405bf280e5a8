//! Arguments and constants as people write them on a command line.

use triton_runner_manifest::{ArgType, Constant};

use super::ExportArgument;

/// Reads `NAME=TYPE` or `NAME=TYPE:16`, as the command line has it.
///
/// # Errors
/// If it is neither; the text says what was expected.
pub(crate) fn parse_argument(text: &str) -> Result<ExportArgument, String> {
    let expected =
        || format!("`{text}` is no argument: expected NAME=TYPE or NAME=TYPE:16, like x_ptr=*fp32:16 or n=i32");
    let (name, rest) = text.split_once('=').ok_or_else(expected)?;
    let is_tuple = rest.trim().starts_with('(');
    let (ty, divisible_by) = match rest.rsplit_once(':').filter(|_| !is_tuple) {
        Some((ty, number)) => (ty, number.trim().parse().map_err(|_| expected())?),
        None => (rest, 1),
    };
    if name.trim().is_empty() || ty.trim().is_empty() {
        return Err(expected());
    }
    Ok(ExportArgument { name: name.trim().to_owned(), ty: ty.trim().to_owned(), divisible_by })
}

/// Whether this is a type of an argument: one of a build's, or a tuple of them and of constants, `(i32:16, i32, 3)`.
///
/// # Errors
/// If it is none; the text says what was expected.
pub(crate) fn check_type(ty: &str) -> Result<(), String> {
    let Some(elements) = ty.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return ty.parse::<ArgType>().map(|_| ()).map_err(|error| error.to_string());
    };
    for element in at_commas(elements).into_iter().map(str::trim).filter(|element| !element.is_empty()) {
        let (ty, _) = element.rsplit_once(':').unwrap_or((element, ""));
        let is_constant = !matches!(parse_constant(&format!("x={element}")), Ok((_, Constant::Str(_))) | Err(_));
        if !is_constant {
            ty.trim().parse::<ArgType>().map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// The parts between commas outside brackets and quotes: `tensordesc<fp16[128, 64]>` is one.
pub(crate) fn at_commas(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0_u32, None, 0);
    for (at, character) in text.char_indices() {
        match character {
            _ if quote == Some(character) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(character),
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Reads `NAME=VALUE`: an integer, a float, `True`, `False`, `None`, or a string, with or without quotes. `tl.float16`
/// names a Triton type. Floats may be `inf`, `-inf` and `nan`, also as Python writes them, `float("-inf")`.
///
/// # Errors
/// If there is no name; the text says what was expected.
pub(crate) fn parse_constant(text: &str) -> Result<(String, Constant), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or_else(|| format!("`{text}` is no constant: expected NAME=VALUE, like BLOCK=1024 or ACTIVATION=relu"))?;
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let constant = match value {
        "True" | "true" => Constant::Bool(true),
        "False" | "false" => Constant::Bool(false),
        "None" | "none" => Constant::None(()),
        _ => {
            if let Some(text) = quoted('"').or_else(|| quoted('\'')) {
                Constant::Str(text.to_owned())
            } else if let Ok(number) = value.parse() {
                Constant::Int(number)
            } else if let Some(number) = float(value) {
                Constant::Float(number)
            } else {
                Constant::Str(value.to_owned())
            }
        }
    };
    Ok((name.trim().to_owned(), constant))
}

fn float(value: &str) -> Option<f64> {
    let bare = value.strip_prefix("float(").and_then(|rest| rest.strip_suffix(')'));
    let bare = bare.map_or(value, |rest| rest.trim_matches(['"', '\'']));
    match bare {
        "inf" | "+inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        "nan" => Some(f64::NAN),
        // Rust knows further words, which are strings here.
        _ => value.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_constants_read_as_people_write_them() {
        let argument = parse_argument("x_ptr=*fp32:16").unwrap();
        assert_eq!((argument.name.as_str(), argument.ty.as_str(), argument.divisible_by), ("x_ptr", "*fp32", 16));
        let argument = parse_argument("d=tensordesc<fp16[128, 64]>").unwrap();
        assert_eq!((argument.ty.as_str(), argument.divisible_by), ("tensordesc<fp16[128, 64]>", 1));
        for bad in ["", "x", "=i32", "x=", "x=i32:", "x=i32:many"] {
            assert!(parse_argument(bad).unwrap_err().contains("expected NAME=TYPE"), "{bad}");
        }
        for (text, value) in [
            ("B=1024", Constant::Int(1024)),
            ("B=-1", Constant::Int(-1)),
            ("B=0.5", Constant::Float(0.5)),
            ("B=-inf", Constant::Float(f64::NEG_INFINITY)),
            ("B=float('inf')", Constant::Float(f64::INFINITY)),
            ("B=nan", Constant::Float(f64::NAN)),
            ("B=infinity", Constant::Str("infinity".to_owned())),
            ("B='inf'", Constant::Str("inf".to_owned())),
            ("B=True", Constant::Bool(true)),
            ("B=None", Constant::None(())),
            ("B=relu", Constant::Str("relu".to_owned())),
            ("B=\"16\"", Constant::Str("16".to_owned())),
            ("B=", Constant::Str(String::new())),
        ] {
            assert_eq!(parse_constant(text).unwrap(), ("B".to_owned(), value), "{text}");
        }
        assert!(parse_constant("1024").is_err());
    }
}
