//! What an address in a country must have. The rules travel with the country, so whoever keeps a copy of it can hold an
//! address to them without asking.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an address in a country must have. Where nothing is certain, nothing is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct AddressRules {
    pub postal_code_required: bool,
    /// Forms that a postal code may have; none allows any. `#` is a digit, `?` a letter, `*` either, and all else itself.
    /// Case, spaces and hyphens do not count.
    #[schema(examples(json!(["#####", "#####-####"])))]
    pub postal_code_forms: Vec<String>,
    /// Whether a state or province is part of every address.
    pub region_required: bool,
}

/// What is wrong with an address in a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    PostalCodeMissing,
    /// It has none of the country's forms.
    PostalCodeMalformed,
    RegionMissing,
}

impl AddressRules {
    /// The first rule that an address with this postal code and region breaks.
    pub fn fault(&self, postal_code: &str, region: Option<&str>) -> Option<AddressFault> {
        let code = significant(postal_code);
        if code.is_empty() {
            if self.postal_code_required {
                return Some(AddressFault::PostalCodeMissing);
            }
        } else if !self.postal_code_forms.is_empty()
            && !self.postal_code_forms.iter().any(|form| fits(&significant(form), &code))
        {
            return Some(AddressFault::PostalCodeMalformed);
        }
        let region_missing = region.is_none_or(|region| region.trim().is_empty());
        (self.region_required && region_missing).then_some(AddressFault::RegionMissing)
    }
}

/// What counts of a postal code, or of a form of one.
fn significant(text: &str) -> Vec<char> {
    let counts = |char: &char| !char.is_whitespace() && *char != '-';
    text.chars().filter(counts).map(|char| char.to_ascii_uppercase()).collect()
}

fn fits(form: &[char], code: &[char]) -> bool {
    let alike = |(form, char): (&char, &char)| match form {
        '#' => char.is_ascii_digit(),
        '?' => char.is_ascii_alphabetic(),
        '*' => char.is_ascii_alphanumeric(),
        literal => literal == char,
    };
    form.len() == code.len() && form.iter().zip(code).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(forms: &[&str]) -> AddressRules {
        let forms = forms.iter().map(|form| (*form).to_owned()).collect();
        AddressRules { postal_code_required: true, postal_code_forms: forms, region_required: false }
    }

    #[test]
    fn a_code_has_one_of_the_forms_however_it_is_spaced() {
        let rules = rules(&["?#? #?#", "LV-####"]);
        for good in ["H2J 2K9", "h2j2k9", " H2J-2K9 ", "LV-1010", "lv 1010", "LV1010"] {
            assert_eq!(rules.fault(good, None), None, "{good:?}");
        }
        for bad in ["H2J 2K", "H2J 2K99", "22J 2K9", "1010", "LT-1010", "H2J.2K9", "Ä2J 2K9", "٣٣٣"] {
            assert_eq!(rules.fault(bad, None), Some(AddressFault::PostalCodeMalformed), "{bad:?}");
        }
    }

    #[test]
    fn no_code_is_given_where_none_is_needed() {
        let needed = rules(&[]);
        let optional = AddressRules { postal_code_required: false, ..rules(&["####"]) };
        for empty in ["", "  ", "-"] {
            assert_eq!(needed.fault(empty, None), Some(AddressFault::PostalCodeMissing));
            assert_eq!(optional.fault(empty, None), None);
        }
        assert_eq!(needed.fault("anything", None), None, "no forms allow any");
        assert_eq!(optional.fault("12", None), Some(AddressFault::PostalCodeMalformed));
        assert_eq!(AddressRules::default().fault("", None), None);
    }

    #[test]
    fn a_region_is_more_than_white_space() {
        let rules = AddressRules { region_required: true, ..AddressRules::default() };
        assert_eq!(rules.fault("", Some("OR")), None);
        for none in [None, Some(""), Some(" ")] {
            assert_eq!(rules.fault("", none), Some(AddressFault::RegionMissing));
        }
    }
}
