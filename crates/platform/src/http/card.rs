//! Finds card numbers, so that they can be refused: whoever stores one must meet PCI DSS, and this shop does not.

use serde_json::Value;

use super::{Problem, kinds};

/// Digits of a card number, ISO/IEC 7812-1 and what is in use.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// For [`Screen`](super::Screen)s of bodies in which somebody might send one.
///
/// # Errors
/// 422 `card-number-refused`.
pub fn refuse_in(body: &Value) -> Result<(), Problem> {
    if is_in(body) { Err(Problem::of(&kinds::CARD_NUMBER_REFUSED)) } else { Ok(()) }
}

/// Whether a card number is anywhere in `body`: in a text, a number or the name of a field.
pub fn is_in(body: &Value) -> bool {
    match body {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => is_in_text(&number.to_string()),
        Value::String(text) => is_in_text(text),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(fields) => fields.iter().any(|(name, field)| is_in_text(name) || is_in(field)),
    }
}

/// A run of 13 to 19 digits, with single spaces or hyphens in between, that stands by itself and passes Luhn's check.
/// Digits that letters touch are part of an identifier, such as the tokens we are meant to get.
pub fn is_in_text(text: &str) -> bool {
    let mut run = Run::default();
    let mut before = None;
    for char in text.chars() {
        if !run.take(char, before) {
            if run.is_card(Some(char)) {
                return true;
            }
            run = Run::default();
        }
        before = Some(char);
    }
    run.is_card(None)
}

#[derive(Default)]
struct Run {
    digits: Vec<u32>,
    separated: bool,
}

impl Run {
    /// Whether `char` goes on with the run, or starts one.
    fn take(&mut self, char: char, before: Option<char>) -> bool {
        match char.to_digit(10) {
            Some(digit) if !self.digits.is_empty() || !before.is_some_and(is_word) => {
                self.digits.push(digit);
                self.separated = false;
                true
            }
            None if matches!(char, ' ' | '-') && !self.digits.is_empty() && !self.separated => {
                self.separated = true;
                true
            }
            _ => false,
        }
    }

    fn is_card(&self, next: Option<char>) -> bool {
        let ends = self.separated || !next.is_some_and(is_word);
        ends && DIGITS.contains(&self.digits.len()) && passes_luhn(&self.digits)
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric()
}

/// ISO/IEC 7812-1, annex B: from the right every second digit is doubled, and the sum of all ends in 0.
fn passes_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([false, true].into_iter().cycle())
        .fold(0, |sum, (&digit, double)| sum + if double { doubled(digit) } else { digit });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4242424242424242",
            "4111 1111 1111 1111",
            "3782-822463-10005",
            "tok_4242424242424242",
            "card: 4242424242424242, please",
            "(5555 5555 5555 4444)",
            "4242424242424242 Visa",
        ] {
            assert!(is_in_text(text), "{text:?}");
        }
    }

    #[test]
    fn other_digits_are_none() {
        for text in [
            "4242424242424241",
            "424242424242",
            "42424242424242424242",
            "pm_1Nq4242424242424242",
            "123e4567-e89b-12d3-a456-426614174000",
            "a4242424242424242b",
            "4242  4242  4242  4242",
            "+49 30 1234567",
            "",
        ] {
            assert!(!is_in_text(text), "{text:?}");
        }
    }

    #[test]
    fn they_are_found_in_any_field() {
        for body in [
            json!({"token": "4242424242424242"}),
            json!({"exp_year": 4_242_424_242_424_242_u64}),
            json!({"odd": [{"deep": "4111-1111-1111-1111"}]}),
            json!({"4242424242424242": null}),
        ] {
            assert!(is_in(&body), "{body}");
        }
        assert!(!is_in(
            &json!({"provider": "stripe", "token": "pm_card_visa", "last4": "4242", "exp_year": 2030})
        ));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(mut digits in prop::collection::vec(0..10_u32, 13..=19), at in 0..13_usize) {
            // Makes the last digit the check digit.
            *digits.last_mut().unwrap() = 0;
            let check = (0..10).find(|&check| { *digits.last_mut().unwrap() = check; passes_luhn(&digits) });
            prop_assert!(check.is_some());
            let text: String = digits.iter().map(u32::to_string).collect();
            prop_assert!(is_in_text(&text));
            digits[at] = (digits[at] + 1) % 10;
            prop_assert!(!passes_luhn(&digits));
        }
    }
}
