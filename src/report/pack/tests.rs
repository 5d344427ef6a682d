//! The pack of small figures, read word for word.
