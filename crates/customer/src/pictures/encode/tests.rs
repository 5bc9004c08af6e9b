use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, Rgba, RgbaImage};

use super::*;

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);

/// Red at the left, blue at the right.
fn halves(width: u32, height: u32) -> DynamicImage {
    ImageBuffer::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE }).into()
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG as a camera writes it: with a place, and held so that it must be turned by 90 degrees to the right.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    // Orientation 6, and where the GPS directory is.
    tiff.extend(b"\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0");
    // GPSMapDatum, as a text that is easily found.
    tiff.extend(b"\0\x01\0\x12\0\x02\0\0\0\x0c\0\0\0\x38\0\0\0\0NEAR-BERLIN\0");
    let plain = written(&halves(width, height), ImageFormat::Jpeg);
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &tiff, &plain[2..]].concat()
}

fn pixels(encoded: &Encoded) -> RgbaImage {
    image::load_from_memory(&encoded.bytes).unwrap().into_rgba8()
}

fn is_red(pixel: &Rgba<u8>) -> bool {
    pixel.0[0] > 150 && pixel.0[2] < 100
}

#[test]
fn a_photo_is_turned_upright_and_says_nothing_of_where_it_was_taken() {
    let sent = photo(60, 40);
    assert!(sent.windows(11).any(|window| window == b"NEAR-BERLIN"));
    let kept = encode(&sent, "image/jpeg").unwrap();
    assert_eq!((kept.content_type, kept.width, kept.height), ("image/jpeg", 40, 60));
    let pixels = pixels(&kept);
    assert!(is_red(pixels.get_pixel(20, 5)) && !is_red(pixels.get_pixel(20, 55)), "left has become top");
    for secret in [&b"NEAR-BERLIN"[..], b"Exif"] {
        assert!(!kept.bytes.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn what_is_large_is_scaled_down_and_what_is_small_is_not_enlarged() {
    let size = |width, height| {
        let kept = encode(&written(&halves(width, height), ImageFormat::Png), "image/png").unwrap();
        (kept.width, kept.height)
    };
    assert_eq!(size(1600, 800), (512, 256));
    assert_eq!(size(2, 3000), (1, 512));
    assert_eq!(size(512, 512), (512, 512));
    assert_eq!(size(3, 2), (3, 2));
}

#[test]
fn what_shines_through_stays_so() {
    let glass: DynamicImage = RgbaImage::from_pixel(20, 10, Rgba([9, 9, 9, 128])).into();
    for (format, content_type) in [(ImageFormat::Png, "image/png"), (ImageFormat::WebP, "image/webp")] {
        let kept = encode(&written(&glass, format), content_type).unwrap();
        assert_eq!((kept.content_type, pixels(&kept).get_pixel(3, 3).0[3]), ("image/png", 128));
        let wall = DynamicImage::ImageRgba8(RgbaImage::from_pixel(20, 10, Rgba([9, 9, 9, 255])));
        let kept = encode(&written(&wall, format), content_type).unwrap();
        assert_eq!(kept.content_type, "image/jpeg");
    }
}

#[test]
fn what_is_no_picture_of_its_type_is_unfit() {
    let png = written(&halves(20, 10), ImageFormat::Png);
    let jpeg = written(&halves(20, 10), ImageFormat::Jpeg);
    for (bytes, content_type) in [
        (&b""[..], "image/png"),
        (b"<svg onload='alert(1)'/>", "image/png"),
        (&png[..png.len() / 2], "image/png"),
        (&png, "image/jpeg"),
        (&jpeg, "image/webp"),
        (&jpeg[..40], "image/jpeg"),
    ] {
        assert_eq!(encode(bytes, content_type).unwrap_err(), Unfit::Unreadable, "{content_type}");
    }
}

/// The head of a PNG that claims a size, with hardly anything behind it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = written(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let check = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&check);
    png
}

/// ISO 3309, as PNG asks for.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[test]
fn a_bomb_is_refused_by_its_head() {
    for (width, height) in [(60_000, 60_000), (1, 10_001), (8_000, 8_000)] {
        assert_eq!(encode(&bomb(width, height), "image/png").unwrap_err(), Unfit::TooManyPixels, "{width}");
    }
    assert_eq!(encode(&bomb(9, 9), "image/png").unwrap_err(), Unfit::Unreadable, "its head is sound");
}
