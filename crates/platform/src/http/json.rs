//! From bytes to a value of exactly the schema asked for: 400 when they are no JSON, 422 when it is another schema.

use serde_json::Value;

use super::body::Body;
use super::strict::Strict;
use super::{FieldError, Problem, kinds, pointer};

pub(super) fn parse<T: Body>(raw: &[u8]) -> Result<T, Problem> {
    refuse_nul(raw)?;
    let mut json = serde_json::Deserializer::from_slice(raw);
    let body: T = serde_path_to_error::deserialize(Strict(&mut json))
        .map_err(|error| schema_problem(raw, &pointer::of_schema(error.path()), error.inner()))?;
    json.end().map_err(malformed)?;
    body.validate().map_err(|report| {
        Problem::of(&kinds::VALIDATION).errors(
            report.iter().map(|(path, error)| {
                FieldError::new(pointer::of_rule(path), "invalid").detail(error.message())
            }),
        )
    })?;
    Ok(body)
}

/// A schema stops reading at what it does not expect, and serde_json calls a number in place of an enum's text a
/// syntax error: whether the body is JSON shows only when it is read to its end, as anything.
fn schema_problem(raw: &[u8], pointer: &str, error: &serde_json::Error) -> Problem {
    match serde_json::from_slice::<Value>(raw) {
        Ok(_) => Problem::of(&kinds::VALIDATION)
            .errors([FieldError::new(pointer, "schema").detail(error.to_string())]),
        Err(error) => malformed(error),
    }
}

fn malformed(error: serde_json::Error) -> Problem {
    Problem::new(&kinds::MALFORMED_JSON, error)
}

/// PostgreSQL's text cannot hold NUL, so nobody's may. The escape is rare enough to look closer when it is there.
fn refuse_nul(raw: &[u8]) -> Result<(), Problem> {
    if !raw.windows(6).any(|window| window == br"\u0000") {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(raw).map_err(malformed)?;
    match find_nul(&value, "") {
        Some(pointer) => {
            Err(Problem::of(&kinds::VALIDATION)
                .errors([FieldError::new(pointer, "nul-character").detail("text must not contain U+0000")]))
        }
        None => Ok(()),
    }
}

fn find_nul(value: &Value, at: &str) -> Option<String> {
    let inside = |step: &str, item: &Value| {
        let mut deeper = at.to_owned();
        pointer::push(&mut deeper, step);
        find_nul(item, &deeper)
    };
    match value {
        Value::String(text) => text.contains('\0').then(|| at.to_owned()),
        Value::Array(items) => {
            items.iter().zip(0_usize..).find_map(|(item, index)| inside(&index.to_string(), item))
        }
        Value::Object(fields) => {
            fields.iter().find_map(
                |(name, item)| {
                    if name.contains('\0') { Some(at.to_owned()) } else { inside(name, item) }
                },
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use garde::Validate;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[garde(dive)]
        #[serde(default)]
        lines: Vec<Line>,
        #[garde(skip)]
        status: Option<Status>,
        #[garde(skip)]
        #[serde(default)]
        options: BTreeMap<String, String>,
    }

    #[derive(Debug, Deserialize, Validate)]
    struct Line {
        #[garde(range(min = 1))]
        quantity: i64,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Open,
    }

    /// The problem's code and its first pointer.
    fn refusal(body: &[u8]) -> (&'static str, Option<String>) {
        let problem = parse::<Order>(body).unwrap_err();
        let rendered: Value = serde_json::from_slice(&problem.render("", "")).unwrap();
        let pointer = rendered.pointer("/errors/0/pointer").and_then(Value::as_str);
        (problem.code(), pointer.map(str::to_owned))
    }

    #[test]
    fn json_of_another_schema_is_422_and_names_the_place() {
        let good =
            parse::<Order>(br#"{"lines": [{"quantity": 1}], "status": "open", "options": {"a": "b"}}"#);
        let Order { lines, status, options } = good.unwrap();
        assert_eq!((lines.len(), status, options.len()), (1, Some(Status::Open), 1));
        for (body, pointer) in [
            (r#"{"status": 17}"#, "/status"),
            (r#"{"status": [true]}"#, "/status"),
            (r#"{"status": "shut"}"#, "/status"),
            (r#"{"lines": [{"quantity": 1}, {"quantity": "1"}]}"#, "/lines/1/quantity"),
            (r#"{"lines": [[1]]}"#, "/lines/0"),
            (r#"{"lines": [{"quantity": 0}]}"#, "/lines/0/quantity"),
            (r#"{"options": {"a.b": 1}}"#, "/options/a.b"),
            (r#"{"options": {"a/b~[0]": 1}}"#, "/options/a~1b~0[0]"),
            (r#"{"options": {"a/b": "\u0000"}}"#, "/options/a~1b"),
            ("[]", ""),
            ("null", ""),
            ("17", ""),
        ] {
            let expected = ("validation", Some(pointer.to_owned()));
            assert_eq!(refusal(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_400_wherever_the_schema_gave_up() {
        let bodies: [&[u8]; 9] = [
            b"",
            b"{",
            b"nope",
            br#"{"a":}"#,
            br#"{"status": 17"#,
            br#"{"status": 17} {}"#,
            br#"{"lines": []} {}"#,
            b"{\"a\": \"\xff\xfe\"}",
            b"{\"options\": {\"a\": \"\xff\"}}",
        ];
        for body in bodies {
            let text = String::from_utf8_lossy(body);
            assert_eq!(refusal(body), ("malformed-json", None), "{text}");
        }
    }

    #[test]
    fn a_nul_is_found_where_it_is_and_an_escaped_backslash_is_none() {
        let nul: Value = serde_json::from_str(r#"{"lines":[{"sku":"a\u0000"}]}"#).unwrap();
        assert_eq!(find_nul(&nul, ""), Some("/lines/0/sku".to_owned()));
        let backslash: Value = serde_json::from_str(r#"{"title":"\\u0000"}"#).unwrap();
        assert_eq!(find_nul(&backslash, ""), None);
    }
}
