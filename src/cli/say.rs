//! What commands say on standard output: `say!` and `sayln!`, as `print!` and `println!`, which would panic where nobody
//! listens any more (`gardefou schema | head`) or where a disk is full.

use std::{
    fmt,
    io::{ErrorKind, Write},
};

use crate::domain::trouble;

/// Says it, or ends the program with status 2: what could not be told was not done. A reader that has left knows.
pub(super) fn out(words: fmt::Arguments<'_>) {
    if let Err(error) = std::io::stdout().lock().write_fmt(words) {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("gardefou : la réponse ne peut pas être écrite ({})", trouble(&error));
        }
        std::process::exit(2);
    }
}

/// As `print!`.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::say::out(format_args!($($words)*)) };
}

/// As `println!`.
macro_rules! sayln {
    ($($words:tt)*) => { $crate::cli::say::out(format_args!("{}\n", format_args!($($words)*))) };
}
