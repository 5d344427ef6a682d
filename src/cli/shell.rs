//! `gardefou completions` and `gardefou man`, from the same description as `--help`.

use clap::CommandFactory;

use super::{Line, No};

/// Writes the completion of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), No> {
    clap_complete::generate(shell, &mut Line::command(), "gardefou", &mut std::io::stdout());
    Ok(())
}

/// Writes the manual page.
pub(super) fn man() -> Result<(), No> {
    clap_mangen::Man::new(Line::command())
        .render(&mut std::io::stdout())
        .map_err(No::refused)
}
