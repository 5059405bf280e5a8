//! From a Python kernel to TTIR and its metadata, with no GPU.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use triton_runner_manifest::{Constant, Scalar};
use triton_runner_read::metadata::Options;
use triton_runner_read::metadata::PythonSource;

use super::scratch::Scratch;
use super::{LoweringError, VERSIONS, environment, message};
use crate::toolchain::Toolchain;

/// What to export and how to specialize it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExportRequest {
    /// The Python file.
    pub(crate) file: PathBuf,
    /// Name of the function with `@triton.jit`.
    pub(crate) kernel: String,
    /// The parameters that stay arguments. Their order does not matter.
    pub(crate) arguments: Vec<ExportArgument>,
    /// The parameters that get a value now: each `tl.constexpr` without a default, and any other.
    pub(crate) constants: BTreeMap<String, Constant>,
    /// What the metadata says of the options, and what the kernel's own code may ask for.
    pub(crate) options: Options,
    /// Architecture number: 90 for sm_90. The frontend decides some things by it.
    pub(crate) target: u16,
}

/// A parameter that stays an argument.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct ExportArgument {
    /// Its name in the Python function.
    pub(crate) name: String,
    /// Its type in Triton's spelling: `*fp32`, `i32`, `tensordesc<fp16[128, 64]>`.
    #[serde(rename = "type")]
    pub(crate) ty: String,
    /// 16 if the address or value is promised to be a multiple of 16, else 1.
    pub(crate) divisible_by: u32,
}

/// What an export gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exported {
    /// The kernel's name, which is its entry's.
    pub(crate) name: String,
    /// For `NAME.ttir`.
    pub(crate) ttir: String,
    /// For `NAME.json`.
    pub(crate) metadata: Map<String, Value>,
}

/// The request as the program reads it.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    request: &'a ExportRequest,
    /// Names that the type of an argument may have in it.
    scalars: Vec<&'static str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Done { ttir: String, metadata: Map<String, Value> },
    Failed { error: String, traceback: String },
}

/// Runs the frontend in the toolchain's Python. The kernel's module is imported there, with everything it imports.
///
/// # Errors
/// If the file, the kernel or one of its parameters is not as the request says, or does not compile.
pub(crate) fn export(toolchain: &Toolchain, request: &ExportRequest) -> Result<Exported, LoweringError> {
    let temporary = std::env::temp_dir();
    let folder = Scratch::new(&temporary).map_err(LoweringError::io("create a folder in", &temporary))?;
    let place = |name: &str| folder.join(name);
    let write = |name: &str, text: &[u8]| fs::write(place(name), text).map_err(LoweringError::io("write", place(name)));
    for (name, text) in [VERSIONS, ("export.py", include_str!("export.py"))] {
        write(name, text.as_bytes())?;
    }
    let asked = format!("{}::{}", request.file.display(), request.kernel);
    let file = std::path::absolute(&request.file).map_err(LoweringError::io("find", &request.file))?;
    let request = ExportRequest { file, ..request.clone() };
    let scalars = Scalar::ALL.iter().flat_map(|scalar| scalar.signature_names()).copied().collect();
    let text = serde_json::to_vec(&Asked { request: &request, scalars })
        .map_err(|error| LoweringError::Worker { message: error.to_string() })?;
    write("request.json", &text)?;
    let mut command = Command::new(&toolchain.python);
    if toolchain.site.is_some() {
        command.arg("-s");
    }
    command.arg("-B").arg(place("export.py")).arg(place("request.json")).arg(place("result.json"));
    environment::for_export(&mut command, toolchain, folder.path());
    let output = command.stdin(Stdio::null()).output().map_err(LoweringError::io("start", &toolchain.python))?;
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat();
    let Ok(answer) = fs::read(place("result.json")) else {
        // The interpreter died: an abort inside the compiler, most likely.
        let words = message::last_words(&said, "", "");
        let words = if words.is_empty() { words } else { format!(". The last it said:\n{words}") };
        let message = format!("the Python process ended with no result ({}){words}", output.status);
        return Err(LoweringError::Worker { message });
    };
    match serde_json::from_slice(&answer) {
        Ok(Answer::Done { ttir, metadata }) => {
            let name = metadata.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(Exported { name, ttir, metadata })
        }
        Ok(Answer::Failed { error, traceback }) => {
            let diagnostics = message::diagnostics(&said, "", "");
            let with_diagnostics = error.contains("PassManager::run failed") || error.contains("error encountered");
            let message = if with_diagnostics { format!("{error}\n{diagnostics}") } else { error };
            Err(LoweringError::Export { message: format!("`{asked}`: {message}"), traceback })
        }
        Err(error) => Err(LoweringError::Worker { message: format!("its answer does not read: {error}") }),
    }
}

