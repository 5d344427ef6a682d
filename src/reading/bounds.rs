//! How much of a file is read at most. Beyond a bound the whole file is refused.

/// Bytes of a file as it was sent.
pub const MAX_FILE: usize = 50 << 20;

/// Words of a file, in bytes.
pub const MAX_TEXT: usize = 32 << 20;

/// Bytes of a file and of everything in it, unpacked.
pub(super) const MAX_EXPANDED: usize = 64 << 20;

/// How many times larger than the file its content may be, beyond [`FREE_EXPANSION`]. Sheets of equal rows reach 100.
pub(super) const MAX_RATIO: usize = 200;

/// What any file may unpack to, however small it is.
pub(super) const FREE_EXPANSION: usize = 8 << 20;

/// Entries of a zip.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// Pages of a PDF.
pub const MAX_PAGES: usize = 2_000;

/// Objects of a PDF.
pub(super) const MAX_OBJECTS: usize = 500_000;

/// Parts of an e-mail, those of the messages in it included.
pub(super) const MAX_PARTS: usize = 1_000;

/// A file in a file in a file.
pub(super) const MAX_DEPTH: usize = 5;

/// Elements in an element of XML, groups in a group of RTF, values in a value of a PDF.
pub(super) const MAX_NESTING: usize = 512;
