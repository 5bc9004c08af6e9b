//! What is certain about postal addresses, by country. The format is that of
//! [`AddressRules`](reference_api::AddressRules). A country that is in no list here has no rules: a form that is not certain
//! would keep somebody from buying.

use reference_api::AddressRules;

/// Every address has a code, and it has one of these forms.
const REQUIRED: &[(&str, &[&str])] = &[
    ("AD", &["AD###"]),
    ("AL", &["####"]),
    ("AM", &["####"]),
    ("AS", US),
    ("AT", &["####", "A-####"]),
    ("AU", &["####"]),
    ("AX", &["#####", "AX-#####", "FI-#####"]),
    ("BA", &["#####"]),
    ("BE", &["####", "B-####"]),
    ("BG", &["####"]),
    ("BL", FR),
    ("BR", &["#####-###"]),
    ("BY", &["######"]),
    ("CA", &["?#? #?#"]),
    ("CH", &["####", "CH-####"]),
    ("CN", &["######"]),
    ("CY", &["####", "CY-####"]),
    ("CZ", &["### ##", "CZ-### ##"]),
    ("DE", &["#####", "D-#####", "DE-#####"]),
    ("DK", &["####", "DK-####"]),
    ("EE", &["#####", "EE-#####"]),
    ("ES", &["#####", "E-#####"]),
    ("FI", &["#####", "FI-#####"]),
    ("FO", &["###", "FO-###"]),
    ("FR", FR),
    ("GB", GB),
    ("GF", FR),
    ("GG", GB),
    ("GL", &["####"]),
    ("GP", FR),
    ("GR", &["### ##", "GR-### ##"]),
    ("GU", US),
    ("HR", &["#####", "HR-#####"]),
    ("HU", &["####", "H-####"]),
    ("IL", &["#####", "#######"]),
    ("IM", GB),
    ("IN", &["### ###"]),
    ("IS", &["###", "IS-###"]),
    ("IT", &["#####", "I-#####", "IT-#####"]),
    ("JE", GB),
    ("JP", &["###-####"]),
    ("KR", &["#####"]),
    ("LI", &["####", "FL-####", "LI-####"]),
    ("LT", &["#####", "LT-#####"]),
    ("LU", &["####", "L-####", "LU-####"]),
    ("LV", &["####", "LV-####"]),
    ("MC", FR),
    ("ME", &["#####"]),
    ("MF", FR),
    ("MK", &["####"]),
    ("MP", US),
    ("MQ", FR),
    ("MT", &["??? ##", "??? ####"]),
    ("MX", &["#####"]),
    ("MY", &["#####"]),
    ("NC", FR),
    ("NL", &["#### ??", "NL-#### ??"]),
    ("NO", &["####", "NO-####", "N-####"]),
    ("NZ", &["####"]),
    ("PF", FR),
    ("PL", &["##-###", "PL-##-###"]),
    ("PM", FR),
    ("PR", US),
    ("PT", &["####-###", "####", "PT-####-###"]),
    ("RE", FR),
    ("RO", &["######", "RO-######"]),
    ("RS", &["#####", "######"]),
    ("RU", &["######"]),
    ("SE", &["### ##", "SE-### ##"]),
    ("SG", &["######"]),
    ("SI", &["####", "SI-####"]),
    ("SJ", &["####", "NO-####", "N-####"]),
    ("SK", &["### ##", "SK-### ##"]),
    ("SM", &["#####"]),
    ("TH", &["#####"]),
    ("TR", &["#####"]),
    ("TW", &["###", "#####", "######"]),
    ("UA", &["#####"]),
    ("US", US),
    ("VA", &["#####"]),
    ("VI", US),
    ("WF", FR),
    ("YT", FR),
    ("ZA", &["####"]),
];

/// There are codes of these forms, and many an address is written without one.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("BD", &["####"]),
    ("DZ", &["#####"]),
    ("GE", &["####"]),
    ("ID", &["#####"]),
    ("IE", &["?#* ****"]),
    ("LK", &["#####"]),
    ("MA", &["#####"]),
    ("MD", &["####", "MD-####"]),
    ("NP", &["#####"]),
    ("PH", &["####"]),
    ("PK", &["#####"]),
    ("SA", &["#####", "#####-####"]),
    ("TN", &["####"]),
    ("VN", &["#####", "######"]),
];

const FR: &[&str] = &["#####", "F-#####"];
const GB: &[&str] = &["?# #??", "?## #??", "?#? #??", "??# #??", "??## #??", "??#? #??", "GIR 0AA"];
const US: &[&str] = &["#####", "#####-####"];

