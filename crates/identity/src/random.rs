//! The one home of secrets in the making: the system's random numbers.

use rand::TryRng;

use crate::error::Error;

/// # Errors
/// When the system has no random numbers.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::Hashing(format!("the system has no random numbers: {error}")))?;
    Ok(bytes)
}
