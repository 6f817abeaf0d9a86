//! A value as it was written, before anybody knows whether its key may have it.

use toml::de::DeValue;

/// A value from the file or from `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text in quotes, or a bare word after `--set key=`.
    Text(String),
    /// A whole number.
    Number(i128),
    /// A list.
    List(Vec<Value>),
    /// Anything else, described: no key takes it.
    Other(&'static str),
}

impl Value {
    /// From a parsed TOML value.
    pub(super) fn from_toml(value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Other("a number with too many digits"), Value::Number),
            DeValue::Array(list) => {
                Value::List(list.iter().map(|item| Value::from_toml(item.get_ref())).collect())
            }
            DeValue::Float(_) => Value::Other("a number with a decimal point"),
            DeValue::Boolean(true) => Value::Other("true"),
            DeValue::Boolean(false) => Value::Other("false"),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Table(_) => Value::Other("a section"),
        }
    }

    /// From the right side of `--set key=value`: TOML, or a bare text, since shells
    /// take quotes away and `sync=never` is what people type.
    pub(super) fn from_flag(text: &str) -> Value {
        match DeValue::parse(text) {
            Ok(value) => Value::from_toml(value.get_ref()),
            Err(_) => Value::Text(text.to_owned()),
        }
    }

    /// The value in a sentence.
    pub(super) fn describe(&self) -> String {
        match self {
            // Long or strange texts are shown escaped and cut, not dumped.
            Value::Text(text) => {
                let cut: String = text.chars().take(60).collect();
                let more = if cut.len() < text.len() { "…" } else { "" };
                format!("the text {cut:?}{more}")
            }
            Value::Number(number) => number.to_string(),
            Value::List(_) => "a list".to_owned(),
            Value::Other(what) => (*what).to_owned(),
        }
    }
}
