//! TOML values as JSON, and JSON in a stable order.

use serde_json::{Map, Number, Value};

/// The JSON of a TOML value. Dates and times become text. The error names the key.
pub(crate) fn from_toml(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => {
            Value::Number(Number::from_f64(number).ok_or_else(|| format!("{number} is no number in JSON"))?)
        }
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(from_toml).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| match from_toml(value) {
                    Ok(value) => Ok((key, value)),
                    Err(why) => Err(format!("{key}: {why}")),
                })
                .collect::<Result<Map<_, _>, _>>()?,
        ),
    })
}

/// The same value with the keys of every object in order, whatever map the JSON library uses.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Result<String, String> {
        let table: toml::Table = toml::from_str(text).unwrap();
        from_toml(toml::Value::Table(table)).map(|value| sorted(value).to_string())
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let text = "b = 1\na = [{ z = true, y = \"x\" }]\n[A]\nd = 1\nc = 2";
        assert_eq!(json(text).unwrap(), r#"{"A":{"c":2,"d":1},"a":[{"y":"x","z":true}],"b":1}"#);
    }

    #[test]
    fn dates_become_text() {
        assert_eq!(json("since = 2026-07-03").unwrap(), r#"{"since":"2026-07-03"}"#);
    }

    #[test]
    fn a_value_without_a_json_form_is_an_error_at_its_key() {
        assert_eq!(json("[a]\nb = nan").unwrap_err(), "a: b: NaN is no number in JSON");
    }
}
