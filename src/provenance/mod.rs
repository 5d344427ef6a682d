//! Generated images say that they are: the digital source type of the IPTC, in XMP (AI Act, article 50.2).
//!
//! The property is `Iptc4xmpExt:DigitalSourceType`, its value the newscode `trainedAlgorithmicMedia` (IPTC Photo
//! Metadata Standard 2023.2). PNG, JPEG and WebP are marked beside their pixels, which are not touched: bytes are
//! added, or an XMP packet that is there already is lengthened.
//!
//! An image that holds a C2PA manifest is left as it is: the manifest signs a hash of the file, which any byte added
//! would break, and it says where the image comes from better than we can.

mod jpeg;
mod png;
mod webp;
mod xmp;

/// The image with its mark. `None`: it is none of the three formats, it is marked already, it holds a C2PA manifest,
/// or it is damaged; then it is to be handed on as it is.
pub fn mark(image: &[u8]) -> Option<Vec<u8>> {
    png::mark(image)
        .or_else(|| jpeg::mark(image))
        .or_else(|| webp::mark(image))
}

#[cfg(test)]
mod tests;
