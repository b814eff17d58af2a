//! What is known of a picture: its size, and a small one of it to show until it is there.

use super::Spooled;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Rgb, RgbImage};
use std::fs::File;
use std::io::BufReader;
use tokio::sync::Semaphore;

/// The longer side of the small picture, in pixels.
const SIDE: u32 = 32;
const QUALITY: u8 = 40;
/// Longest data URL, in bytes.
const LONGEST: usize = 2048;
/// Larger pictures get no small one: they would take too much memory to read. Phones take up to 12 million.
const PIXELS: u64 = 24_000_000;
/// Pictures that are read at the same time.
static READERS: Semaphore = Semaphore::const_new(1);

/// What is known of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Pixels, as shown.
    pub width: i32,
    /// Pixels, as shown.
    pub height: i32,
    /// The small one: a JPEG as a data URL of 2 KB at most.
    pub preview: Option<String>,
}

/// Reads a picture of a type whose sizes we can tell; none if it is not one.
pub async fn picture(content: &Spooled, mime_type: &str) -> Option<Picture> {
    if !["image/jpeg", "image/png", "image/webp"].contains(&mime_type) {
        return None;
    }
    let file = content.rewound().ok()?;
    let _turn = READERS.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || read(file)).await.ok().flatten()
}

fn read(file: File) -> Option<Picture> {
    let reader = ImageReader::new(BufReader::new(file)).with_guessed_format().ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let (mut width, mut height) = decoder.dimensions();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let small = u64::from(width) * u64::from(height) <= PIXELS;
    let preview = small.then(|| DynamicImage::from_decoder(decoder).ok()).flatten();
    let preview = preview.and_then(|mut picture| {
        picture = picture.thumbnail(SIDE, SIDE);
        picture.apply_orientation(orientation);
        data_url(&picture)
    });
    if lies_on_its_side(orientation) {
        (width, height) = (height, width);
    }
    Some(Picture { width: i32::try_from(width).ok()?, height: i32::try_from(height).ok()?, preview })
}

fn lies_on_its_side(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}

/// What is transparent becomes white: JPEG knows no transparency.
fn data_url(picture: &DynamicImage) -> Option<String> {
    let picture = picture.to_rgba8();
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over_white =
            |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *to = Rgb([red, green, blue].map(over_white));
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&opaque).ok()?;
    let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
    (url.len() <= LONGEST).then_some(url)
}
