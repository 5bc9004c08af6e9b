//! Places in a body, RFC 6901: `/lines/0/quantity`.

use serde_path_to_error::{Path, Segment};

/// Adds a step into an object or an array.
pub(super) fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    for char in step.chars() {
        match char {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(char),
        }
    }
}

/// Where serde found fault.
pub(super) fn of_schema(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } | Segment::Enum { variant: key } => push(&mut pointer, key),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// Where garde found fault. It shows its paths as text alone, `lines[0].quantity`, which says enough: rules are for
/// fields, whose names have neither dots nor brackets.
pub(super) fn of_rule(path: &garde::Path) -> String {
    let text = path.to_string();
    let mut pointer = String::new();
    for step in text.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        push(&mut pointer, step);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_escaped() {
        let mut pointer = String::new();
        for step in ["options", "a.b[0]", "~/", ""] {
            push(&mut pointer, step);
        }
        assert_eq!(pointer, "/options/a.b[0]/~0~1/");
    }

    #[test]
    fn paths_of_rules_become_pointers() {
        let path = garde::Path::new("lines").join(0_usize).join("quantity");
        assert_eq!(of_rule(&path), "/lines/0/quantity");
        assert_eq!(of_rule(&garde::Path::new(0_usize).join("title")), "/0/title");
        assert_eq!(of_rule(&garde::Path::empty()), "");
    }
}
