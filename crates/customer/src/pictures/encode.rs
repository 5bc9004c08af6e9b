//! From the bytes that somebody sent to a picture that can be shown: decoded, turned, scaled down, encoded anew. What else
//! the file carried, such as where it was taken, is left behind.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::picture::Encoded;

/// No side of a picture that is kept is longer, in pixels.
const LONGEST_SIDE: u32 = 512;
/// Nor of one that is taken; said in the file's head, so nothing is decoded before it is known.
const LONGEST_SIDE_TAKEN: u32 = 10_000;
const MOST_PIXELS: u64 = 25_000_000;
/// For the decoder, with the pixels of one picture of that size at four bytes each.
const MOST_MEMORY: u64 = 192 * 1024 * 1024;
const JPEG_QUALITY: u8 = 85;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it cannot be read as what its Content-Type says")]
    Unreadable,
    #[error("it has more than 25 million pixels, or a side of more than 10,000")]
    TooManyPixels,
}

/// JPEG, or PNG if anything shines through.
pub(crate) fn encode(sent: &[u8], content_type: &str) -> Result<Encoded, Unfit> {
    let mut image = decode(sent, content_type)?;
    let (width, height) = (image.width(), image.height());
    let (content_type, bytes) = if shines_through(&image) {
        let mut bytes = Cursor::new(Vec::new());
        image = DynamicImage::ImageRgba8(image.into_rgba8());
        image.write_to(&mut bytes, ImageFormat::Png).map_err(unfit)?;
        ("image/png", bytes.into_inner())
    } else {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        image.into_rgb8().write_with_encoder(encoder).map_err(unfit)?;
        ("image/jpeg", bytes)
    };
    Ok(Encoded { content_type, width, height, bytes: Bytes::from(bytes) })
}

fn decode(sent: &[u8], content_type: &str) -> Result<DynamicImage, Unfit> {
    let format = ImageFormat::from_mime_type(content_type).ok_or(Unfit::Unreadable)?;
    let mut reader = ImageReader::with_format(Cursor::new(sent), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE_TAKEN);
    limits.max_image_height = Some(LONGEST_SIDE_TAKEN);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width).saturating_mul(u64::from(height)) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY
    {
        return Err(Unfit::TooManyPixels);
    }
    // How the camera was held is written beside the pixels, which are all that stays.
    let orientation = decoder.orientation().map_err(unfit)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    image = shrink(image);
    image.apply_orientation(orientation);
    Ok(image)
}

/// Never enlarges.
fn shrink(image: DynamicImage) -> DynamicImage {
    if image.width() <= LONGEST_SIDE && image.height() <= LONGEST_SIDE {
        return image;
    }
    image.thumbnail(LONGEST_SIDE, LONGEST_SIDE)
}

fn shines_through(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0.last() != Some(&u8::MAX))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unfit(error: ImageError) -> Unfit {
    match error {
        ImageError::Limits(_) => Unfit::TooManyPixels,
        _ => Unfit::Unreadable,
    }
}

#[cfg(test)]
mod tests;