impl Exported {
    /// Notes in the metadata what it was exported from, if that is known.
    pub(crate) fn noting(mut self, source: Option<PythonSource>) -> serde_json::Result<Self> {
        if let Some(source) = source {
            self.metadata.insert("exported_from".to_owned(), serde_json::to_value(source)?);
        }
        Ok(self)
    }

    /// The text of `NAME.json`.
    ///
    /// # Errors
    /// If the signature is not one.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        write_json(&self.metadata)
    }
}

/// One line for each key, argument and constant, so that changes read well in version control.
pub(crate) fn write_json(metadata: &Map<String, Value>) -> serde_json::Result<String> {
    const ORDER: [&str; 4] = ["name", "num_warps", "num_stages", "num_ctas"];
    const LAST: [&str; 5] = ["target", "triton_version", "signature", "constants", "exported_from"];
    let first = ORDER.iter().copied();
    let others = metadata.keys().map(String::as_str).filter(|key| !ORDER.contains(key) && !LAST.contains(key));
    let keys = first.chain(others).chain(LAST).filter(|key| metadata.contains_key(*key));
    let mut lines = Vec::new();
    for key in keys {
        let value = match &metadata[key] {
            signature if key == "signature" && signature != &serde_json::json!([]) => {
                let items: Vec<ExportArgument> = serde_json::from_value(signature.clone())?;
                let items = items.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
                format!("[\n    {}\n  ]", items.join(",\n    "))
            }
            value => serde_json::to_string(value)?,
        };
        lines.push(format!("  {}: {}", serde_json::to_string(key)?, spaced(&value)));
    }
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// A space after each comma and colon that is not inside a string.
fn spaced(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        text.push(character);
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            ',' | ':' if !in_string && characters.peek() != Some(&'\n') => text.push(' '),
            _ => {}
        }
    }
    text
}

/// Reads `NAME=TYPE` or `NAME=TYPE:16`, as the command line has it.
///
/// # Errors
/// If it is neither; the text says what was expected.
pub(crate) fn parse_argument(text: &str) -> Result<ExportArgument, String> {
    let expected =
        || format!("`{text}` is no argument: expected NAME=TYPE or NAME=TYPE:16, like x_ptr=*fp32:16 or n=i32");
    let (name, rest) = text.split_once('=').ok_or_else(expected)?;
    let (ty, divisible_by) = match rest.rsplit_once(':') {
        Some((ty, number)) => (ty, number.trim().parse().map_err(|_| expected())?),
        None => (rest, 1),
    };
    if name.trim().is_empty() || ty.trim().is_empty() {
        return Err(expected());
    }
    Ok(ExportArgument { name: name.trim().to_owned(), ty: ty.trim().to_owned(), divisible_by })
}

/// Reads `NAME=VALUE`: an integer, a float, `True`, `False`, `None`, or a string, with or without quotes. `tl.float16`
/// names a Triton type.
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
            } else if let Ok(number) = value.parse::<f64>()
                && number.is_finite()
            {
                Constant::Float(number)
            } else {
                Constant::Str(value.to_owned())
            }
        }
    };
    Ok((name.trim().to_owned(), constant))
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

    #[test]
    fn json_has_a_line_for_each_argument_and_reads_back() {
        let value = serde_json::json!({
            "constants": {"BLOCK": 1024, "S": "a,b:\"c\\"}, "maxnreg": 64, "name": "add", "num_warps": 4,
            "signature": [{"name": "x", "type": "*fp32", "divisible_by": 16}, {"name": "n", "type": "i32", "divisible_by": 1}],
            "target": {"arch": 90, "backend": "cuda"},
        });
        let text = write_json(value.as_object().unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n  \"name\": \"add\",\n  \"num_warps\": 4,\n  \"maxnreg\": 64,\n"), "{text}");
        assert!(text.contains("\n    {\"name\": \"x\", \"type\": \"*fp32\", \"divisible_by\": 16},\n"), "{text}");
        assert!(text.ends_with("}\n"), "{text}");
    }
}
