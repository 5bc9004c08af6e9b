//! Which passwords are good enough (NIST SP 800-63B, 3.1.1): long, and not among the first that anybody would try.

use zxcvbn::{Score, zxcvbn};

use crate::error::Error;
use crate::hashing::Password;

pub(crate) const SHORTEST: usize = 8;
pub(crate) const LONGEST: usize = 128;

/// Refuses a password that is soon guessed, also by somebody who knows what is `known` of its owner. `field` is where the request
/// has it.
pub(crate) fn admit(password: &Password, field: &'static str, known: &[&str]) -> Result<(), Error> {
    let weak = |why: String| Error::WeakPassword { field, why };
    let length = password.0.chars().count();
    if length < SHORTEST {
        return Err(weak(format!("is shorter than {SHORTEST} characters")));
    }
    if length > LONGEST {
        return Err(weak(format!("is longer than {LONGEST} characters")));
    }
    let words = known.iter().flat_map(|text| text.split(['@', '.', ' ']));
    let parts: Vec<&str> = words.chain(known.iter().copied()).chain(["holdfast"]).collect();
    let judged = zxcvbn(&password.0, &parts);
    if judged.score() >= Score::Two {
        return Ok(());
    }
    let why = judged.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    Err(weak(why.unwrap_or_else(|| "is guessed too easily; add another word or two".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        let admit =
            |text: &str| admit(&Password(text.to_owned()), "/password", &["ada.lovelace@example.com", "Ada"]);
        for weak in [
            "short",
            "password",
            "12345678",
            "qwertyuiop",
            "password1",
            "lovelace",
            "holdfast",
            &"a".repeat(129),
        ] {
            assert!(admit(weak).is_err(), "{weak}");
        }
        for good in ["correct horse battery", "vNq2-lamp-Tuesday", &"lamp chair table ".repeat(7)] {
            assert!(admit(good).is_ok(), "{good}");
        }
    }
}