/// Mail does not arrive there without the state or province.
const REGION_REQUIRED: &[&str] = &["AU", "BR", "CA", "IN", "MX", "US"];

pub(super) fn rules(country: &str) -> AddressRules {
    let forms = |list: &[(&str, &[&str])]| {
        let found = list.iter().find(|(code, _)| *code == country);
        found.map(|(_, forms)| forms.iter().map(|form| (*form).to_owned()).collect::<Vec<_>>())
    };
    let required = forms(REQUIRED);
    AddressRules {
        postal_code_required: required.is_some(),
        postal_code_forms: required.or_else(|| forms(OPTIONAL)).unwrap_or_default(),
        region_required: REGION_REQUIRED.contains(&country),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reference_api::AddressFault;

    use super::*;

    fn fault(country: &str, code: &str) -> Option<AddressFault> {
        rules(country).fault(code, Some("region"))
    }

    #[test]
    fn every_country_is_listed_once_and_exists() {
        let listed: Vec<&str> = REQUIRED.iter().chain(OPTIONAL).map(|(code, _)| *code).collect();
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
        for code in listed.iter().chain(REGION_REQUIRED) {
            assert!(rust_iso3166::from_alpha2(code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_that_are_in_use_are_accepted() {
        for (country, codes) in [
            ("AD", "AD500"),
            ("AT", "1070"),
            ("AU", "3065"),
            ("BE", "2000, B-1000"),
            ("BR", "01310-100, 01310100"),
            ("CA", "H2J 2K9, k1a0b1"),
            ("CH", "8004"),
            ("CN", "100000"),
            ("CZ", "101 00, 10100"),
            ("DE", "10115, D-10115, 04229"),
            ("ES", "28004"),
            ("FR", "69001, F-75008"),
            ("GB", "M1 1AE, B33 8TH, W1A 1HQ, CR2 6XH, DN55 1PT, EC1A 1BB, GIR 0AA, SE15 5BY, g115rd"),
            ("GR", "546 25"),
            ("IE", "D08 R2K6, D6W XY00, A65 F4E2"),
            ("IM", "IM1 1AA"),
            ("IN", "110001, 110 001"),
            ("JP", "100-0001, 1000001"),
            ("KR", "04524"),
            ("LT", "LT-01100, 01100"),
            ("LV", "LV-1010"),
            ("MT", "VLT 1117, VLT 05"),
            ("NL", "1017 KH, 1017KH"),
            ("NO", "0554"),
            ("NZ", "6011"),
            ("PL", "31-056"),
            ("PT", "4050-031, 1000"),
            ("SE", "118 49, 11849"),
            ("SG", "018956"),
            ("TW", "100, 10058, 100401"),
            ("US", "97214, 02139, 20500-0003"),
            ("VA", "00120"),
            ("ZA", "8001"),
        ] {
            for code in codes.split(", ") {
                assert_eq!(fault(country, code), None, "{code} in {country}");
            }
        }
    }

    #[test]
    fn codes_of_another_form_are_not() {
        for (country, codes) in [
            ("AU", "306, 30655"),
            ("CA", "12345, H2J 2K, 2HJ 2K9"),
            ("CH", "80044, 800"),
            ("DE", "1, 1011, 101155, ABCDE, 1O115"),
            ("GB", "12345, M11AEE, MM1 11A, SW1"),
            ("IE", "12345"),
            ("JP", "100-001"),
            ("NL", "1017, 1017 K, KH 1017"),
            ("PL", "3105"),
            ("SE", "118 4"),
            ("US", "9721, 97214-1, ABCDE"),
        ] {
            for code in codes.split(", ") {
                assert_eq!(
                    fault(country, code),
                    Some(AddressFault::PostalCodeMalformed),
                    "{code} in {country}"
                );
            }
        }
    }

    #[test]
    fn a_code_is_asked_for_where_there_always_is_one() {
        for country in ["DE", "US", "GB", "JP", "BR", "IN"] {
            assert_eq!(fault(country, ""), Some(AddressFault::PostalCodeMissing), "{country}");
        }
        for country in ["HK", "AE", "IE", "QA", "PA", "KE"] {
            assert_eq!(fault(country, ""), None, "{country}");
        }
        assert_eq!(fault("HK", "999077"), None, "what has no rules breaks none");
    }

    #[test]
    fn a_region_is_asked_for_where_mail_needs_it() {
        for (country, needed) in [("US", true), ("CA", true), ("AU", true), ("DE", false), ("FR", false)] {
            assert_eq!(rules(country).region_required, needed, "{country}");
        }
        assert_eq!(rules("US").fault("97214", None), Some(AddressFault::RegionMissing));
        assert_eq!(rules("DE").fault("10115", None), None);
    }
}
