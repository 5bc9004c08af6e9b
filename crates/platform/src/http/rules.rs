//! Rules for text in requests, for `#[garde(custom(…))]`, and what tells an absent field from a null one.

use garde::Error;
use serde::{Deserialize, Deserializer};

/// One line of `min` to `max` characters, free of control characters; white space alone counts for nothing.
pub fn line(min: usize, max: usize) -> impl Fn(&str, &()) -> garde::Result {
    move |text, ()| {
        if text.chars().any(char::is_control) {
            return Err(Error::new("must not contain control characters"));
        }
        length(text, min, max)
    }
}

/// Text of at most `max` characters, in which lines and tabs are the only control characters.
pub fn text(max: usize) -> impl Fn(&str, &()) -> garde::Result {
    move |text, ()| {
        if text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t')) {
            return Err(Error::new("must not contain control characters other than line breaks and tabs"));
        }
        length(text, 0, max)
    }
}

/// A name for use in URLs: `^[a-z0-9]+(-[a-z0-9]+)*$`, of at most `max` characters.
pub fn slug(max: usize) -> impl Fn(&str, &()) -> garde::Result {
    move |text, ()| {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !text.split('-').all(part) {
            return Err(Error::new("use a-z and 0-9, in parts joined by single hyphens"));
        }
        length(text, 1, max)
    }
}

/// 1 to `max` of `A-Z a-z 0-9 . _ -`, the first a letter or digit.
pub fn code(max: usize) -> impl Fn(&str, &()) -> garde::Result {
    move |text, ()| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !text.bytes().all(plain) || !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Err(Error::new("use A-Z a-z 0-9 . _ - and start with a letter or digit"));
        }
        length(text, 1, max)
    }
}

/// `rule`, for a field that may be null or left out.
pub fn optional(rule: impl Fn(&str, &()) -> garde::Result) -> impl Fn(&Option<String>, &()) -> garde::Result {
    move |field, cx| field.as_deref().map_or(Ok(()), |text| rule(text, cx))
}

/// `rule`, for a field of a PATCH that null clears.
pub fn clearable(
    rule: impl Fn(&str, &()) -> garde::Result,
) -> impl Fn(&Option<Option<String>>, &()) -> garde::Result {
    let rule = optional(rule);
    move |field, cx| field.as_ref().map_or(Ok(()), |field| rule(field, cx))
}

fn length(text: &str, min: usize, max: usize) -> garde::Result {
    if text.chars().count() > max {
        return Err(Error::new(format_args!("is longer than {max} characters")));
    }
    if text.trim().chars().count() < min {
        return Err(Error::new(match min {
            1 => "must not be blank".to_owned(),
            _ => format!("is shorter than {min} characters"),
        }));
    }
    Ok(())
}

/// For `#[serde(default, deserialize_with = "present")]`: a field that is there, though null, is `Some`.
///
/// # Errors
/// The field's own.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_long_and_controlled_lines_are_refused() {
        let rule = line(1, 5);
        for good in ["a", "a b", " ab ", "äöüßé"] {
            assert!(rule(good, &()).is_ok(), "{good:?}");
        }
        for bad in ["", "  ", "abcdef", "a\nb", "a\u{85}", "a\u{7f}"] {
            assert!(rule(bad, &()).is_err(), "{bad:?}");
        }
        assert!(text(5)("a\n\tb", &()).is_ok());
        assert!(text(5)("a\u{7}b", &()).is_err());
    }

    #[test]
    fn slugs_are_parts_joined_by_single_hyphens() {
        for (text, good) in [
            ("desk-lamp-2", true),
            ("a", true),
            ("", false),
            ("-a", false),
            ("a--b", false),
            ("A", false),
            ("ä", false),
        ] {
            assert_eq!(slug(100)(text, &()).is_ok(), good, "{text:?}");
        }
        assert!(slug(3)("abcd", &()).is_err());
        assert!(code(64)("Home_lighting.2", &()).is_ok());
        assert!(code(64)("-a", &()).is_err() && code(64)("", &()).is_err());
    }

    #[test]
    fn absent_and_null_pass_where_they_may() {
        assert!(optional(line(1, 5))(&None, &()).is_ok());
        assert!(clearable(line(1, 5))(&Some(None), &()).is_ok());
        assert!(clearable(line(1, 5))(&Some(Some(String::new())), &()).is_err());
    }
}
