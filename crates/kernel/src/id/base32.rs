//! Crockford's base32, canonical and lower case. <https://www.crockford.com/base32.html>

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 26;

/// 26 digits, most significant first. The first is 0 to 7, as 26 digits hold 130 bits.
pub(super) fn encode(value: u128) -> impl Iterator<Item = char> {
    (0..DIGITS).rev().map(move |place| {
        let digit = usize::try_from((value >> (5 * place)) & 31).unwrap_or_default();
        ALPHABET.get(digit).map_or('0', |&byte| char::from(byte))
    })
}

/// The inverse of [`encode`]: `None` for any other length, case, character, or for more than 128 bits.
pub(super) fn decode(text: &str) -> Option<u128> {
    if text.len() != DIGITS {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| value.checked_mul(32)?.checked_add(value_of(byte)?))
}

fn value_of(byte: u8) -> Option<u128> {
    ALPHABET.iter().zip(0..).find(|&(&digit, _)| digit == byte).map(|(_, value)| value)
}
